#!/usr/bin/env python3
"""What make install puts somewhere works from there, with its programs and sources."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import tap


def install(destination):
    """Copies what is built; the build itself must not be touched while tests run."""
    done = tap.run('make', '-C', tap.TOP, '-o', 'all', 'install', 'B=' + os.path.abspath(tap.BUILD),
                   'DESTDIR=' + destination, 'PREFIX=/usr')
    return tap.check(done.returncode == 0, 'make install', done.stdout + done.stderr)


def main():
    folder = tap.folder()
    destination = os.path.join(folder, 'root')
    if install(destination):
        program = os.path.join(destination, 'usr', 'bin', 'loopscope')
        demo = os.path.join(destination, 'usr', 'share', 'loopscope', 'samples', 'demo.scn')
        trace = os.path.join(folder, 't.db')
        played = tap.run(program, 'play', '-o', trace, demo, cwd=folder)
        tap.check(played.returncode == 0, 'the installed program plays', played.stderr)
        numbered = tap.run(program, 'steps', '--numbered', trace, cwd=folder)
        tap.check(numbered.returncode == 0 and 'add_handler' in numbered.stdout, 'and reads back',
                  numbered.stderr)
        lines = tap.run('sqlite3', trace, "select count(*) from sources "
                        "where file = 'core/ioloop.c'").stdout.strip()
        tap.check(lines.isdigit() and int(lines) > 20, 'it found its sources', lines)
    tap.finish()


main()

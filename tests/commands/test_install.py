#!/usr/bin/env python3
"""What make install puts somewhere works from there; and the README's hello.c, in each generation."""
import os
import re
import sys
import textwrap

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import tap


def install(destination):
    """Copies what is built; the build itself must not be touched while tests run."""
    done = tap.run('make', '-C', tap.TOP, '-o', 'all', 'install', 'B=' + os.path.abspath(tap.BUILD),
                   'DESTDIR=' + destination, 'PREFIX=/usr')
    return tap.check(done.returncode == 0, 'make install', done.stdout + done.stderr)


def readme(word):
    """The indented block of the README that has that word, without the indent."""
    with open(os.path.join(tap.TOP, 'README.md'), encoding='utf-8') as f:
        blocks = re.findall(r'(?:^    .*\n|^\n(?=    ))+', f.read(), re.MULTILINE)
    return textwrap.dedent(next(block for block in blocks if word in block)).lstrip('\n')


def hello(folder, generation):
    """As the README has it; in 4.3 with the two names that it says."""
    def of_generation(text):
        return re.sub(r'(v|generation_)31\b', r'\g<1>' + generation.replace('.', ''), text)
    source = os.path.join(folder, 'hello.c')
    program = os.path.join(folder, 'hello')
    with open(source, 'w', encoding='ascii') as f:
        f.write(of_generation(readme('int main')))
    line = of_generation(readme('gcc ').splitlines()[0])
    line = line.replace('build/room', os.path.join(os.path.abspath(tap.BUILD), 'room'))
    line = line.replace('-o hello hello.c', '-Wall -Wextra -Werror -o %s %s' % (program, source))
    built = tap.run('bash', '-c', line, cwd=tap.TOP)
    if not tap.check(built.returncode == 0, 'hello.c in %s' % generation, built.stderr):
        return
    trace = os.path.join(folder, 'hello.db')
    ran = tap.loopscope('record', '-o', trace, '--', program)
    steps = tap.loopscope('steps', trace).stdout
    told = tap.loopscope('info', trace).stdout
    tap.check(ran.stdout == 'hello\n' and 'user.hello' in steps and
              'generation: ' + generation in told, 'it is recorded, as %s' % generation,
              [ran, told])


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
    for generation in '3.1', '4.3':
        if tap.SANITIZED:
            tap.skip('hello.c in ' + generation, 'the archives want the sanitizer')
        else:
            hello(folder, generation)
    tap.finish()


main()

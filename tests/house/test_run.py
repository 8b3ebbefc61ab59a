#!/usr/bin/env python3
"""The test runner says how a test ended that ended badly, whatever it had printed by then."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import tap

RUN = os.path.join(tap.TOP, 'tests', 'run')

# what the program does, in a word and in shell, what is said of it, the closing line
PROGRAMS = (
    ('passes', 'echo 1..2; echo ok 1 - a; echo ok 2 - b', '', '2 passed, 0 failed, 0 skipped'),
    ('skips', 'echo "ok 1 - a # SKIP no kernel"; echo ok 2 - b; echo 1..2', 'skipped: a # SKIP no kernel',
     '1 passed, 0 failed, 1 skipped'),
    ('fails', 'echo "not ok 1 - the heap"; echo 1..1; exit 1', 'failed: fails: the heap',
     '0 passed, 1 failed, 0 skipped'),
    ('crashes', 'echo 1..2; echo ok 1 - a; echo ok 2 - b; kill -SEGV $$',
     'failed: crashes: ended with SIGSEGV', '2 passed, 1 failed, 0 skipped'),
    ('crashes-late', 'echo 1..2; echo not ok 1 - a; kill -ABRT $$',
     'failed: crashes-late: ended with SIGABRT', '0 passed, 2 failed, 0 skipped'),
    ('kills-its-group', 'kill -KILL 0', 'failed: kills-its-group: ended with SIGKILL',
     '0 passed, 1 failed, 0 skipped'),
    ('leaves', 'echo 1..1; echo ok 1 - a; exit 3', 'failed: leaves: ended with exit status 3',
     '1 passed, 1 failed, 0 skipped'),
    ('silent', 'true', 'failed: silent: ran no test', '0 passed, 1 failed, 0 skipped'),
    ('stops-early', 'echo 1..3; echo ok 1 - a', 'failed: stops-early: ran 1 tests of 3',
     '1 passed, 1 failed, 0 skipped'),
    ('has-no-plan', 'echo ok 1 - a', 'failed: has-no-plan: ran 1 tests of no plan',
     '1 passed, 1 failed, 0 skipped'),
    ('hangs', 'echo ok 1 - a; while :; do :; done',
     'failed: hangs: ended with SIGKILL: it took longer than 1 s', '1 passed, 1 failed, 0 skipped'),
)


def write(folder, name, script):
    path = os.path.join(folder, name)
    with open(path, 'w', encoding='utf-8') as f:
        f.write('#!/bin/sh\n' + script + '\n')
    os.chmod(path, 0o755)
    return path


def run(folder, *programs):
    """The runner's lines, with the names of programs for their paths, and its exit status."""
    done = tap.run(RUN, '--build', tap.BUILD, '--limit', '1', *programs)
    return done.stdout.replace(folder + '/', '').splitlines(), done.returncode


def main():
    folder = tap.folder()
    for name, script, said, closing in PROGRAMS:
        lines, status = run(folder, write(folder, name, script))
        good = (any(said in line for line in lines) and lines[-1] == closing
                and (status == 0) == (', 0 failed' in closing))
        tap.check(good, 'a program that ' + name, '\n'.join(lines))
    lines, status = run(folder, os.path.join(folder, 'missing'))
    tap.check(status == 1 and 'failed: missing: cannot be run: No such file or directory' in lines,
              'a program that does not exist', lines)
    lines, status = run(folder, write(folder, 'echoes', 'echo ok 1 - $1; echo 1..1') + ' "a b"')
    tap.check(status == 0 and lines[-1] == '1 passed, 0 failed, 0 skipped', 'a program with arguments',
              lines)
    lines, status = run(folder, *[os.path.join(folder, name) for name in ('passes', 'crashes')])
    tap.check(status == 1 and lines[-1] == '4 passed, 1 failed, 0 skipped', 'the sum of several', lines)
    tap.finish()


main()

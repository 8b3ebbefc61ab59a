#!/usr/bin/env python3
"""No leak, no read beyond: nothing hides what a checker says of the traced client.

In a build with sanitizers every scenario is a test of memory, provided that a report of
the client makes `play` and `record` fail: that is shown here with a client that stands in
for ours.  In any other build five scenarios run under valgrind, in pieces of three bytes.
"""
import os
import shutil
import stat
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'lib'))
import outcome
import tap

SCENARIOS = ['chunked-2-article', 'gzip-until-close', 'redirect-absolute-body', 'reset-mid-body',
             'two-concurrent']
VALGRIND = ['valgrind', '--quiet', '--error-exitcode=99', '--leak-check=full',
            '--errors-for-leak-kinds=definite,possible']
REPORT = '==1==ERROR: LeakSanitizer: detected memory leaks'
LEAK = '#include <stdlib.h>\nint main(void) { return !malloc(rand() % 9 + 40); }\n'


def scenario(name):
    return os.path.join(HERE, 'scenarios', name + '.scn')


def programs_with(client):
    """A folder with our programs, and a shell script in place of the client."""
    folder = tap.folder()
    for name in ('loopscope', 'loopscope-record'):
        shutil.copy(os.path.join(tap.BUILD, name), folder)
    os.chmod(folder, 0o755)     # under sudo the client runs as the user who called
    path = os.path.join(folder, 'loopscope-client')
    with open(path, 'w', encoding='utf-8') as f:
        f.write('#!/bin/sh\n%s\n' % client)
    os.chmod(path, stat.S_IRWXU | stat.S_IRGRP | stat.S_IXGRP | stat.S_IROTH | stat.S_IXOTH)
    return folder


def play(folder, name, *options):
    return tap.run(os.path.join(folder, 'loopscope'), 'play', '--skip-pauses', *options, '-o',
                   os.path.join(folder, 'play.db'), scenario(name), timeout=120)


def check_status(client, status, name):
    got = play(programs_with('echo "%s" >&2\n%s' % (REPORT, client)), 'cl-one-segment')
    tap.check(got.returncode == status and REPORT in got.stderr, name, got)


def check_leak_is_seen():
    """A leak of a traced program, sanitized as our client is."""
    name = 'a leak of a recorded program is reported'
    folder = tap.folder()
    source, program = os.path.join(folder, 'leak.c'), os.path.join(folder, 'leak')
    if not tap.SANITIZED:
        return tap.skip(name, 'not built with sanitizers')
    with open(source, 'w', encoding='utf-8') as f:
        f.write(LEAK)
    built = tap.run(os.environ.get('CC', 'cc'), '-fsanitize=address', '-O0', '-o', program, source)
    if built.returncode != 0:
        return tap.skip(name, 'no compiler with -fsanitize=address')
    got = tap.loopscope('record', '-o', os.path.join(folder, 'leak.db'), '--', program)
    return tap.check(got.returncode != 0 and 'LeakSanitizer' in got.stderr, name, got)


def expected_outcomes(name):
    with open(os.path.join(HERE, 'v3.1.1', name + '.tsv'), encoding='utf-8') as f:
        return outcome.outcomes(f.read().splitlines())


def check_valgrind(folder, name):
    got = play(folder, name, '--segment', 3)
    steps = tap.loopscope('steps', os.path.join(folder, 'play.db'), '--format=tsv')
    ended = outcome.outcomes(steps.stdout.splitlines())
    tap.check(got.returncode == 0 and '==' not in got.stderr and ended == expected_outcomes(name),
              name + ' under valgrind', '%s\n%s' % (got.stderr, ended))


def main():
    check_status('exit 23', 23, 'a report of the client is the status of play')
    check_status('kill -ABRT $$', 128 + 6, 'a client that aborts is the status of play')
    check_leak_is_seen()
    missing = 'valgrind is not installed' if not shutil.which('valgrind') else \
        'built with sanitizers' if tap.SANITIZED else ''
    client = os.path.abspath(os.path.join(tap.BUILD, 'loopscope-client'))
    folder = programs_with('exec %s "%s" "$@"' % (' '.join(VALGRIND), client))
    for name in SCENARIOS:
        if missing:
            tap.skip(name + ' under valgrind', missing)
        else:
            check_valgrind(folder, name)
    tap.finish()


if __name__ == '__main__':
    main()

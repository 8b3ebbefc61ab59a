#!/usr/bin/env python3
"""Cuts every response into single bytes: what a fetch comes to must not change.

usage: test_segments.py [SCENARIO...]

Where one poll found a whole response, now each byte comes in a poll of its own, so that
every parser meets every place where its input can end.  (The peer cuts off no more than
16,384 pieces: of the one body that is larger the rest comes in its segments.)  Rows and
steps differ then; outcomes and requests may not.
"""
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'lib'))
import golden
import outcome
import tap


def play(name, size, folder):
    """Returns '' when the outcome is the golden's, else what is not."""
    trace = os.path.join(folder, name + '.db')
    played = tap.loopscope('play', '--skip-pauses', '--segment', size, '-o', trace,
                           golden.scenario_path(name))
    if played.returncode != 0:
        return 'play ended with %d\n%s' % (played.returncode, played.stderr)
    steps = tap.loopscope('steps', trace, '--format=tsv')
    if steps.returncode != 0:
        return 'steps ended with %d\n%s' % (steps.returncode, steps.stderr)
    with open(golden.path_of(name), encoding='utf-8') as f:
        expected = f.read().splitlines()
    got = steps.stdout.splitlines()
    for part in (outcome.outcomes, outcome.requests):
        if part(got) != part(expected):
            return 'expected %s\ngot %s' % (part(expected), part(got))
    return ''


def main():
    folder = tap.folder()
    names = sys.argv[1:] or golden.names(folders=['v3.1.1'])
    began = time.monotonic()
    equal = 0
    for name in names:
        try:
            why = play(name, 1, folder)
        except subprocess.TimeoutExpired:
            why = 'it did not end'
        equal += not why
        tap.check(not why, '%s in single bytes' % name, why)
    tap.note('%d of %d outcomes stay the same with responses cut into bytes (%.1f s)'
             % (equal, len(names), time.monotonic() - began))
    tap.finish()


if __name__ == '__main__':
    main()

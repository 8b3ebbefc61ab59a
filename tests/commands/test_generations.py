#!/usr/bin/env python3
"""Two generations in the same exchange: what diff --generations says of it.

usage: test_generations.py
"""
import json
import os
import sqlite3
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'lib'))
import tap

SCENARIOS = os.path.join(tap.TOP, 'tests', 'golden', 'scenarios')
ACTS = ['turns', 'callbacks', 'handlers', 'resumed', 'calls']


def play(folder, name, generation, *options):
    trace = os.path.join(folder, '%s-%s.db' % (name, generation))
    played = tap.loopscope('play', '-g', generation, '--skip-pauses', '-o', trace,
                           *options, os.path.join(SCENARIOS, name + '.scn'))
    if played.returncode != 0:
        raise RuntimeError('%s: play ended with %d\n%s' % (name, played.returncode, played.stderr))
    return trace


def as_generation(trace, generation):
    """The same trace, which now says that another generation made it."""
    with sqlite3.connect(trace) as db:
        db.execute("UPDATE run SET value = ? WHERE key = 'generation'", (generation,))
    return trace


def generations(a, b, *options):
    return tap.loopscope('diff', '--generations', a, b, *options)


def told(a, b):
    ran = generations(a, b, '--format=json')
    return ran.returncode, json.loads(ran.stdout)


def test_json(a, b):
    status, answer = told(a, b)
    tap.check(status == 0 and answer['exchange'] == 'same',
              'a scenario with itself is the same exchange', answer)
    steps = answer['steps']
    tap.check([s['step'] for s in steps][-3:] == ['epoll_ctl DEL', 'the socket is closed',
                                                  'the end of the run'],
              'steps are those of the wire, up to the end of the run', steps)
    sums = {side: [sum(s[side][act] if act == 'turns' else len(s[side][act]) for s in steps)
                   for act in ACTS] for side in 'ab'}
    tap.check(all(sums[side] == [answer[side][act] for act in ACTS] for side in 'ab'),
              'what the steps needed adds up to the totals', sums)
    tap.check(all(s['a']['calls'] == s['b']['calls'] for s in steps),
              'two runs of one generation need the same calls in each step', steps)


def test_text(a, b):
    ran = generations(a, b)
    lines = ran.stdout.split('\n')
    tap.check(ran.returncode == 0 and lines[0].startswith('The exchange is the same, 83 bytes out'),
              'the first line of the text is the answer', ran.stdout + ran.stderr)
    tap.check('in all' in ran.stdout and lines[-2].split()[:2] == ['bytes', 'in'],
              'the text ends with totals', ran.stdout)


def test_others(folder, a):
    other = play(folder, 'delete', '3.1', '--kernel=off')
    status, answer = told(a, other)
    tap.check(status == 1 and answer['exchange'] == 'different',
              'another request is another exchange', answer)
    ran = generations(a, play(folder, 'resolve-fails', '3.1', '--kernel=off'))
    tap.check(ran.returncode == 2 and 'made no connection' in ran.stderr,
              'a run without a connection has no exchange', ran.stderr)
    for option in ['--full', '--timing', '--strict=all', '--ignore=log', '--format=unified']:
        ran = generations(a, a, option)
        tap.check(ran.returncode == 2 and not ran.stdout and '--generations' in ran.stderr,
                  '--generations does not go with ' + option, ran.stderr)


def test_ordinary_diff(folder, a):
    """It says first that the generations differ, and what compares them."""
    other = as_generation(play(folder, 'cl-zero', '3.1', '--kernel=off'), '4.3')
    ran = tap.loopscope('diff', a, other)
    tap.check(ran.stdout.startswith('A is of generation 3.1 and B of generation 4.3: '
                                    'diff --generations'),
              'diff says first that the generations differ', ran.stdout[:400])
    ran = tap.loopscope('diff', a, a)
    tap.check('generation' not in ran.stdout, 'of one generation it says nothing', ran.stdout)


def main():
    folder = tap.folder()
    a = play(folder, 'cl-headers-then-body', '3.1', '--kernel=off')
    again = tap.folder()
    b = play(again, 'cl-headers-then-body', '3.1')
    test_json(a, b)
    test_text(a, b)
    test_others(folder, a)
    test_ordinary_diff(folder, a)
    tap.finish()


if __name__ == '__main__':
    main()

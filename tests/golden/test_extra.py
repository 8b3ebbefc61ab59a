#!/usr/bin/env python3
"""Plays the scenarios of extra/ and holds them to what Tornado 3.1.1 did in them.

usage: test_extra.py [SCENARIO...]

Each scenario says at its head how every fetch ended in the original, in the order of
their ends:

    # expect: fetch=1 code=599 error=HTTPError
    # here: fetch=1 code=None error=ValueError

`here` is there only where docs/differences.md says that we end otherwise.  calls.txt has
the original's calls, which must be ours as well: the same functions in the same order.
"""
import difflib
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'lib'))
import outcome
import tap

FOLDER = os.path.join(HERE, 'extra')
LIMIT = 60          # seconds; the longest takes one, sanitized a few
REPORT = re.compile(r'(Address|Leak|UndefinedBehavior)Sanitizer|runtime error:')


def load_calls():
    """(functions that are compared, calls of each scenario)"""
    legend, calls, name = {}, {}, None
    with open(os.path.join(FOLDER, 'calls.txt'), encoding='utf-8') as f:
        for line in f:
            if line.startswith('= '):
                number, call = line[2:].rstrip('\n').split(' ', 1)
                legend[number] = call
            elif not line.startswith('#'):
                if not line.startswith(' '):
                    name, _, line = line.partition(': ')
                    calls[name] = []
                calls[name] += [legend[number] for number in line.split()]
    return legend, calls


LEGEND, CALLS = load_calls()
# function -> the one argument of it that is compared
ARGUMENTS = {call.split(' ')[0]: call.split(' ')[1].partition('=')[0] if ' ' in call else None
             for call in LEGEND.values()}


def comparable(call):
    """Sizes beyond 2^62 are cut off there: docs/differences.md."""
    size = re.search(r' num_bytes=(\d{19,})$', call)
    return call[:size.start(1)] + 'huge' if size else call


def our_calls(lines):
    found = []
    for line in lines:
        columns = line.split('\t')
        if line.startswith('#') or len(columns) < 4 or columns[2] not in ARGUMENTS:
            continue
        key = ARGUMENTS[columns[2]]
        details = dict(d.partition('=')[::2] for d in columns[3].split('; '))
        # which of ERR and HUP came is said of events only
        value = re.sub(r'\(.*?\)', '', details.get(key, ''))
        found.append('%s %s=%s' % (columns[2], key, value) if key else columns[2])
    return found


def expected_of(scenario):
    """One dict for each fetch, as docs/differences.md lets it end."""
    heads = {'expect': [], 'here': []}
    with open(scenario, encoding='utf-8') as f:
        for line in f:
            m = re.match(r'# (expect|here): (.*)', line)
            if m:
                heads[m.group(1)].append(dict(p.split('=', 1) for p in m.group(2).split()))
    return heads['here'] or heads['expect']


def compare(name, lines):
    expected = expected_of(os.path.join(FOLDER, name + '.scn'))
    got = [{key: value for key, value in o.items()
            if key in ('fetch', 'code', 'error', 'body_len')} for o in outcome.outcomes(lines)]
    if not expected:
        return 'the scenario does not say what to expect'
    if got != expected:
        return 'expected %s\ngot      %s' % (expected, got)
    calls = [comparable(call) for call in our_calls(lines)]
    original = [comparable(call) for call in CALLS.get(name, calls)]
    return '\n'.join(list(difflib.unified_diff(original, calls, 'original', 'ours',
                                               lineterm='', n=2))[:30])


def play(name, folder):
    """Returns '' when all is as expected, else what is not."""
    trace = os.path.join(folder, name + '.db')
    played = tap.loopscope('play', '--skip-pauses', '-o', trace,
                           os.path.join(FOLDER, name + '.scn'), timeout=LIMIT)
    if played.returncode != 0 or REPORT.search(played.stderr):
        return 'play ended with %d\n%s' % (played.returncode, played.stderr)
    steps = tap.loopscope('steps', trace, '--format=tsv')
    if steps.returncode != 0 or REPORT.search(steps.stderr):
        return 'steps ended with %d\n%s' % (steps.returncode, steps.stderr)
    return compare(name, steps.stdout.splitlines())


def main():
    folder = tap.folder()
    names = sys.argv[1:] or sorted(f[:-4] for f in os.listdir(FOLDER) if f.endswith('.scn'))
    equal = 0
    for name in names:
        try:
            why = play(name, folder)
        except subprocess.TimeoutExpired:
            why = 'it did not end within %d s' % LIMIT
        equal += not why
        tap.check(not why, name, why)
    tap.note('%d of %d further scenarios end as in Tornado 3.1.1' % (equal, len(names)))
    tap.finish()


if __name__ == '__main__':
    main()

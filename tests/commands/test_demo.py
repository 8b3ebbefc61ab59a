#!/usr/bin/env python3
"""The demo walks all numbered steps in the walk's order, and its trace is a plain database."""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import tap


def walk():
    """(step, function, sentence) of trace/walk/client-3x.def, in order."""
    with open(os.path.join(tap.TOP, 'trace', 'walk', 'client-3x.def'), encoding='utf-8') as f:
        text = re.sub(r'/\*.*?\*/', '', f.read(), flags=re.S)
    rows = []
    for body in re.findall(r'^STATION\((.*?)\)\s*$', text, re.S | re.M):
        fields = [''.join(re.findall(r'"((?:[^"\\]|\\.)*)"', part))
                  for part in re.split(r',\s*(?=")', body)]
        rows.append((fields[0], fields[2], fields[3].replace('\\"', '"')))
    return rows


def demo(folder):
    trace = os.path.join(folder, 'demo.db')
    shown = tap.run(os.path.join(tap.TOP, 'samples', 'demo'), tap.BUILD,
                    env=dict(os.environ, LOOPSCOPE_DEMO_TRACE=trace))
    tap.check(shown.returncode == 0, 'the demo runs without a terminal', shown.stderr)
    return trace, shown.stdout


def told_in_order(text):
    steps = walk()
    tap.check(len(steps) == 78 and steps[0][0] == '0' and steps[-1][0] == '51',
              'the walk has 78 numbered places')
    first = {}
    lines = text.splitlines()
    for i, line in enumerate(lines):
        number = re.match(r' ?(\d+(?:\.\d+)*)(?:#\d+)?\s+\S', line)
        if number:
            first.setdefault(number.group(1), i)
    missing = [s[0] for s in steps if s[0] not in first]
    tap.check(not missing, 'all of them are told', missing)
    order = [s[0] for s in sorted(steps, key=lambda s: first.get(s[0], 0))]
    tap.check(order == [s[0] for s in steps], 'in the order of the walk', order)
    joined = ' '.join(text.split())
    bad = [s[0] for s in steps if s[1] not in joined or ' '.join(s[2].split()) not in joined]
    tap.check(not bad, 'each with its function and sentence', bad)
    placed = [s[0] for s in steps if s[0] in first
              and not re.search(r'\S+\.c:\d+', ' '.join(lines[first[s[0]]:first[s[0]] + 2]))]
    tap.check(not placed, 'and its source place', placed)


def plain_database(folder, trace):
    left = sorted(os.listdir(folder))
    tap.check(left == ['demo.db'], 'nothing but the trace remains', left)
    named = tap.run('file', trace).stdout
    tap.check('SQLite' in named and str(0x6c6f6f70) in named, 'file names it', named)
    tap.check(os.stat(trace).st_mode & 0o777 == 0o600, 'for its owner alone')
    got = tap.run('sqlite3', '-header', trace,
                  "select * from steps where step = '23'").stdout.splitlines()
    tap.check(got and got[0].split('|')[:7] == ['seq', 'turn', 'depth', 'step', 'event', 'detail',
                                               'place'], 'the view steps', got)
    tap.check(len(got) == 2 and 'ioloop.PollIOLoop.add_handler' in got[1]
              and 'core/ioloop' in got[1], 'step 23 is a row of it', got)
    lines = tap.run('sqlite3', trace, 'select count(*) from sources').stdout.strip()
    tap.check(lines.isdigit() and int(lines) > 200, 'the traced lines lie in it', lines)
    sound = tap.run('sqlite3', trace, 'pragma integrity_check').stdout.strip()
    tap.check(sound == 'ok', 'it is sound', sound)


def main():
    folder = tap.folder()
    trace, text = demo(folder)
    told_in_order(text)
    plain_database(folder, trace)
    tap.finish()


main()

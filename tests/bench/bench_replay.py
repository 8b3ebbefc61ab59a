#!/usr/bin/env python3
"""A long trace: recording it, its size, and looking at any place in it.

usage: bench_replay.py BUILD [EVENTS]

Records a run of 10,000,000 events, then times `state --at` and `why` at 20
seeded places against the sqlite3 shell reading one keyed row of the same file
in the same run.  All of them are whole processes, from start to end.  Then the
viewer's first screen and its keys (view_keys.c).
"""
import os
import random
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

PLACES = 20
EVENTS_A_TURN = 5.55
AT_MOST_SECONDS = 180


def timed(*words):
    """Seconds, and what its memory stayed below, in MB: this process's own is the least it can be."""
    began = time.monotonic()
    child = subprocess.Popen([str(w) for w in words], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit('%s ended with %d' % (words[0], child.returncode))
    return time.monotonic() - began, usage.ru_maxrss / 1024


def record(build, trace, events):
    return timed(os.path.join(build, 'loopscope'), 'record', '--kernel=off', '-o', trace, '--',
                 os.path.join(build, 'tests', 'bench', 'replay_loop'), int(events / EVENTS_A_TURN))


def show(name, times, memory, floor):
    print('%-28s median %6.1f ms, worst %6.1f ms, %5.1f times the row, memory below %.0f MB' %
          (name, 1000 * statistics.median(times), 1000 * max(times),
           statistics.median(times) / floor, memory + 1))


def look(build, trace, last):
    shell = shutil.which('sqlite3')
    if not shell:
        sys.exit('the sqlite3 shell is missing')
    places = [random.Random(20130701 + i).randrange(1, last + 1) for i in range(PLACES)]
    loopscope = os.path.join(build, 'loopscope')
    rows, states, whys = [], [], []
    for seq in places:
        rows.append(timed(shell, trace, 'SELECT * FROM events WHERE seq = %d' % seq))
        states.append(timed(loopscope, 'state', trace, '--at', seq))
        whys.append(timed(loopscope, 'why', trace, seq))
    floor = statistics.median(t for t, _ in rows)
    show('sqlite3, one keyed row', [t for t, _ in rows], max(m for _, m in rows), floor)
    show('state --at', [t for t, _ in states], max(m for _, m in states), floor)
    show('why', [t for t, _ in whys], max(m for _, m in whys), floor)


def main():
    build = sys.argv[1]
    events = int(sys.argv[2]) if len(sys.argv) > 2 else 10000000
    folder = tempfile.mkdtemp(prefix='bench-replay-')
    trace = os.path.join(folder, 'long.db')
    try:
        # a first taste says whether the whole would take too long
        seconds, _ = record(build, trace, events / 50)
        if seconds * 50 > AT_MOST_SECONDS:
            print('this machine is too slow for %d events: a tenth of them is recorded' % events)
            events //= 10
        seconds, memory = record(build, trace, events)
        with sqlite3.connect(trace) as db:
            last, = db.execute('SELECT max(seq) FROM events').fetchone()
            frames, size = db.execute('SELECT count(*), sum(length(state)) FROM keyframes').fetchone()
        print('a trace of %d events: recorded and finished in %.1f s (%.0f events/s), %.0f MB, '
              '%.0f bytes an event; recorder memory below %.0f MB' %
              (last, seconds, last / seconds, os.path.getsize(trace) / 1e6,
               os.path.getsize(trace) / last, memory + 1))
        print('%d keyframes, %.1f MB' % (frames, (size or 0) / 1e6))
        look(build, trace, last)
        sys.stdout.flush()
        subprocess.run([os.path.join(build, 'tests', 'bench', 'view_keys'), trace], check=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


main()

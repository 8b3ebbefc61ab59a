#!/usr/bin/env python3
"""Threads that queue callbacks: the trace has them in the order of the loop's queue."""
import os
import sqlite3
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import tap

PROGRAM = os.path.join(tap.BUILD, 'tests', 'programs', 'threads_program')
RUNS = 10

# Callbacks leave the queue in the order in which they came: who ran, by who asked.
OUT_OF_ORDER = ("SELECT count(*) FROM (SELECT asked_by, lag(asked_by) OVER (ORDER BY seq) AS before"
                " FROM events JOIN kinds USING (kind) WHERE symbol = 'IOLoop__run_callback')"
                " WHERE asked_by < before")


def main():
    trace = os.path.join(tap.folder(), 'threads.db')
    for _ in range(RUNS):
        got = tap.loopscope('record', '--checking', '--kernel=off', '-o', trace, '--', PROGRAM)
        tap.check(got.returncode == 0, 'all callbacks ran', got.stderr)
        got = tap.loopscope('check', trace)
        tap.check(got.returncode == 0, 'the replay agrees with the loop', got.stdout + got.stderr)
        db = sqlite3.connect(trace)
        tap.check(db.execute(OUT_OF_ORDER).fetchone() == (0,), 'they run in order')
        db.close()
    tap.finish()


main()

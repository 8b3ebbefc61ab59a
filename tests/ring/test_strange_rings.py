#!/usr/bin/env python3
"""The ring's file scribbled on or cut while a program is recorded: the recording says so,
nobody dies of it, and the program's own status is passed on.
"""
import os
import random
import sqlite3
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import tap

PROGRAM = os.path.join(tap.BUILD, 'tests', 'programs', 'ring_program')
WAIT = 'echo ready; read line; exit 7'
PROGRAMS = {'one that knows nothing of us': ['sh', '-c', WAIT],
            'one that has spoken': [PROGRAM, '-n', '100', '-r', '-e', WAIT]}
SEED = 13


def cut(size):
    return lambda ring: os.truncate(ring, size)


def scribble(ring):
    pick = random.Random(SEED)
    with open(ring, 'r+b') as f:
        f.write(pick.randbytes(os.path.getsize(ring)))


def gaps(trace):
    db = sqlite3.connect(trace)
    try:
        return [r[0] for r in db.execute('SELECT reason FROM gaps')]
    finally:
        db.close()


def run(folder, program, harm):
    trace = os.path.join(folder, 't.db')
    with subprocess.Popen([tap.LOOPSCOPE, 'record', '--kernel=off', '-o', trace, '--', *program],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          encoding='ascii') as process:
        process.stdout.readline()
        harm(trace + '-ring')
        _, said = process.communicate('\n', timeout=60)
    return trace, process.returncode, said


def main():
    harms = {'cut to nothing': cut(0), 'cut to a page': cut(4096), 'scribbled on': scribble}
    for harm, do in harms.items():
        for name, program in PROGRAMS.items():
            trace, status, said = run(tap.folder(), program, do)
            what = 'a ring %s, of %s' % (harm, name)
            tap.check(status == 7 and not said, what + ': the status is the program\'s',
                      (status, said))
            tap.check(gaps(trace), what + ': a gap says so', gaps(trace))
            read = [tap.loopscope(*words) for words in (
                ('info', trace), ('steps', trace), ('state', trace, '--at', 'end'),
                ('query', trace, 'SELECT * FROM gaps'), ('view', '--plain', trace))]
            tap.check(all(r.returncode == 0 and not r.stderr for r in read),
                      what + ': every reader reads it', [r for r in read if r.returncode or r.stderr])
    tap.finish()


main()

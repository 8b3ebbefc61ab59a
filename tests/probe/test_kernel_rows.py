#!/usr/bin/env python3
"""Plays scenarios and holds the kernel's rows to what strace saw of the original.

usage: test_kernel_rows.py [SCENARIO...]

For each scenario with a recorded sequence of system calls: the same calls in the
same order, each joined to the step that made it, none lost.
"""
import os
import sqlite3
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'lib'))
import golden
import tap

GOLDEN = os.path.join(HERE, '..', 'golden')
COMPARE = os.path.join(GOLDEN, 'tools', 'compare_sys.py')

# The span that must be the parent or an ancestor of a call.
MADE_BY = {
    'epoll_ctl': {'ioloop.PollIOLoop.add_handler', 'ioloop.PollIOLoop.update_handler',
                  'ioloop.PollIOLoop.remove_handler'},
    'epoll_wait': {'loop.poll'},
    'epoll_pwait': {'loop.poll'},
    'recvfrom': {'iostream.IOStream.read_from_fd', 'ioloop.PollIOLoop.start'},
    'connect': {'iostream.IOStream.connect'},
    'close': {'iostream.IOStream.close_fd', None},
}


def ancestors(db, seq):
    """Names of the spans around an event, innermost first."""
    names = []
    while seq is not None and len(names) < 1000:
        row = db.execute('SELECT k.name, e.parent FROM events e JOIN kinds k USING (kind)'
                         ' WHERE seq = ?', (seq,)).fetchone()
        names.append(row[0])
        seq = row[1]
    return names[1:]


def join_faults(trace, is_loop):
    """What is wrong with the places of the calls in the tree of steps."""
    db = sqlite3.connect(trace)
    rows = db.execute('SELECT c.seq, c.name, o.name FROM syscalls c JOIN objects o USING (object)'
                      " UNION SELECT seq, name, 'epoll' FROM syscalls"
                      " WHERE name LIKE 'epoll_%wait%' ORDER BY 1").fetchall()
    end = db.execute("SELECT max(seq) FROM events JOIN kinds USING (kind) WHERE role = 'core'")
    end = end.fetchone()[0]
    for seq, call, fd in rows:
        wanted = MADE_BY.get(call)
        if not wanted or seq > end or (is_loop and call in ('close', 'recvfrom')):
            continue
        found = set(ancestors(db, seq))
        if not found & wanted and not (None in wanted and not found):
            return '%s %s at %d lies in %s' % (call, fd, seq, sorted(found))
    gaps = db.execute('SELECT count(*) FROM gaps').fetchone()[0]
    return '%d gaps' % gaps if gaps else ''


def play(generation, name, folder):
    """Returns '' when all is as it should be, else what is not."""
    trace = os.path.join(folder, name + '.db')
    tsv = os.path.join(folder, name + '.sys.tsv')
    played = tap.loopscope('play', '-g', generation, '--skip-pauses', '--kernel=require', '-o', trace,
                           golden.scenario_path(name))
    if played.returncode != 0:
        return 'play ended with %d\n%s' % (played.returncode, played.stderr)
    calls = tap.loopscope('syscalls', trace, '--format=tsv')
    with open(tsv, 'w', encoding='utf-8') as f:
        f.write(calls.stdout)
    original = golden.path_of(name, generation, suffix='.sys.tsv')
    compared = tap.run(sys.executable, COMPARE, original, tsv)
    if compared.returncode != 0:
        return compared.stdout + compared.stderr
    return join_faults(trace, 'loop-' in original)


def main():
    if tap.loopscope('doctor').returncode != 0:
        tap.skip('kernel rows', 'they cannot be had here; loopscope doctor says why')
        tap.finish()
    folder = tap.folder()
    chosen = golden.played(sys.argv[1:], '.sys.tsv')
    equal = 0
    for generation, name in chosen:
        why = play(generation, name, folder)
        equal += not why
        tap.check(not why, 'kernel rows of %s in %s' % (name, generation), why)
    tap.note('%d of %d sequences of system calls equal to those of Tornado'
             % (equal, len(chosen)))
    tap.finish()


if __name__ == '__main__':
    main()

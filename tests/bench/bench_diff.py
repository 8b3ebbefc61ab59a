#!/usr/bin/env python3
"""What diff costs on traces of a million events, beside GNU diff on their text.

usage: bench_diff.py BUILD [--events N]

A recorded fetch is repeated until there are N events, with one event in a hundred changed,
removed or added in the second trace. GNU diff gets the two as text twice: as `loopscope steps`
prints them, and at its best, without numbers and times. Medians of five, processor seconds.
"""
import argparse
import os
import shutil
import sqlite3
import statistics
import subprocess
import tempfile

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..')
SCENARIOS = os.path.join(TOP, 'tests', 'golden', 'scenarios')

# Numbers below 300 that look random and are the same in every run.
CHOSEN = ' WHERE seq * 2654435761 %% 4294967296 / 65536 %% 300 = %d'


def measure(command, output=subprocess.DEVNULL):
    """(processor seconds, megabytes, status)"""
    child = subprocess.Popen(command, stdout=output, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, child.returncode


def median(command, times=5, expected=1):
    runs = [measure(command) for _ in range(times)]
    if any(status != expected for _, _, status in runs):
        raise SystemExit('%s ended with %s' % (command, [r[2] for r in runs]))
    return statistics.median(r[0] for r in runs), max(r[1] for r in runs)


def beside(ours, theirs, times=5):
    """Medians of both and of their ratio, run in turn: machines drift."""
    pairs = [(measure(ours), measure(theirs)) for _ in range(times)]
    if any(run[2] != 1 for pair in pairs for run in pair):
        raise SystemExit('%s or %s did not end with 1' % (ours, theirs))
    middle = times // 2
    return (sorted(a[0] for a, _ in pairs)[middle], max(a[1] for a, _ in pairs),
            sorted(b[0] for _, b in pairs)[middle], max(b[1] for _, b in pairs),
            sorted(a[0] / b[0] for a, b in pairs)[middle])


def repeat(seed, path, events):
    """A trace of that many events: the program's rows of a recorded one, again and again."""
    shutil.copy(seed, path)
    db = sqlite3.connect(path)
    db.executescript("""
        PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA temp_store = MEMORY;
        CREATE TEMP TABLE e AS SELECT * FROM events
          WHERE kind IN (SELECT kind FROM kinds WHERE layer <> 'kernel') ORDER BY seq;
        CREATE TEMP TABLE n AS SELECT * FROM ends WHERE seq IN (SELECT seq FROM e);
        DELETE FROM events; DELETE FROM ends; DELETE FROM article; DELETE FROM payloads;
        DELETE FROM syscalls; DELETE FROM keyframes;""")
    indexes = db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' "
                         "AND sql IS NOT NULL").fetchall()
    for name, _ in indexes:
        db.execute('DROP INDEX ' + name)
    rows, last = db.execute('SELECT count(*), max(seq) FROM temp.e').fetchone()
    columns = [c[1] for c in db.execute('PRAGMA table_info(events)')]
    shifted = {'seq', 'parent', 'asked_by', 'triggered_by', 'id'}
    pick = ', '.join('2 * ({0} + r * {1})'.format(c, last) if c in shifted else
                     'time + r * 100000000' if c == 'time' else c for c in columns)
    for r in range((events + rows - 1) // rows):
        db.execute('INSERT INTO events SELECT %s FROM temp.e' % pick.replace('r *', '%d *' % r))
        db.execute('INSERT INTO ends SELECT 2 * (seq + %d), time + %d, 2 * (after + %d), ret, '
                   'raised FROM temp.n' % (r * last, r * 100000000, r * last))
    for _, sql in indexes:
        db.execute(sql)
    db.commit()
    count = db.execute('SELECT count(*) FROM events').fetchone()[0]
    db.close()
    return count


def differ(source, path):
    """A copy in which one event in a hundred is another one, missing, or new."""
    shutil.copy(source, path)
    db = sqlite3.connect(path)
    db.executescript('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;')
    db.execute("UPDATE events SET detail = detail || '; other=' || seq" + CHOSEN % 1)
    db.execute('INSERT INTO events (seq, time, thread, turn, depth, parent, kind, phase, detail) '
               "SELECT seq - 1, time, thread, turn, depth, parent, 42, 3, 'n=' || seq "
               'FROM events' + CHOSEN % 2)
    db.execute('DELETE FROM events' + CHOSEN % 3 +
               ' AND NOT EXISTS (SELECT 1 FROM events c WHERE c.parent = events.seq)')
    db.commit()
    db.execute('VACUUM')
    db.close()


def plain(trace, path):
    """One line a row, without numbers and times."""
    db = sqlite3.connect('file:%s?mode=ro' % trace, uri=True)
    with open(path, 'w', encoding='utf-8') as out:
        for depth, event, detail in db.execute('SELECT depth, event, detail FROM steps'):
            out.write('%d\t%s\t%s\n' % (depth, event, detail))
    db.close()


def shuffle(source, path, by):
    """A trace of the same rows in another order: nothing in common but its words."""
    shutil.copy(source, path)
    db = sqlite3.connect(path)
    db.executescript("""PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;
        DROP INDEX events_kind; DROP INDEX events_parent; DROP INDEX events_turn;
        CREATE TEMP TABLE r AS SELECT kind, detail FROM events
          ORDER BY (seq * 2654435761 + %d * 40503) %% 4294967291;
        CREATE TEMP TABLE s AS SELECT seq FROM events ORDER BY seq;
        UPDATE events SET parent = NULL, depth = 0, phase = 3, kind = r.kind, detail = r.detail
          FROM temp.s JOIN temp.r ON r.rowid = s.rowid WHERE events.seq = s.seq;""" % by)
    db.commit()
    db.close()


def main():
    ap = argparse.ArgumentParser(usage=__doc__)
    ap.add_argument('build')
    ap.add_argument('--events', type=int, default=1000000)
    args = ap.parse_args()
    loopscope = os.path.join(os.path.abspath(args.build), 'loopscope')
    with tempfile.TemporaryDirectory() as folder:
        def at(name):
            return os.path.join(folder, name)

        for name in ('chunked-2-article', 'two-concurrent'):
            subprocess.run([loopscope, 'play', '--skip-pauses', '--kernel=off', '-o', at(name),
                            os.path.join(SCENARIOS, name + '.scn')], check=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        count = repeat(at('chunked-2-article'), at('a.db'), args.events)
        differ(at('a.db'), at('b.db'))
        print('diff: two traces of %d events, one in a hundred differs' % count)
        ours = [loopscope, 'diff', at('a.db'), at('b.db')]
        for trace in 'ab':
            with open(at(trace + '.txt'), 'wb') as out:
                measure([loopscope, 'steps', at(trace + '.db')], out)
            plain(at(trace + '.db'), at(trace + '.plain'))
        seconds, memory, printed, _, ratio = beside(ours, ['diff', at('a.txt'), at('b.txt')])
        print('  loopscope diff                       %6.2f s %6.0f MB' % (seconds, memory))
        print('  GNU diff on what steps prints        %6.2f s            ratio %.2f' %
              (printed, ratio))
        _, _, best, gnu_memory, ratio = beside(ours, ['diff', at('a.plain'), at('b.plain')])
        print('  GNU diff without numbers and times   %6.2f s %6.0f MB   ratio %.2f' %
              (best, gnu_memory, ratio))
        for name in ('a.txt', 'b.txt', 'a.plain', 'b.plain'):
            os.unlink(at(name))
        os.unlink(at('b.db'))
        count = repeat(at('two-concurrent'), at('c.db'), args.events)
        seconds, memory = median([loopscope, 'diff', at('a.db'), at('c.db')], 3)
        print('diff: another program of %d events' % count)
        print('  loopscope diff                       %6.2f s %6.0f MB' % (seconds, memory))
        shuffle(at('a.db'), at('s.db'), 7)
        seconds, memory = median([loopscope, 'diff', at('a.db'), at('s.db')], 3)
        print('diff: the same rows in another order')
        print('  loopscope diff                       %6.2f s %6.0f MB' % (seconds, memory))


main()

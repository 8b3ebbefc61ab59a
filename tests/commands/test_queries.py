#!/usr/bin/env python3
"""loopscope query, and the queries of docs/queries.md run as they stand there."""
import csv
import hashlib
import io
import json
import os
import re
import sqlite3
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import tap

SCENARIOS = os.path.join(tap.TOP, 'tests', 'golden', 'scenarios')

# What each of the documented queries gives.
COLUMNS = {
    '1': 'turn total_ms asleep_ms rows',
    '2': 'seq turn duration_us detail',
    '3': 'seq queued_by turns_later waited_us detail',
    '4': 'seq turn bound slept_ms brought',
    '5': 'fd receives found_none bytes',
    '6': 'seq event asked_by asked_by_event triggered_by triggered_by_event',
    '7': 'future appears_in resolved_in turn inside detail',
    '8': 'timeout set_in detail cancelled_in fired_in',
    '9': 'step times first last',
    '10': 'function calls own_us',
}


def documented():
    with open(os.path.join(tap.TOP, 'docs', 'queries.md'), encoding='utf-8') as f:
        return re.findall(r'^## (\d+)\. ([^\n]*)\n.*?```sql\n(.*?)```', f.read(), re.M | re.S)


def ask(trace, sql, *options):
    return tap.loopscope('query', *options, trace, sql)


def answer(trace, sql):
    got = ask(trace, sql, '--format=json')
    return json.loads(got.stdout) if got.returncode == 0 else got.stderr


def documentation(traces):
    queries = documented()
    tap.check([n for n, _, _ in queries] == list(COLUMNS), 'ten queries are documented',
              [n for n, _, _ in queries])
    for number, title, sql in queries:
        for name, trace in traces.items():
            rows = answer(trace, sql)
            good = isinstance(rows, list) and rows and list(rows[0]) == COLUMNS[number].split()
            tap.check(good, '%s: %s. %s' % (name, number, title), rows if not good else '')
    article = traces['chunked-2-article']
    rows = {r['step']: r for r in answer(article, queries[8][2])}
    tap.check(rows['41']['times'] == 2 and rows['0']['times'] == 1, 'steps are counted', rows['41'])
    rows = answer(article, queries[4][2])
    tap.check(rows[0]['bytes'] == 82 + 11 + 5, 'bytes are summed', rows)
    rows = answer(article, queries[7][2])
    tap.check([bool(r['cancelled_in']) for r in rows] == [True, True] and
              not any(r['fired_in'] for r in rows), 'timeouts were cancelled', rows)
    rows = answer(article, queries[2][2])
    tap.check(all(r['turns_later'] == 1 for r in rows), 'a callback waits for the next turn', rows)


VALUES = ("select 1 as n, -1.5 as r, null as z, 'a,b \"c\"' || char(10) || 'd' as t, "
          "x'00ff1b' as b, char(27, 0x202e, 0x4f60) as u, 2 as n")


def formats(trace):
    rows = answer(trace, VALUES)
    tap.check(rows == [{'n': 1, 'r': -1.5, 'z': None, 't': 'a,b "c"\nd', 'b': '00ff1b',
                        'u': '\x1b\u202e\u4f60', 'n_2': 2}], 'json', rows)
    got = ask(trace, VALUES, '--format=csv')
    rows = list(csv.reader(io.StringIO(got.stdout, newline='')))
    tap.check(rows == [['n', 'r', 'z', 't', 'b', 'u', 'n'],
                       ['1', '-1.5', '', 'a,b "c"\nd', '00ff1b', '\\x1b\\u{202e}\u4f60', '2']],
              'csv', rows)
    got = ask(trace, "select 'a' || char(0) || 'b,\"' || char(0) as t", '--format=csv')
    tap.check(got.stdout == 't\n"a\\x00b,""\\x00"\n', 'csv: a NUL does not end a value',
              repr(got.stdout))
    got = ask(trace, VALUES)
    lines = got.stdout.split('\n')
    tap.check(len(lines) == 4 and '\\x1b\\u{202e}\u4f60' in lines[2] and "x'00ff1b'" in lines[2]
              and 'a,b "c"\\x0ad' in lines[2], 'table', got.stdout)
    got = ask(trace, "select 'abc' as word, 7 as number union all select '\u4f60\u597d', 10")
    tap.check(got.stdout.split('\n')[:4] == ['word  number', '----  ------', 'abc        7',
                                             '\u4f60\u597d      10'], 'columns are in line',
              got.stdout)
    got = ask(trace, "with recursive a(x) as (select 1 union all select x + 1 from a where x < 999) "
                     "select x, printf('%.*c', x, 'y') as long from a")
    widths = {len(line) for line in got.stdout.split('\n')[1:]}
    tap.check(max(widths) <= 70 and got.stdout.count('\n') == 1001, 'long values are cut', widths)
    got = ask(trace, 'select seq from events where seq < 0')
    tap.check(got.returncode == 0 and got.stdout == 'seq\n---\n', 'no rows', got.stdout)
    tap.check(answer(trace, 'select seq from events where seq < 0') == [], 'no rows in json')
    tap.check(answer(trace, '/* said */ select 1 as x; -- all') == [{'x': 1}] or
              answer(trace, '/* said */ select 1 as x;') == [{'x': 1}], 'comments and semicolons')
    tap.check(len(answer(trace, 'pragma table_info(events)')) == 17 and
              answer(trace, "select count(*) as n from sqlite_schema")[0]['n'] > 10,
              'the schema can be looked at')


def refusals(trace, folder):
    before = digest(trace)
    for sql in ('delete from events', 'update run set value = 1', 'drop table events',
                'insert into run values (1, 2)', 'create table x (y)', 'create temp table x (y)',
                "attach '%s/x' as y" % folder, "vacuum into '%s/v.db'" % folder, 'vacuum',
                'pragma user_version = 7', 'pragma journal_mode = wal', 'pragma writable_schema = 1',
                'begin', 'commit', 'reindex', 'analyze', 'detach main', 'savepoint x',
                'create trigger t after insert on run begin select 1; end',
                "select load_extension('x')", 'select 1; select 2', 'selec', '', ' ; ', '-- nothing',
                'select * from nowhere', 'select nothing from events', 'select * from main.steps',
                "select writefile('%s/w', 'x')" % folder, 'select (', "select 'x", '\x1b[31m'):
        got = ask(trace, sql)
        tap.check(got.returncode == 2 and tap.sentence(got) and not got.stdout
                  and '\x1b' not in got.stderr, 'refused: %r' % sql, got)
    tap.check(digest(trace) == before and os.listdir(folder) == [], 'nothing was written',
              os.listdir(folder))
    for words in ([], [trace], [trace, 'select 1', 'x'], [trace, 'select 1', '--format=xml'],
                  [trace, 'select 1', '--timeout=0'], ['/nowhere/t.db', 'select 1']):
        got = tap.loopscope('query', *words)
        tap.check(got.returncode == 2 and tap.sentence(got), 'wrong usage %s' % words[1:],
                  got.stderr)


def limits(trace):
    endless = 'with recursive a(x) as (select 1 union all select x + 1 from a) '
    began = time.monotonic()
    got = ask(trace, endless + 'select count(*) from a', '--timeout=1')
    tap.check(got.returncode == 2 and 'longer than 1 s' in got.stderr and not got.stdout and
              time.monotonic() - began < 30, 'an endless query is given up', got.stderr)
    for sql in ('select zeroblob(100000000)',
                endless + "select group_concat(x) from a"):
        got = ask(trace, sql, '--timeout=2')
        tap.check(got.returncode == 2 and tap.sentence(got), 'too large: ' + sql[-50:], got.stderr)


def hostile(trace, folder):
    """A file's own views, triggers and tables are not used."""
    path = os.path.join(folder, 'hostile.db')
    with open(trace, 'rb') as f:
        data = f.read()
    with open(path, 'wb') as f:
        f.write(data)
    db = sqlite3.connect(path)
    db.executescript("drop view steps; create view steps as select 'lie' as step;"
                     "create view extra as select 'lie' as x; create table stranger (x);"
                     "insert into stranger values ('lie');"
                     "create virtual table words using fts4(x);")
    db.commit()
    db.close()
    before = digest(path)
    tap.check(answer(path, 'select * from steps') == answer(trace, 'select * from steps'),
              'views are ours')
    for table in 'extra', 'stranger', 'words', 'words_segments':
        got = ask(path, 'select * from ' + table)
        tap.check(got.returncode == 2 and tap.sentence(got) and 'lie' not in got.stdout,
                  'not asked: ' + table, got.stderr)
    tap.check(answer(path, "with stranger(x) as (select 5) select count(*) as n from stranger")
              == [{'n': 1}], 'a name of the query is not that table')
    tap.check(digest(path) == before, 'the file is as it was')
    os.unlink(path)


def digest(path):
    with open(path, 'rb') as f:
        return hashlib.sha256(f.read()).hexdigest()


def main():
    folder, empty = tap.folder(), tap.folder()
    traces = {}
    for name in 'chunked-2-article', 'streaming-chunked':
        traces[name] = os.path.join(folder, name + '.db')
        tap.loopscope('play', '-o', traces[name], os.path.join(SCENARIOS, name + '.scn'))
    article = traces['chunked-2-article']
    documentation(traces)
    formats(article)
    refusals(article, empty)
    limits(article)
    hostile(article, empty)
    tap.finish()


main()

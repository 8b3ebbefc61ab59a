#!/usr/bin/env python3
"""Makes traces that lie.

usage: mutate_trace.py TRACE OUT SEED [COUNT]    writes OUT-0.db, OUT-1.db ...

A third of them are damaged as files: bits flipped, pages swapped, the end cut
off.  The others are well-formed databases in which the trace is a lie: causes
in circles, numbers beyond all bounds, texts that would move a cursor, tables
that are missing, views in their place, triggers.  The same seed gives the same
lies.
"""
import os
import random
import shutil
import sqlite3
import struct
import sys

TABLES = ('run kinds sites sources objects events ends payloads syscalls gaps article '
          'keyframes').split()

NUMBERS = ['0', '-1', '1', '2', '99', '9223372036854775807', '-9223372036854775808',
           '4294967296', '2147483648', '1e308', '-0.5', '9e999', '65536', '1000000000000000000']
TEXTS = ["''", "'x'", "char(27) || '[31mred' || char(27) || '[0m'", "char(7, 8, 9, 10, 13, 127)",
         "char(0x9b, 0x202e, 0x200f, 0x2066)", "'%s%n%d'", "'../../etc/passwd'",
         "'a=b; c=d; fd=fd#1; ret=1'", "replace(hex(zeroblob(2000)), '0', 'long ')",
         "char(0x1f600, 0x4f60, 0x597d)", "'; ; =; ='", "'-1'", "'99999999999999999999'",
         "cast(x'c328a0ff00fe' as text)", "'\"quoted\", and ''quoted'''"]
HUGE = ["replace(hex(zeroblob(200000)), '00', 'huge ')", "zeroblob(300000)",
        "replace(hex(zeroblob(100000)), '0', char(27))"]
FEW = 'random() % 40 = 0'                # a file of hundreds of megabytes proves nothing more
BLOBS = ["x''", "x'00'", "x'ff'", 'randomblob(40)', 'randomblob(4000)', "x'1b5b316d'", 'zeroblob(64)']
LINKS = ['seq', 'seq + 1', 'seq - 1', '1', '0', '-1', 'NULL', '9223372036854775807',
         '(select max(seq) from events)', '(seq * 7919) % 300', 'seq / 2', "'x'", "x'00'",
         '-9223372036854775808', '400 - seq']


class Lies:
    """Lies about one trace, by one source of chance."""

    def __init__(self, dice):
        self.dice = dice

    def value(self):
        kind = self.dice.random()
        if kind < 0.35:
            return self.dice.choice(NUMBERS)
        if kind < 0.75:
            return self.dice.choice(TEXTS)
        if kind < 0.8:
            return self.dice.choice(HUGE)
        return self.dice.choice(BLOBS + ['NULL'])

    def some(self):
        """Which rows of a table."""
        return self.dice.choice(['1', 'rowid %% 2 = 0', 'rowid %% 7 = 3', 'random() %% 5 = 0',
                                 'rowid = (select max(rowid) from %(table)s)',
                                 'rowid = (select min(rowid) from %(table)s)'])

    def cells(self, db):
        """Any values in any column."""
        for _ in range(self.dice.randint(1, 4)):
            table = self.dice.choice(TABLES)
            columns = [r[1] for r in db.execute('pragma table_info(%s)' % table)]
            if not columns:
                continue
            where = self.some() % {'table': table}
            value = self.value()
            if table in ('run', 'sources', 'payloads', 'article', 'keyframes'):
                where = 'random() % 3 = 0'        # without rowid
            if value in HUGE:
                where = FEW
            db.execute('update or replace %s set %s = %s where %s' % (
                table, self.dice.choice(columns), value, where))

    def links(self, db):
        for column in self.dice.sample(['parent', 'asked_by', 'triggered_by'],
                                       self.dice.randint(1, 3)):
            db.execute('update events set %s = %s where %s' % (
                column, self.dice.choice(LINKS), self.some() % {'table': 'events'}))
        if self.dice.random() < 0.5:
            db.execute('update or ignore ends set after = %s' % self.dice.choice(
                LINKS + NUMBERS))
        if self.dice.random() < 0.3:
            db.execute('update or ignore ends set seq = %s' % self.dice.choice(LINKS))

    def numbers(self, db):
        column = self.dice.choice('time turn depth kind phase site id a0 a1 a2 a3 thread'.split())
        db.execute('update events set %s = %s where %s' % (
            column, self.dice.choice(NUMBERS), self.some() % {'table': 'events'}))
        if self.dice.random() < 0.3:
            db.execute('update or ignore events set seq = seq * %s' % self.dice.choice(
                ['-1', '1000000007', '28451062880000000']))

    def texts(self, db):
        table, column = self.dice.choice(
            [('events', 'detail'), ('kinds', 'name'), ('kinds', 'symbol'), ('kinds', 'english'),
             ('kinds', 'chinese'), ('kinds', 'layer'), ('kinds', 'fields'), ('kinds', 'returns'),
             ('sites', 'file'), ('sites', 'function'), ('objects', 'name'), ('objects', 'class'),
             ('ends', 'ret'), ('syscalls', 'name'), ('syscalls', 'args'), ('syscalls', 'shown'),
             ('gaps', 'reason'), ('gaps', 'source'), ('article', 'step'), ('run', 'value'),
             ('payloads', 'bytes'), ('sources', 'text')])
        if table == 'gaps':
            db.execute("insert into gaps values (null, 5, 1, 'program', null, 'x'), "
                       "(null, 9, 1, 'kernel', -7, 'x')")
        value = self.dice.choice(TEXTS + HUGE + BLOBS)
        db.execute('update %s set %s = %s where %s' % (
            table, column, value, FEW if value in HUGE else '1'))

    def steps(self, db):
        db.executescript(self.dice.choice([
            'update or ignore article set seq = 30',
            'update or ignore article set position = position + 1000000',
            'update article set occurrence = -1', 'delete from article',
            "insert into article select seq, 7, '51', 51 from events",
            "update article set step = replace(step, '4', char(27))"]))

    def facts(self, db):
        key = self.dice.choice(['format', 'ended', 'finished', 'generation', 'events', 'lost',
                                'alias:PORT', 'alias:REFUSED', 'wire_request:1', 'cpus',
                                'started', 'program_end', 'title'])
        db.execute('insert or replace into run values (?, %s)' % self.value(), (key,))
        if self.dice.random() < 0.3:
            db.execute("insert or replace into run values ('alias:' || char(27), '1')")

    def missing(self, db):
        table = self.dice.choice(TABLES)
        if self.dice.random() < 0.5:
            db.execute('delete from %s where %s' % (table, self.dice.choice(
                ['1', 'random() % 2 = 0'])))
            return
        columns = [r[1] for r in db.execute('pragma table_info(%s)' % table)]
        if self.dice.random() < 0.5 and columns:
            for view in [r[0] for r in db.execute(
                    "select name from sqlite_schema where type = 'view'")]:
                db.execute('drop view "%s"' % view)
            db.execute('alter table %s rename column %s to other' % (
                table, self.dice.choice(columns)))
            return
        db.execute('drop table %s' % table)

    def schema(self, db):
        table = self.dice.choice(TABLES)
        db.executescript(self.dice.choice([
            "create trigger bad after insert on run begin insert into run values ('a', 1); end",
            'create trigger bad before update on events begin delete from events; end',
            "drop view steps; create view steps as select load_extension('x')",
            'drop view why; create view why as select * from why',
            'alter table events rename to e2; create view events as select * from e2',
            'alter table events rename to e2; create view events as with recursive r(x) as '
            '(select 1 union all select x + 1 from r) select * from e2, r',
            'alter table kinds rename to k2; create virtual table kinds using fts4'
            '(kind, symbol, name, shape, layer, role, fields, returns, english, chinese)',
            'create index bad on events (abs(seq))', 'drop index events_parent',
            'drop index events_kind; create index events_kind on events (detail)',
            'drop index events_asked_by', 'drop index events_triggered_by',
            'create table sqlite_stat5 (x); analyze', 'pragma user_version = 0',
            'pragma user_version = 99', 'pragma user_version = -5', 'pragma application_id = 7',
            "alter table ends add column more generated always as (seq / 0)",
            "alter table events add column more default 'x'",
            'pragma writable_schema = on; update sqlite_schema set sql = replace(sql, '
            "'NOT NULL', '') where type = 'table'; pragma writable_schema = off",
            "pragma writable_schema = on; update sqlite_schema set sql = 'CREATE TABLE x(' "
            "where name = '%s'" % table,
            "pragma writable_schema = on; update sqlite_schema set rootpage = rootpage + 1 "
            "where name = '%s'" % table,
            "pragma writable_schema = on; update sqlite_schema set rootpage = 1 "
            "where name = '%s'" % table,
            "pragma writable_schema = on; update sqlite_schema set name = name || char(27), "
            "tbl_name = tbl_name || char(27) where name = '%s'" % table,
            "pragma writable_schema = on; update sqlite_schema set type = 'view' "
            "where name = '%s'" % table,
            "pragma writable_schema = on; update sqlite_schema set sql = replace(sql, "
            "'INTEGER PRIMARY KEY', 'TEXT') where name = '%s'" % table]))

    def many(self, db):
        """More of something than anybody would have."""
        db.executescript(self.dice.choice([
            'with recursive n(x) as (select 5000 union all select x + 1 from n where x < 9000) '
            "insert or ignore into kinds select x, x, x, x, x, x, x, x, x, x from n",
            'with recursive n(x) as (select 5000 union all select x + 1 from n where x < 9000) '
            "insert or ignore into sites select x, x, x, x from n",
            'with recursive n(x) as (select 1 union all select x + 1 from n where x < 5000) '
            "insert into gaps select null, x % 100, 1, 'program', x, x from n",
            'with recursive n(x) as (select 1 union all select x + 1 from n where x < 5000) '
            "insert or ignore into article select 40, x, '38', x from n",
            'with recursive n(x) as (select 1000 union all select x + 1 from n where x < 5000) '
            'insert or ignore into events select x, x, 1, 2, x, x - 1, 5, 1, 1, x - 1, x - 2, x, '
            "0, 0, 0, 0, '' from n",
            'with recursive n(x) as (select 1000 union all select x + 1 from n where x < 5000) '
            'insert or ignore into events select x, x, 1, 2, 1, 60, 5, 1, 1, 60, 61, x, '
            "0, 0, 0, 0, '' from n",
            'with recursive n(x) as (select 1000 union all select x + 1 from n where x < 5000) '
            "insert or ignore into objects select x, 'fd', x, x, x, x from n"]))

    def structured(self, path):
        lies = [self.cells, self.links, self.links, self.numbers, self.texts, self.texts,
                self.steps, self.facts, self.missing, self.schema, self.many]
        lies = self.dice.sample(lies, self.dice.randint(1, 3))
        if self.dice.random() < 0.15:
            lies.insert(0, self.nothing_is_required)
        for lie in lies:
            # a new connection for each: a schema that was written to is read again
            db = sqlite3.connect(path, isolation_level=None)
            try:
                db.executescript('pragma journal_mode = off; pragma synchronous = off;')
                lie(db)
            except (sqlite3.Error, sqlite3.Warning):
                pass      # two lies may exclude each other
            db.close()

    def nothing_is_required(self, db):
        db.executescript("pragma writable_schema = on; update sqlite_schema set sql = "
                         "replace(sql, 'NOT NULL', '') where type = 'table'; "
                         "pragma writable_schema = off")

    def bytes(self, path):
        with open(path, 'rb') as f:
            data = bytearray(f.read())
        page = struct.unpack('>H', data[16:18])[0] or 4096
        pages = len(data) // page
        lie = self.dice.randrange(8)
        if lie == 0:
            for _ in range(self.dice.choice([1, 1, 2, 8, 64])):
                data[self.dice.randrange(len(data))] ^= 1 << self.dice.randrange(8)
        elif lie == 1:
            for _ in range(self.dice.randint(1, 4)):
                data[self.dice.randrange(100)] ^= 1 << self.dice.randrange(8)
        elif lie == 2:
            del data[self.dice.randrange(len(data)):]
        elif lie == 3:
            a, b = (self.dice.randrange(pages) * page for _ in range(2))
            data[a:a + page], data[b:b + page] = data[b:b + page], data[a:a + page]
        elif lie == 4:
            a, b = (self.dice.randrange(pages) * page for _ in range(2))
            data[a:a + page] = data[b:b + page]
        elif lie == 5:
            a = self.dice.randrange(pages) * page
            data[a:a + page] = self.dice.choice([bytes(page), self.dice.randbytes(page)])
        elif lie == 6:      # where cells are said to lie
            a = self.dice.randrange(pages) * page + (100 if self.dice.random() < 0.1 else 0)
            for _ in range(self.dice.randint(1, 6)):
                data[a + self.dice.randrange(60)] = self.dice.randrange(256)
        else:
            for word in self.dice.sample([b'fd#1', b'ioloop', b'future', b'result', b'READ'], 2):
                data = data.replace(word, self.dice.choice(
                    [b'\x1b[7m', b'\x00\x00\x00\x00', b'\xff\xfe\xc3\x28', b'\xc2\x9b\r\n']) +
                    word[4:])
        with open(path, 'wb') as f:
            f.write(data)


def mutate(trace, out, seed):
    dice = random.Random(seed)
    shutil.copyfile(trace, out)
    lies = Lies(dice)
    if seed % 3 == 0:
        lies.bytes(out)
    else:
        lies.structured(out)


def main():
    trace, out, seed = sys.argv[1], sys.argv[2], int(sys.argv[3])
    for n in range(int(sys.argv[4]) if len(sys.argv) > 4 else 1):
        mutate(trace, '%s-%d.db' % (out, n), seed + n)


if __name__ == '__main__':
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    main()

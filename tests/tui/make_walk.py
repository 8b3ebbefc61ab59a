#!/usr/bin/env python3
"""make_walk.py TRACE > walk.sql: a trace of `make demo` as SQL, for tests of the viewer.

The fixture stands still while the sources and the kernel change: what the
screens show is then the viewer's doing alone.  Of the sources only what
lies around the rows is kept.
"""
import sqlite3
import sys

AROUND = 8      # source lines kept on each side of a site


def literal(value):
    if value is None:
        return 'NULL'
    if isinstance(value, bytes):
        return "x'%s'" % value.hex()
    if isinstance(value, str):
        return "'%s'" % value.replace("'", "''")
    return str(value)


def dump(db, table, columns, where=''):
    rows = db.execute('SELECT %s FROM %s %s' % (columns, table, where)).fetchall()
    if rows:
        print('INSERT INTO %s (%s) VALUES' % (table, columns))
        print(',\n'.join('(%s)' % ','.join(literal(v) for v in row) for row in rows) + ';')


def main():
    db = sqlite3.connect('file:%s?mode=ro' % sys.argv[1], uri=True)
    db.execute('PRAGMA query_only = on')
    print('-- A trace of `make demo`, see make_walk.py.')
    dump(db, 'run', 'key, value',
         "WHERE key NOT IN ('scenario', 'command', 'program_pid', 'kernel', 'cpus', 'machine')")
    print("INSERT INTO run (key, value) VALUES ('command', '/usr/bin/loopscope-client play');")
    dump(db, 'kinds', 'kind, symbol, name, shape, layer, role, fields, returns, english, chinese',
         "WHERE layer <> 'kernel' OR kind IN (SELECT kind FROM events)")
    dump(db, 'sites', 'site, file, line, function', 'WHERE site IN (SELECT site FROM events)')
    dump(db, 'sources', 'file, line, text',
         'AS o WHERE EXISTS (SELECT 1 FROM sites s WHERE s.file = o.file AND '
         's.line BETWEEN o.line - %d AND o.line + %d AND s.site IN (SELECT site FROM events))'
         % (AROUND, AROUND))
    dump(db, 'objects', 'object, class, number, name, runtime, seq')
    dump(db, 'events', 'seq, time, thread, turn, depth, parent, kind, phase, site, asked_by, '
         'triggered_by, id, a0, a1, a2, a3, detail')
    dump(db, 'ends', 'seq, time, after, ret, raised')
    dump(db, 'payloads', 'seq, field, total, bytes')
    dump(db, 'syscalls', 'seq, name, fd, object, args, result, shown, duration')
    dump(db, 'article', 'seq, position, step, occurrence')


main()

#!/usr/bin/env python3
"""What goes wrong is said in one sentence, with the documented exit code."""
import os
import random
import socket
import sqlite3
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import tap

READERS = [['steps'], ['steps', '--numbered'], ['steps', '--format=tsv'],
           ['steps', '--format=json'], ['info']]


def expect(name, result, code):
    good = result.returncode == code and tap.sentence(result)
    tap.check(good, name, 'exit %d, stderr:\n%s' % (result.returncode, result.stderr))


def refused_port():
    s = socket.socket()
    s.bind(('127.0.0.1', 0))
    return s, s.getsockname()[1]


def fetches(folder):
    trace = os.path.join(folder, 'a.db')
    held, port = refused_port()
    url = 'http://127.0.0.1:%d/' % port
    expect('nothing listens', tap.loopscope('fetch', '-o', trace, url), 1)
    expect('nothing listens, --json', tap.loopscope('fetch', '--json', '-o', trace, url), 1)
    held.close()
    for url in ('foo', 'ftp://127.0.0.1/', 'http://', 'http:///x', 'http://a b/', 'https:///',
                'http://127.0.0.1\x1b[31m/'):
        expect('URL %r' % url, tap.loopscope('fetch', '-o', trace, url), 2)
    expect('a port that is none', tap.loopscope('fetch', '-o', trace, 'http://127.0.0.1:99999/'), 1)
    expect('no URL', tap.loopscope('fetch'), 2)
    expect('bad header', tap.loopscope('fetch', '-o', trace, '-H', 'nocolon', url), 2)
    expect('bad timeout', tap.loopscope('fetch', '-o', trace, '--connect-timeout=x',
                                        'http://127.0.0.1:1/'), 2)
    expect('unknown option', tap.loopscope('fetch', '--frobnicate', 'http://127.0.0.1/'), 2)
    expect('trace to stdout', tap.loopscope('fetch', '-o', '-', 'http://127.0.0.1/'), 2)
    expect('no such folder', tap.loopscope('fetch', '-o', folder + '/no/t.db',
                                           'http://127.0.0.1:1/'), 2)
    with open(os.path.join(folder, 'precious'), 'w', encoding='ascii') as f:
        f.write('do not overwrite\n')
    expect('a file that is no trace is kept',
           tap.loopscope('fetch', '-o', folder + '/precious', 'http://127.0.0.1:1/'), 2)
    with open(os.path.join(folder, 'precious'), encoding='ascii') as f:
        tap.check(f.read() == 'do not overwrite\n', 'it is still there')


def commands(folder):
    expect('no command', tap.loopscope(), 2)
    expect('unknown command', tap.loopscope('stesp'), 2)
    tap.check("'steps'" in tap.loopscope('stesp').stderr, 'the nearest command is named')
    for name in 'fetch', 'play', 'serve', 'record', 'steps', 'info', 'recover', 'help':
        shown = tap.loopscope('help', name)
        tap.check(shown.returncode == 0 and name in shown.stdout and not shown.stderr,
                  'help ' + name, shown.stderr)
    version = tap.loopscope('--version')
    tap.check(version.returncode == 0 and version.stdout.startswith('loopscope '), '--version')
    expect('record nothing', tap.loopscope('record', '-o', folder + '/r.db'), 2)
    expect('record a program that is not there',
           tap.loopscope('record', '-o', folder + '/r.db', '--', folder + '/none'), 2)
    left = [n for n in os.listdir(folder) if n.startswith('r.db')]
    tap.check(not left, 'nothing is left behind', left)
    for code in 0, 1, 7:
        ended = tap.loopscope('record', '-o', folder + '/s.db', '--', 'sh', '-c', 'exit %d' % code)
        tap.check(ended.returncode == code, 'the status %d of the program is passed on' % code,
                  ended)


def scenarios(folder):
    path = os.path.join(folder, 'x.scn')
    trace = os.path.join(folder, 'x.db')
    for name, text in (('unknown verb', 'accept\nsned "x"\n'), ('bad escape', 'send "\\q"\n'),
                       ('unknown role', '# role: cook\n'), ('binary', 'accept\0\n')):
        with open(path, 'w', encoding='ascii') as f:
            f.write(text)
        expect('scenario: ' + name, tap.loopscope('play', '-o', trace, path), 2)
    expect('scenario: not there', tap.loopscope('play', '-o', trace, path + 'x'), 2)
    with open(path, 'w', encoding='ascii') as f:
        f.write('# resolve: error\nlisten none\n')
    played = tap.loopscope('play', '--json', '-o', trace, path)
    tap.check(played.returncode == 0 and '"gaierror"' in played.stdout and tap.sentence(played),
              'a name that does not resolve', played)


def files(folder):
    good = os.path.join(folder, 'good.db')
    tap.loopscope('play', '-o', good, os.path.join(tap.TOP, 'samples', 'demo.scn'))
    bad = {'missing': None, 'empty': b'', 'text': b'hello\n' * 100, 'folder': None}
    with open(good, 'rb') as f:
        whole = f.read()
    bad['cut'] = whole[:5000]
    bad['damaged header'] = b'SQLite format 3\0' + random.Random(1).randbytes(4000)
    os.mkdir(os.path.join(folder, 'folder'))
    for name, data in bad.items():
        path = os.path.join(folder, name)
        if data is not None:
            with open(path, 'wb') as f:
                f.write(data)
        for reader in READERS:
            expect('%s: %s' % (' '.join(reader), name), tap.loopscope(*reader, path), 2)
    foreign = os.path.join(folder, 'foreign.db')
    db = sqlite3.connect(foreign)
    db.execute('create table t(x)')
    db.commit()
    db.close()
    newer = os.path.join(folder, 'newer.db')
    with open(newer, 'wb') as f:
        f.write(whole)
    db = sqlite3.connect(newer)
    db.execute('pragma user_version = 99')
    db.close()
    for reader in READERS:
        expect('%s: foreign database' % reader[0], tap.loopscope(*reader, foreign), 2)
        expect('%s: newer trace' % reader[0], tap.loopscope(*reader, newer), 2)
    flips(folder, whole)


def flips(folder, whole):
    """A trace with bits flipped may be read or refused; nothing else."""
    dice = random.Random(7)
    path = os.path.join(folder, 'flipped.db')
    wrong = ''
    for turn in range(60):
        data = bytearray(whole)
        for _ in range(1 + turn % 20):
            data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
        with open(path, 'wb') as f:
            f.write(data)
        for reader in READERS:
            got = tap.loopscope(*reader, path)
            if got.returncode not in (0, 2) or '\x1b' in got.stdout or \
                    (got.returncode == 2 and not tap.sentence(got)):
                wrong = 'turn %d, %s: exit %d\n%s' % (turn, reader, got.returncode, got.stderr)
    tap.check(not wrong, 'damaged traces are read or refused', wrong)


def main():
    folder = tap.folder()
    commands(folder)
    fetches(folder)
    scenarios(folder)
    files(folder)
    tap.finish()


main()

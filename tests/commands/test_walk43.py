#!/usr/bin/env python3
"""The walk client-4x on real traces: its stations, who holds which future, and its lessons."""
import json
import os
import sqlite3
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'lib'))
import golden
import tap

STATIONS = ['A%d' % n for n in range(1, 101)]

# future of -> maker, attached at, resolved at, waiter runs at, turns in between
FUTURES = (
    ('A43', 'httpclient.AsyncHTTPClient.fetch', 'A46', 'A94', 'A97', 1),
    ('A13', 'gen._make_coroutine_wrapper.wrapper', 'A14', 'A69', 'A73', 1),
    ('A19', 'concurrent.DummyExecutor.submit', None, 'A19', 'A24', 0),
    ('A40', 'tcpclient._Connector.__init__', 'A42', 'A60', 'A67', 1),
    ('A37', 'iostream.IOStream.connect', 'A37', 'A56', 'A58', 0),
)


def play(folder, name, generation='4.3'):
    trace = os.path.join(folder, '%s-%s.db' % (name, generation))
    if not os.path.exists(trace):
        tap.loopscope('play', '-g', generation, '--skip-pauses', '-o', trace,
                      golden.scenario_path(name))
    return trace


def value(detail, key):
    return dict(part.partition('=')[::2] for part in detail.split('; ')).get(key)


class Rows:
    """The rows of a trace by number, and the first row of each station."""
    def __init__(self, trace):
        rows = json.loads(tap.loopscope('steps', trace, '--format=json').stdout)
        self.all = [row for row in rows if 'event' in row]
        self.at = {row['seq']: row for row in self.all}
        self.station = {}
        for row in self.all:
            for taken in row['steps']:
                self.station.setdefault(taken['step'], row)

    def named(self, event):
        return [row for row in self.all if row['event'] == event]


def stations(trace, name):
    rows = Rows(trace)
    found = sorted(rows.station, key=lambda s: (rows.station[s]['seq'], STATIONS.index(s)))
    tap.check(found == STATIONS, name + ': 100 of 100 stations, numbered, in this order',
              [s for s in STATIONS if s not in found] or found)
    got = tap.loopscope('check', trace, '--against=client-4x')
    tap.check(got.returncode == 0 and got.stdout.startswith('100 of the walk\'s 100 steps') and
              'missed' not in got.stdout, name + ': check says so', got.stdout + got.stderr)
    shown = tap.loopscope('steps', trace, '--numbered').stdout
    numbers = [line.split()[0] for line in shown.splitlines() if line[:2] == ' A']
    first = [n for i, n in enumerate(numbers) if n in STATIONS and n not in numbers[:i]]
    tap.check(first == STATIONS, name + ': and steps prints them', first)
    return rows


def futures(rows):
    """For each future of the walk its maker, its waiter, who resolves it, and the turns between."""
    for at, maker, attached, resolved, runs, turns in FUTURES:
        future = value(rows.station[at]['detail'], 'future')
        made = [row for row in rows.named('concurrent.Future.__init__')
                if value(row['detail'], 'future') == future]
        tap.check(len(made) == 1 and rows.at[made[0]['parent']]['event'] == maker,
                  'the future of %s is made by %s' % (at, maker), made)
        waits = [row['seq'] for row in rows.named('concurrent.Future.add_done_callback')
                 if value(row['detail'], 'future') == future]
        wanted = rows.station[attached]['seq'] if attached else None
        tap.check(len(waits) == (attached is not None) and
                  (not attached or wanted in (waits[0], rows.at[waits[0]]['parent'])),
                  '%s waits for it' % (attached or 'nobody'), waits)
        done = [row['seq'] for row in rows.named('concurrent.Future.set_result')
                if value(row['detail'], 'future') == future]
        tap.check(done == [rows.station[resolved]['seq']], resolved + ' resolves it', done)
        tap.check(rows.station[runs]['turn'] - rows.station[resolved]['turn'] == turns,
                  '%s runs %d turns later' % (runs, turns), rows.station[runs])
    connector, stream = (value(rows.station[s]['detail'], 'future') for s in ('A40', 'A37'))
    tap.check(connector != stream, 'L17: the connector waits for another future than the Runner')


def state(trace):
    """What the loop holds when its first turn begins."""
    at = json.loads(tap.loopscope('state', trace, '--at', 'step:A48', '--json').stdout)
    tap.check(at['callbacks'] == [] and [h['fd'] for h in at['handlers']] == ['waker', 'fd#1'] and
              at['handlers'][1]['events'] == 'WRITE|ERROR', 'A48: callbacks 0; handlers 2', at)
    left = [t['remaining_ns'] / 1e9 for t in at['timeouts']]
    tap.check(len(left) == 2 and left[0] <= 0.3 and 19 < left[1] <= 20,
              'A48: timeouts of 0.3 s and 20 s', at['timeouts'])
    stream = at['streams'][0]
    tap.check(stream['connect_callback'] is None and [
        w['function'] for f in at['futures'] if f['future'] == stream['connect_future']
        for w in f['waiters']] == ['tcpclient._Connector.on_connect_done'],
              'A48: the stream connects for a future that the connector waits for', stream)
    outcomes = [f['state'] for f in at['futures']]
    tap.check(len(outcomes) == 6 and outcomes.count('pending') == 5,
              'A48: 5 futures are pending, 1 is done', at['futures'])
    at = json.loads(tap.loopscope('state', trace, '--at', 'step:A81', '--json').stdout)
    tap.check([t['cancelled'] for t in at['timeouts']] == [False, True],
              'A81: the cancelled connect timeout is still in the heap', at['timeouts'])
    reader = [c for c in at['coroutines'] if c['function'].endswith('_read_message')][0]
    tap.check(at['streams'][0]['read']['function'] is None and
              at['streams'][0]['read']['future'] == reader['waits_for'],
              'A81: the stream reads for the future that _read_message waits for', at['streams'])


def polls(rows):
    """What each poll waits for, in order; timeouts as the functions that they call."""
    calls = {value(row['detail'], 'timeout'): value(row['detail'], 'after')
             for row in rows.named('ioloop.IOLoop.add_timeout')}
    said = [value(row['detail'], 'timeout') for row in rows.named('loop.poll')]
    tap.check(said == ['until:timeout#2', '0', 'until:timeout#1', 'until:timeout#3', '0', '0', '0'],
              'the poll timeouts in order', said)
    short, cancelled, long = (float(calls['timeout#%d' % n][:-1]) for n in (2, 1, 3))
    tap.check(short == 0.3 and cancelled == 20 and 19 < long <= 20,
              'which are 0.3 s, the cancelled 20 s, and 20 s', calls)


def why(trace):
    """From the resumed connect back to the kernel's WRITE."""
    wanted = 'A67 A66 A65 A61 A60 A58 A56 A54 A52 A51'.split()
    answer = json.loads(tap.loopscope('why', '--trigger', '--format=json', trace,
                                      'step:A67').stdout)
    got = [taken['step'] for row in answer['rows'] for taken in row['steps']]
    tap.check([s for s in got if s in wanted] == wanted, 'why A67 leads back to A51', got)
    names = [row['event'] for row in answer['rows']]
    behind = names[names.index('loop.poll:return') + 1]
    db = sqlite3.connect(trace)
    kernel = db.execute("SELECT value FROM run WHERE key = 'kernel_rows'").fetchone()
    db.close()
    watched = kernel is not None and kernel[0] == 'on'
    tap.check(behind == ('epoll_wait' if watched else 'sock.connect'),
              'and from there to what the poll waited for', names)
    asked = json.loads(tap.loopscope('why', '--format=json', trace, 'step:A67').stdout)
    got = [taken['step'] for row in asked['rows'] for taken in row['steps']]
    tap.check([s for s in got if s in wanted + ['A35']] == wanted[:-1] + ['A35'],
              'who asked for it is add_handler', got)


def failing(folder):
    """A fetch that is refused: which stations were not reached, and why."""
    got = tap.loopscope('check', play(folder, 'refused'), '--against=client-4x')
    words = {line.split()[1]: line.split()[0] for line in got.stdout.splitlines()
             if line[:6] in ('taken ', 'missed', 'early ')}
    tap.check(got.returncode == 1 and len(words) == 100 and words['A54'] == 'taken' and
              all(words[s] == 'missed' for s in ('A56', 'A67', 'A77', 'A88', 'A98')) and
              words['A100'] == 'taken' and 'the connection failed (row ' in got.stdout and
              'ECONNREFUSED' in got.stdout, 'a refused fetch', got.stdout + got.stderr)


def lessons(folder):
    """lessons-4x.tsv: each rule holds in the trace that it names."""
    with open(os.path.join(HERE, 'lessons-4x.tsv'), encoding='utf-8') as f:
        rows = [line.rstrip('\n').split('\t') for line in f if not line.startswith('#')]
    for generation, scenario in sorted({(row[1], row[2]) for row in rows}):
        mine = [row for row in rows if (row[1], row[2]) == (generation, scenario)]
        got = tap.loopscope('check', play(folder, scenario, generation), '--rules=-', stdin=None,
                            input=''.join(row[3] + '\n' for row in mine))
        said = [line for line in got.stdout.splitlines() if line[:3] in ('ok ', 'not')]
        for row, line in zip(mine, said + ['not told'] * len(mine)):
            tap.check(line.startswith('ok '), '%s: %s in %s: %s' % (row[0], row[3], scenario,
                                                                   generation),
                      got.stdout + got.stderr)


def times(folder):
    """Lessons that are a matter of time."""
    rows = Rows(play(folder, 'resolver-slow'))
    resolve = rows.named('netutil.ExecutorResolver.resolve')[0]
    tap.check(resolve['duration_ns'] >= 200_000_000, 'L3: the resolver blocks for 200 ms', resolve)
    rows = Rows(play(folder, 'happy-eyeballs-timeout'))
    first, second = rows.named('sock.socket')
    tap.check(second['since_ns'] - first['since_ns'] >= 300_000_000,
              'L5: the other family is tried after 0.3 s', (first, second))


def demo(folder):
    trace = os.path.join(folder, 'demo.db')
    shown = tap.run(os.path.join(tap.TOP, 'samples', 'demo'), tap.BUILD, 'client-4x',
                    env=dict(os.environ, LOOPSCOPE_DEMO_TRACE=trace))
    tap.check(shown.returncode == 0 and '\n A1 ' in shown.stdout,
              'the demo prints the numbered steps', shown.stderr)
    stations(trace, 'demo')
    got = tap.run(os.path.join(tap.TOP, 'samples', 'demo'), tap.BUILD, 'poem')
    tap.check(got.returncode == 2 and tap.sentence(got), 'the demo of no walk', got)


def main():
    folder = tap.folder()
    article = play(folder, 'cl-headers-then-body')
    rows = stations(article, 'cl-headers-then-body')
    futures(rows)
    polls(rows)
    state(article)
    why(article)
    stations(play(folder, 'chunked-1-separate'), 'chunked-1-separate')
    failing(folder)
    lessons(folder)
    times(folder)
    demo(folder)
    tap.finish()


main()

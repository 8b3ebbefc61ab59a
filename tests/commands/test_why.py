#!/usr/bin/env python3
"""The chain of causes behind a row, in recorded traces and in ones that lie."""
import json
import os
import shutil
import sqlite3
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import tap

SCENARIOS = os.path.join(tap.TOP, 'tests', 'golden', 'scenarios')


def record(folder, scenario, kernel):
    trace = os.path.join(folder, '%s-%s.db' % (scenario, kernel))
    played = tap.loopscope('play', '--kernel=' + kernel, '-o', trace,
                           os.path.join(SCENARIOS, scenario + '.scn'))
    if played.returncode:
        tap.check(False, 'recording ' + scenario, played.stderr)
    return trace


def why(trace, where, *options):
    got = tap.loopscope('why', '--format=json', trace, where, *options)
    if got.returncode:
        return {'rows': [], 'end': got.stderr, 'led_to': []}
    return json.loads(got.stdout)


def steps_of(answer):
    return [taken['step'] for row in answer['rows'] for taken in row['steps']]


def in_order(wanted, got):
    """What of `wanted` is missing from `got` in that order; None if nothing."""
    at = 0
    for step in wanted:
        if step not in got[at:]:
            return step
        at = got.index(step, at) + 1
    return None


def has_kernel(trace):
    db = sqlite3.connect(trace)
    n = db.execute("select count(*) from syscalls where name = 'epoll_wait'").fetchone()[0]
    db.close()
    return n > 0


BACK = ('51 50 47 45 44.3 44 43 42 41 40 39 38 41 40 39 38 37 34 33 30 28 20 19 15 9 8 7 6 5 0'
        .split())


def article(trace, kind):
    answer = why(trace, 'step:51')
    rows = answer['rows']
    got = steps_of(answer)
    tap.check(in_order(BACK, got) is None, kind + ': why step:51 walks back to step 0', got)
    first = [(t['step'], t['occurrence']) for row in rows for t in row['steps']
             if t['step'] == '41']
    tap.check(first == [('41', 2), ('41', 1)], kind + ': by the last 41', first)
    tap.check(answer['end'] == 'program' and got[-1] == '0', kind + ': to the start', answer['end'])
    numbers = [row['seq'] for row in rows]
    tap.check(all(a > b for a, b in zip(numbers, numbers[1:])), kind + ': always backwards')
    waits(rows, kind, has_kernel(trace))
    whole = why(trace, 'end')
    tap.check(len(whole['rows']) == 1, kind + ': the last row stands alone', whole)


def waits(rows, kind, kernel):
    """Each hop that waited for the network names the poll that ended it."""
    event = 'epoll_wait' if kernel else 'loop.poll:return'
    waited = {}
    for row in rows:
        for taken in row['steps']:
            if 'deferred' in row:
                waited[taken['step'], taken['occurrence']] = row['deferred']
    for step in ('41', 2), ('41', 1), ('33', 1), ('28', 1):
        poll = waited.get(step, {}).get('poll', {})
        tap.check(poll.get('event') == event and waited[step]['waited_ns'] > 0,
                  '%s: %s#%d names its %s' % ((kind,) + step + (event,)), waited.get(step))
    for step in ('39', 2), ('39', 1), ('37', 1):
        tap.check('poll' not in waited[step] and 'trigger' in waited[step]
                  and waited[step]['waited_ns'] == 0,
                  '%s: %s#%d had its bytes already' % ((kind,) + step), waited[step])
    trigger = waited['45', 1].get('trigger', {})
    tap.check(trigger.get('event', '').endswith('set_result') and
              any(t['step'] == '44' for t in trigger['steps']),
              kind + ': the coroutine was resumed by set_result', trigger)


def trigger(trace, kind):
    answer = why(trace, 'step:33', '--trigger')
    names = [row['event'] for row in answer['rows']]
    steps = steps_of(answer)
    kernel = has_kernel(trace)
    wanted = ['recvfrom', 'loop.poll:return', 'epoll_wait', 'sock.send'] if kernel else \
        ['sock.recv', 'loop.poll:return', 'sock.send']
    tap.check(in_order(wanted, names) is None,
              kind + ': --trigger of 33 reaches ' + ', '.join(wanted), names)
    tap.check(in_order(['33', '32.1', '32', '31', '29.2', '28', '24', '21', '20', '19', '17'],
                       steps) is None, kind + ': by its steps', steps)
    sent = [row['by'] for row in answer['rows'] if row['event'].startswith('sock.')]
    tap.check('sent' in sent, kind + ': the send is told apart from what was recorded', sent)


def timeouts(folder):
    trace = record(folder, 'timeout-no-headers', 'auto')
    db = sqlite3.connect(trace)
    row = db.execute("select min(e.seq), r.seq from events e join kinds k using (kind) "
                     "join events r on r.seq < e.seq and e.parent = r.seq "
                     "where k.name like '%._on_timeout'").fetchone()
    setter = db.execute("select max(e.seq) from events e join kinds k using (kind) "
                        "where k.symbol = 'PollIOLoop_add_timeout'").fetchone()[0]
    db.close()
    answer = why(trace, str(row[0]))
    hops = [r for r in answer['rows'] if 'deferred' in r]
    timeout = hops[0]['deferred'].get('timeout', {}) if hops else {}
    tap.check(timeout.get('seq') == setter and 'after=' in timeout.get('detail', ''),
              'a timeout that fired names who set it', hops[:1])
    tap.check(hops and hops[0]['deferred']['poll']['event'] in ('epoll_wait', 'loop.poll:return')
              and hops[0]['deferred']['waited_ns'] > 0, 'and the poll that it ended', hops[:1])
    tap.check(in_order([setter], [r['seq'] for r in answer['rows']]) is None,
              'and the chain goes on from there')
    shown = tap.loopscope('why', trace, str(row[0]))
    tap.check('deadline that was set in %d' % setter in shown.stdout, 'as text', shown.stdout)
    seqs = [r['seq'] for r in why(trace, str(setter), '--forward')['led_to']]
    tap.check(row[1] in seqs, 'forwards the other way round', seqs)


def queued(folder):
    """Of three fetches one runs at a time; what the others do was asked for by their own fetch()."""
    trace = record(folder, 'max-clients-1', 'auto')
    db = sqlite3.connect(trace)
    third, asked = (db.execute("select max(e.seq) from events e join kinds k using (kind) "
                               "where k.symbol = ? and e.phase = 1", (symbol,)).fetchone()[0]
                    for symbol in ('AsyncHTTPClient_fetch', 'SimpleAsyncHTTPClient_fetch_impl'))
    last = db.execute("select max(e.seq) from events e join kinds k using (kind) "
                      "where k.symbol = '_HTTPConnection__on_headers'").fetchone()[0]
    db.close()
    answer = why(trace, str(last))
    rows = answer['rows']
    tap.check([r['detail'].split('; ')[0][-6:] for r in rows if r['event'].endswith('.fetch')] ==
              ['/three'] and third in [r['seq'] for r in rows] and answer['end'] == 'program',
              'a queued fetch leads to its own fetch()', rows)
    waited = [r for r in rows if r['event'].endswith('._handle_request')]
    deferred = waited[0].get('deferred', {}) if waited else {}
    tap.check(deferred.get('asked_by') == asked and deferred['waited_ns'] >= 100_000_000 and
              deferred['trigger']['event'].endswith('._release_fetch'),
              'which waited for two others', waited)
    led = why(trace, str(asked), '--forward')['led_to']
    tap.check(waited and waited[0]['seq'] in [r['seq'] for r in led], 'and forwards', led)


def forward(trace):
    seqs = why(trace, 'step:23', '--forward')['led_to']
    tap.check([t['step'] for r in seqs for t in r['steps']] == ['25'],
              'add_handler led to _handle_events', seqs)
    deep = why(trace, 'step:0', '--forward', '--deep')['led_to']
    steps = {t['step'] for r in deep for t in r['steps']}
    tap.check({'19', '25', '28', '33', '37', '41', '43', '45'} <= steps,
              'the start led to everything', sorted(steps))
    numbers = [r['seq'] for r in deep]
    tap.check(len(numbers) == len(set(numbers)), 'each once')


def places(trace):
    for where, wanted in (('step:38', '38'), ('step:38#2', '38'), ('step:41#last', '41')):
        answer = why(trace, where)
        tap.check(answer['rows'] and any(t['step'] == wanted for t in answer['rows'][0]['steps']),
                  'place ' + where, answer['end'])
    tap.check(why(trace, 'turn:3')['rows'][0]['detail'] == 'n=3', 'place turn:3')
    for where, word in (('step:99', 'no step'), ('step:38#9', 'only 2 times'), ('turn:99', 'turn'),
                        ('0', 'no row'), ('999999', 'no row'), ('step:', 'no step'),
                        ('step:38#', 'last'), ('turn:x', 'number'), ('here', 'no place'),
                        ('99999999999999999999', 'no place'), ('step:\x1b[31m', 'no step')):
        got = tap.loopscope('why', trace, where)
        tap.check(got.returncode == 2 and word in got.stderr and tap.sentence(got) and
                  '\x1b' not in got.stderr, 'no place %r' % where, got.stderr)
    for words in ([], [trace], [trace, '1', '2'], [trace, '1', '--trigger', '--forward'],
                  [trace, '1', '--deep'], [trace, '1', '--limit=0']):
        got = tap.loopscope('why', *words)
        tap.check(got.returncode == 2 and tap.sentence(got), 'wrong usage %s' % words[1:],
                  got.stderr)
    other = why(trace, '1')
    tap.check(len(other['rows']) == 1, 'a row without causes', other)
    short = why(trace, 'step:51', '--limit=5')
    tap.check(len(short['rows']) == 5 and short['end'] == 'limit', '--limit', short['end'])
    on = why(trace, str(short['goes_on_at']))
    tap.check(on['rows'][-1]['steps'][0]['step'] == '0', 'and going on from there')


def lies(folder, trace):
    """Causes that lie in the future, in circles, or nowhere."""
    def last(sql):
        path = os.path.join(folder, 'lie.db')
        shutil.copy(trace, path)
        db = sqlite3.connect(path)
        db.executescript(sql)
        db.commit()
        db.close()
        return [why(path, 'step:51', *o)['end'] for o in ([], ['--trigger'])]
    tap.check(set(last('update events set parent = seq')) == {'damaged'}, 'parent of itself')
    tap.check(set(last('update events set asked_by = seq, triggered_by = seq '
                       'where asked_by is not null')) == {'damaged'}, 'asked by itself')
    tap.check(set(last('update events set parent = seq + 1')) == {'damaged'}, 'a later parent')
    tap.check(last('delete from events where seq = (select seq from article where step = '
                   "'44.3')")[0] == 'missing', 'a row that is gone')
    tap.check('missing' in last('update events set parent = 3 where parent is not null; '
                                'delete from events where seq = 3'), 'a parent that is gone')


def closed(trace):
    """stdout may be closed early, and may be full."""
    for command in (['steps'], ['steps', '--numbered'], ['steps', '--format=json'],
                    ['steps', '--format=tsv'], ['why', 'step:51'], ['query', 'select * from events']):
        words = [tap.LOOPSCOPE, command[0]] + [trace] + command[1:]
        read, write = os.pipe()
        os.close(read)
        got = subprocess.run(words, stdout=write, stderr=subprocess.PIPE, timeout=60)
        os.close(write)
        tap.check(got.returncode == 2 and not got.stderr,
                  'a closed pipe ends %s quietly' % ' '.join(command), got.stderr)
        with open('/dev/full', 'w', encoding='ascii') as full:
            got = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, timeout=60)
        tap.check(got.returncode == 2 and b'No space' in got.stderr,
                  'a full disk does not: %s' % ' '.join(command), got.stderr)
    with open('/dev/full', 'w', encoding='ascii') as full:
        got = subprocess.run([tap.LOOPSCOPE, 'doctor'], stdout=full, stderr=subprocess.PIPE,
                             timeout=60)
    tap.check(got.returncode == 2 and b'No space' in got.stderr, 'nor with doctor', got.stderr)


def main():
    folder = tap.folder()
    for kernel in 'auto', 'off':
        trace = record(folder, 'chunked-2-article', kernel)
        article(trace, '--kernel=' + kernel)
        trigger(trace, '--kernel=' + kernel)
    forward(trace)
    places(trace)
    timeouts(folder)
    queued(folder)
    lies(folder, trace)
    closed(trace)
    tap.finish()


main()

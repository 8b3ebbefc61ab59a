#!/usr/bin/env python3
"""The replayed state: held to what the running loop said, and the same by every way there."""
import concurrent.futures
import json
import os
import shutil
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'lib'))
import golden
import tap

GOLDEN = os.path.join(HERE, '..', 'golden')
PAIRS = os.path.join(tap.BUILD, 'tests', 'programs', 'replay_pairs')


def scenarios():
    """(generation, path): every scenario that is played and has a golden, and the further ones."""
    extra = os.path.join(GOLDEN, 'extra')
    return [(generation, golden.scenario_path(name)) for generation, name in golden.played([])] + [
        ('3.1', os.path.join(extra, f)) for f in sorted(os.listdir(extra)) if f.endswith('.scn')]


def play(generation, scenario, folder):
    name = os.path.basename(scenario)[:-4]
    trace = os.path.join(folder, name + ('' if generation == '3.1' else '-' + generation) + '.db')
    played = tap.loopscope('play', '-g', generation, '--checking', '--skip-pauses', '-o', trace,
                           scenario)
    return '%s in %s' % (name, generation), trace, played


def state(trace, where):
    got = tap.loopscope('state', trace, '--at', where, '--json')
    return json.loads(got.stdout) if got.returncode == 0 else {'trouble': got.stderr}


def check_words(trace):
    """The article's fetch: what a reader would look for at its steps."""
    at = state(trace, 'step:23')
    tap.check([h['fd'] for h in at.get('handlers', [])] == ['waker', 'fd#1'],
              'step 23: two handlers', at)
    tap.check([(s['phase'], s['connect_callback']) for s in at.get('streams', [])] ==
              [('connecting', 'simple_httpclient._HTTPConnection._on_connect')],
              'step 23: the stream connects', at.get('streams'))
    tap.check([(s['fd'], s['tcp']) for s in at.get('sockets', [])] == [('fd#1', 'SYN_SENT')],
              'step 23: TCP', at.get('sockets'))
    tap.check([c['phase'] for c in at.get('connections', [])] == ['connecting'],
              'step 23: the fetch connects', at.get('connections'))
    coroutine = (at.get('coroutines') or [{}])[0]
    tap.check(coroutine.get('phase') == 'suspended' and
              'samples/client/download.c' in (coroutine.get('place') or '') and
              coroutine.get('waits_for') == 'future#2' and
              {'name': 'next', 'value': '0'} in coroutine.get('locals', []),
              'step 23: the coroutine waits', coroutine)
    at = state(trace, 'step:34.1')
    read = (at.get('streams') or [{}])[0].get('read') or {}
    tap.check((read.get('until'), read.get('wanted')) == ('delimiter', '\\r\\n'),
              'step 34: a line is wanted', read)
    head = (at.get('connections') or [{}])[0].get('head') or ''
    tap.check(head.startswith('HTTP/1.1 200 OK\r\n'), 'step 34: the head is known', head)
    at = state(trace, 'end')
    tap.check([c['code'] for c in at.get('connections', [])] == [200] and
              at['active_fetches'] == 0 and not at['sockets'], 'end: answered', at)
    text = tap.loopscope('state', trace, '--at', 'step:23')
    tap.check(text.returncode == 0 and 'fd#1       connecting' in text.stdout,
              'the state as text', text.stdout + text.stderr)


def check_first_steps(trace):
    """4.3: a first step runs before there is a Runner, inside another's step perhaps.

    future#1 and #2 are the coroutines' own, told of where they are made: outer waits for inner's.
    """
    rows = json.loads(tap.loopscope('steps', trace, '--format=json').stdout)
    made = [r['seq'] for r in rows if r.get('event') == 'gen.Runner.__init__']
    at = state(trace, str(made[-1])).get('coroutines', [])
    tap.check([(c['function'], c['phase'], c['waits_for']) for c in at] ==
              [('user.inner', 'suspended', 'future#3'), ('user.outer', 'suspended', 'future#2')],
              'both coroutines wait, each for its own future', at)


def check_gaps(folder, trace):
    """A state behind a gap is not told as a plain fact; a gap's number is a place."""
    copy = os.path.join(folder, 'gap.db')
    shutil.copy(trace, copy)
    tap.run('sqlite3', copy, 'DELETE FROM keyframes', 'DELETE FROM events WHERE seq = 100',
            "INSERT INTO gaps VALUES (100, 99, 7, 'program', 12, 'the ring was full')")
    before = tap.loopscope('state', copy, '--at', '99').stdout
    behind = tap.loopscope('state', copy, '--at', '101').stdout
    words = '12 events lost before here: the state may be wrong\n'
    tap.check('lost' not in before and words in behind, 'state behind a gap', behind)
    at = [json.loads(tap.loopscope('state', copy, '--json', '--at', seq).stdout)
          for seq in ('99', '100')]
    tap.check([(s['gaps'], s['lost'], s['lost_more']) for s in at] ==
              [(0, 0, False), (1, 12, False)], 'and at it, as JSON', at)
    why = tap.loopscope('why', copy, '100')
    tap.check(why.stdout == '   100 gap: 12 events are missing after 99 in thread 7: '
              'the ring was full\n', 'why of a gap', why.stdout + why.stderr)
    why = tap.loopscope('why', copy, '100', '--format=json')
    tap.check(json.loads(why.stdout or '{}').get('lost') == 12, 'the same as JSON', why.stdout)
    tap.run('sqlite3', copy, "INSERT INTO gaps VALUES (99999, 99998, NULL, 'program', NULL, 'x')")
    text = tap.loopscope('state', copy, '--at', '99999')
    tap.check(text.returncode == 0 and 'more than 12 events lost' in text.stdout,
              'a gap behind the last row', text.stdout + text.stderr)


def check_clock(trace):
    """All commands count time from one moment."""
    rows = json.loads(tap.loopscope('steps', trace, '--format=json').stdout)
    some = [r for r in rows if r.get('seq')][::25]
    since = {r['seq']: r['since_ns'] for r in some}
    states = {s: json.loads(tap.loopscope('state', trace, '--json', '--at', s).stdout)['since_ns']
              for s in since}
    tap.check(len(since) > 3 and since == states, 'steps and state count from the same moment',
              (since, states))
    line = next((l.split() for l in tap.loopscope('syscalls', trace).stdout.splitlines()), None)
    if line:
        at = json.loads(tap.loopscope('state', trace, '--json', '--at', line[0]).stdout)
        tap.check(line[1] == '%.3f' % (at['since_ns'] / 1e6), 'so does syscalls', (line, at))


def check_refusals(folder, trace):
    plain = os.path.join(folder, 'plain.db')
    tap.loopscope('play', '-o', plain, os.path.join(GOLDEN, 'scenarios', 'refused.scn'))
    got = tap.loopscope('check', plain)
    tap.check(got.returncode == 2 and tap.sentence(got) and '--checking' in got.stderr,
              'check: a trace without reports', got)
    got = tap.loopscope('state', trace, '--at', 'step:99')
    tap.check(got.returncode == 2 and tap.sentence(got), 'state: no such step', got)
    for lie, what in (("UPDATE events SET a0 = a0 + 1 WHERE seq = (SELECT min(e.seq) FROM events e"
                       " JOIN kinds USING (kind) WHERE symbol = 'loop_state')", 'the loop'),
                      ("UPDATE events SET a1 = a1 + 1 WHERE seq = (SELECT min(e.seq) FROM events e"
                       " JOIN kinds USING (kind) WHERE symbol = 'stream_state')", 'fd#1')):
        copy = os.path.join(folder, 'lie.db')
        with open(trace, 'rb') as f, open(copy, 'wb') as g:
            g.write(f.read())
        tap.run('sqlite3', copy, lie)
        got = tap.loopscope('check', copy)
        tap.check(got.returncode == 1 and got.stdout.startswith(what + ' and its replay differ'),
                  'check: a difference of ' + what, got)


def main():
    folder = tap.folder()
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        played = list(pool.map(lambda words: play(*words, folder), scenarios()))
    agree = 0
    for name, trace, result in played:
        got = tap.loopscope('check', trace)
        agree += tap.check(result.returncode == 0 and got.returncode == 0, name,
                           result.stderr + got.stdout + got.stderr)
    tap.note('%d of %d scenarios: the replay agrees with the loop after every turn' %
             (agree, len(played)))
    article = os.path.join(folder, 'chunked-2-article.db')
    check_words(article)
    check_first_steps(os.path.join(folder, 'gen-nested-4.3.db'))
    check_gaps(folder, article)
    check_clock(article)
    check_refusals(folder, article)
    pairs = tap.run(PAIRS, *[trace for _, trace, _ in played], timeout=300)
    events = 0
    for line in pairs.stdout.splitlines():
        if ' - ' in line:
            events += int(line.split(': ')[-1].split()[0])
            tap.check(line.startswith('ok'), 'jumps ' + line.split(' - ')[1], pairs.stdout[-2000:])
    tap.check(pairs.returncode == 0, 'jumps', pairs.stdout[-1000:] + pairs.stderr[-1000:])
    tap.note('%d places: stepping and jumping there give the same state' % events)
    tap.finish()


main()

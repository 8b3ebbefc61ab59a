#!/usr/bin/env python3
"""loopscope diff: the same run twice is the same, different ones part where they should.

usage: test_diff.py [--times N]
"""
import argparse
import concurrent.futures
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'lib'))
import golden
import tap

GOLDEN = os.path.join(tap.TOP, 'tests', 'golden')
RECORDED = {'3.1': 'v3.1.1', '4.3': 'v4.3.0'}  # generation -> folder of goldens
VERDICTS = {'same': 0, 'different': 1}

# Played again and again, with both processors busy: several turns, several streams,
# timeouts, segments, errors.
AGAIN = ['cl-one-segment', 'chunked-2-article', 'two-concurrent', 'max-clients-1',
         'timeout-no-headers', 'reset-mid-body', 'redirect-301', 'large-body-300k',
         'split-crlfcrlf-middle', 'loop-timeout-order']

# Pairs, and where they first part: the events of A and B, what their details show, the rule
# that finds the reason, and words of its sentence.
CHOSEN = [
    # the chunk's length is in the buffer when read_until asks for it, or is not
    ('chunked-1-one-segment', 'chunked-1-separate', '_read_from_buffer', 'ret=True',
     '_read_from_buffer', 'ret=False', 'inline', 'one segment in A'),
    # the same the other way round
    ('chunked-1-separate', 'chunked-1-one-segment', '_read_from_buffer', 'ret=False',
     '_read_from_buffer', 'ret=True', 'inline', 'one segment in B'),
    # nobody listens: the poll tells an error, SO_ERROR says which
    ('redirect-off', 'refused', 'loop.poll:return', 'fd#1:WRITE',
     'loop.poll:return', 'WRITE|ERROR', 'refused', 'ECONNREFUSED'),
    # getaddrinfo fails: an exception leaves resolve
    ('cl-one-segment', 'resolve-fails', 'Resolver.resolve', 'family=INET',
     'Resolver.resolve', 'exit=exception', 'resolver', 'gaierror'),
    # a name with two addresses
    ('cl-one-segment', 'two-addresses-first-refused', 'resolve:return', 'addresses=1',
     'resolve:return', 'addresses=2', 'addresses', '1 in A, 2 in B'),
    # AF_UNSPEC is wanted where the other run allows IPv4 alone
    ('cl-one-segment', 'all-addresses-refused', 'Resolver.resolve', 'family=INET',
     'Resolver.resolve', 'family=UNSPEC', 'family', 'UNSPEC in B'),
    # a page on another path
    ('cl-one-segment', 'redirect-301', 'AsyncHTTPClient.fetch', 'url=',
     'AsyncHTTPClient.fetch', '/old', 'url', '/old in B'),
    # another method: the request is longer
    ('cl-one-segment', 'delete', 'IOStream.write', 'bytes=83',
     'IOStream.write', 'bytes=86', 'request', "'DELETE / HTTP/1.1' in B"),
    # a request header more
    ('cl-one-segment', 'basic-auth', 'IOStream.write', 'bytes=83',
     'IOStream.write', 'bytes=144', 'request', "only B has 'Authorization"),
    # a request header less
    ('cl-one-segment', 'gzip-off', 'IOStream.write', 'bytes=83',
     'IOStream.write', 'bytes=60', 'request', "only A has 'Accept-Encoding: gzip'"),
    # a request with a body
    ('no-reason', 'post-body', 'IOStream.write', 'bytes=83',
     'IOStream.write', 'bytes=159', 'request', "'POST / HTTP/1.1' in B"),
    # the status line is the first thing that the client does not know before
    ('status-304', 'status-404', 'iostream.consume', 'bytes=60',
     'iostream.consume', 'bytes=45', 'response', '404 Not Found'),
    ('status-204', 'status-304', 'iostream.consume', 'bytes=27',
     'iostream.consume', 'bytes=60', 'response', '304 Not Modified'),
    # the peer ends the connection where a response begins
    ('cl-zero', 'close-before-headers', '_read_to_buffer', 'ret=38',
     '_read_to_buffer', 'ret=0', 'closed', 'the peer closed the connection in B at that place; '
     'in A something came'),
    # it had all of the response, and the connection merely stays open
    ('bad-chunk-length', 'close-with-full-body', '_read_from_buffer', 'ret=True',
     '_read_to_buffer', 'ret=0', 'closed', 'in A it stayed open'),
    # ... with a reset instead
    ('cl-one-segment', 'reset-before-headers', 'loop.poll:return', 'fd#1:READ',
     'loop.poll:return', 'READ|ERROR', 'reset', 'the peer reset the connection in B'),
    # half of the headers has come, the end of the block has not
    ('close-mid-cl', 'close-mid-headers', '_read_from_buffer', 'ret=True',
     '_read_from_buffer', 'ret=False', 'incomplete', 'only in part in B'),
    # an option of the client
    ('cl-one-segment', 'timeout-no-headers', 'add_timeout', 'after=20s',
     'add_timeout', 'after=0.', 'timeout-option', '20s are left of the timeout in A'),
    # a second fetch before the loop is started
    ('max-clients-1-queue-timeout', 'max-clients-1', 'PollIOLoop.start', '',
     'gen.coroutine.wrapper', 'user.download', 'fetches', 'B begins another fetch'),
    # a queue that lets one request out at a time
    ('max-clients-1', 'two-concurrent', 'fetch:return', '', '_handle_request', '',
     'queue', 'begun at once in B'),
    # a program that fetches twice, and one that fetches nothing
    ('max-clients-1', 'sequential-two', 'gen.local', 'value=1', 'gen.local', 'value=2',
     'local', "variable 'end' is 1 in A, 2 in B"),
    ('loop-callback-order', 'cl-zero', 'add_handler', 'fd=waker', 'gen.coroutine.wrapper', '',
     'program', 'the programs differ'),
    # another status, where the response is read in the same way
    ('gzip-until-close', 'large-body-300k', 'read_until_close', '', 'read_bytes', '300000',
     'response', 'Content-Length: 300000'),
    # two threads: the loop's own comes to its difference first
    ('loop-thread-callback', 'loop-thread-callback-twice', 'loop.poll', 'timeout=3600',
     'user.joined', '', None, ''),
    # chunks of other lengths, headers alike
    ('chunked-split-data', 'chunked-trailers', '_on_chunk_length', 'line=a',
     '_on_chunk_length', 'line=5', 'chunk', 'length line'),
    # all of the body, in one byte less or more
    ('until-close-empty', 'until-close', 'iostream.consume', 'bytes=0',
     'iostream.consume', 'bytes=5', 'amount', '0 bytes in A, 5 in B'),
]


def play(name, trace, generation='3.1'):
    path = name if name.endswith('.scn') else os.path.join(GOLDEN, 'scenarios', name + '.scn')
    played = tap.loopscope('play', '-g', generation, '--skip-pauses', '-o', trace, path)
    if played.returncode != 0:
        raise RuntimeError('%s: play ended with %d\n%s' % (name, played.returncode, played.stderr))
    return trace


def play_all(folder, wanted, generation='3.1'):
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        jobs = {n: pool.submit(play, n, os.path.join(folder, '%s-%s.db' % (n, generation)),
                               generation) for n in wanted}
        return {n: job.result() for n, job in jobs.items()}


def diff(a, b, *options):
    return tap.loopscope('diff', a, b, *options)


# ---- the same run again

def test_again(folder, first, times, generation='3.1'):
    busy = [subprocess.Popen([sys.executable, '-c', 'while True: pass']) for _ in range(2)]
    same, worst = 0, ''
    try:
        for turn in range(times):
            name = AGAIN[turn % len(AGAIN)]
            result = diff(first[name], play(name, os.path.join(folder, 'again.db'), generation))
            same += result.returncode == 0
            if result.returncode != 0:
                worst = name + ': ' + result.stdout + result.stderr
    finally:
        for b in busy:
            b.kill()
            b.wait()
    tap.check(same == times, '%d runs of %s again under load are the same' % (times, generation),
              worst)


# ---- neighbours

def without_sizes(path, folder):
    """A golden in which receives have no sizes: these are noise."""
    copy = os.path.join(folder, 'plain-' + os.path.basename(path))
    with open(path, encoding='utf-8') as rows, open(copy, 'w', encoding='utf-8') as out:
        for row in rows:
            if '\tsock.recv\t' in row:
                row = re.sub(r'result=[1-9]\d*', 'result=some', row)
            elif '._read_to_buffer\t' in row:
                row = re.sub(r'ret=[1-9]\d*', 'ret=some', row)
            out.write(row)
    return copy


def compare(a, b):
    return tap.run(sys.executable, os.path.join(GOLDEN, 'tools', 'compare.py'), a, b).returncode


def names_of(generation):
    return golden.names(generation, folders=(RECORDED[generation],))


def test_neighbours(folder, traces, generation):
    names = names_of(generation)
    for a, b in zip(names, names[1:]):
        goldens = [golden.path_of(n, generation) for n in (a, b)]
        plain = [without_sizes(g, folder) for g in goldens]
        for strict, pair in (((), plain), (('--strict=receives',), goldens)):
            expected = compare(*pair)
            result = diff(traces[a], traces[b], *strict)
            tap.check(result.returncode == expected,
                      '%s, %s %s in %s: %s' % (a, b, ' '.join(strict), generation,
                                               'different' if expected else 'the same'),
                      'exit %d\n%s' % (result.returncode, result.stdout))


# ---- where they part

ANSWER = 'accept\nexpect-request\npause 60ms\nsend "HTTP/1.1 %s\\r\\nContent-Length: 10\\r\\n' \
         '\\r\\n%s"\n'

# Scenarios of this test: what stands in the file.
MADE = {
    'made-whole': '# option: request_timeout=0.5\n' + ANSWER % ('200 OK', 'helloworld') +
                  'pause 60ms\nclose\n',
    'made-404': '# option: request_timeout=0.5\n' + ANSWER % ('404 NO', 'helloworld') +
                'pause 60ms\nclose\n',
    'made-half': '# option: request_timeout=0.5\n' + ANSWER % ('200 OK', 'hello') +
                 'expect-close\n',
    'made-half-later': '# option: request_timeout=0.5\n' + ANSWER % ('200 OK', 'hello') +
                       'pause 60ms\nsend "world"\npause 60ms\nclose\n',
    'made-header-a': '# header: X-A: 1\n' + ANSWER % ('200 OK', 'helloworld') + 'close\n',
    'made-header-b': '# header: X-B: 2\n' + ANSWER % ('200 OK', 'helloworld') + 'close\n',
    'made-nothing': '# option: request_timeout=0.5\naccept\nexpect-request\nexpect-close\n',
}

# As CHOSEN.
CHOSEN_MADE = [
    # a request of the same length
    ('made-header-a', 'made-header-b', 'sock.send', 'bytes=', 'sock.send', 'bytes=',
     'request', "'X-A: 1' in A, 'X-B: 2' in B"),
    ('made-whole', 'made-404', '_run_callback', 'HTTPResponse(200)', '_run_callback',
     'HTTPResponse(404)', 'status', 'the status is 200 in A, 404 in B'),
    ('made-half', 'made-half-later', 'loop.poll:return', 'n=0', 'loop.poll:return', 'fd#1:READ',
     'timeout', 'before anything more came'),
    ('made-half', 'made-nothing', 'loop.poll:return', 'fd#1:READ', 'loop.poll:return', 'n=0',
     'timeout', 'before anything came'),
]


def make(folder):
    """Traces of the scenarios of this test."""
    traces = {}
    for name, text in MADE.items():
        path = os.path.join(folder, name + '.scn')
        with open(path, 'w', encoding='utf-8') as f:
            f.write('# title: %s\n%s' % (name, text))
        traces[name] = play(path, os.path.join(folder, name + '.db'))
    return traces


def test_chosen(traces, chosen):
    for a, b, a_event, a_detail, b_event, b_detail, rule, words in chosen:
        result = diff(traces[a], traces[b], '--format=json')
        why = ''
        try:
            first = json.loads(result.stdout)['first']
            for side, event, detail in (('a', a_event, a_detail), ('b', b_event, b_detail)):
                row = first[side]['next']
                if not row['event'].endswith(event) or detail not in row['detail']:
                    why += '%s: %s %s\n' % (side, row['event'], row['detail'])
            reason = first['reason'] or {'rule': None, 'sentence': ''}
            if reason['rule'] != rule or words not in reason['sentence']:
                why += 'reason: %s\n' % reason
        except (ValueError, KeyError, TypeError) as e:
            why = '%r\n%s%s' % (e, result.stdout, result.stderr)
        tap.check(not why, 'first difference of %s and %s (%s)' % (a, b, rule), why)


# ---- the forms

def shapes():
    """The shapes that docs/diff.md gives, by name."""
    with open(os.path.join(tap.TOP, 'docs', 'diff.md'), encoding='utf-8') as f:
        block = re.search(r'```json shapes\n(.*?)```', f.read(), re.S).group(1)
    return json.loads(block)


def misfit(value, shape, named, where):
    """'' if the value has the shape, else where it has not."""
    if isinstance(shape, list):
        if not isinstance(value, list):
            return where + ' is no array'
        return next(filter(None, (misfit(v, shape[0], named, '%s[%d]' % (where, i))
                                  for i, v in enumerate(value))), '')
    if isinstance(shape, dict):
        if not isinstance(value, dict):
            return where + ' is no object'
        known = {k.rstrip('?'): k for k in shape}
        for key in value:
            if key not in known:
                return '%s.%s is not documented' % (where, key)
        for key, written in known.items():
            if key not in value:
                if not written.endswith('?'):
                    return '%s.%s is missing' % (where, key)
                continue
            found = misfit(value[key], shape[written], named, where + '.' + key)
            if found:
                return found
        return ''
    if shape.endswith('?'):
        return '' if value is None else misfit(value, shape[:-1], named, where)
    if shape in named:
        return misfit(value, named[shape], named, where)
    if '|' in shape:
        return '' if value in shape.split('|') else '%s is %r' % (where, value)
    good = {'int': isinstance(value, int) and not isinstance(value, bool),
            'bool': isinstance(value, bool), 'string': isinstance(value, str),
            'line': isinstance(value, list) and len(value) == 3 and
            value[0] in ('same', 'changed', 'only_a', 'only_b')}[shape]
    return '' if good else '%s is %r, not %s' % (where, value, shape)


def test_json(traces):
    named = shapes()
    pairs = [('cl-one-segment', 'cl-one-segment', ()), ('two-concurrent', 'max-clients-1', ()),
             ('cl-one-segment', 'resolve-fails', ('--full',)),
             ('chunked-1-separate', 'chunked-1-one-segment', ('--timing', '--full'))]
    for a, b, options in pairs:
        result = diff(traces[a], traces[b], '--format=json', *options)
        try:
            value = json.loads(result.stdout)
            why = misfit(value, named['diff'], named, 'diff')
            if not why and VERDICTS[value['verdict']] != result.returncode:
                why = '%s, exit %d' % (value['verdict'], result.returncode)
            if not why and ('lines' in value) != ('--full' in options):
                why = 'lines without --full, or none with it'
        except ValueError as e:
            why = '%s\n%s' % (e, result.stdout[:2000])
        tap.check(not why, 'JSON of %s and %s %s has the documented shape'
                  % (a, b, ' '.join(options)), why)
    again = [diff(traces['delete'], traces['head'], '--format=json').stdout for _ in range(2)]
    tap.check(again[0] == again[1], 'the same question gets the same JSON')


def test_text(traces):
    a, b = traces['chunked-1-one-segment'], traces['chunked-1-separate']
    lines = diff(a, b).stdout.split('\n')
    tap.check(lines[0].startswith('The runs part after step 34.2, row ') and
              lines[0].endswith('.'), 'the first line is the verdict', lines[0])
    text = '\n'.join(lines)
    tap.check(all(w in text for w in ('last common', 'A next', 'B next', 'asked by', 'due to',
                                      'core/v31/iostream_read.c:', 'likely reason', 'by place',
                                      'by kind of event')),
              'rows, places in the source, causes, reason and summary follow', text)
    unified = diff(a, b, '--format=unified').stdout.split('\n')
    body = [l for l in unified if l[:2] not in ('--', '++', '@@')]
    tap.check(unified[0] == '--- ' + a and unified[1] == '+++ ' + b and
              any(l.startswith('-') for l in body) and any(l.startswith('+') for l in body) and
              all(l[:1] in ('', ' ', '-', '+') for l in body),
              'unified form', '\n'.join(unified[:20]))
    full = diff(a, b, '--full').stdout
    tap.check(text.rstrip('\n') in full and '\n'.join(unified[2:6]) in full,
              '--full adds the aligned rows')
    same = diff(a, a)
    tap.check(same.returncode == 0 and same.stdout.startswith('The runs are the same') and
              same.stdout.count('\n') == 1, 'the same runs take one line', same.stdout)


def test_timing(folder, traces):
    sides = [[play('chunked-1-one-segment', os.path.join(folder, '%s%d.db' % (s, i)))
              for i in range(3)] for s in 'ab']
    # spans of one side last a second longer, as far as the file says
    for trace in sides[1]:
        db = sqlite3.connect(trace)
        db.execute("UPDATE ends SET time = time + 1000000000 WHERE seq = (SELECT e.seq FROM "
                   "events e JOIN kinds k USING (kind) WHERE k.symbol = "
                   "'_HTTPConnection__on_headers')")
        db.commit()
        db.close()
    result = tap.loopscope('diff', '--timing', *sides[0], '--', *sides[1], '--format=json')
    timing = json.loads(result.stdout)['timing']
    change = timing['changes'][0]
    tap.check(result.returncode == 0 and change['clear'] and
              900000000 < change['change_ns'] < 1100000000 and change['a_count'] == 3,
              '--timing finds the span that got slower', change)
    text = tap.loopscope('diff', '--timing', *sides[0], '--', *sides[1]).stdout
    slower = [l for l in text.split('\n') if l.startswith('  * ')]
    slower = [l for l in slower if 'the whole recording' not in l]
    tap.check(bool(slower) and '_on_headers' in slower[0], '... and shows it first', text)
    tap.check(all(t['verdict'] == 'same' and t['row'] is None for t in timing['traces']) and
              len(timing['traces']) == 5, '... and that all traces are of one run', timing['traces'])
    for a, b, named in (([sides[0][0], traces['delete']], [sides[1][0]], traces['delete']),
                        ([sides[0][0]], [sides[1][0], traces['delete']], traces['delete'])):
        result = tap.loopscope('diff', '--timing', *a, '--', *b)
        tap.check(result.returncode == 1 and result.stdout.startswith('The runs are the same') and
                  named + ': from row ' in result.stdout,
                  'a trace of another run among them is named', result)
    gap = os.path.join(folder, 'timing-gap.db')
    shutil.copy(sides[1][2], gap)
    db = sqlite3.connect(gap)
    db.execute("INSERT INTO gaps (after, source, lost, reason) VALUES (9, 'program', 3, 'full')")
    db.commit()
    db.close()
    result = tap.loopscope('diff', '--timing', *sides[0], '--', *sides[1], gap)
    tap.check(result.returncode == 2 and gap + ': events are missing' in result.stdout,
              'a gap in one of them is told', result)
    text = diff(traces['delete'], traces['delete'], '--timing').stdout
    tap.check('nobody can tell a change from noise' in text,
              'with one trace a side it says that noise is unknown', text)


def test_escapes(folder, traces):
    """Whatever a trace holds, a terminal gets no control characters."""
    evil = os.path.join(folder, 'evil.db')
    db, source = sqlite3.connect(evil), sqlite3.connect(traces['chunked-1-separate'])
    source.backup(db)
    db.executescript("""UPDATE kinds SET name = name || char(27) || '[5mK' || char(10);
        UPDATE sites SET file = file || char(27) || '[5mS';
        UPDATE article SET step = step || char(27) || '[5m';
        UPDATE objects SET name = name || char(27) || '[5mO';
        UPDATE ends SET ret = ret || char(27) || '[5mR' WHERE ret IS NOT NULL;
        UPDATE events SET detail = detail || char(27) || '[5mD' || char(155);""")
    db.commit()
    db.close()
    for options in ((), ('--full',), ('--format=unified',), ('--format=json',), ('--timing',)):
        for a, b in ((traces['cl-one-segment'], evil), (evil, traces['cl-one-segment'])):
            result = diff(a, b, *options)
            tap.check(result.returncode == 1 and not re.search('[\x00-\x09\x0b-\x1f\x7f-\x9f]',
                                                               result.stdout + result.stderr),
                      'no control characters: diff %s' % ' '.join(options), result)


# ---- the stories of the document

def told(path):
    """Verdicts, reasons and exit codes of the stories, numbers aside."""
    with open(path, encoding='utf-8') as f:
        text = f.read()
    return [re.sub(r'\d+', 'N', line) for line in text.split('\n')
            if line.startswith(('The runs', '  likely reason', '$ '))]


def test_stories(folder):
    again = os.path.join(folder, 'diff.md')
    made = tap.run(sys.executable, os.path.join(tap.TOP, 'docs', 'make-diff-stories'), '--build',
                   tap.BUILD, '--output', again)
    documented = told(os.path.join(tap.TOP, 'docs', 'diff.md'))
    tap.check(made.returncode == 0 and told(again) == documented and len(documented) > 10,
              'docs/make-diff-stories tells the same stories again',
              made.stderr or told(again))


# ---- trouble

def test_trouble(folder, traces):
    good = traces['delete']
    foreign = os.path.join(folder, 'foreign')
    with open(foreign, 'w') as f:
        f.write('no trace\n' * 100)
    for words, name in (((good,), 'one trace'), ((good, good, good), 'three traces'),
                        ((good, '/nowhere'), 'a file that is not there'),
                        ((good, foreign), 'a file that is no trace'),
                        ((good, good, '--strict=nonsense'), 'an unknown word for --strict'),
                        ((good, good, '--ignore=nonsense'), 'an unknown word for --ignore'),
                        ((good, good, '--ignore=info,arg:nonsense'), '... and an argument'),
                        ((good, good, '--ignore=nonsense*'), '... and the begin of a name'),
                        ((good, good, '--timing', '--format=unified'), '--timing as unified'),
                        ((good, good, '--', good), 'several traces without --timing')):
        result = tap.loopscope('diff', *words)
        tap.check(result.returncode == 2 and tap.sentence(result) and not result.stdout,
                  '%s: exit 2 and a sentence' % name, result)
    gap = os.path.join(folder, 'gap.db')
    db, source = sqlite3.connect(gap), sqlite3.connect(good)
    source.backup(db)
    db.execute("INSERT INTO gaps (after, source, lost, reason) VALUES (100, 'program', 3, 'full')")
    db.commit()
    result = diff(good, gap)
    tap.check(result.returncode == 2 and 'No difference was found' in result.stdout and
              '3 events are missing in B after row 100' in result.stdout and tap.sentence(result),
              'no verdict across a gap', result)
    for options in ((), ('--format=unified',)):
        got = diff(good, gap, *options)
        shown = tap.loopscope('view', good, gap, '--plain') if options else got
        tap.check(got.returncode == shown.returncode == 2 and
                  '3 events are missing in B after row 100' in got.stdout and
                  got.stdout == shown.stdout and
                  (not options or got.stdout.startswith('# No difference was found')),
                  'a gap is told, and exit 2: %s' % (options,), (got, shown))
    db.execute("DELETE FROM events WHERE seq > 200")
    db.commit()
    result = diff(good, gap)
    tap.check(result.returncode == 1 and 'they may have parted before' in
              result.stdout.split('\n')[0], 'a difference behind a gap says so', result.stdout)
    result = diff(good, gap, '--format=unified')
    tap.check(result.returncode == 1 and 'they may have parted before' in
              result.stdout.split('\n')[0] and result.stdout.split('\n')[1].startswith('---'),
              '... in unified form, too', result.stdout)
    db.execute("DELETE FROM events")
    db.execute("DELETE FROM gaps")
    db.commit()
    db.close()
    result = diff(good, gap)
    tap.check(result.returncode == 1 and 'at the very beginning' in result.stdout and
              'B ends' in result.stdout, 'against a trace without events', result)
    result = diff(gap, gap)
    tap.check(result.returncode == 2 and 'nothing was compared' in result.stderr,
              'two traces without events cannot be compared', result)
    result = diff(good, good, '--ignore=program,http,future,loop,stream,socket,run')
    tap.check(result.returncode == 2 and 'nothing was compared' in result.stderr,
              'nor those of which all is ignored', result)


def test_strict(folder, traces):
    """What counts because it was asked for is shown."""
    made = os.path.join(folder, 'strict.db')
    for words, sql, shown in (
            ('turns', 'UPDATE events SET turn = turn + 3 WHERE turn > 0', 'turn=4'),
            ('threads', 'UPDATE events SET thread = 77', 'thread=77'),
            ('times', 'UPDATE events SET time = time + seq * 1000', 'time='),
            ('descriptors', "UPDATE objects SET runtime = 99 WHERE name = 'fd#1'", 'fd#1=99')):
        shutil.copy(traces['delete'], made)
        db = sqlite3.connect(made)
        db.execute(sql)
        db.commit()
        db.close()
        first = diff(traces['delete'], made, '--strict=' + words).stdout.split('\n')[0]
        unified = diff(traces['delete'], made, '--strict=' + words, '--format=unified').stdout
        sides = [re.findall(r'[a-z#1]+=\d+', half) for half in first.split(', B has ')]
        tap.check(shown in first and len(sides) == 2 and sides[0][-1] != sides[1][-1] and
                  any(l.startswith('+') and shown in l for l in unified.split('\n')),
                  '--strict=%s shows the number' % words, first)


def test_threads(folder, traces):
    """A thread that one run has not, and one that ends early."""
    good, cut = traces['loop-thread-callback'], os.path.join(folder, 'threads.db')
    other = "thread = (SELECT thread FROM events WHERE detail LIKE '%thread=other%' LIMIT 1)"
    for sql, verdict, reason in (
            ("DELETE FROM events WHERE " + other, 'at the beginning of thread 2: A has '
             'ioloop.PollIOLoop.add_callback (callback=user.cb; thread=other), B has no such thread',
             'A has a thread more'),
            ("DELETE FROM events WHERE seq = (SELECT max(seq) FROM events WHERE %s)" % other,
             'B ends that thread', 'the thread ends there in B; in A it goes on')):
        shutil.copy(good, cut)
        db = sqlite3.connect(cut)
        if db.execute('SELECT min(thread) = max(thread) FROM events').fetchone()[0]:
            raise RuntimeError('the trace has one thread')
        db.execute("DELETE FROM events WHERE kind IN (SELECT kind FROM kinds WHERE layer = "
                   "'kernel')")
        db.execute(sql)
        db.commit()
        db.close()
        result = diff(good, cut)
        tap.check(result.returncode == 1 and verdict in result.stdout.split('\n')[0] and
                  'likely reason: ' + reason in result.stdout, 'threads: ' + reason, result.stdout)


def test_kernel_alone(folder, traces):
    """Traces of the kernel's rows alone, and of nothing."""
    made = {}
    for name, where in (('kernel', "layer NOT IN ('kernel', 'run')"),
                        ('silent', "layer <> 'run'"), ('program', "layer = 'kernel'")):
        made[name] = os.path.join(folder, name + '-only.db')
        db, source = sqlite3.connect(made[name]), sqlite3.connect(traces['delete'])
        source.backup(db)
        db.execute("INSERT OR IGNORE INTO events SELECT (SELECT max(seq) FROM events) + 1, time, "
                   "thread, turn, 0, NULL, (SELECT kind FROM kinds WHERE name = 'kernel.read'), 3, "
                   "NULL, NULL, NULL, NULL, 1, 1, NULL, NULL, 'fd=fd#1; result=1' "
                   "FROM events LIMIT 1")
        db.execute("DELETE FROM events WHERE kind IN (SELECT kind FROM kinds WHERE %s)" % where)
        db.commit()
        db.close()
    for a, b, status, words in (('kernel', 'kernel', 0, ''), ('program', 'program', 0, ''),
                                ('kernel', 'program', 2, 'A holds only what the kernel saw, B '
                                 'what its program said'),
                                ('silent', 'kernel', 2, 'A holds nothing'),
                                ('silent', 'silent', 2, 'neither trace holds anything'),
                                ('silent', 'program', 1, '')):
        result = diff(made[a], made[b])
        tap.check(result.returncode == status and words in result.stderr and
                  (status < 2) == (not result.stderr), '%s and %s rows alone: exit %d'
                  % (a, b, status), result)


def main():
    ap = argparse.ArgumentParser(usage=__doc__)
    ap.add_argument('--times', type=int, default=50)
    args = ap.parse_args()
    folder = tap.folder()
    wanted = set(names_of('3.1') + AGAIN + [n for c in CHOSEN for n in c[:2]])
    traces = play_all(folder, sorted(wanted))
    newer = play_all(folder, sorted(set(names_of('4.3') + AGAIN)), '4.3')
    test_neighbours(folder, traces, '3.1')
    test_neighbours(folder, newer, '4.3')
    made = make(folder)
    test_chosen(traces, CHOSEN)
    test_chosen(made, CHOSEN_MADE)
    test_json(traces)
    test_text(traces)
    test_escapes(folder, traces)
    test_timing(folder, traces)
    test_trouble(folder, traces)
    test_kernel_alone(folder, traces)
    test_threads(folder, traces)
    test_strict(folder, traces)
    test_stories(folder)
    test_again(folder, traces, args.times)
    test_again(folder, newer, args.times, '4.3')
    tap.finish()


if __name__ == '__main__':
    main()

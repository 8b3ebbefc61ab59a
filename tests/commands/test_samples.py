#!/usr/bin/env python3
"""The samples run alone, and recorded; what they print and record is as their heads say."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import tap

SAMPLES = os.path.join(tap.BUILD, 'samples')
PRINTS = {
    '01_callback': 'first begins\nfirst ends\nsecond\n',
    '02_timeout': '100 ms\n200 ms\n',
    '03_coroutine': 'before the yield\nthe answer is 42\n',
}

# What those print that fetch from their own scripted peer.
SERVED = {
    '05_fetch_many': 'first\nsecond\nthird\n',
    '06_timeout_fires': 'the loop goes on\nHTTPError(HTTP 599: Timeout)\n',
    '07_redirect': 'asked for {url}\n200 from {new}\n',
    '08_happy_eyeballs': '200 after two attempts\n',
}

HTTPS = os.path.join(tap.TOP, 'tests', 'golden', 'scenarios')

HOSTILE = r"""accept
expect-request
send "HTTP/1.1 301 M\r\nLocation: ftp://\x1bc/x\r\nContent-Length: 0\r\n\r\n"
expect-close
"""


def events(trace):
    steps = tap.loopscope('steps', trace, '--format=tsv')
    return [line.split('\t')[2:4] for line in steps.stdout.splitlines()
            if line and not line.startswith('#')]


def index(rows, event, detail=''):
    return next((i for i, r in enumerate(rows) if r[0] == event and detail in r[1]), -1)


def served(scenario):
    """(the peer's process, the URL to fetch)"""
    serve = subprocess.Popen([tap.LOOPSCOPE, 'serve', scenario], stdout=subprocess.PIPE,
                             encoding='ascii')
    return serve, serve.stdout.readline().strip()


def in_order(rows, *wanted):
    """Do these events come in this order?  Each is looked for behind the one before."""
    at = 0
    for event, detail in wanted:
        found = index(rows[at:], event, detail)
        if found < 0:
            return False
        at += found + 1
    return True


def record_served(folder, name):
    """The events of a sample that fetches from its scripted peer."""
    serve, url = served(os.path.join(tap.TOP, 'samples', name + '.scn'))
    trace = os.path.join(folder, name + '.db')
    got = tap.loopscope('record', '-o', trace, '--', os.path.join(SAMPLES, name), url)
    serve.wait(timeout=30)
    prints = SERVED[name].format(url=url, new=url.replace('/old', '/new'))
    tap.check(got.returncode == 0 and got.stdout == prints, name + ' recorded', got)
    return events(trace)


def check_served(folder):
    rows = record_served(folder, '05_fetch_many')
    tap.check(in_order(rows, *[('sock.send', '')] * 3, ('simple_httpclient._HTTPConnection.finish', ''),
                       ('gen.resume', 'user.fetch_many')),
              'all requests are out before the first answer is there', rows)
    tap.check([r for r in rows if r[0] == 'gen.resume' and 'user.fetch_many' in r[1]][1:] == [],
              'and it resumes once for all of them', rows)
    rows = record_served(folder, '06_timeout_fires')
    tap.check(in_order(rows, ('ioloop.IOLoop._run_callback', 'user.meanwhile'),
                       ('simple_httpclient._HTTPConnection._on_timeout', ''), ('sock.close', ''),
                       ('ioloop.IOLoop._run_callback', 'user.answered')),
              'a timer fires meanwhile, and then the request times out', rows)
    rows = record_served(folder, '07_redirect')
    tap.check(in_order(rows, ('simple_httpclient._HTTPConnection._on_body', ''),
                       ('simple_httpclient._HTTPConnection.__init__', ''), ('sock.close', 'fd#1'),
                       ('sock.connect', 'fd#2'), ('ioloop.IOLoop._run_callback', 'user.answered')),
              'a redirect is a second connection behind the first', rows)
    rows = record_served(folder, '08_happy_eyeballs')
    tap.check(in_order(rows, ('sock.connect', 'addr=127.0.0.1'),
                       ('tcpclient._Connector.on_timeout', ''), ('sock.connect', 'addr=[::1]'),
                       ('ioloop.IOLoop._run_callback', 'user.answered')),
              'the other family begins after the timeout', rows)


def fetch_tls(scenario, authority, *before):
    serve, url = served(os.path.join(HTTPS, scenario + '.scn'))
    got = tap.run(*before, os.path.join(SAMPLES, '09_tls'), url,
                  os.path.join(HTTPS, 'tls', authority))
    serve.terminate()
    serve.wait(timeout=30)
    return got


def check_tls(folder):
    trace = os.path.join(folder, '09_tls.db')
    got = fetch_tls('https-get', 'ca.pem', tap.LOOPSCOPE, 'record', '-o', trace, '--')
    tap.check(got.returncode == 0 and got.stdout == 'hello\n', '09_tls recorded', got)
    rows = events(trace)
    tap.check(in_order(rows, ('sock.connect', ''), ('iostream.IOStream.start_tls', ''),
                       ('ssl.handshake', 'WANT_READ'), ('loop.poll', ''), ('ssl.handshake', 'OK'),
                       ('ssl.write', ''), ('ssl.read', ''),
                       ('ioloop.IOLoop._run_callback', 'user.answered')),
              'the handshake is done in turns, and before the request', rows)
    got = fetch_tls('https-wrong-host', 'ca.pem')
    tap.check("doesn't match" in got.stdout, 'it takes no certificate of another host', got)
    got = fetch_tls('https-bad-ca', 'other-ca.pem')
    tap.check('CERTIFICATE_VERIFY_FAILED' in got.stdout, '... nor one of an unknown CA', got)


def main():
    folder = tap.folder()
    traces = {}
    for name, prints in PRINTS.items():
        program = os.path.join(SAMPLES, name)
        trace = traces[name] = os.path.join(folder, name + '.db')
        alone = tap.run(program)
        tap.check(alone.returncode == 0 and alone.stdout == prints, name, alone)
        recorded = tap.loopscope('record', '-o', trace, '--', program)
        tap.check(recorded.returncode == 0 and recorded.stdout == prints, name + ' recorded',
                  recorded)
    rows = events(traces['01_callback'])
    order = [index(rows, 'ioloop.PollIOLoop.start'), index(rows, 'user.first'),
             index(rows, 'ioloop.PollIOLoop.add_callback', 'user.second'),
             index(rows, 'loop.poll', 'timeout=0'), index(rows, 'user.second'),
             index(rows, 'ioloop.PollIOLoop.start:return')]
    tap.check(-1 not in order and order == sorted(order), 'a callback runs in the next turn', rows)
    ticks = [r[1] for r in events(traces['02_timeout']) if r[0] == 'user.tick']
    tap.check(ticks == ['ms=100', 'ms=200'], 'timeouts run by deadline', ticks)
    rows = events(traces['03_coroutine'])
    order = [index(rows, 'gen.yield'), index(rows, 'ioloop.PollIOLoop.start'),
             index(rows, 'user.resolve') if index(rows, 'user.resolve') > 0 else
             index(rows, 'concurrent._DummyFuture.set_result', 'result=42'),
             index(rows, 'gen.resume', 'via=send'), index(rows, 'gen.finish')]
    tap.check(-1 not in order and order == sorted(order), 'a coroutine resumes by its future', rows)

    serve, url = served(os.path.join(tap.TOP, 'samples', 'demo.scn'))
    trace = os.path.join(folder, '04_fetch.db')
    got = tap.loopscope('record', '-o', trace, '--', os.path.join(SAMPLES, '04_fetch'), url)
    serve.wait(timeout=30)
    tap.check(got.stdout == '200: 14 bytes\n' and got.returncode == 0, '04_fetch recorded', got)
    numbered = tap.loopscope('steps', '--numbered', trace)
    tap.check(numbered.returncode == 0 and 'download' in numbered.stdout, '04_fetch numbered',
              numbered.stdout)
    hostile = os.path.join(folder, 'hostile.scn')
    with open(hostile, 'w', encoding='ascii') as f:
        f.write(HOSTILE)
    serve, url = served(hostile)
    got = tap.run(os.path.join(SAMPLES, '04_fetch'), url)
    serve.wait(timeout=30)
    tap.check('ftp://?c/x' in got.stdout and '\x1b' not in got.stdout,
              'a peer cannot talk to the terminal', got)
    check_served(folder)
    check_tls(folder)
    for name in [*PRINTS, '04_fetch', *SERVED, '09_tls']:
        with open(os.path.join(tap.TOP, 'samples', name + '.c'), encoding='utf-8') as f:
            tap.check(len(f.readlines()) < 60, name + ' is short')
    tap.finish()


main()

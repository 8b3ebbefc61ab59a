#!/usr/bin/env python3
"""Two generations in the same exchange: the bytes on the wire, and what diff and view say of it.

usage: test_generations.py
"""
import json
import os
import re
import socket
import sys
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'lib'))
import tap

SCENARIOS = os.path.join(tap.TOP, 'tests', 'golden', 'scenarios')
ACTS = ['turns', 'callbacks', 'handlers', 'resumed', 'calls']


def play(folder, name, generation, *options):
    trace = os.path.join(folder, '%s-%s.db' % (name, generation))
    played = tap.loopscope('play', '-g', generation, '--skip-pauses', '-o', trace,
                           *options, os.path.join(SCENARIOS, name + '.scn'))
    if played.returncode != 0:
        raise RuntimeError('%s: play ended with %d\n%s' % (name, played.returncode, played.stderr))
    return trace


def generations(a, b, *options):
    return tap.loopscope('diff', '--generations', a, b, *options)


def told(a, b):
    ran = generations(a, b, '--format=json')
    return ran.returncode, json.loads(ran.stdout)


def test_json(a, b):
    status, answer = told(a, b)
    tap.check(status == 0 and answer['exchange'] == 'same',
              'a scenario in two generations is the same exchange', answer)
    steps = answer['steps']
    tap.check([s['step'] for s in steps][-3:] == ['epoll_ctl DEL', 'the socket is closed',
                                                  'the end of the run'],
              'steps are those of the wire, up to the end of the run', steps)
    sums = {side: [sum(s[side][act] if act == 'turns' else len(s[side][act]) for s in steps)
                   for act in ACTS] for side in 'ab'}
    tap.check(all(sums[side] == [answer[side][act] for act in ACTS] for side in 'ab'),
              'what the steps needed adds up to the totals', sums)
    tap.check(answer['a']['generation'] == '3.1' and answer['b']['generation'] == '4.3' and
              answer['a']['resumed'] == 1 and answer['b']['resumed'] > 1,
              '3.1 resumes one coroutine, 4.3 several', answer)
    status, answer = told(a, a)
    tap.check(status == 0 and all(s['a'] == s['b'] for s in answer['steps']),
              'a trace with itself needs the same in each step', answer)


def test_text(a, b):
    ran = generations(a, b)
    lines = ran.stdout.split('\n')
    tap.check(ran.returncode == 0 and lines[0].startswith('The exchange is the same, 83 bytes out'),
              'the first line of the text is the answer', ran.stdout + ran.stderr)
    tap.check('in all' in ran.stdout and lines[-2].split()[:2] == ['bytes', 'in'],
              'the text ends with totals', ran.stdout)


def test_kernel():
    """Where the kernel's rows are there on both sides, they are the moments and the calls."""
    folder = tap.folder()
    status, answer = told(*(play(folder, 'chunked-1-separate', g) for g in ['3.1', '4.3']))
    if not answer['kernel']:
        tap.skip('the exchange as the kernel saw it', 'the kernel shows us nothing here')
        return
    tap.check(status == 0 and any('epoll_wait' in s['b']['calls'] for s in answer['steps']),
              'the exchange as the kernel saw it', answer['sentence'])
    bare = told(*(play(folder, 'chunked-1-separate', g, '--kernel=off') for g in ['3.1', '4.3']))[1]

    def wire(steps):
        return [s['step'] for s in steps if not s['step'].startswith('epoll_ctl')]
    tap.check(wire(bare['steps']) == wire(answer['steps']),
              '... has the same steps as the programs tell of', (bare['steps'], answer['steps']))


def test_others(folder, a):
    other = play(folder, 'delete', '3.1', '--kernel=off')
    status, answer = told(a, other)
    tap.check(status == 1 and answer['exchange'] == 'different',
              'another request is another exchange', answer)
    ran = generations(a, play(folder, 'resolve-fails', '3.1', '--kernel=off'))
    tap.check(ran.returncode == 2 and 'made no connection' in ran.stderr,
              'a run without a connection has no exchange', ran.stderr)
    for option in ['--full', '--timing', '--strict=all', '--ignore=log', '--format=unified']:
        ran = generations(a, a, option)
        tap.check(ran.returncode == 2 and not ran.stdout and '--generations' in ran.stderr,
                  '--generations does not go with ' + option, ran.stderr)


def test_ordinary_diff(folder, a):
    """It says first that the generations differ, and what compares them."""
    other = play(folder, 'cl-zero', '4.3', '--kernel=off')
    ran = tap.loopscope('diff', a, other)
    tap.check(ran.stdout.startswith('A is of generation 3.1 and B of generation 4.3: '
                                    'diff --generations'),
              'diff says first that the generations differ', ran.stdout[:400])
    ran = tap.loopscope('diff', a, a)
    tap.check('generation' not in ran.stdout, 'of one generation it says nothing', ran.stdout)


def test_view(a, b):
    """The seat of two traces has the same alignment, and says which step of the exchange this is."""
    shot = tap.loopscope('view', a, b, '--screenshot=160x40')
    tap.check('exchange, step 1 of 11: a socket is made. A: 1 turn' in shot.stdout,
              'the viewer tells the step of the exchange at its cursor', shot.stdout + shot.stderr)
    shot = tap.loopscope('view', a, b, '--lang=zh', '--screenshot=160x40')
    tap.check('交换，第 1 步（共 11 步）：创建套接字。' in shot.stdout, 'in Chinese, too', shot.stdout)
    lines = tap.loopscope('view', a, b, '--screenshot=160x60', '--at', 'step:21').stdout.split('\n')
    both = [line for line in lines if line.count('= EINPROGRESS') == 2]
    tap.check(both, 'where both connect, both columns have a row', '\n'.join(lines))


RESPONSES = [b'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
             b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n']
REQUESTS = [[], ['-X', 'DELETE'], ['-d', 'a=1&b=2'], ['-u', 'user:secret'],
            ['-H', 'X-One: 1', '-H', 'X-Two: 2', '-A', 'wire/1']]


class Server(threading.Thread):
    """Keeps what it was sent, and answers each connection."""

    def __init__(self):
        super().__init__(daemon=True)
        self.socket = socket.create_server(('127.0.0.1', 0))
        self.port = self.socket.getsockname()[1]
        self.asked = []
        self.response = b''
        self.start()

    def run(self):
        while True:
            peer, _ = self.socket.accept()
            with peer:
                asked = b''
                while not self.whole(asked):
                    asked += peer.recv(65536)
                self.asked.append(asked)
                peer.sendall(self.response)

    @staticmethod
    def whole(asked):
        head, end, body = asked.partition(b'\r\n\r\n')
        length = re.search(rb'Content-Length: (\d+)', head)
        return end and len(body) == (int(length.group(1)) if length else 0)


def ordered(request):
    head, _, body = request.partition(b'\r\n\r\n')
    first, *headers = head.split(b'\r\n')
    return first, sorted(headers), body


def test_wire(folder):
    """The same URL in both generations: the same bytes on the wire, header order aside."""
    server = Server()
    for i, options in enumerate(REQUESTS):
        del server.asked[:]
        server.response = RESPONSES[i % 2]
        traces = []
        for generation in ['3.1', '4.3']:
            traces.append(os.path.join(folder, 'wire-%s.db' % generation))
            ran = tap.loopscope('fetch', '-g', generation, '--kernel=off', '-o', traces[-1],
                                *options, 'http://127.0.0.1:%d/path?q=1' % server.port)
            if ran.returncode != 0:
                tap.check(False, 'fetch -g %s %s' % (generation, options), ran.stderr)
        tap.check(len(server.asked) == 2 and ordered(server.asked[0]) == ordered(server.asked[1]),
                  'fetch %s sends the same in both generations' % ' '.join(options), server.asked)
        status, answer = told(*traces)
        tap.check(status == 0 and answer['a']['sent'] == len(server.asked[0]),
                  '... and diff --generations finds that: the same exchange', answer['sentence'])


def main():
    folder = tap.folder()
    a = play(folder, 'cl-headers-then-body', '3.1', '--kernel=off')
    b = play(folder, 'cl-headers-then-body', '4.3')
    test_wire(folder)
    test_view(a, b)
    test_kernel()
    test_json(a, b)
    test_text(a, b)
    test_others(folder, a)
    test_ordinary_diff(folder, a)
    tap.finish()


if __name__ == '__main__':
    main()

#!/usr/bin/env python3
"""The options of fetch, in both generations: what the peer is sent, what is told and recorded."""
import gzip
import json
import os
import re
import socket
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import tap

GENERATIONS = '3.1', '4.3'


def answer(head, body='hello'):
    data = body if isinstance(body, bytes) else body.encode()
    return ('HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n' % (head, len(data))).encode() + data


ANSWERS = {
    '/': answer('200 OK'),
    '/again': answer('302 Found\r\nLocation: /again'),
    '/once': answer('302 Found\r\nLocation: /'),
    '/gzip': answer('200 OK\r\nContent-Encoding: gzip', gzip.compress(b'unpacked')),
    '/cookie': answer('200 OK\r\nSet-Cookie: secret=1234'),
    '/head': answer('200 OK\r\nX-Long: ' + 2000 * 'x'),
    '/missing': answer('404 Not Found'),
}


class Peer:
    """A server that keeps what it is sent; of /never it does not answer, until the client goes."""

    def __init__(self):
        self.socket = socket.create_server(('127.0.0.1', 0))
        self.port = self.socket.getsockname()[1]
        self.requests, self.open, self.most = [], 0, 0
        self.lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, path='/'):
        return 'http://127.0.0.1:%d%s' % (self.port, path)

    def _accept(self):
        while True:
            threading.Thread(target=self._serve, args=[self.socket.accept()[0]],
                             daemon=True).start()

    def _serve(self, connection):
        with self.lock:
            self.open += 1
            self.most = max(self.most, self.open)
        with connection:
            request = self._read(connection)
            with self.lock:
                self.requests.append(request)
                self.open -= 1      # before the answer, which lets the next one come
            path = request.decode('latin-1').partition(' ')[2].rpartition(' HTTP/1.1\r\n')[0]
            if path == '/never':
                connection.recv(1)
            else:
                connection.sendall(ANSWERS.get(path.split('\n')[0], ANSWERS['/']))

    @staticmethod
    def _read(connection):
        request = b''
        while b'\r\n\r\n' not in request:
            got = connection.recv(65536)
            if not got:
                return request
            request += got
        length = re.search(rb'Content-Length: (\d+)', request)
        while length and len(request.partition(b'\r\n\r\n')[2]) < int(length.group(1)):
            request += connection.recv(65536)
        return request

    def taken(self):
        """What was sent since the last call, as text; the server goes on with nothing."""
        with self.lock:
            found, self.requests, self.most = self.requests, [], 0
        return [request.decode('latin-1') for request in found]


def fetch(folder, generation, *words, **options):
    return tap.loopscope('fetch', '-g', generation, '--kernel=off', '-o',
                         os.path.join(folder, 'f.db'), *words, **options)


def outcomes(result):
    return [json.loads(line) for line in result.stdout.splitlines()]


def rows(folder, event):
    """The details of the rows of that name in the trace made last."""
    steps = tap.loopscope('steps', '--format=tsv', os.path.join(folder, 'f.db'))
    found = [line.split('\t') for line in steps.stdout.splitlines() if not line.startswith('#')]
    return [columns[3] for columns in found if len(columns) > 3 and columns[2] == event]


def requests(folder, peer, generation):
    got = fetch(folder, generation, '-X', 'PUT', '-d', 'the body', '-H', 'X-A: 1', '-H', 'X-A: 2',
                '-A', 'me', '-u', 'name:word', peer.url())
    sent = (peer.taken() or [''])[0]
    wanted = 'PUT / HTTP/1.1', 'X-A: 1', 'X-A: 2', 'User-Agent: me', 'Content-Length: 8'
    tap.check(got.returncode == 0 and all(line in sent.split('\r\n') for line in wanted) and
              sent.endswith('\r\n\r\nthe body') and 'Authorization: Basic bmFtZTp3b3Jk' in sent,
              '%s: -X -d -H -A -u' % generation, [got, sent])
    fetch(folder, generation, '-d', 'x=1', peer.url())
    tap.check((peer.taken() or [''])[0].startswith('POST / '), '%s: -d alone' % generation)


def redirects(folder, peer, generation):
    got = fetch(folder, generation, '--json', peer.url('/once'))
    tap.check(got.returncode == 0 and len(peer.taken()) == 2, '%s: a redirect' % generation, got)
    got = fetch(folder, generation, '--json', '--no-follow', peer.url('/once'))
    tap.check(got.returncode == 1 and outcomes(got)[0]['status'] == 302 and
              len(peer.taken()) == 1, '%s: --no-follow' % generation, got)
    got = fetch(folder, generation, '--json', '--max-redirects=2', peer.url('/again'))
    tap.check(got.returncode == 1 and len(peer.taken()) == 3, '%s: --max-redirects' % generation,
              got)


def bodies(folder, peer, generation):
    got = fetch(folder, generation, '--json', '--gzip', peer.url('/gzip'))
    tap.check('Accept-Encoding: gzip' in peer.taken()[0] and outcomes(got)[0]['body_length'] == 8,
              '%s: --gzip' % generation, got)
    got = fetch(folder, generation, '--json', '--stream', peer.url())
    tap.check(outcomes(got)[0]['body_length'] == 0 and
              rows(folder, 'user.streaming_callback') == ['bytes=5'], '%s: --stream' % generation,
              got)
    fetch(folder, generation, '--header-callback', peer.url())
    wanted = ['line=HTTP/1.1 200 OK\\r\\n', 'line=Content-Length: 5\\r\\n', 'line=\\r\\n']
    got = rows(folder, 'user.header_callback')
    tap.check(got == wanted, '%s: --header-callback' % generation, got)
    fetch(folder, generation, '--header-callback', peer.url('/cookie'))
    got = rows(folder, 'user.header_callback')
    tap.check('line=Set-Cookie: ***********\\r\\n' in got, '%s: what a cookie says is hidden' %
              generation, got)
    peer.taken()


def many(folder, peer, generation):
    urls = [peer.url('/missing'), peer.url(), peer.url('/gzip'), peer.url('/cookie')]
    got = fetch(folder, generation, '--json', *urls)
    found = [(outcome['status'], outcome['effective_url']) for outcome in outcomes(got)]
    tap.check(found == list(zip((404, 200, 200, 200), urls)) and got.returncode == 1,
              '%s: --json, an object for each URL, in their order' % generation, got)
    peer.taken()
    got = fetch(folder, generation, '--json', '--max-clients=1', *urls)
    most = peer.most
    tap.check(len(outcomes(got)) == 4 and most == 1 and len(peer.taken()) == 4,
              '%s: --max-clients' % generation, [got, most])
    got = fetch(folder, generation, '--json', '--resolve=nowhere.test:%d:127.0.0.1' % peer.port,
                'http://nowhere.test:%d/' % peer.port)
    tap.check(got.returncode == 0 and 'Host: nowhere.test:%d' % peer.port in peer.taken()[0],
              '%s: --resolve' % generation, got)


def limits(folder, peer, generation):
    """The two of messages are 4.3's; a body too long for the buffer fails in both."""
    for option, path in (('--max-header-size=1000', '/head'), ('--max-body-size=4', '/')):
        got = fetch(folder, generation, option, peer.url(path))
        if generation == '3.1':
            tap.check(got.returncode == 2 and tap.sentence(got) and not peer.taken(),
                      '3.1 has no ' + option, got)
        else:
            tap.check(got.returncode == 1 and tap.sentence(got), '4.3: ' + option, got)
            got = fetch(folder, generation, option + '000', peer.url(path))
            tap.check(got.returncode == 0, '4.3: %s000' % option, got)
    for size in ('0', '-1', '1.5', 'x', '1e300', 'inf', 'nan'):
        for option in ('buffer-size', 'header-size', 'body-size', 'clients'):
            got = fetch(folder, '4.3', '--max-%s=%s' % (option, size), peer.url())
            if got.returncode != 2 or not tap.sentence(got):
                tap.check(False, '--max-%s=%s' % (option, size), got)
    tap.check(True, '%s: limits that are none' % generation)
    peer.taken()


def traces(folder, peer, generation):
    alone = os.path.join(folder, 'alone')
    os.makedirs(alone, exist_ok=True)
    got = tap.loopscope('fetch', '-g', generation, '--no-trace', peer.url(), cwd=alone)
    tap.check(got.returncode == 0 and not os.listdir(alone), '%s: --no-trace' % generation, got)
    fetch(folder, generation, '--request-timeout=7', '--max-clients=3', peer.url())
    told = tap.loopscope('info', os.path.join(folder, 'f.db')).stdout
    tap.check('generation: ' + generation in told and 'request_timeout=7' in told and
              'max_clients=3' in told, '%s: the facts tell the options' % generation, told)
    peer.taken()


def timeouts(folder, peer, generation):
    """Long ones are never reached, and nothing is a limit of nothing; short ones are past at once."""
    for option in '--connect-timeout', '--request-timeout':
        for value in '1e18', 'inf', 'infinity', '1e9', '0', '30':
            got = fetch(folder, generation, '%s=%s' % (option, value), peer.url())
            tap.check(got.returncode == 0, '%s: %s=%s' % (generation, option, value), got)
        for value in '1e-9', '1e-300':
            got = fetch(folder, generation, '--json', '%s=%s' % (option, value), peer.url())
            tap.check(got.returncode == 1 and 'HTTP 599: Timeout' in got.stdout,
                      '%s: %s=%s' % (generation, option, value), got)
        for value in '-1', '-inf', 'nan', 'x', '', '1s', '-1e-300':
            got = fetch(folder, generation, '%s=%s' % (option, value), peer.url())
            tap.check(got.returncode == 2 and tap.sentence(got),
                      '%s: %s=%s is refused' % (generation, option, value), got)
    got = fetch(folder, generation, '--request-timeout=0.2', peer.url('/never'))
    tap.check(got.returncode == 1 and 'Timeout' in got.stderr, '%s: nobody answers' % generation,
              got)
    peer.taken()


PLAYED = '''# url-path: %s
accept
expect-request
send "HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\n\\r\\n"
expect-close
'''

# what is behind the host and the first line, or None: refused in a sentence
PATHS = (
    ('/a b', 'GET /a b HTTP/1.1'),
    ('/a  HTTP/1.0', 'GET /a  HTTP/1.0 HTTP/1.1'),
    ('/é', 'GET /\xc3\xa9 HTTP/1.1'),
    ('/?q=a b', 'GET /?q=a b HTTP/1.1'),
    ('/x#f g', 'GET /x HTTP/1.1'),
    ('/%0d%0aX:%20y', 'GET /%0d%0aX:%20y HTTP/1.1'),
    ('/a\tb', None),
    ('/a\rX: y', None),
    ('/a\x7f', None),
    ('/a\x1b[31m', None),
)


def first_lines(folder, peer, generation):
    """fetch and play put the same on the wire, or refuse the same."""
    scenario = os.path.join(folder, 'path.scn')
    for path, line in PATHS:
        got = fetch(folder, generation, peer.url(path))
        sent = [request.split('\r\n')[0] for request in peer.taken()]
        if line is None:
            good = got.returncode == 2 and tap.sentence(got) and not sent
        else:
            good = got.returncode == 0 and sent == [line]
        tap.check(good, '%s: fetch of %r' % (generation, path), [got, sent])
        with open(scenario, 'w', encoding='utf-8', newline='') as f:
            f.write(PLAYED % path)
        got = tap.loopscope('play', '-g', generation, '--kernel=off', '-o',
                            os.path.join(folder, 'p.db'), scenario)
        told = tap.loopscope('info', os.path.join(folder, 'p.db')).stdout
        if line is None:
            good = got.returncode == 2 and tap.sentence(got) and 'wire_request' not in told
        else:
            shown = line.encode('latin-1').decode('utf-8')
            good = got.returncode == 0 and 'wire_request:1: %s\\x0d' % shown in told
        tap.check(good, '%s: play of %r' % (generation, path), [got, told])


def hosts(folder, peer, generation):
    """Every ending is one sentence; nothing is sent to anybody else."""
    for url, status in (('http://127.0.0.1:%d\r\nX: y/' % peer.port, 2),
                        ('http://127.0.0.1:%d/\nX: y' % peer.port, 2),
                        ('http://127.0.0.1 :80/', 2), ('http://a b/', 2), ('http:// /', 2),
                        ('http://', 2), ('http:///', 2), ('http://:80/', 2), ('', 2), (' ', 2),
                        ('http://@:1/', 1), ('http://127.0.0.1:0/', 1),
                        ('http://127.0.0.1:65536/', 1), ('http://[::1%25lo]:1/', 1),
                        ('http://[::1%lo]:1/', 1), ('http://[::1/', 1), ('http://[]/', 1),
                        ('http://127.0.0.1:%d/\udcff' % peer.port, 1)):
        got = fetch(folder, generation, url)
        tap.check(got.returncode == status and tap.sentence(got) and not peer.taken(),
                  '%s: %r' % (generation, url), got)
    got = fetch(folder, generation, 'http://name:word@127.0.0.1:%d/' % peer.port)
    sent = (peer.taken() or [''])[0]
    tap.check('Authorization: Basic bmFtZTp3b3Jk' in sent and 'name' not in sent and
              'Host: 127.0.0.1:%d\r\n' % peer.port in sent, '%s: userinfo' % generation, sent)
    for words in (['-H', 'X: a\r\nY: b'], ['-H', 'X: a\rY: b'], ['-A', 'a\nb'],
                  ['-X', 'GET / HTTP/1.1\r\nX: y']):
        got = fetch(folder, generation, *words, peer.url())
        tap.check(got.returncode == 2 and tap.sentence(got) and not peer.taken(),
                  '%s: %r' % (generation, words), got)


BLOCKED = '# role: loop\n# program: blocked-turn\n'


def blocking(folder, peer, generation):
    """The row of log_stack is below the run of the callback that blocked, and of no other."""
    scenario = os.path.join(folder, 'blocked.scn')
    trace = os.path.join(folder, 'f.db')
    with open(scenario, 'w', encoding='ascii') as f:
        f.write(BLOCKED)
    tap.loopscope('play', '-g', generation, '--kernel=off', '-o', trace, scenario)
    told = tap.loopscope('query', trace, 'select p.event, p.detail from events e join kinds k '
                         'using (kind) join steps p on p.seq = e.parent '
                         "where k.name = 'ioloop.IOLoop.log_stack'", '--format=csv').stdout
    runs = told.splitlines()[1:]
    tap.check(runs == ['ioloop.IOLoop._run_callback,callback=user.blocks; timeout=timeout#1'],
              '%s: a blocked turn' % generation, told)
    fetch(folder, generation, '--blocking-threshold=30', peer.url())
    tap.check(not rows(folder, 'ioloop.IOLoop.log_stack'), '%s: none blocks' % generation)
    for value in '-1', 'x', 'nan':
        got = fetch(folder, generation, '--blocking-threshold=' + value, peer.url())
        tap.check(got.returncode == 2 and tap.sentence(got),
                  '%s: --blocking-threshold=%s' % (generation, value), got)
    peer.taken()


def main():
    folder, peer = tap.folder(), Peer()
    for generation in GENERATIONS:
        for test in (requests, redirects, bodies, many, limits, traces, timeouts, first_lines,
                     hosts, blocking):
            test(folder, peer, generation)
    tap.finish()


main()

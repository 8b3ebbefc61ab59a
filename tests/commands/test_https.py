#!/usr/bin/env python3
"""Fetches over TLS from a real server, with good and bad certificates of a CA made here."""
import hashlib
import json
import os
import random
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import tap

GENERATIONS = '3.1', '4.3'
UNKNOWN_CA = ('the certificate of localhost is signed by nobody that is trusted here '
              '(unknown CA)')


def openssl(folder, *words):
    made = tap.run('openssl', *words, cwd=folder)
    if made.returncode:
        raise RuntimeError(made.stderr)


def make_ca(folder, name):
    openssl(folder, 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj',
            '/CN=' + name, '-keyout', name + '.key', '-out', name + '.pem')


def make_certificate(folder, name, ca, host, expired=False, names=()):
    """Signed by ca, or by itself without one; expired since a long time."""
    openssl(folder, 'req', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=' + host, '-keyout',
            name + '.key', '-out', name + '.csr')
    with open(os.path.join(folder, name + '.ext'), 'w', encoding='ascii') as f:
        f.write('subjectAltName=' + ','.join('DNS:' + n for n in [*names, host]) + '\n')
    days = ['-days', '-1'] if expired else ['-days', '2']
    signer = ['-CA', ca + '.pem', '-CAkey', ca + '.key', '-CAcreateserial'] if ca else \
             ['-signkey', name + '.key']
    openssl(folder, 'x509', '-req', '-in', name + '.csr', '-extfile', name + '.ext', '-out',
            name + '.pem', *days, *signer)


def free_ports(count):
    sockets = [socket.create_server(('127.0.0.1', 0)) for _ in range(count)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def start_nginx(folder, ports):
    """One server for each certificate, and one without TLS."""
    servers = ''
    for name, port in ports.items():
        tls = '' if name == 'plain' else ' ssl'
        keys = '' if name == 'plain' else \
            'ssl_certificate %s.pem; ssl_certificate_key %s.key;' % (name, name)
        servers += 'server { listen 127.0.0.1:%d%s; root %s; %s }\n' % (port, tls, folder, keys)
    conf = os.path.join(folder, 'nginx.conf')
    with open(conf, 'w', encoding='ascii') as f:
        f.write('''daemon off; master_process off; pid %(d)s/nginx.pid; error_log %(d)s/error.log;
events { worker_connections 64; }
http { access_log off; client_body_temp_path %(d)s/b; proxy_temp_path %(d)s/p;
  fastcgi_temp_path %(d)s/f; uwsgi_temp_path %(d)s/u; scgi_temp_path %(d)s/s;
%(s)s}
''' % {'d': folder, 's': servers})
    nginx = shutil.which('nginx') or '/usr/sbin/nginx'
    child = subprocess.Popen([nginx, '-c', conf, '-p', folder], stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
    while child.poll() is None:
        with socket.socket() as s:
            if s.connect_ex(('127.0.0.1', list(ports.values())[-1])) == 0:
                return child
        time.sleep(0.01)
    raise RuntimeError('nginx did not start')


def fetch(generation, folder, url, *options):
    return tap.loopscope('fetch', '-g', generation, '--json', '--resolve', 'localhost:1:127.0.0.1',
                         '-o', os.path.join(folder, 'fetch.db'), *options, url)


def compare_with_curl(generation, folder, port, peer='localhost'):
    url = 'https://localhost:%d/body.bin' % port
    ca = os.path.join(folder, 'ca.pem')
    got = fetch(generation, folder, url, '--cacert', ca)
    body = os.path.join(folder, 'curl.out')
    tap.run('curl', '-s', '--noproxy', '*', '--cacert', ca, '-o', body, url)
    with open(body, 'rb') as f:
        want = hashlib.sha256(f.read()).hexdigest()
    try:
        outcome = json.loads(got.stdout)
    except ValueError:
        outcome = {}
    tap.check(outcome.get('status') == 200 and outcome.get('body_sha256') == want,
              '%s: the body is curl\'s' % generation, got.stdout + got.stderr)
    rows = tap.loopscope('steps', os.path.join(folder, 'fetch.db')).stdout
    tap.check('ssl.negotiated' in rows and 'peer=' + peer in rows,
              '%s: what was negotiated is told' % generation)


def refused(generation, folder, name, port, sentence, words, *options):
    """The sentence is for people; behind it stand the words that the original has."""
    got = fetch(generation, folder, 'https://localhost:%d/body.bin' % port, *options)
    tap.check(got.returncode == 1 and tap.sentence(got) and words in got.stderr and
              got.stderr.startswith('loopscope: %s; fetch 1 ended with ' % sentence),
              '%s: %s' % (generation, name), got.stdout + got.stderr)


RESPONSES = {
    '/half': b'Content-Length: 100\r\n\r\nhalf',
    '/length': b'Content-Length: 5\r\n\r\nwhole',
    '/chunked': b'Transfer-Encoding: chunked\r\n\r\n5\r\nwhole\r\n0\r\n\r\n',
    '/close': b'\r\nwhole',
    '/ended': b'\r\nwhole',
}


def serve_ends(folder):
    """A server that says what its path says, and then closes: without close_notify but for /ended."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(os.path.join(folder, 'good.pem'), os.path.join(folder, 'good.key'))
    listener = socket.create_server(('127.0.0.1', 0))

    def answer(plain):
        with context.wrap_socket(plain, server_side=True) as s:
            path = s.recv(65536).split()[1].decode()
            s.sendall(b'HTTP/1.1 200 OK\r\n' + RESPONSES[path])
            if path == '/ended':
                s.unwrap()

    def serve():
        while True:
            plain, _ = listener.accept()
            try:
                answer(plain)
            except OSError:
                pass
    threading.Thread(target=serve, daemon=True).start()
    return listener.getsockname()[1]


CUT_OFF = 'without ending TLS (close_notify): the body may be incomplete'


def check_handshake(generation, folder):
    """Between connecting and open the state of a stream is its handshake, and what that waits for."""
    trace = os.path.join(folder, 'handshake.db')
    tap.loopscope('play', '-g', generation, '-o', trace,
                  os.path.join(tap.TOP, 'tests', 'golden', 'scenarios', 'https-get.scn'))
    rows = [row for row in json.loads(tap.loopscope('steps', trace, '--format=json').stdout)
            if 'event' in row]
    began = next(row['seq'] for row in rows if row['event'] == 'ssl.wrap')
    done = next(row['seq'] for row in rows if row['event'] == 'ssl.negotiated')
    polls = [row['seq'] for row in rows
             if row['event'] == 'loop.poll' and began < row['seq'] < done]
    seen = []
    for at in polls + [done]:
        state = json.loads(tap.loopscope('state', trace, '--at', str(at), '--json').stdout)
        seen.append((state['streams'][0]['phase'], state['streams'][0]['mask']))
    tap.check(len(seen) > 1 and all(phase == 'TLS handshake' for phase, _ in seen[:-1]) and
              seen[-2][1] == 'READ|ERROR' and seen[-1][0] == 'open',
              '%s: a stream in its handshake is shown as that' % generation, seen)
    yields = [row for row in rows if row['event'] == 'gen.yield' and
              'tcpclient.TCPClient.connect' in row['detail']]
    tap.check(len(yields) == (3 if generation == '4.3' else 0),
              '%s: connect yields a third time for TLS, where it is a coroutine' % generation,
              yields)


def check_ends(generation, folder, port, trusted):
    for path in RESPONSES:
        got = fetch(generation, folder, 'https://localhost:%d%s' % (port, path), *trusted)
        if path in ('/half', '/close'):
            tap.check(got.returncode == 1 and tap.sentence(got) and CUT_OFF in got.stderr,
                      '%s: %s without close_notify is refused' % (generation, path), got)
        else:
            tap.check(got.returncode == 0 and json.loads(got.stdout)['body_length'] == 5,
                      '%s: %s is whole' % (generation, path), got)


def record(kind, payload):
    return bytes([kind, 3, 3]) + len(payload).to_bytes(2, 'big') + payload


ALERT, HANDSHAKE = 21, 22
SERVER_HELLO = (bytes([2, 0, 0, 45, 3, 3]) + bytes(32) +
                bytes([0, 0xc0, 0x2f, 0, 0, 5, 0xff, 1, 0, 1, 0]))
PIECE = record(HANDSHAKE, bytes(16000))

# What the server says to the client's hello, and what it says on and on while the client listens.
HOSTILE = {
    'garbage': (random.Random(3).randbytes(5000), b''),
    'garbage in a record': (record(HANDSHAKE, random.Random(5).randbytes(5000)), b''),
    'a hello cut short': (record(HANDSHAKE, SERVER_HELLO)[:20], b''),
    'nothing': (b'', b''),
    'a certificate of 16 MB': (record(HANDSHAKE, SERVER_HELLO) +
                               record(HANDSHAKE, bytes([11, 255, 255, 255])), PIECE),
    'alerts without end': (b'', record(ALERT, bytes([1, 90])) * 1000),
    'records without end': (b'', record(HANDSHAKE, b'')),
}


def serve_hostile():
    """One port for each; the server closes only its own half, and waits for the client."""
    def serve(listener, first, more):
        while True:
            peer, _ = listener.accept()
            with peer:
                try:
                    peer.recv(65536)
                    peer.sendall(first)
                    for _ in range(100000 if more else 0):
                        peer.sendall(more)
                    peer.shutdown(socket.SHUT_WR)
                    while peer.recv(65536):
                        pass
                except OSError:
                    pass
    ports = {}
    for name, (first, more) in HOSTILE.items():
        listener = socket.create_server(('127.0.0.1', 0))
        threading.Thread(target=serve, args=(listener, first, more), daemon=True).start()
        ports[name] = listener.getsockname()[1]
    return ports


def check_hostile(generation, folder, ports, trusted):
    for name, port in ports.items():
        got = fetch(generation, folder, 'https://localhost:%d/' % port, '--request-timeout=10',
                    '--connect-timeout=10', *trusted)
        tap.check(got.returncode == 1 and tap.sentence(got) and 'imeout' not in got.stderr and
                  '; fetch 1 ended with ' in got.stderr,
                  '%s: a server that sends %s' % (generation, name), got)


SCENARIO = """# title: a body up to the close, without close_notify
# https: yes
# url-host: localhost
# resolve: 127.0.0.1:$PORT
%s
accept
tls server
expect-request
send "HTTP/1.1 200 OK\\r\\n\\r\\nwhole"
close
"""


def play(generation, folder, *headers):
    """What a fetch comes to that behaves as the original does, in JSON."""
    scenario = os.path.join(folder, 'cut.scn')
    with open(scenario, 'w', encoding='ascii') as f:
        f.write(SCENARIO % '\n'.join(headers))
    got = tap.loopscope('play', '-g', generation, '--json', '-o', os.path.join(folder, 'play.db'),
                        scenario)
    try:
        return json.loads(got.stdout)
    except ValueError:
        return {'got': got}


def check_trusts_nobody(folder):
    """4.3 with a certificate of the client, and no file of CAs: those of the system do not count."""
    keys = ['# option: client_%s=%s' % (name, os.path.join(folder, 'good.' + end))
            for name, end in (('cert', 'pem'), ('key', 'key'))]
    for generation, status in ('3.1', 200), ('4.3', None):
        got = play(generation, folder, '# ca-default: ca.pem', *keys)
        tap.check('got' not in got and (got['status'] == 200) == (status == 200),
                  '%s: whom a client with a certificate trusts' % generation, got)


def check_play(folder):
    """Where the original is less careful, or trusts nobody, so does play."""
    shutil.copytree(os.path.join(tap.TOP, 'tests', 'golden', 'scenarios', 'tls'),
                    os.path.join(folder, 'tls'))
    for generation in GENERATIONS:
        got = play(generation, folder, '# ca: ca.pem')
        tap.check(got.get('status') == 200 and got.get('body_length') == 5,
                  '%s: play takes the body as a whole' % generation, got)


def main():
    folder = tap.folder()
    os.chmod(folder, 0o755)
    with open(os.path.join(folder, 'body.bin'), 'wb') as f:
        f.write(random.Random(7).randbytes(1000 * 1000))
    make_ca(folder, 'ca')
    make_ca(folder, 'other-ca')
    make_certificate(folder, 'good', 'ca', 'localhost')
    make_certificate(folder, 'wrong', 'ca', 'other.example')
    make_certificate(folder, 'expired', 'ca', 'localhost', expired=True)
    make_certificate(folder, 'self', None, 'localhost')
    others = ['host-%d.example' % i for i in range(2000)]
    make_certificate(folder, 'many', 'ca', 'localhost', names=others)
    make_certificate(folder, 'crowd', 'ca', 'other.example', names=others)
    names = 'good', 'wrong', 'expired', 'self', 'many', 'crowd', 'plain'
    ports = dict(zip(names, free_ports(len(names))))
    trusted = '--cacert', os.path.join(folder, 'ca.pem')
    nginx = start_nginx(folder, ports)
    ends = serve_ends(folder)
    hostile = serve_hostile()
    try:
        for generation in GENERATIONS:
            compare_with_curl(generation, folder, ports['good'])
            refused(generation, folder, 'a certificate for another host', ports['wrong'],
                    'the certificate is for other.example, not for localhost',
                    "doesn't match 'other.example'", *trusted)
            refused(generation, folder, 'an expired certificate', ports['expired'],
                    'the certificate of localhost has expired',
                    'certificate has expired', *trusted)
            refused(generation, folder, 'a CA that is not trusted', ports['good'],
                    UNKNOWN_CA,
                    'unable to get local issuer certificate', '--cacert',
                    os.path.join(folder, 'other-ca.pem'))
            refused(generation, folder, 'the CAs of the system', ports['good'],
                    UNKNOWN_CA,
                    'unable to get local issuer certificate')
            refused(generation, folder, 'a self-signed certificate', ports['self'],
                    'the certificate of localhost is signed by itself, and not by a trusted CA',
                    'self-signed certificate', *trusted)
            refused(generation, folder, 'a port without TLS', ports['plain'],
                    'the server does not speak TLS at this port',
                    'WRONG_VERSION_NUMBER', *trusted)
            check_ends(generation, folder, ends, trusted)
            check_handshake(generation, folder)
            compare_with_curl(generation, folder, ports['many'], 'host-0.example')
            refused(generation, folder, 'a certificate for 2001 other hosts', ports['crowd'],
                    'the certificate is for host-0.example and 2000 more, not for localhost',
                    "doesn't match either of", *trusted)
            check_hostile(generation, folder, hostile, trusted)
            got = fetch(generation, folder, 'https://localhost:%d/body.bin' % ports['wrong'],
                        '--insecure')
            tap.check(got.returncode == 0, '%s: --insecure' % generation, got.stderr)
        check_play(folder)
        check_trusts_nobody(folder)
    finally:
        nginx.kill()
        nginx.wait()
    tap.finish()


if __name__ == '__main__':
    main()

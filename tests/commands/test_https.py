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


def openssl(folder, *words):
    made = tap.run('openssl', *words, cwd=folder)
    if made.returncode:
        raise RuntimeError(made.stderr)


def make_ca(folder, name):
    openssl(folder, 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj',
            '/CN=' + name, '-keyout', name + '.key', '-out', name + '.pem')


def make_certificate(folder, name, ca, host, expired=False):
    """Signed by ca, or by itself without one; expired since a long time."""
    openssl(folder, 'req', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=' + host, '-keyout',
            name + '.key', '-out', name + '.csr')
    with open(os.path.join(folder, name + '.ext'), 'w', encoding='ascii') as f:
        f.write('subjectAltName=DNS:' + host + '\n')
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


def compare_with_curl(generation, folder, port):
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
    tap.check('ssl.negotiated' in rows and 'peer=localhost' in rows,
              '%s: what was negotiated is told' % generation)


def refused(generation, folder, name, port, words, *options):
    got = fetch(generation, folder, 'https://localhost:%d/body.bin' % port, *options)
    tap.check(got.returncode == 1 and tap.sentence(got) and words in got.stderr,
              '%s: %s' % (generation, name), got.stdout + got.stderr)


def cut_off(folder):
    """A server that promises more than it sends, and closes without close_notify."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(os.path.join(folder, 'good.pem'), os.path.join(folder, 'good.key'))
    listener = socket.create_server(('127.0.0.1', 0))

    def serve():
        for _ in GENERATIONS:
            plain, _ = listener.accept()
            with context.wrap_socket(plain, server_side=True) as s:
                s.recv(65536)
                s.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf')
    threading.Thread(target=serve, daemon=True).start()
    return listener.getsockname()[1]


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
    names = 'good', 'wrong', 'expired', 'self', 'plain'
    ports = dict(zip(names, free_ports(len(names))))
    trusted = '--cacert', os.path.join(folder, 'ca.pem')
    nginx = start_nginx(folder, ports)
    cut = cut_off(folder)
    try:
        for generation in GENERATIONS:
            compare_with_curl(generation, folder, ports['good'])
            refused(generation, folder, 'a certificate for another host', ports['wrong'],
                    "doesn't match 'other.example'", *trusted)
            refused(generation, folder, 'an expired certificate', ports['expired'],
                    'certificate has expired', *trusted)
            refused(generation, folder, 'a CA that is not trusted', ports['good'],
                    'unable to get local issuer certificate', '--cacert',
                    os.path.join(folder, 'other-ca.pem'))
            refused(generation, folder, 'the CAs of the system', ports['good'],
                    'unable to get local issuer certificate')
            refused(generation, folder, 'a self-signed certificate', ports['self'],
                    'self-signed certificate', *trusted)
            refused(generation, folder, 'a port without TLS', ports['plain'],
                    'WRONG_VERSION_NUMBER', *trusted)
            # 4.3 has logged the reason where it happened, and raises _QuietException in its place
            refused(generation, folder, 'an end without close_notify', cut,
                    'unexpected eof while reading' if generation == '3.1' else '_QuietException',
                    *trusted)
            got = fetch(generation, folder, 'https://localhost:%d/body.bin' % ports['wrong'],
                        '--insecure')
            tap.check(got.returncode == 0, '%s: --insecure' % generation, got.stderr)
    finally:
        nginx.kill()
        nginx.wait()
    tap.finish()


if __name__ == '__main__':
    main()

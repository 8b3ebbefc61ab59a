#!/usr/bin/env python3
"""Fetches from real servers; curl on the same URL says what is right."""
import hashlib
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import tap


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def wait_until_listening(port, child):
    for _ in range(1000):
        with socket.socket() as s:
            if s.connect_ex(('127.0.0.1', port)) == 0:
                return True
        if child.poll() is not None:
            return False
        time.sleep(0.01)
    return False


def make_site(folder):
    with open(os.path.join(folder, 'small.html'), 'w', encoding='ascii') as f:
        f.write('<html><body>a small page</body></html>\n')
    with open(os.path.join(folder, 'big.bin'), 'wb') as f:
        f.write(random.Random(5).randbytes(5 * 1000 * 1000))
    os.chmod(folder, 0o755)


def start_nginx(folder, port):
    nginx = shutil.which('nginx') or '/usr/sbin/nginx'
    conf = os.path.join(folder, 'nginx.conf')
    with open(conf, 'w', encoding='ascii') as f:
        f.write('''daemon off; master_process off; pid %(d)s/nginx.pid; error_log %(d)s/error.log;
events { worker_connections 64; }
http { access_log off; client_body_temp_path %(d)s/b; proxy_temp_path %(d)s/p;
  fastcgi_temp_path %(d)s/f; uwsgi_temp_path %(d)s/u; scgi_temp_path %(d)s/s;
  server { listen 127.0.0.1:%(p)d; root %(d)s; } }
''' % {'d': folder, 'p': port})
    return subprocess.Popen([nginx, '-c', conf, '-p', folder], stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL)


def start_python(folder, port):
    return subprocess.Popen([sys.executable, '-m', 'http.server', '--bind', '127.0.0.1',
                             '--directory', folder, str(port)],
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def curl(url, folder):
    body = os.path.join(folder, 'curl.out')
    got = tap.run('curl', '-s', '--noproxy', '*', '-o', body, '-w', '%{http_code}', url)
    with open(body, 'rb') as f:
        data = f.read()
    return int(got.stdout), len(data), hashlib.sha256(data).hexdigest()


def compare(server, url, folder):
    trace = os.path.join(folder, 'fetch.db')
    got = tap.loopscope('fetch', '--json', '-o', trace, url)
    want = curl(url, folder)
    name = '%s %s' % (server, url.rsplit('/', 1)[1])
    try:
        outcome = json.loads(got.stdout)
    except ValueError:
        tap.check(False, name, got.stdout + got.stderr)
        return
    have = outcome['status'], outcome['body_length'], outcome['body_sha256']
    tap.check(have == want, name, '%s, curl has %s' % (have, want))
    tap.check(got.returncode == (0 if want[0] == 200 else 1), name + ': exit', got.returncode)
    steps = tap.loopscope('steps', trace)
    tap.check(steps.returncode == 0 and 'user.' in steps.stdout, name + ': recorded', steps.stderr)


def main():
    for server, start in ('nginx', start_nginx), ('http.server', start_python):
        folder, port = tap.folder(), free_port()
        make_site(folder)
        child = start(folder, port)
        try:
            if not tap.check(wait_until_listening(port, child), server + ' listens'):
                continue
            for page in 'small.html', 'big.bin', 'missing':
                compare(server, 'http://127.0.0.1:%d/%s' % (port, page), folder)
        finally:
            child.kill()
            child.wait()
    tap.finish()


main()

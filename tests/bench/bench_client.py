#!/usr/bin/env python3
"""What a fetch costs: CPU per request in close mode, beside libcurl and a bare epoll client.

usage: bench_client.py BUILD [--requests N] [--rounds N]

Every client fetches the same small page, a connection each, from a bare epoll server, 1 and 32 at
a time. All are run in turn, round by round, because machines drift; the figures are medians of
the rounds, the ratios medians of what each round gave. The recorder is a process of its own, and
its processor time is told for itself.
"""
import argparse
import os
import resource
import statistics
import subprocess
import tempfile

AT_A_TIME = [1, 32]
BARE = 'bare epoll client'


def clients(build, folder):
    """name: the command without its arguments, and what follows them"""
    bench = os.path.join(build, 'tests', 'bench')
    port = os.path.join(bench, 'client_port')
    found = {BARE: ([os.path.join(bench, 'client_epoll')], []),
             'libcurl multi': ([os.path.join(bench, 'client_curl')], [])}
    for generation in ['3.1', '4.3']:
        record = [os.path.join(build, 'loopscope'), 'record', '--kernel=off', '-o',
                  os.path.join(folder, 'trace.db'), '--', port]
        found['%s, not recording' % generation] = ([port], [generation])
        found['%s, recording' % generation] = (record, [generation])
    return found


def measure(command):
    """(microseconds of the client a request, seconds of all processes together)"""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    ran = subprocess.run(command, stdout=subprocess.PIPE, encoding='ascii', check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return float(ran.stdout), after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def rounds(found, port, args):
    """(name, at a time): [(microseconds of the client, of its recorder)], a pair each round"""
    results = {}
    for _ in range(args.rounds):
        for at_a_time in AT_A_TIME:
            for name, (before, behind) in found.items():
                own, all_seconds = measure(before + [str(port), str(args.requests),
                                                     str(at_a_time)] + behind)
                recorder = all_seconds * 1e6 / args.requests - own if ', recording' in name else 0
                results.setdefault((name, at_a_time), []).append((own, recorder))
    return results


def print_table(found, results):
    print('%-22s' % '' + ''.join('%13s%9s%10s' % ('%d at a time' % n, 'x bare', 'recorder')
                                 for n in AT_A_TIME))
    for name in found:
        line = '%-22s' % name
        for n in AT_A_TIME:
            runs, bare = results[name, n], results[BARE, n]
            recorder = statistics.median(r[1] for r in runs)
            line += '%10.1f us%9.2f%10s' % (
                statistics.median(r[0] for r in runs),
                statistics.median(r[0] / b[0] for r, b in zip(runs, bare)),
                '%.0f us' % recorder if recorder else '')
        print(line.rstrip())


def main():
    ap = argparse.ArgumentParser(usage=__doc__)
    ap.add_argument('build')
    ap.add_argument('--requests', type=int, default=1000)
    ap.add_argument('--rounds', type=int, default=5)
    args = ap.parse_args()
    build = os.path.abspath(args.build)
    server = subprocess.Popen([os.path.join(build, 'tests', 'bench', 'client_server')],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding='ascii')
    print('a fetch: CPU per request, the connection closed after each, %d requests'
          % args.requests)
    with tempfile.TemporaryDirectory() as folder:
        found = clients(build, folder)
        print_table(found, rounds(found, int(server.stdout.readline()), args))
    server.stdin.close()
    server.wait()


main()

#!/usr/bin/env python3
"""Programs that know nothing of us: the kernel's view alone, of one that is
started and of one that runs already.
"""
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'lib'))
import tap

RECORDER = os.path.join(tap.BUILD, 'loopscope-record')

# waits five times on an epoll set; the third time something is there
LOOP = """
import os, select
e = select.epoll()
r, w = os.pipe()
e.register(r, select.EPOLLIN)
for i in range(5):
    if i == 2:
        os.write(w, b'x')
    e.poll(0)
"""

# one turn a line of its input: has its set and pipe before anybody attaches
SERVER = """
import os, select, sys, threading, time
e = select.epoll()
r, w = os.pipe()
e.register(r, select.EPOLLIN)
def other():
    while True:
        time.sleep(0.01)
        os.write(w, b'')
threading.Thread(target=other, daemon=True).start()
print('ready', r, flush=True)
while True:
    os.write(w, b'x')
    e.poll(1)
    os.read(r, 1)
    time.sleep(0.005)
"""


def rows(trace, sql):
    db = sqlite3.connect(trace)
    try:
        return db.execute(sql).fetchall()
    finally:
        db.close()


def test_turns():
    trace = os.path.join(tap.folder(), 'trace.db')
    tap.run(RECORDER, '--kernel=require', '-o', trace, '--', sys.executable, '-c', LOOP)
    waits = rows(trace, "SELECT seq, turn FROM syscalls JOIN events USING (seq)"
                 " WHERE name = 'epoll_wait' ORDER BY seq")
    tap.check([t for _, t in waits] == [1, 2, 3, 4, 5], 'each wait begins a turn', waits)
    first = rows(trace, 'SELECT turn, min(seq) FROM events WHERE turn > 0 GROUP BY turn')
    tap.check([s for _, s in first] == [s for s, _ in waits], 'with its own row', first)
    info = tap.loopscope('info', trace).stdout
    tap.check('\nturns: 5\n' in info, 'info counts them', info)
    state = json.loads(tap.loopscope('state', trace, '--at', 'turn:3', '--json').stdout)
    tap.check(state['turn'] == 3 and state['event'] == 'kernel.epoll_wait', 'turn:3 is a place',
              state)


# numbers that change hands without a close() of their own; each then stands in a last close()
HANDS = """
import fcntl, os, select, sys
e, f = select.epoll(), select.epoll()
r, w = os.pipe()
os.dup2(r, f.fileno())
os.close(f.fileno())
os.execv(sys.executable, [sys.executable, '-S', '-c',
         'import os\\ntry: os.close(%d)\\nexcept OSError: pass' % e.fileno()])
"""


def test_numbers():
    trace = os.path.join(tap.folder(), 'trace.db')
    ran = tap.run(RECORDER, '--kernel=require', '-o', trace, '--', sys.executable, '-c', HANDS)
    calls = rows(trace, "SELECT name, detail FROM syscalls JOIN events USING (seq) WHERE name IN"
                 " ('epoll_create1', 'dup2', 'close') ORDER BY seq")
    made = [d.split(';')[0] for n, d in calls if n == 'epoll_create1'][-2:]
    tap.check(made == ['fd=epoll', 'fd=epoll#2'], 'two sets at a time have two names', calls)
    dup = next(i for i, (n, _) in enumerate(calls) if n == 'dup2')
    tap.check(calls[dup + 1][1].split(';')[0].split('=')[1].isdigit(),
              'what dup2() put a file onto has lost its name', calls[dup:dup + 2])
    ebadf = [d for n, d in calls if n == 'close' and d.endswith('EBADF')]
    tap.check(ebadf and not any('epoll' in d for d in ebadf), 'so has what exec closed',
              str(ebadf) + ran.stderr)


def start_server():
    server = subprocess.Popen([sys.executable, '-c', SERVER], stdout=subprocess.PIPE,
                              encoding='ascii')
    return server, server.stdout.readline().split()[1]


def test_attach():
    trace = os.path.join(tap.folder(), 'trace.db')
    server, end = start_server()
    watch = subprocess.Popen([tap.LOOPSCOPE, 'attach', '-p', str(server.pid), '-o', trace],
                             stderr=subprocess.PIPE, encoding='utf-8')
    time.sleep(1)
    watch.send_signal(signal.SIGINT)
    words = watch.communicate(timeout=20)[1]
    tap.check(watch.returncode == 0 and words == '', 'Ctrl-C ends the watch', words)
    tap.check(server.poll() is None, 'the process goes on')
    calls = dict(rows(trace, 'SELECT name, count(*) FROM syscalls GROUP BY name'))
    tap.check(all(calls.get(name, 0) > 5 for name in ('write', 'read', 'epoll_wait')),
              'its calls are there', calls)
    threads = rows(trace, 'SELECT count(DISTINCT thread) FROM syscalls JOIN events USING (seq)')
    tap.check(threads == [(2,)], 'of all its threads', threads)
    detail = rows(trace, "SELECT detail FROM syscalls JOIN events USING (seq)"
                  " WHERE name = 'epoll_wait' ORDER BY seq LIMIT 1")[0][0]
    tap.check(detail.startswith('fd=epoll; ') and detail.endswith('result=%s:IN' % end),
              'what it had open before has a name', detail)
    turns, gaps = rows(trace, 'SELECT max(turn), (SELECT count(*) FROM gaps) FROM events')[0]
    tap.check(turns == calls['epoll_wait'] and gaps == 0, 'turns, and no gap', (turns, gaps))
    info = tap.loopscope('info', trace).stdout
    tap.check('ended: let go of, it runs on' in info and 'command: ' + sys.executable in info and
              'program_status' not in info, 'info says how it ended', info)

    watch = subprocess.Popen([tap.LOOPSCOPE, 'attach', '-p', str(server.pid), '-o', trace])
    time.sleep(0.5)
    server.kill()
    server.wait()
    tap.check(watch.wait(timeout=20) == 0, 'it ends with the process')
    info = tap.loopscope('info', trace).stdout
    tap.check('ended: ended, its status is not known' in info, 'and says so', info)


def refused(status, what, *words, prefix=(), program=tap.LOOPSCOPE):
    trace = os.path.join(tap.folder(), 'trace.db')
    ran = tap.run(*prefix, program, 'attach', '-o', trace, *words)
    tap.check(ran.returncode == status and what in ran.stderr and ran.stderr.count('\n') == 1 and
              not os.path.exists(trace), 'attach: ' + what, ran.stderr)


def test_refusals():
    gone = subprocess.Popen(['true'])
    gone.wait()
    refused(2, 'there is no process %d' % gone.pid, '-p', str(gone.pid))
    zombie = subprocess.Popen(['true'])
    os.waitid(os.P_PID, zombie.pid, os.WEXITED | os.WNOWAIT)
    refused(2, 'process %d has ended' % zombie.pid, '-p', str(zombie.pid))
    zombie.wait()
    refused(2, 'name the process to watch')
    refused(2, "not 'x'", '-p', 'x')
    own = tap.run('sh', '-c', 'exec "$0" attach -p $$ -o /dev/null', tap.LOOPSCOPE)
    tap.check(own.returncode == 2 and 'this recorder itself' in own.stderr,
              'attach: its own process', own.stderr)
    with open('/proc/2/stat', encoding='ascii') as f:
        kernel = '(kthreadd)' in f.read()
    if kernel:
        refused(2, 'a thread of the kernel', '-p', '2')
    else:
        tap.skip('a thread of the kernel', 'none can be seen here')


def open_copy():
    """Of the programs, for anybody."""
    folder = above = tap.folder()
    while above != '/':
        os.chmod(above, os.stat(above).st_mode | 0o055)
        above = os.path.dirname(above)
    for name in ('loopscope', 'loopscope-record'):
        shutil.copy(os.path.join(tap.BUILD, name), folder)
        os.chmod(os.path.join(folder, name), 0o755)
    return os.path.join(folder, 'loopscope')


def test_refused_rights():
    server, _ = start_server()
    program = open_copy()
    refused(2, 'not permitted to look into process', '-p', str(server.pid),
            program=program, prefix=['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups',
                    '--inh-caps=+bpf,+perfmon', '--ambient-caps=+bpf,+perfmon'])
    refused(3, "the kernel's rows cannot be recorded", '-p', str(server.pid),
            program=program, prefix=['setpriv', '--bounding-set=-all,+sys_ptrace', '--inh-caps=-all'])
    server.kill()
    server.wait()


def main():
    if tap.loopscope('doctor').returncode != 0:
        tap.skip('kernel rows', 'they cannot be had here; loopscope doctor says why')
        tap.finish()
    test_turns()
    test_numbers()
    test_attach()
    test_refusals()
    if os.geteuid() == 0:
        test_refused_rights()
    tap.finish()


if __name__ == '__main__':
    main()

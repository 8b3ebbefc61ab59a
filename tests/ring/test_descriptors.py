#!/usr/bin/env python3
"""A recorded program has what it would have without us: descriptors, environment,
identity, capabilities, limits; and how one with trace points gets at its ring.
"""
import array
import os
import socket
import sqlite3
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import tap

PROGRAM = os.path.join(tap.BUILD, 'tests', 'programs', 'ring_program')
KERNELS = ['off', 'auto']
LOOK = r"""
import json, os, resource
own = {k: v for k, v in os.environ.items() if k not in ('LOOPSCOPE_RECORDER', 'WORDS')}
listed = os.open('/proc/self/fd', os.O_DIRECTORY)
numbers = {n: os.readlink('/proc/self/fd/' + n) for n in os.listdir(listed) if int(n) != listed}
lines = [l.split(':\t') for l in open('/proc/self/status')]
status = {l[0]: l[1] for l in lines if l[0][:3] in ('Cap', 'Sig', 'Uid', 'Gid', 'Gro', 'Uma', 'NoN', 'Sec')}
status.pop('SigQ')
limits = {n: resource.getrlimit(getattr(resource, n)) for n in dir(resource) if n[:7] == 'RLIMIT_'}
print(json.dumps([own, listed, numbers, status, limits, os.getcwd(), os.getpgrp(), os.getsid(0)],
                 indent=0, sort_keys=True))
"""


def both(folder, name, script):
    """The script with an empty $RECORD, and with one that records: the same?"""
    for kernel in KERNELS:
        trace = os.path.join(folder, 't.db')
        recorder = '%s record --kernel=%s -o %s --' % (tap.LOOPSCOPE, kernel, trace)
        results = []
        for prefix in ('', recorder):
            here = tap.folder()
            with open(os.path.join(here, 'in'), 'w', encoding='ascii') as f:
                f.write('one\ntwo\n')
            done = subprocess.run(['sh', '-c', script], cwd=folder, timeout=60,
                                  env=dict(os.environ, RECORD=prefix, HERE=here, LOOK=LOOK,
                                           PYTHON=sys.executable),
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                  encoding='utf-8')
            files = {}
            for n in sorted(os.listdir(here)):
                with open(os.path.join(here, n), encoding='utf-8') as f:
                    files[n] = f.read()
            results.append((done.returncode, done.stdout.replace(here, 'HERE'), files))
        remarks = [l for l in done.stderr.splitlines() if 'without the kernel' not in l]
        tap.check(results[0] == results[1] and results[0][0] == 0 and not remarks,
                  '%s, kernel=%s: as without us' % (name, kernel),
                  '%r\n%r\n%s' % (results[0], results[1], done.stderr))


def inherited(folder):
    # pipes have other numbers each time
    both(folder, 'what a program finds',
         'WORDS=$RECORD; unset RECORD; '
         '$WORDS $PYTHON -c "$LOOK" 2>&1 </dev/null 3<$HERE/in 4>$HERE/4 5<$HERE/in 6>$HERE/6 '
         '7<$HERE/in 8>>$HERE/8 9<>$HERE/9 | sed "s/pipe:.[0-9]*./PIPE/"')
    both(folder, 'a file to read as 5', "$RECORD sh -c 'cat <&5' 5<$HERE/in")
    both(folder, 'a file to read as 3', "$RECORD sh -c 'cat <&3' 3<$HERE/in")
    both(folder, 'a file to write as 3', "$RECORD sh -c 'echo status >&3; echo more >&4' 3>$HERE/3 4>$HERE/4")
    both(folder, 'written, cut, closed',
         "$RECORD sh -c 'echo long line >&3; : >$HERE/3; exec 3>&-; echo x >$HERE/x' 3>>$HERE/3")
    both(folder, 'a closed stdin', "$RECORD sh -c 'test ! -e /proc/self/fd/0 && echo closed' <&-")
    both(folder, 'a pipe that the program closes',
         "mkfifo $HERE/go; $RECORD sh -c 'exec 3>&-; cat $HERE/go' 3>&1 >$HERE/out | "
         "{ cat; echo closed >$HERE/go; }; rm $HERE/go")


def activated(folder):
    """As systemd does it: a listening socket as 3, for the process of that number."""
    listener = socket.create_server(('127.0.0.1', 0))
    script = ("import os, socket\n"
              "assert os.environ['LISTEN_PID'] == str(os.getpid())\n"
              "s = socket.socket(fileno=3)\n"
              "c, _ = s.accept()\n"
              "c.sendall(b'served')\n")

    words = [tap.LOOPSCOPE, 'record', '--kernel=off', '-o', os.path.join(folder, 't.db'), '--',
             sys.executable, '-c', script]
    child = os.fork()
    if child == 0:
        os.dup2(listener.fileno(), 3)
        os.set_inheritable(3, True)
        os.closerange(4, 64)
        os.execve(words[0], words, dict(os.environ, LISTEN_FDS='1', LISTEN_PID=str(os.getpid())))
    with socket.create_connection(listener.getsockname()[:2], timeout=30) as client:
        said = client.recv(100)
    _, status = os.waitpid(child, 0)
    listener.close()
    tap.check(said == b'served' and status == 0, 'a socket-activated server serves', (said, status))


def spoken(trace):
    db = sqlite3.connect(trace)
    try:
        return db.execute("SELECT count(*) FROM events JOIN kinds USING (kind)"
                          " WHERE name = 'user.response'").fetchone()[0]
    finally:
        db.close()


def asking(folder):
    """A program with trace points finds its ring, and nothing of it is left."""
    trace = os.path.join(folder, 't.db')
    report = "'echo $LOOPSCOPE_RECORDER; ls /proc/self/fd | tr \"\\n\" \" \"'"
    for kernel in KERNELS:
        ran = tap.run('sh', '-c', '%s record --kernel=%s -o %s -- %s -l -n 50 -e %s 3</dev/null' %
                      (tap.LOOPSCOPE, kernel, trace, PROGRAM, report))
        lines = ran.stdout.splitlines()
        tap.check(lines[:2] == ['0 1 2 3 recorder=(null)', ''] and
                  lines[2].split() == ['0', '1', '2', '3', '4'] and spoken(trace) == 50,
                  'kernel=%s: no descriptor and no variable is left in it or behind exec' % kernel,
                  ran)
    ran = tap.run(tap.LOOPSCOPE, 'record', '--kernel=off', '-o', trace, '--', 'sh', '-c',
                  PROGRAM + ' -n 50; exit 5')
    tap.check(ran.returncode == 5 and spoken(trace) == 50, 'a program that a shell starts, too', ran)


def alone(name):
    """Asks at a socket of that name; runs untraced."""
    return subprocess.Popen([PROGRAM, '-l', '-n', '50'], stdout=subprocess.PIPE, encoding='ascii',
                            env=dict(os.environ, LOOPSCOPE_RECORDER=name))


def answers(folder):
    """Whatever answers: the program runs, with nothing open."""
    name = 'loopscope-test-%d' % os.getpid()
    cases = {'nobody listens': None, 'closed at once': lambda c: c.close(),
             'a byte alone': lambda c: c.sendall(b'r'),
             'files that are no rings': lambda c: c.sendmsg([b'r'], [(
                 socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [0, 0, 0, 0]))])}
    for what, answer in cases.items():
        with socket.socket(socket.AF_UNIX) as listener:
            if answer:
                listener.bind('\0' + name)
                listener.listen()
            process = alone(name)
            if answer:
                connection, _ = listener.accept()
                answer(connection)
                connection.close()
            said, _ = process.communicate(timeout=60)
        tap.check(process.returncode == 0 and said == '0 1 2 recorder=(null)\ndone\n',
                  'an answer that is none: ' + what, said)
    process = alone('x' * 1000)
    tap.check(process.communicate(timeout=60)[0] == '0 1 2 recorder=(null)\ndone\n',
              'a name that is too long')


def given_to(user, name):
    """How many descriptors that user gets at the socket."""
    child = os.fork()
    if child == 0:
        os.setresuid(user, user, user)
        with socket.socket(socket.AF_UNIX) as asking:
            asking.connect('\0' + name)
            os._exit(len(socket.recv_fds(asking, 1, 4)[1]))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def strangers(folder):
    """Another user who knows the name gets nothing."""
    if os.geteuid() != 0:
        tap.skip('another user at the socket', 'only root can be two users')
        return
    process = subprocess.Popen([tap.LOOPSCOPE, 'record', '--kernel=off', '-o',
                                os.path.join(folder, 't.db'), '--', 'sh', '-c',
                                'echo $LOOPSCOPE_RECORDER; read line'],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding='ascii')
    name = process.stdout.readline().strip()
    given = [given_to(user, name) for user in (0, 65534)]
    process.communicate('\n', timeout=60)
    tap.check(given == [1, 0], 'the ring is for the user who runs the program', given)


def main():
    for test in (inherited, activated, asking, answers, strangers):
        test(tap.folder())
    tap.finish()


main()

#!/usr/bin/env python3
"""The kernel's rows through the recorder: who may have them, what is said where
they cannot be had, what the program inherits, and that every call is accounted for.
"""
import os
import shutil
import signal
import sqlite3
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'lib'))
import tap

CALLS = os.path.join(tap.BUILD, 'tests', 'probe', 'make_calls')
PROGRAM = os.path.join(tap.BUILD, 'tests', 'programs', 'ring_program')
REFUSE = os.path.join(tap.BUILD, 'tests', 'probe', 'refuse')
SCENARIO = os.path.join(HERE, '..', 'golden', 'scenarios', 'chunked-2-article.scn')
NOBODY = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups']
KINDS = 32
CLOSES = 10
EACH = 23


def value(trace, sql):
    db = sqlite3.connect(trace)
    try:
        return db.execute(sql).fetchone()[0]
    finally:
        db.close()


def fact(trace, key):
    return value(trace, "SELECT max(value) FROM run WHERE key = '%s'" % key)


def open_folder():
    """A folder, and copies of the programs, that anybody may use."""
    folder = tap.folder()
    above = folder
    while above != '/' and not os.stat(above).st_mode & 0o001:
        os.chmod(above, os.stat(above).st_mode | 0o055)
        above = os.path.dirname(above)
    os.chmod(folder, 0o777)
    for name in ('loopscope', 'loopscope-record', 'loopscope-client'):
        shutil.copy(os.path.join(tap.BUILD, name), folder)
        os.chmod(os.path.join(folder, name), 0o755)
    shutil.copy(SCENARIO, os.path.join(folder, 'a.scn'))
    os.chmod(os.path.join(folder, 'a.scn'), 0o644)
    return folder


def play(prefix, folder, *options):
    trace = os.path.join(folder, 'trace.db')
    if os.path.exists(trace):
        os.unlink(trace)
    return trace, tap.run(*prefix, os.path.join(folder, 'loopscope'), 'play', '--skip-pauses',
                          '-o', trace, *options, os.path.join(folder, 'a.scn'), cwd=folder)


def check_without(what, prefix, folder, *words):
    """Played without the kernel's rows: recorded all the same, and said why."""
    trace, played = play(prefix, folder)
    if not tap.check(played.returncode == 0 and os.path.exists(trace),
                     what + ': the fetch is recorded', played.stderr):
        return
    tap.check(tap.sentence(played) and all(w in played.stderr for w in words),
              what + ': one sentence says why there are no kernel rows', played.stderr)
    tap.check(fact(trace, 'kernel_rows') == 'off' and fact(trace, 'kernel_reason') and
              value(trace, 'SELECT count(*) FROM syscalls') == 0 and
              value(trace, 'SELECT count(*) FROM article') > 40, what + ': so does the trace')
    trace, played = play(prefix, folder, '--kernel=require')
    tap.check(played.returncode == 3 and tap.sentence(played) and not os.path.exists(trace),
              what + ': --kernel=require exits 3 before anything runs',
              '%d %s' % (played.returncode, played.stderr))
    doctor = tap.run(*prefix, os.path.join(folder, 'loopscope'), 'doctor')
    tap.check(doctor.returncode == 3 and all(w in doctor.stdout for w in words) and
              '\nno ' in doctor.stdout, what + ': doctor names it',
              '%d\n%s%s' % (doctor.returncode, doctor.stdout, doctor.stderr))


def test_without():
    folder = open_folder()
    check_without('nobody', NOBODY + ['--bounding-set=-all', '--inh-caps=-all'], folder,
                  'CAP_BPF', 'CAP_PERFMON', 'setcap')
    check_without('bpf() refused', [REFUSE, 'EPERM'], folder, 'seccomp')
    check_without('bpf() hidden', [REFUSE, 'ENOSYS'], folder, 'bpf()')
    hide = ['unshare', '-m', 'sh', '-c', 'mount -t tmpfs none /sys/kernel/btf && exec "$@"', 'sh']
    if tap.run(*hide, 'true').returncode == 0:
        check_without('BTF hidden', hide, folder, '/sys/kernel/btf/vmlinux')
    else:
        tap.skip('BTF hidden', 'no mount can be made here')
    trace, played = play([], folder, '--kernel=off')
    tap.check(played.returncode == 0 and not played.stderr and
              fact(trace, 'kernel_rows') == 'off' and
              value(trace, 'SELECT count(*) FROM syscalls') == 0, '--kernel=off says nothing',
              played.stderr)


def test_capabilities_only():
    """Two capabilities in the recorder's file, and nothing else."""
    folder = open_folder()
    granted = tap.run('setcap', 'cap_bpf,cap_perfmon+ep', os.path.join(folder, 'loopscope-record'))
    if granted.returncode != 0:
        tap.skip('capabilities of the file', granted.stderr.strip())
    else:
        trace, played = play(NOBODY + ['--inh-caps=-all'], folder, '--kernel=require')
        tap.check(played.returncode == 0 and fact(trace, 'kernel_rows') == 'on' and
                  value(trace, 'SELECT count(*) FROM syscalls') > 40,
                  'nobody, with CAP_BPF and CAP_PERFMON on the recorder: all rows', played.stderr)
        one = tap.run('setcap', 'cap_perfmon+ep', os.path.join(folder, 'loopscope-record'))
        trace, played = play(NOBODY + ['--inh-caps=-all'], folder, '--kernel=require')
        tap.check(one.returncode == 0 and played.returncode == 3 and 'lacks CAP_BPF;' in played.stderr,
                  'with CAP_PERFMON alone: CAP_BPF is named', played.stderr)
        tap.run('setcap', '-r', os.path.join(folder, 'loopscope-record'))
    ambient = NOBODY + ['--inh-caps=-all,+bpf,+perfmon', '--ambient-caps=-all,+bpf,+perfmon',
                        '--bounding-set=-all,+bpf,+perfmon']
    trace, played = play(ambient, folder, '--kernel=require')
    tap.check(played.returncode == 0 and value(trace, 'SELECT count(*) FROM syscalls') > 40,
              'nobody, with the two as ambient capabilities: all rows', played.stderr)


def record(trace, *words, **options):
    return tap.run(os.path.join(tap.BUILD, 'loopscope-record'), '--kernel=require', '-o', trace,
                   *words, **options)


def test_inheritance():
    trace = os.path.join(tap.folder(), 'trace.db')
    status = record(trace, '--client', '--', 'cat', '/proc/self/status').stdout
    lines = dict(l.split(':\t') for l in status.splitlines() if ':\t' in l)
    tap.check(all(int(lines[c], 16) == 0 for c in ('CapInh', 'CapPrm', 'CapEff', 'CapAmb')),
              'our client has no capability', status)
    tap.check(lines['NoNewPrivs'] == '1', 'our client has no_new_privs', status)
    listed = record(trace, '--client', '--', 'ls', '/proc/self/fd').stdout.split()
    tap.check(listed == ['0', '1', '2', '3', '4', '5'],
              'in its place, what knows nothing of us has 0 to 4, and what it opens', listed)
    listed = record(trace, '--', 'ls', '/proc/self/fd').stdout.split()
    tap.check(listed == ['0', '1', '2', '3'],
              'any other program has 0 to 2, and what it opens', listed)
    folder = open_folder()
    trace, _ = play([], folder, '--kernel=require')
    made = value(trace, "SELECT fd FROM syscalls WHERE name = 'epoll_create1'")
    tap.check(made == 4, 'our client has epoll as 4', made)


def test_asking():
    """How a program with trace points gets its ring is not among its calls."""
    trace = os.path.join(tap.folder(), 'trace.db')
    ran = record(trace, '--', PROGRAM, '-l', '-n', '100')
    listed = ran.stdout.splitlines()[0]
    spoken = value(trace, "SELECT count(*) FROM events JOIN kinds USING (kind)"
                          " WHERE name = 'user.response'")
    tap.check(listed == '0 1 2 recorder=(null)' and spoken == 100,
              'a program with trace points speaks, and main() finds nothing of ours', ran)
    asked = value(trace, "SELECT count(*) FROM syscalls WHERE name IN"
                         " ('socket', 'connect', 'recvmsg', 'setsockopt')")
    calls = value(trace, 'SELECT count(*) FROM syscalls')
    ends = value(trace, "SELECT count(*) FROM syscalls WHERE name = 'write'")
    tap.check(asked == 0 and calls > 0 and ends == 2,
              'the calls of its asking have no rows, its own have', (asked, calls, ends))
    trace = os.path.join(tap.folder(), 'trace.db')
    made = tap.run(os.path.join(tap.BUILD, 'loopscope'), 'record', '--kernel=require', '-o', trace,
                   '--', os.path.join(tap.BUILD, 'samples', '01_callback'))
    joined = value(trace, "SELECT count(*) FROM syscalls JOIN events USING (seq)"
                          " WHERE syscalls.name LIKE 'epoll_%wait%' AND events.parent IS NOT NULL")
    first = value(trace, "SELECT fd FROM syscalls WHERE syscalls.name = 'epoll_create1'")
    tap.check(joined > 0 and first == 3, 'calls are joined to spans; epoll is 3', (joined, first,
                                                                                  made))


def counts(trace):
    db = sqlite3.connect(trace)
    stored = dict(db.execute('SELECT name, count(*) FROM syscalls GROUP BY name'))
    gaps = db.execute("SELECT coalesce(sum(lost), 0), count(*) FROM gaps"
                      " WHERE source = 'kernel'").fetchone()
    db.close()
    return stored, gaps


def test_every_call():
    trace = os.path.join(tap.folder(), 'trace.db')
    good, runs, why = 0, int(os.environ.get('LOOPSCOPE_TEST_RUNS', '5')), ''
    for _ in range(runs):
        record(trace, '--', CALLS, str(EACH))
        stored, gaps = counts(trace)
        # the loader reads and closes too
        exact = {n: c for n, c in stored.items() if n not in ('read', 'close', 'fcntl')}
        fine = len(stored) == KINDS and set(exact.values()) == {EACH} and gaps[1] == 0 and \
            stored['read'] >= EACH and stored['close'] >= CLOSES * EACH
        good += fine
        why = why if fine else str(stored)
    tap.check(good == runs, '%d calls of each kind, each once, in %d runs' % (EACH, runs), why)


def test_container():
    """In a pid namespace of its own the recorder counts processes otherwise than the kernel."""
    trace = os.path.join(tap.folder(), 'trace.db')
    inside = ['unshare', '-p', '-f', '--mount-proc']
    if os.geteuid() != 0 or tap.run(*inside, 'true').returncode != 0:
        tap.skip('in a pid namespace', 'none can be made here')
        return
    tap.run(*inside, os.path.join(tap.BUILD, 'loopscope-record'), '--kernel=require', '-o', trace,
            '--', CALLS, str(EACH))
    stored, gaps = counts(trace)
    threads = value(trace, 'SELECT count(DISTINCT thread) FROM events JOIN syscalls USING (seq)')
    tap.check(stored.get('epoll_wait') == EACH and gaps[1] == 0 and threads == 1,
              'in a pid namespace', stored)


def test_losses():
    trace = os.path.join(tap.folder(), 'trace.db')
    record(trace, '--kernel-ring=4096', '--', CALLS, '500', 'paused')
    stored, (lost, places) = counts(trace)
    made, dropped = int(fact(trace, 'kernel_calls')), int(fact(trace, 'kernel_lost'))
    tap.check(made >= 500 * (KINDS + CLOSES - 1) and lost == dropped > 0,
              'a stopped recorder loses calls, and knows how many', '%d %d' % (made, dropped))
    tap.check(made == sum(stored.values()) + lost, 'produced = stored + lost',
              '%d %d %d' % (made, sum(stored.values()), lost))
    first = value(trace, "SELECT min(after) FROM gaps WHERE source = 'kernel'")
    last = value(trace, 'SELECT max(seq) FROM syscalls')
    tap.check(places >= 1 and 0 < first <= last, 'the gap rows say where', (places, first, last))
    shown = tap.loopscope('syscalls', trace, '--all')
    tap.check('missing here' in shown.stdout, 'syscalls shows the gap')


def test_killed():
    trace = os.path.join(tap.folder(), 'trace.db')
    recorder = subprocess.Popen([os.path.join(tap.BUILD, 'loopscope-record'), '--kernel=require',
                                 '-o', trace, '--', CALLS, '-1'], stdout=subprocess.PIPE)
    program = int(recorder.stdout.readline())
    while True:                         # until it sleeps in read(), call number 0
        with open('/proc/%d/syscall' % program, encoding='ascii') as f:
            if f.read().startswith('0 '):
                break
    recorder.send_signal(signal.SIGTERM)
    recorder.wait()
    last = value(trace, "SELECT shown FROM syscalls WHERE name = 'read' ORDER BY seq DESC LIMIT 1")
    tap.check(last in ('BLOCKED', 'ERESTARTSYS', 'EINTR'), 'a program killed in a call', last)


def test_memory():
    """The recorder with the probe under valgrind: no error, no leak, all rows."""
    if tap.SANITIZED or not shutil.which('valgrind'):
        tap.skip('recorder under valgrind', 'sanitized, or valgrind is not here')
        return
    trace = os.path.join(tap.folder(), 'trace.db')
    ran = tap.run('valgrind', '--error-exitcode=99', '--leak-check=full',
                  '--suppressions=' + os.path.join(HERE, 'valgrind.supp'),
                  os.path.join(tap.BUILD, 'loopscope-record'), '--kernel=require', '-o', trace,
                  '--', CALLS, '5')
    tap.check(ran.returncode == 0 and 'no leaks are possible' in ran.stderr,
              'recorder and probe under valgrind', ran.stderr)
    tap.check(value(trace, "SELECT count(*) FROM syscalls WHERE name = 'epoll_wait'") == 5,
              'its rows are there')


def main():
    if os.geteuid() == 0:
        test_without()
    else:
        tap.skip('without privilege', 'only root can take privileges away in so many ways')
    if tap.loopscope('doctor').returncode != 0:
        tap.skip('kernel rows', 'they cannot be had here; loopscope doctor says why')
        tap.finish()
    if os.geteuid() == 0:
        test_capabilities_only()
    test_inheritance()
    test_asking()
    test_every_call()
    test_container()
    test_losses()
    test_killed()
    test_memory()
    tap.finish()


if __name__ == '__main__':
    main()

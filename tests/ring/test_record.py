#!/usr/bin/env python3
"""The recorder with real processes: what is recorded, and every way it can end early."""
import ctypes
import fcntl
import os
import random
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
import termios
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import tap

RECORD = os.path.join(tap.BUILD, 'loopscope-record')
PROGRAM = os.path.join(tap.BUILD, 'tests', 'programs', 'ring_program')
ROUNDS = 30 if tap.SANITIZED else 200
SEED = 311


def record(trace, *program, options=(), **more):
    return tap.run(RECORD, '--kernel=off', '-o', trace, *options, '--', *program, **more)


def rows(trace, sql):
    db = sqlite3.connect('file:%s?mode=ro' % trace, uri=True)
    try:
        return db.execute(sql).fetchall()
    finally:
        db.close()


def fact(trace, key):
    found = rows(trace, "SELECT value FROM run WHERE key = '%s'" % key)
    return found[0][0] if found else None


def numbers(trace, thread=0):
    """The numbers of the events of one of the program's threads, in the trace's order."""
    return [r[0] for r in rows(trace, "SELECT a1 FROM events JOIN kinds USING (kind) WHERE "
                               "name = 'user.response' AND a0 = %d ORDER BY seq" % thread)]


def whole(trace):
    """Is it a sound database that stands alone, with its end as the last row?"""
    if rows(trace, 'PRAGMA integrity_check') != [('ok',)]:
        return 'integrity_check'
    beside = [s for s in ('-wal', '-shm', '-journal', '-ring', '-new')
              if os.path.exists(trace + s)]
    if beside:
        return 'left behind: ' + ' '.join(beside)
    last = rows(trace, 'SELECT name FROM events JOIN kinds USING (kind) '
                       'ORDER BY seq DESC LIMIT 1')
    return None if last == [('run.end',)] else 'last row: %r' % last


def committed(path, threads=1):
    with open(path, 'rb') as f:
        return struct.unpack('%dQ' % threads, f.read(8 * threads))


def accounted(trace, total):
    """Is every record stored or counted?  The end of a span whose begin was lost is none."""
    stored = rows(trace, 'SELECT (SELECT count(*) FROM events) + (SELECT count(*) FROM ends)')
    begins = rows(trace, 'SELECT count(*) FROM events WHERE phase = 1')
    return stored[0][0] - 1 + lost(trace) == 2 * total + begins[0][0]


def lost(trace):
    return rows(trace, 'SELECT coalesce(sum(lost), 0) FROM gaps')[0][0]


def plain(folder):
    trace = os.path.join(folder, 't.db')
    result = record(trace, PROGRAM, '-n', 3000)
    tap.check(result.returncode == 0 and result.stdout == 'done\n' and not result.stderr,
              'a run is recorded', result)
    tap.check(numbers(trace) == list(range(3000)), 'every event is there, in order')
    tap.check(whole(trace) is None, 'the file stands alone', whole(trace))
    tap.check(os.stat(trace).st_mode & 0o7777 == 0o600, 'mode 0600')
    tap.check(rows(trace, 'SELECT count(*) FROM ends') == [(3000,)], 'every span has its end')
    tap.check(fact(trace, 'ended') == 'exited 0' and fact(trace, 'events') == 6001 and
              fact(trace, 'lost') == 0, 'its facts say how it went')
    tap.check(not rows(trace, "SELECT key FROM run WHERE key GLOB 'tail:*'"),
              'no cursors remain')
    if os.path.exists(os.path.join(tap.BUILD, '..', 'tests', 'programs', 'ring_program.c')):
        tap.check(rows(trace, "SELECT count(*) FROM sources JOIN sites USING (file, line) "
                              "WHERE text LIKE '%EMIT(%'") == [(1,)],
                  'the source of the lines that emitted is in it')
    result = record(trace, 'sh', '-c', 'exit 7')
    tap.check(result.returncode == 7 and fact(trace, 'ended') == 'exited 7',
              'the status is passed on; a trace is replaced', result)
    result = record(trace, 'sh', '-c', 'kill -9 $$')
    tap.check(result.returncode == 137 and fact(trace, 'ended') == 'killed by SIGKILL',
              'so is a signal', result)
    result = record(trace, 'true', options=['--fact', 'generation=3.1', '--fact', 'a=b=c'])
    tap.check(fact(trace, 'generation') == '3.1' and fact(trace, 'a') == 'b=c', 'facts given')


def child(folder):
    trace = os.path.join(folder, 't.db')
    script = ("import os\n"
              "print(sorted(int(n) for n in os.listdir('/proc/self/fd'))[:-1])\n"
              "print([l.split()[1] for l in open('/proc/self/status') if l[:3] == 'Cap'])\n"
              "print([l.split()[1] for l in open('/proc/self/status') if l[:6] == 'NoNewP'])\n"
              "print(os.environ['LOOPSCOPE_RING'])\n")
    inherited = os.open('/dev/null', os.O_RDONLY)
    result = tap.run(RECORD, '--kernel=off', '--client', '-o', trace, '--', sys.executable, '-c',
                     script, pass_fds=[inherited])
    os.close(inherited)
    lines = result.stdout.splitlines()
    tap.check(lines[:1] == ['[0, 1, 2, 3]'], 'our client has four descriptors', result)
    tap.check(lines[1:2] == [str(['0' * 16] * 5)], 'no capability', result)
    tap.check(lines[2:4] == ["['1']", '3'], 'no_new_privs, and knows its ring', result)


def threads(folder):
    trace = os.path.join(folder, 't.db')
    result = record(trace, PROGRAM, '-t', 4, '-n', 5000, '-b', 300,
                    options=['--ring-slots', 1024])
    good = all(numbers(trace, t) == list(range(5000)) for t in range(4))
    tap.check(result.returncode == 0 and good, 'four threads, small rings: nothing is lost', result)
    tap.check(rows(trace, 'SELECT count(*) FROM events a JOIN events b ON b.seq = a.seq + 1 '
                          'WHERE b.time < a.time') == [(0,)], 'rows are in order of time')
    tap.check(rows(trace, 'SELECT count(*), min(total), max(length(bytes)) FROM payloads') ==
              [(20000, 300, 300)], 'payloads are kept')
    tap.check(rows(trace, 'SELECT count(*) FROM events e JOIN events p ON p.seq = e.parent '
                          'WHERE p.thread <> e.thread OR p.depth <> e.depth - 1') == [(0,)],
              'parents are of the same thread')
    result = record(trace, PROGRAM, '-t', 9, '-n', 300)
    tap.check(accounted(trace, 9 * 300) and lost(trace) == 600,
              'a ninth thread has no ring: its events are a gap', lost(trace))


def drop(folder):
    trace = os.path.join(folder, 't.db')
    record(trace, PROGRAM, '-n', 60000, options=['--on-full=drop', '--ring-slots', 1024])
    tap.check(accounted(trace, 60000), 'what was dropped is counted', lost(trace))
    found = numbers(trace)
    tap.check(found == sorted(set(found)), 'what was kept is in order')


def program_killed(folder):
    pick = random.Random(SEED)
    trace, page = os.path.join(folder, 't.db'), os.path.join(folder, 'page')
    wrong = []
    for _ in range(ROUNDS):
        at = pick.randrange(1, 12000)
        result = record(trace, PROGRAM, '-n', 12000, '-k', at, '-c', page)
        found, count = numbers(trace), committed(page)[0]
        if (result.returncode != 137 or whole(trace) or count != at or len(found) < count or
                found != list(range(len(found))) or
                fact(trace, 'ended') != 'killed by SIGKILL'):
            wrong.append((at, count, len(found), whole(trace), result))
    tap.check(not wrong, 'kill -9 of the program at %d moments: all that it had committed '
              'is there' % ROUNDS, wrong[:2])


def finished(process):
    """Reads the program's words to their end, which is its own end."""
    return process.stdout.read().decode()


def recorder_killed(folder):
    pick = random.Random(SEED)
    trace, page = os.path.join(folder, 't.db'), os.path.join(folder, 'page')
    wrong, moments = [], {'running': 0, 'over': 0, 'ring': 0, 'untraced': 0}
    for i in range(ROUNDS):
        total = 20000
        process = subprocess.Popen([RECORD, '--kernel=off', '-o', trace, '--', PROGRAM, '-n', str(total), '-p',
                                    '200', '-c', page], stdout=subprocess.PIPE)
        time.sleep(pick.uniform(0.0, 0.14 if not tap.SANITIZED else 0.4))
        process.kill()
        process.wait()
        said = finished(process)
        started = os.path.exists(trace)
        moments['running' if said else 'over'] += 1
        moments['ring'] += os.path.exists(trace + '-ring')
        result = tap.loopscope('recover', trace)
        if not started:
            if result.returncode != 2:
                wrong.append((i, 'no trace', result))
        elif result.returncode != 0 or whole(trace):
            wrong.append((i, result, whole(trace)))
        elif said:
            found = numbers(trace)
            # killed before the program had asked for its ring, it left a program untraced
            untraced = not found and not rows(trace, 'SELECT * FROM sites')
            moments['untraced'] += untraced
            # what the ring could not take without a reader is lost, and counted
            if (said != 'done\n' or found != list(range(len(found))) or
                    not (untraced or accounted(trace, total))):
                wrong.append((i, said, len(found), lost(trace)))
        for suffix in ('', '-ring', '-wal', '-new'):
            if os.path.exists(trace + suffix):
                os.unlink(trace + suffix)
    tap.check(not wrong and moments['untraced'] < ROUNDS // 4,
              'kill -9 of the recorder at %d moments: recover finds all that the ring '
              'held, nothing twice' % ROUNDS, (wrong[:3], moments))
    tap.note('recorder killed: %(running)d while the program ran or after, %(ring)d with a ring '
             'left, %(untraced)d before the program had asked' % moments)


def wait_for_events(process, page, count):
    """Until the program has emitted that many, or is gone."""
    until = time.monotonic() + 60
    while ((not os.path.exists(page) or committed(page)[0] < count) and
           process.poll() is None and time.monotonic() < until):
        time.sleep(0.002)


def both_killed(folder):
    trace, page = os.path.join(folder, 't.db'), os.path.join(folder, 'page')
    process = subprocess.Popen([RECORD, '--kernel=off', '-o', trace, '--', PROGRAM, '-n', '60000', '-c', page,
                                '-p', '500'], stdout=subprocess.PIPE, start_new_session=True)
    wait_for_events(process, page, 500)
    again = record(trace, 'true')
    tap.check(again.returncode == 2 and tap.sentence(again), 'a second recorder is refused', again)
    busy = tap.loopscope('recover', trace)
    tap.check(busy.returncode == 2 and tap.sentence(busy), 'recover is refused meanwhile', busy)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    finished(process)
    again = record(trace, 'true')
    tap.check(again.returncode == 2 and tap.sentence(again),
              'an unfinished trace is not written over', again)
    info = tap.loopscope('info', trace)
    tap.check(info.returncode == 0 and 'ended: recorder died' in info.stdout,
              'info completes it first', info)
    count = committed(page)[0]
    found = numbers(trace)
    tap.check(whole(trace) is None and len(found) >= count and found == list(range(len(found))),
              'both killed: nothing is missing', (count, len(found), whole(trace)))
    result = tap.loopscope('recover', trace)
    tap.check(result.returncode == 0 and 'nothing to do' in result.stdout,
              'recover has nothing to do', result)


def recovered_while_running(folder):
    trace, page = os.path.join(folder, 't.db'), os.path.join(folder, 'page')
    process = subprocess.Popen([RECORD, '--kernel=off', '-o', trace, '--', PROGRAM, '-n', '20000', '-c', page,
                                '-p', '1000'], stdout=subprocess.PIPE)
    wait_for_events(process, page, 1000)
    process.kill()
    process.wait()
    result = tap.loopscope('recover', trace)
    found = numbers(trace)
    tap.check(result.returncode == 0 and whole(trace) is None and
              found == list(range(len(found))) and len(found) >= 1000 and
              rows(trace, 'SELECT count(*) FROM gaps WHERE lost IS NULL')[0][0] == 1,
              'recover while the program still runs: a gap of unknown size', result)
    tap.check(finished(process) == 'done\n', 'the program ends by itself')


def corrupt_ring(folder):
    pick = random.Random(SEED)
    trace, page = os.path.join(folder, 't.db'), os.path.join(folder, 'page')
    process = subprocess.Popen([RECORD, '--kernel=off', '-o', trace, '--ring-slots', '1024', '--', PROGRAM, '-n',
                                '3000', '-b', '200', '-c', page, '-p', '500'],
                               stdout=subprocess.PIPE)
    wait_for_events(process, page, 300)
    process.kill()
    process.wait()
    finished(process)
    keep = os.path.join(folder, 'keep')
    os.mkdir(keep)
    files = [n for n in os.listdir(folder) if n.startswith('t.db')]
    for name in files:
        shutil.copy(os.path.join(folder, name), keep)
    wrong, outcomes = [], {}
    for i in range(2 * ROUNDS):
        for name in files:
            shutil.copy(os.path.join(keep, name), folder)
        size = os.path.getsize(trace + '-ring')
        with open(trace + '-ring', 'r+b') as ring:
            for _ in range(pick.choice([1, 5, 200])):
                # heads and slots of the first thread see most of it
                ring.seek(pick.choice([pick.randrange(size), pick.randrange(4096),
                                       size - pick.randrange(8 * 1024 * 64)]))
                ring.write(bytes([pick.randrange(256)]))
            if i % 20 == 0:
                ring.truncate(pick.randrange(size))
        result = tap.loopscope('recover', trace)
        outcomes[result.returncode] = outcomes.get(result.returncode, 0) + 1
        if result.returncode == 0 and whole(trace):
            wrong.append((i, whole(trace)))
        elif result.returncode not in (0, 2) or (result.returncode == 2 and
                                                 not tap.sentence(result)):
            wrong.append((i, result))
        for name in os.listdir(folder):
            if name.startswith('t.db'):
                os.unlink(os.path.join(folder, name))
    tap.check(not wrong and outcomes.get(0, 0) > ROUNDS // 2,
              '%d damaged rings: recovered, or refused with a sentence' % (2 * ROUNDS),
              (wrong[:2], outcomes))


def mount(folder, size):
    """A tmpfs of that size, or None and why not."""
    libc = ctypes.CDLL(None, use_errno=True)
    os.mkdir(folder)
    if libc.mount(b'tmpfs', folder.encode(), b'tmpfs', 0, b'size=%d' % size) != 0:
        return None, os.strerror(ctypes.get_errno())
    return libc, None


def full_disk(folder):
    small = os.path.join(folder, 'small')
    libc, why = mount(small, 1 << 20)
    if not libc:
        tap.skip('full disk', 'no tmpfs: ' + why)
        return
    try:
        trace = os.path.join(small, 't.db')
        result = record(trace, PROGRAM, '-n', 50000)
        tap.check(result.returncode == 2 and result.stdout == 'done\n' and tap.sentence(result),
                  'a disk of 1 MB: one sentence, exit 2, the program unharmed', result)
        found = numbers(trace)
        tap.check(len(found) > 100 and found == list(range(len(found))) and whole(trace) is None,
                  'what was stored can be read', (len(found), whole(trace)))
        tap.check(rows(trace, 'SELECT count(*) FROM gaps') != [(0,)], 'with a gap')
        tap.check(tap.loopscope('info', trace).returncode == 0, 'info reads it')
        for room in range(0, 1 << 20, 1 << 16):
            for name in os.listdir(small):
                os.unlink(os.path.join(small, name))
            with open(os.path.join(small, 'filler'), 'wb') as filler:
                filler.write(b'x' * ((1 << 20) - room))
            result = record(trace, PROGRAM, '-n', 20000)
            if not (result.returncode == 2 and result.stdout == 'done\n' and
                    tap.sentence(result)):
                tap.check(False, 'with %d bytes left' % room, result)
                break
            if os.path.exists(trace) and whole(trace):
                tap.check(False, 'with %d bytes left' % room, whole(trace))
                break
        else:
            tap.check(True, 'with any less room: one sentence, exit 2, the program unharmed')
    finally:
        libc.umount2(small.encode(), 2)


def size_limit(folder):
    """As a full disk: no signal, and the program keeps the signal as it was."""
    for blocks in (0, 100, 1000, 2500, 5000):
        trace = os.path.join(folder, '%d.db' % blocks)
        result = tap.run('sh', '-c', 'ulimit -f %d; exec "$@"' % blocks, 'sh', RECORD,
                         '--kernel=off', '-o', trace, '--', PROGRAM, '-n', 50000)
        tap.check(result.returncode == 2 and result.stdout == 'done\n' and tap.sentence(result) and
                  (not os.path.exists(trace) or
                   tap.loopscope('info', trace).returncode == 0) and 'space' in result.stderr,
                  'ulimit -f %d: one sentence, exit 2, the program unharmed' % blocks, result)
    result = tap.run('sh', '-c', 'ulimit -f 5000; exec "$@"', 'sh', RECORD, '--kernel=off', '-o',
                     os.path.join(folder, 't.db'), '--', 'sh', '-c', 'kill -XFSZ $$')
    tap.check(result.returncode == 128 + signal.SIGXFSZ, 'SIGXFSZ is as it was', result)


def notes(folder):
    trace = os.path.join(folder, 't.db')
    out, into = os.pipe()
    os.write(into, b'wire_request:1\tGET / HTTP/1.1\\r\\nA: b\\tc\\\\\\x00\\xff\nalias:41\t$PORT\n')
    os.close(into)
    result = tap.run(RECORD, '--kernel=off', '-o', trace, '--notes', out, '--', 'true', pass_fds=[out])
    os.close(out)
    tap.check(result.returncode == 0 and
              fact(trace, 'wire_request:1') == b'GET / HTTP/1.1\r\nA: b\tc\\\x00\xff' and
              fact(trace, 'alias:41') == '$PORT', 'notes become facts',
              rows(trace, 'SELECT * FROM run'))


def refusals(folder):
    trace = os.path.join(folder, 't.db')
    command = [RECORD, '--kernel=off', '-o']
    cases = [('no program', command + [trace, '--', folder + '/none']),
             ('not found in PATH', command + [trace, '--', 'no-such-program']),
             ('a folder', command + [trace, '--', folder]),
             ('no such folder', command + [folder + '/no/t.db', '--', 'true']),
             ('the trace is a folder', command + [folder, '--', 'true']),
             ('bad value', command + [trace, '--on-full=maybe', '--', 'true']),
             ('bad ring', command + [trace, '--ring-slots', '1000', '--', 'true']),
             ('nothing to run', command + [trace])]
    for name, words in cases:
        result = tap.run(*words)
        tap.check(result.returncode == 2 and tap.sentence(result) and not os.listdir(folder),
                  'refused: ' + name, (result, os.listdir(folder)))
    precious = os.path.join(folder, 'precious')
    with open(precious, 'w', encoding='ascii') as f:
        f.write('keep me\n')
    result = record(precious, 'true')
    with open(precious, encoding='ascii') as f:
        tap.check(result.returncode == 2 and tap.sentence(result) and f.read() == 'keep me\n' and
                  os.listdir(folder) == ['precious'], 'a foreign file is kept', result)
    result = tap.loopscope('recover', precious)
    tap.check(result.returncode == 2 and tap.sentence(result), 'and not recovered', result)
    script = os.path.join(folder, 'script')
    with open(script, 'w', encoding='ascii') as f:
        f.write('#!/no/such/interpreter\n')
    os.chmod(script, 0o755)
    record(trace, 'true')
    before = fact(trace, 'started')
    result = record(trace, script)
    tap.check(result.returncode == 2 and tap.sentence(result) and
              not os.path.exists(trace + '-ring'), 'exec fails: one sentence', (result, before))


def begun(trace):
    """Is the program's number in the trace that is being recorded?"""
    try:
        return fact(trace, 'program_pid') is not None and fact(trace, 'ended') is None
    except sqlite3.Error:
        return False


def signals(folder):
    trace = os.path.join(folder, 't.db')
    script = "trap 'echo caught; exit 3' TERM; echo ready; while :; do sleep 0.01; done"
    process = subprocess.Popen([RECORD, '--kernel=off', '-o', trace, '--', 'sh', '-c', script],
                               stdout=subprocess.PIPE)
    process.stdout.readline()
    process.terminate()
    said = finished(process)
    tap.check(process.wait() == 3 and said == 'caught\n' and fact(trace, 'ended') == 'exited 3',
              'SIGTERM is forwarded', said)
    # the leader of a session, alone with a terminal that is closed
    ours, terminal = os.openpty()
    argv = [RECORD, '--kernel=off', '-o', trace, '--', 'sleep', '600']
    child = os.fork()
    if child == 0:
        os.setsid()
        fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
        for fd in (0, 1, 2):
            os.dup2(terminal, fd)
        os.closerange(3, 64)
        os.execv(RECORD, argv)
    os.close(terminal)
    until = time.monotonic() + 30
    while not begun(trace) and time.monotonic() < until:
        time.sleep(0.01)
    os.close(ours)
    _, status = os.waitpid(child, 0)
    tap.check(os.WEXITSTATUS(status) == 128 + signal.SIGHUP and
              fact(trace, 'ended') == 'killed by SIGHUP', 'a closed terminal ends the program',
              status)


def closed_descriptors(folder):
    """A program that closes all descriptors has closed ours, too."""
    trace = os.path.join(folder, 't.db')
    result = record(trace, PROGRAM, '-n', 20000, '-x', options=['--ring-slots', '1024'])
    tap.check(result.returncode == 0 and numbers(trace) == list(range(20000)) and
              lost(trace) == 0, 'a program that closed its ring\'s descriptor loses nothing', result)


def disbelieved(folder):
    """What it writes from there on is not read, and it must not wait for that."""
    trace = os.path.join(folder, 't.db')
    result = record(trace, PROGRAM, '-n', 20000, '-d', options=['--ring-slots', '1024'],
                    timeout=60)
    reasons = rows(trace, 'SELECT reason FROM gaps')
    tap.check(result.returncode == 0 and result.stdout == 'done\n' and
              reasons == [("the ring's cursors are damaged",)],
              'a program whose ring is not believed runs to its end', (result, reasons))


def by_a_link(folder):
    """What a dead recorder left stands beside the file, wherever a link to it is."""
    trace, page = os.path.join(folder, 't.db'), os.path.join(folder, 'page')
    link = os.path.join(tap.folder(), 'link.db')
    process = subprocess.Popen([RECORD, '--kernel=off', '-o', trace, '--', PROGRAM, '-n', '60000',
                                '-c', page, '-p', '500'], stdout=subprocess.PIPE,
                               start_new_session=True)
    wait_for_events(process, page, 500)
    os.killpg(process.pid, signal.SIGSTOP)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    finished(process)
    os.symlink(trace, link)
    result = tap.loopscope('info', link)
    count, found = committed(page)[0], numbers(trace)
    tap.check(result.returncode == 0 and whole(trace) is None and len(found) >= count and
              found == list(range(len(found))), 'read through a link it is completed as well',
              (result, count, len(found), whole(trace)))


def stale_ring(folder):
    """A ring that lies about without its trace is nobody's."""
    trace, page = os.path.join(folder, 't.db'), os.path.join(folder, 'page')
    process = subprocess.Popen([RECORD, '--kernel=off', '-o', trace, '--', PROGRAM, '-n', '60000',
                                '-c', page, '-p', '500'], stdout=subprocess.PIPE,
                               start_new_session=True)
    wait_for_events(process, page, 500)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    finished(process)
    for name in os.listdir(folder):
        if name.startswith('t.db') and name != 't.db-ring':
            os.unlink(os.path.join(folder, name))
    scenario = os.path.join(tap.TOP, 'tests', 'golden', 'scenarios', 'chunked-2-article.scn')
    result = tap.loopscope('play', '--kernel=off', '-o', trace, scenario)
    tap.check(result.returncode == 0 and result.stdout.startswith('200 OK') and
              whole(trace) is None, 'play is not misled by what another recorder left', result)


def secrets(folder):
    """What stands in a command is not told by its trace."""
    trace = os.path.join(folder, 't.db')
    record(trace, 'true', 'auth_password=SECRET1', 'header=Cookie: a=SECRET2',
           'Authorization: SECRET3', 'http://me:SECRET4@host/a:b@c', 'header=X-Plain: shown')
    command = fact(trace, 'command')
    tap.check('SECRET' not in command and 'auth_password=*******' in command and
              'http://me:*******@host/a:b@c' in command and 'X-Plain: shown' in command,
              'secrets in the command are stars', command)


def main():
    for test in (plain, child, threads, drop, program_killed, recorder_killed, both_killed,
                 recovered_while_running, corrupt_ring, full_disk, size_limit, notes, refusals, signals,
                 closed_descriptors, disbelieved, by_a_link, stale_ring, secrets):
        test(tap.folder())
    tap.finish()


main()

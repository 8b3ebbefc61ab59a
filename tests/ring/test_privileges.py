#!/usr/bin/env python3
"""As whom a recorded program runs, what it may do, and whose the trace is."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import tap

NOBODY = 65534
WHO = 'id -u; id -g; id -G; grep CapEff /proc/self/status; grep NoNewPrivs /proc/self/status'
NOTHING = 'CapEff:\t0000000000000000'


def record(trace, *words, sudo=None, **options):
    environment = {k: v for k, v in os.environ.items() if not k.startswith('SUDO_')}
    environment.update(sudo or {})
    return tap.run(tap.LOOPSCOPE, 'record', '--kernel=off', '-o', trace, *words, env=environment,
                   **options)


def root_keeps(folder):
    """Root's program may do what root may."""
    trace, mine = os.path.join(folder, 't.db'), os.path.join(folder, 'mine')
    alone = tap.run('sh', '-c', WHO).stdout
    ran = record(trace, '--', 'sh', '-c', WHO)
    tap.check(ran.returncode == 0 and ran.stdout == alone and NOTHING not in alone,
              'as root: all that root has', (ran, alone))
    ran = record(trace, '--', 'sh', '-c', 'touch %s && chown %d %s' % (mine, NOBODY, mine))
    tap.check(ran.returncode == 0 and os.stat(mine).st_uid == NOBODY, 'it may chown', ran)
    ran = record(trace, '--', 'sh', '-c', WHO, sudo={'SUDO_UID': '0', 'SUDO_GID': '0'})
    tap.check(ran.stdout == alone, 'sudo called by root changes nothing', ran)


def others(folder):
    """Under sudo the program is the caller's, and so is the trace; --user chooses."""
    trace = os.path.join(folder, 't.db')
    caller = {'SUDO_UID': '12345', 'SUDO_GID': '12346'}
    ran = record(trace, '--', 'sh', '-c', WHO, sudo=caller)
    tap.check(ran.stdout.splitlines()[:2] == ['12345', '12346'] and NOTHING in ran.stdout and
              'NoNewPrivs:\t0' in ran.stdout, 'under sudo: the user who called', ran)
    made = os.stat(trace)
    tap.check((made.st_uid, made.st_gid) == (12345, 12346), 'the trace is his', made)
    for user in ('nobody', str(NOBODY)):
        ran = record(trace, '--user=' + user, '--', 'sh', '-c', WHO, sudo=caller)
        lines = ran.stdout.splitlines()
        tap.check(lines[0] == str(NOBODY) and '0' not in lines[1:3] and NOTHING in ran.stdout,
                  '--user=%s: he, with his groups' % user, ran)
    tap.check(os.stat(trace).st_uid == 12345, 'the trace is still the caller\'s')


def killed(folder):
    """What a recorder that was killed under sudo leaves is the caller's, too."""
    trace = os.path.join(folder, 't.db')
    record(trace, '--user=root', '--', 'sh', '-c', 'kill -9 $PPID', sudo={'SUDO_UID': '12345', 'SUDO_GID': '12346'})
    owners = {n: os.stat(os.path.join(folder, n)).st_uid for n in os.listdir(folder)}
    tap.check(owners == dict.fromkeys(['t.db', 't.db-ring', 't.db-wal'], 12345),
              'a killed recorder leaves files of the caller', owners)


def refused(folder):
    trace = os.path.join(folder, 't.db')
    for uid in ('abc', '4294967297', '4294967295', '-1', '', '0x10', ' 1', '1 '):
        ran = record(trace, '--', 'true', sudo={'SUDO_UID': uid, 'SUDO_GID': '12346'})
        tap.check(ran.returncode == 2 and tap.sentence(ran) and 'SUDO_UID' in ran.stderr and
                  not os.listdir(folder), 'SUDO_UID=%r is refused' % uid, ran)
    ran = record(trace, '--', 'true', sudo={'SUDO_UID': '12345', 'SUDO_GID': 'wheel'})
    tap.check(ran.returncode == 2 and tap.sentence(ran) and 'SUDO_GID' in ran.stderr,
              'so is SUDO_GID=wheel', ran)
    ran = record(trace, '--', 'true', sudo={'SUDO_UID': '12345'})
    tap.check(ran.returncode == 2 and tap.sentence(ran), 'and a user without a group', ran)
    for user in ('no-such-user', '4294967297', '-1'):
        ran = record(trace, '--user=' + user, '--', 'true')
        tap.check(ran.returncode == 2 and tap.sentence(ran) and not os.listdir(folder),
                  '--user=%s is refused' % user, ran)


def become_nobody():
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)


def nobody(folder):
    """Who is not root runs programs as himself, whatever the environment says."""
    child = os.fork()
    if child == 0:
        become_nobody()
        os._exit(0 if os.access(tap.LOOPSCOPE, os.X_OK) else 1)
    if os.waitpid(child, 0)[1] != 0:
        tap.skip('as nobody', 'this build lies where nobody may look')
        return
    os.chmod(folder, 0o777)
    trace = os.path.join(folder, 't.db')
    ran = record(trace, '--', 'id', '-u', sudo={'SUDO_UID': 'abc'}, preexec_fn=become_nobody)
    tap.check(ran.stdout == '%d\n' % NOBODY, 'nobody stays nobody', ran)
    ran = record(trace, '--user=root', '--', 'id', '-u', preexec_fn=become_nobody)
    tap.check(ran.returncode == 2 and tap.sentence(ran) and 'root' in ran.stderr and not ran.stdout,
              'nobody cannot choose root', ran)


def main():
    if os.geteuid() != 0:
        tap.skip('users', 'only root can be several')
        tap.finish()
    for test in (root_keeps, others, killed, refused, nobody):
        test(tap.folder())
    tap.finish()


main()

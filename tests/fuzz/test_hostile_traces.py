#!/usr/bin/env python3
"""2,000 traces that lie (400 with sanitizers), through every command that reads one.

Most run in the program tests/fuzz/hostile, which calls the commands in its own
process; a sample goes through the real ones.  LOOPSCOPE_FUZZ_SEED and
LOOPSCOPE_FUZZ_FILES choose others; a fault names its file by its seed.
"""
import concurrent.futures
import hashlib
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import mutate_trace
import tap

HOSTILE = os.path.join(tap.BUILD, 'tests', 'fuzz', 'hostile')
SCENARIOS = os.path.join(tap.TOP, 'tests', 'golden', 'scenarios')
SEED = int(os.environ.get('LOOPSCOPE_FUZZ_SEED', '1'))
FILES = int(os.environ.get('LOOPSCOPE_FUZZ_FILES', '400' if tap.SANITIZED else '2000'))
BATCH = 50
BASES = ('chunked-2-article', 'refused', 'loop-timeout-order')

COMMANDS = (['steps'], ['steps', '--numbered'], ['steps', '--format=tsv'],
            ['steps', '--format=json'], ['info'], ['syscalls'], ['why', 'end'],
            ['why', 'step:51', '--format=json'], ['state', '--at', 'end'], ['state', '--json'], ['check'],
            ['query', 'select * from steps'],
            ['query', 'select * from events', '--format=json'])


def record(folder, scenario):
    trace = os.path.join(folder, scenario + '.db')
    tap.loopscope('play', '-o', trace, os.path.join(SCENARIOS, scenario + '.scn'))
    return trace


def base_of(bases, seed):
    """The fetch that takes all steps is the longest: every other time it is one of the rest."""
    return bases[0] if seed % 2 else bases[1 + seed // 2 % (len(bases) - 1)]


def batch(folder, bases, seeds):
    """The faults of some files."""
    paths = []
    for seed in seeds:
        paths.append(os.path.join(folder, 'seed-%d.db' % seed))
        mutate_trace.mutate(base_of(bases, seed), paths[-1], seed)
    env = dict(os.environ, HOSTILE_SECONDS='20' if tap.SANITIZED else '2')
    got = subprocess.run([HOSTILE] + paths, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                         env=env, timeout=400, encoding='utf-8', errors='replace')
    lines = got.stdout.splitlines()
    faults = [line for line in lines if line.startswith('fault')]
    runs = 0
    if lines and lines[-1].startswith('done %d files' % len(paths)):
        runs = int(lines[-1].split()[3])
    elif not faults:
        faults = ['died with %d in seeds %d to %d: %s' % (got.returncode, seeds[0], seeds[-1],
                                                          got.stderr[-2000:])]
    for path in paths:
        for name in os.listdir(folder):
            if os.path.join(folder, name).startswith(path):
                os.unlink(os.path.join(folder, name))
    return faults, runs


def in_process(folder, bases):
    groups = [range(s, min(s + BATCH, SEED + FILES)) for s in range(SEED, SEED + FILES, BATCH)]
    faults, runs = [], 0
    with concurrent.futures.ProcessPoolExecutor(os.cpu_count() or 1) as pool:
        jobs = []
        for n, seeds in enumerate(groups):
            place = os.path.join(folder, 'batch-%d' % n)
            os.mkdir(place)
            jobs.append(pool.submit(batch, place, bases, seeds))
        for job in jobs:
            found, count = job.result()
            faults += found
            runs += count
    tap.check(not faults and runs > 10 * FILES * 0.9,
              '%d lying traces, %d runs of commands' % (FILES, runs), '\n'.join(faults[:20]))
    tap.note('%d mutated traces, %d runs of commands, %d faults' % (FILES, runs, len(faults)))


def asks_for_log(path):
    """Does its head ask for a write-ahead log?  Then it is opened as a recorder's."""
    with open(path, 'rb') as trace:
        return 2 in trace.read(20)[18:]


def digest(path):
    with open(path, 'rb') as f:
        return hashlib.sha256(f.read()).hexdigest()


def is_safe(text):
    return not any(c < ' ' and c not in '\n\t' or '\x7f' <= c < '\xa0' or
                   '\u202a' <= c <= '\u202e' for c in text)


def judge(command, got):
    if got.returncode not in (0, 1, 2):
        return 'exit %d' % got.returncode
    if not is_safe(got.stdout) or not is_safe(got.stderr):
        return 'unsafe bytes'
    if got.returncode == 2 and not tap.sentence(got):
        return 'no sentence'
    if got.returncode == 0 and '--format=json' in command:
        json.loads(got.stdout)
    return None


def through_programs(folder, bases, seed):
    """The faults of one file."""
    faults = []
    path = os.path.join(folder, 'real-%d.db' % seed)
    mutate_trace.mutate(base_of(bases, seed), path, seed)
    for command in COMMANDS:
        before = None if asks_for_log(path) else digest(path)
        got = tap.loopscope(command[0], path, *command[1:], timeout=60)
        fault = judge(command, got)
        if before and digest(path) != before:
            fault = 'the file was changed'
        if fault:
            faults.append('seed %d: %s: %s %s' % (seed, ' '.join(command), fault,
                                                  got.stderr[:300]))
    os.unlink(path)
    return faults


def real(folder, bases):
    """A sample through the programs as they are."""
    files = 15 if tap.SANITIZED else 60
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        found = pool.map(lambda seed: through_programs(folder, bases, seed),
                         range(SEED, SEED + files))
        faults = [fault for faults in found for fault in faults]
    tap.check(not faults, '%d of them through the real programs' % files, '\n'.join(faults))


def main():
    folder = tap.folder()
    bases = [record(folder, name) for name in BASES]
    in_process(folder, bases)
    real(folder, bases)
    tap.finish()


if __name__ == '__main__':
    main()

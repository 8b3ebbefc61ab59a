#!/usr/bin/env python3
"""Plays scenarios and holds what was recorded to what the original did.

usage: test_conformance.py [--repeat N] [--load] [--keep] [SCENARIO...]

Without names: every scenario that has a golden and can be played; the others are counted
as skipped, with the reason.  For each the trace's rows, steps, outcome and bytes on the
wire must equal the golden's.
--load keeps two processes busy meanwhile.
"""
import argparse
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import golden
import tap

HERE = os.path.dirname(os.path.abspath(__file__))
COMPARE = os.path.join(HERE, 'tools', 'compare.py')


def play(generation, name, folder):
    """Returns '' when all is equal, else what is not."""
    trace = os.path.join(folder, name + '.db')
    tsv = os.path.join(folder, name + '.tsv')
    played = tap.loopscope('play', '-g', generation, '--skip-pauses', '-o', trace,
                           golden.scenario_path(name))
    if played.returncode != 0:
        return 'play ended with %d\n%s' % (played.returncode, played.stderr)
    steps = tap.loopscope('steps', trace, '--format=tsv')
    if steps.returncode != 0:
        return 'steps ended with %d\n%s' % (steps.returncode, steps.stderr)
    with open(tsv, 'w', encoding='utf-8') as f:
        f.write(steps.stdout)
    original = golden.path_of(name, generation)
    has_steps = generation == '3.1' and 'loop-' not in original
    options = ['--steps', '--outcome'] if has_steps else ['--outcome']
    compared = tap.run(sys.executable, COMPARE, *options, original, tsv)
    shown = [line[:400] for line in (compared.stdout + compared.stderr).splitlines()]
    return '' if compared.returncode == 0 else '\n'.join(shown)


def main():
    ap = argparse.ArgumentParser(usage=__doc__)
    ap.add_argument('--repeat', type=int, default=1)
    ap.add_argument('--load', action='store_true')
    ap.add_argument('names', nargs='*')
    args = ap.parse_args()
    busy = [subprocess.Popen([sys.executable, '-c', 'while True: pass'])
            for _ in range(2 if args.load else 0)]
    folder = tap.folder()
    began = time.monotonic()
    equal = 0
    chosen = golden.played(args.names)
    try:
        for turn in range(args.repeat):
            for generation, name in chosen:
                why = play(generation, name, folder)
                equal += not why
                tap.check(not why, '%s in %s%s' % (name, generation, '' if args.repeat == 1
                                                   else ', time %d' % (turn + 1)), why)
    finally:
        for b in busy:
            b.kill()
    if not args.names:
        golden.skip_waiting()
    tap.note('%d of %d traces equal to what Tornado did, %d scenarios of %s, in %d s' %
             (equal, len(chosen) * args.repeat, len(chosen),
              ' and '.join(sorted({generation for generation, _ in chosen})),
              time.monotonic() - began))
    tap.finish()


if __name__ == '__main__':
    main()

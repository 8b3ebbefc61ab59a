#!/usr/bin/env python3
"""The screens and keys in the documentation are what the program shows and takes.

A comment `<!-- screen: 80x24 --at step:23 -->` is followed by the screen as a
block.  With --update the blocks are written anew.
"""
import os
import re
import shlex
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import tap

MAKE_TRACE = os.path.join(tap.BUILD, 'tests', 'tui', 'make_trace')
PAGES = ('docs/tour.md', 'README.md')
SCREEN = re.compile(r'<!-- screen: (\d+x\d+)(.*?) -->\n(?:\n(?:    .*\n|\n(?=    ))+)?')


def block(trace, size, words):
    shown = tap.run(tap.LOOPSCOPE, 'view', '--screenshot=' + size, *shlex.split(words), trace)
    if shown.returncode != 0:
        raise SystemExit('%s: %s' % (words, shown.stderr))
    return '\n' + ''.join('    %s\n' % line if line else '\n' for line in shown.stdout.splitlines())


def main():
    folder = tap.folder()
    trace = os.path.join(folder, 'walk.db')
    made = tap.run(MAKE_TRACE, trace)
    tap.check(made.returncode == 0, 'the trace is made', made.stderr)
    for page in PAGES:
        path = os.path.join(tap.TOP, page)
        with open(path, encoding='utf-8') as f:
            text = f.read()
        screens = SCREEN.findall(text)
        now = SCREEN.sub(lambda m: '<!-- screen: %s%s -->\n%s' %
                         (m.group(1), m.group(2), block(trace, m.group(1), m.group(2))), text)
        if '--update' in sys.argv:
            with open(path, 'w', encoding='utf-8') as f:
                f.write(now)
        tap.check(now == text and screens, '%d screens of %s are as the program shows them' %
                  (len(screens), page), 'run tests/tui/test_tour.py --update and look at them')
    keys = tap.run(sys.executable, os.path.join(tap.TOP, 'docs', 'make-keys'))
    with open(os.path.join(tap.TOP, 'docs', 'keys.md'), encoding='utf-8') as f:
        tap.check(keys.returncode == 0 and keys.stdout == f.read(),
                  'docs/keys.md is what docs/make-keys prints',
                  keys.stderr or 'run docs/make-keys > docs/keys.md')
    tap.finish()


main()

#!/usr/bin/env python3
"""How the tree stands, and that each check of it finds the fault that it is there for.

Faults are put into a copy of the tree, one at a time.
"""
import contextlib
import os
import re
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import tap

CHECKS = (('check-layers', 'rooms include what they need, and no arrow runs up'),
          ('check-headers', 'each header compiles alone'),
          ('check-heads', 'each source begins with its own name, its includes are sorted'),
          ('check-proportions', 'functions are short, and comments stand where reasoning is hard'),
          ('check-names', 'no string is the name of an event: readers ask what it means'),
          ('check-format', 'each source is formatted'))


def make(tree, build, target):
    return tap.run('make', '-s', '-C', tree, 'B=' + build, target, timeout=240)


def copy_of_tree():
    copy = os.path.join(tap.folder(), 'tree')
    shutil.copytree(tap.TOP, copy, symlinks=True,
                    ignore=shutil.ignore_patterns('.git', 'build*', '*.db', '*.db-ring'))
    return copy


@contextlib.contextmanager
def changed(path, change):
    """For a while the file's text is change(text)."""
    with open(path, encoding='utf-8') as f:
        text = f.read()
    with open(path, 'w', encoding='utf-8') as f:
        f.write(change(text))
    yield
    with open(path, 'w', encoding='utf-8') as f:
        f.write(text)


def finds(copy, target, file, change, *words):
    """The check fails in a copy where one file is changed, and says all these words."""
    with changed(os.path.join(copy, file), change):
        done = make(copy, os.path.join(copy, 'build'), target)
    said = done.stdout + done.stderr
    tap.check(done.returncode != 0 and all(word in said for word in words),
              '%s finds: %s' % (target, words[0]), said)


def replaced(old, new):
    """A change that must find what it replaces."""
    def change(text):
        assert old in text, old
        return text.replace(old, new, 1)
    return change


def check_layers(copy):
    finds(copy, 'check-layers', 'trace/store/create.c',
          replaced('#include "gen/schema.h"', '#include "trace/replay/replay.h"'),
          'trace/store/create.c includes trace/replay/replay.h: store does not need replay')
    finds(copy, 'check-layers', 'trace/store/create.c',
          replaced('#include "gen/schema.h"', '#include "trace/store/creation.h"'),
          'trace/store/create.c includes trace/store/creation.h: there is no such file')
    finds(copy, 'check-layers', 'Makefile', replaced('NEEDS_store    :=', 'NEEDS_store := probe'),
          'NEEDS_store names probe, but store includes nothing of it')
    finds(copy, 'check-layers', 'Makefile', replaced('NEEDS_base     :=', 'NEEDS_base := store'),
          'NEEDS_base names store, which is not below it in ROOMS',
          'rooms in a circle: base > store > base')


def check_heads(copy):
    finds(copy, 'check-heads', 'trace/store/create.c', replaced('create.c - ', 'store_create.c - '),
          'trace/store/create.c does not begin with')
    finds(copy, 'check-heads', 'trace/store/store.h', replaced('STORE_STORE_H', 'STORE_H'),
          'trace/store/store.h: its guard is not LOOPSCOPE_TRACE_STORE_STORE_H')
    finds(copy, 'check-heads', 'trace/store/create.c',
          replaced('#include <stdlib.h>', '#include <stdlib.h>\n#include <assert.h>'),
          'trace/store/create.c: <assert.h> stands too late among its includes')
    finds(copy, 'check-heads', 'trace/store/create.c',
          lambda text: text + '/* As store_create.c says. */\n',
          'trace/store/create.c: a comment names store_create.c: there is no such file')


def check_help():
    """Each target that is no file has its line; this test knows them from .PHONY."""
    with open(os.path.join(tap.TOP, 'Makefile'), encoding='utf-8') as f:
        targets = re.search(r'^\.PHONY: (all(?:.*\\\n)*.*)', f.read(), re.M).group(1)
    said = set(re.findall(r'[\w-]+', make(tap.TOP, 'build', 'help').stdout))
    missing = [target for target in targets.replace('\\', ' ').split()
               if target not in said | {'help'}]
    tap.check(len(targets) > 100 and not missing, 'make help lists every target', missing)


def check_names(copy):
    for name in ('run_end', '_run_callback', 'IOStream.connect', 'kernel_epoll_ctl'):
        finds(copy, 'check-names', 'tui/views/narration.c',
              replaced('row->means == MEANS_RUN_ENDS', 'strcmp(row->symbol, "%s") == 0' % name),
              'tui/views/narration.c', '"%s"' % name)
    finds(copy, 'check-names', 'trace/diff/timeouts.c', replaced("'TIMEOUT_ADDED'", "'sock_send'"),
          'trace/diff/timeouts.c', '"sock_send"')


def main():
    for target, what in CHECKS:
        done = make(tap.TOP, os.path.abspath(tap.BUILD), target)
        tap.check(done.returncode == 0, what, done.stdout + done.stderr)
    check_help()
    copy = copy_of_tree()
    check_layers(copy)
    check_heads(copy)
    check_names(copy)
    finds(copy, 'check-headers', 'tui/prompt.h', lambda text: 'struct early { size_t size; };\n' + text,
          'tui/prompt.h', 'size_t')
    finds(copy, 'check-proportions', 'tui/prompt.c',
          lambda text: text + 'int long_one(void)\n{\n' + '\tprompt();\n' * 60 + '}\n',
          'long_one has 63 lines, at most 60 are wanted')
    finds(copy, 'check-format', 'tui/prompt.c', lambda text: text + 'int  twice;\n', 'tui/prompt.c')
    tap.finish()


main()

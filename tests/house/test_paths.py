#!/usr/bin/env python3
"""Each path that the documents name or link to is there."""
import glob
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import tap

FOLDERS = ('core', 'trace', 'tui', 'samples', 'tests', 'docs')
# `NAME` in a path stands for whatever the reader adds.
PATH = re.compile(r'(?<![\w/.-])((?:%s)/[\w*./-]*[\w*/])' % '|'.join(FOLDERS))


def documents():
    names = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'] + glob.glob('docs/*.md')
    return sorted(names + glob.glob('tests/golden/**/*.md', recursive=True))


def named_paths(text):
    return {path for path in PATH.findall(text) if 'NAME' not in path}


def targets_of_links(text):
    return {target for target in re.findall(r'\]\(([^)#]+)', text) if '://' not in target}


def exists(path):
    return bool(glob.glob(path))


def folders_of_sources():
    found = (glob.glob(top + '/**/*.c', recursive=True) for top in ('core', 'trace', 'tui'))
    return {os.path.dirname(path) for paths in found for path in paths}


def check_rooms():
    with open('docs/architecture.md', encoding='utf-8') as f:
        text = f.read()
    missing = [folder for folder in sorted(folders_of_sources()) if '| `%s/` |' % folder not in text]
    tap.check(not missing, 'docs/architecture.md has a row for each room', '\n'.join(missing))


def main():
    os.chdir(tap.TOP)
    for name in documents():
        with open(name, encoding='utf-8') as f:
            text = f.read()
        missing = sorted(path for path in named_paths(text) if not exists(path))
        missing += sorted(target for target in targets_of_links(text)
                          if not exists(os.path.join(os.path.dirname(name), target)))
        tap.check(not missing, '%s names files that exist' % name, '\n'.join(missing))
    check_rooms()
    tap.finish()


main()

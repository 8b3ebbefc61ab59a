#!/usr/bin/env python3
"""The documents that say where things are: as the sources are, complete, and about what exists."""
import difflib
import glob
import itertools
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import golden
import tap

DOCS = os.path.join(tap.TOP, 'docs')
GOLDEN = os.path.join(tap.TOP, 'tests', 'golden')


def read(*path):
    with open(os.path.join(*path), encoding='utf-8') as f:
        return f.read()


def vocabulary():
    """(name, role, generations in whose sequences it occurs) of each name"""
    for line in read(GOLDEN, 'vocabulary.tsv').splitlines():
        columns = line.split('\t')
        if len(columns) > 3 and not line.startswith('#'):
            yield columns[0], columns[2], columns[3].split(',')


def names_in_sequences():
    names = set()
    for name in golden.names():
        names.update(line.split('\t')[2] for line in read(golden.path_of(name)).splitlines()
                     if not line.startswith('#') and line.count('\t') > 2)
    return names


def check_map():
    committed = read(DOCS, 'tornado-map.md')
    printed = tap.run(sys.executable, os.path.join(DOCS, 'make-tornado-map'))
    tap.check(printed.returncode == 0 and printed.stdout == committed,
              'docs/tornado-map.md is what docs/make-tornado-map prints',
              printed.stderr or 'run docs/make-tornado-map > docs/tornado-map.md')
    rows = dict(re.findall(r'^\| `([^`]+)` \| ([^|]+) \|', committed, re.M))
    wanted = {name for name, role, traced in vocabulary() if role == 'core' and '3.1' in traced}
    missing = sorted(name for name in wanted & names_in_sequences() if '()' not in rows.get(name, ''))
    tap.check(len(rows) > 100 and not missing,
              'each function of the client and the loop has its C function there', missing)
    # what the generator reads from the sources, checked by looking at the sources
    sources = {}
    lost = []
    for function, path in re.findall(r'`(\w+)\(\)` \(([^)]+)\)', committed):
        if path not in sources:
            sources[path] = read(tap.TOP, path)
        if not re.search(r'^(STEP\(|[a-z].*\b)%s[()]' % function, sources[path], re.M):
            lost.append((function, path))
    tap.check(not lost, 'each C function is in the file that the map says', lost)


def known_words():
    """Words of the original's names and of our sources."""
    words = set()
    for name, _, _ in vocabulary():
        words.update(re.findall(r'\w+', name))
    for path in glob.glob(os.path.join(tap.TOP, 'core', '**', '*.[ch]'), recursive=True):
        words.update(re.findall(r'\w+', read(path)))
    return words


def check_differences():
    rows = [line.strip('|').split('|') for line in read(DOCS, 'differences.md').splitlines()
            if line.startswith('| ')][2:]
    tap.check(len(rows) > 5 and all(len(row) == 4 and row[3].strip() for row in rows),
              'docs/differences.md gives a reason for each difference', rows)
    words = known_words()
    # a part that the port lacks is named as well
    named = {name for row in rows if row[2].strip() != 'not there'
             for name in re.findall(r'`([a-z_]\w*)`', row[0]) + re.findall(r'`(\w+)\(\)`', str(row))}
    tap.check(named and named <= words, 'it names only functions that exist',
              sorted(named - words))


def folders_of_rooms():
    """The folder of each room, as the Makefile has it."""
    makefile = read(tap.TOP, 'Makefile').replace('\\\n', ' ')
    elsewhere = dict(re.findall(r'^DIR_(\w+)\s*:= (\S+)', makefile, re.M))
    rooms = re.search(r'^ROOMS := (.*)', makefile, re.M).group(1).split()
    return [elsewhere.get(room, 'trace/' + room) for room in rooms]


def check_architecture():
    text = read(DOCS, 'architecture.md')
    doors = dict(re.findall(r'^\| `([\w/]+)/` \| .* \| (.*) \|$', text, re.M))
    folders = folders_of_rooms()
    tap.check(len(folders) > 20 and sorted(doors) == sorted(folders),
              'docs/architecture.md has a row for each room', set(doors) ^ set(folders))
    shut = [folder + '/' + door for folder, row in doors.items()
            for door in re.findall(r'`([\w.]+)`', row)
            if not os.path.exists(os.path.join(tap.TOP, folder, door))]
    tap.check(not shut, 'and names headers that there are', shut)
    lost = [(function, path) for function, path in re.findall(r'`(\w+)\(\)` in `([\w/]+\.c)`', text)
            if not re.search(r'^[a-z].*\b%s\(' % function, read(tap.TOP, path), re.M)]
    tap.check(not lost, 'and each function in the file where it is', lost)


def check_links():
    """Of the pages that people read; those into the web are not followed."""
    lost = []
    for path in [os.path.join(tap.TOP, name) for name in ('README.md', 'CONTRIBUTING.md')] + \
            glob.glob(os.path.join(DOCS, '*.md')):
        for link in re.findall(r'\]\(([^)#]+)[^)]*\)', read(path)):
            if ':' not in link and not os.path.exists(os.path.join(os.path.dirname(path), link)):
                lost.append((os.path.basename(path), link))
    tap.check(not lost, 'links lead to what there is', lost)


def check_generations():
    """Its sequences are played anew; nothing in them depends on when and where."""
    page = os.path.join(tap.folder(), 'generations.md')
    made = tap.run(sys.executable, os.path.join(DOCS, 'make-generations'), '--build', tap.BUILD,
                   '--output', page)
    if not tap.check(made.returncode == 0, 'docs/make-generations plays its scenarios', made.stderr):
        return
    differ = difflib.unified_diff(read(DOCS, 'generations.md').splitlines(), read(page).splitlines(),
                                  'docs/generations.md', 'docs/make-generations', lineterm='')
    differ = '\n'.join(itertools.islice(differ, 40))
    tap.check(not differ, 'docs/generations.md is what docs/make-generations writes',
              differ + '\nrun make docs')
    text = read(page)
    tap.check(not re.search(r'127\.0\.0\.1:|0x[0-9a-f]{6}|\bafter=', text),
              'it has no port, address or time in it')
    traits = re.findall(r'^TRAIT\([^,]+, (\w+)', read(tap.TOP, 'core', 'generation.def'), re.M)
    tap.check(len(traits) > 30 and re.findall(r'^\| `(\w+)` \|', text, re.M) == traits,
              'it lists all traits of core/generation.def', traits)


check_map()
check_differences()
check_architecture()
check_links()
check_generations()
tap.finish()

"""The recorded sequences of the original: which of them we are held to, and which not yet.

A golden stands in the folder of its role and version.  What cannot be played so far is
named by a row of WAITING with its reason; taking a row out switches its scenarios on, in
every test that plays scenarios.
"""
import collections
import os

import tap

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'golden')
SCENARIOS = os.path.join(FOLDER, 'scenarios')

# generation -> where its goldens are
GENERATIONS = {'3.1': ('v3.1.1', 'loop-v3.1.1'), '4.3': ('v4.3.0', 'loop-v4.3.0')}

# folder of goldens -> why nothing of it is played
WAITING_FOLDERS = {
    'server-v3.1.1': 'servers (role client) are not there yet',
    'server-v1.2.1': 'generation 1.2 is not there yet',
    'loop-v1.2.1': 'generation 1.2 is not there yet',
}

# What a scenario of a generation that is played asks for, and we cannot do: by its headers.
WAITING = ()


def path_of(name, generation='3.1', suffix='.tsv'):
    """The golden of a scenario, or None where the generation has none."""
    for folder in GENERATIONS[generation]:
        path = os.path.join(FOLDER, folder, name + suffix)
        if os.path.exists(path):
            return path
    return None


def scenario_path(name):
    return os.path.join(SCENARIOS, name + '.scn')


def headers_of(name):
    """The headers of a scenario; of one that is repeated the last."""
    found = {}
    with open(scenario_path(name), encoding='utf-8') as f:
        for line in f:
            key, colon, value = line[1:].partition(':')
            if line.startswith('#') and colon:
                found[key.strip()] = value.strip()
    return found


def waits_for(name):
    """Why a scenario is not played, or None."""
    headers = headers_of(name)
    return next((reason for reason, applies in WAITING if applies(headers)), None)


def names_in(folder):
    return sorted(f[:-4] for f in os.listdir(os.path.join(FOLDER, folder))
                  if f.endswith('.tsv') and not f.endswith('.sys.tsv'))


def names(generation='3.1', folders=None, suffix='.tsv'):
    """The scenarios that are played and have a golden of that suffix."""
    return sorted(name for folder in folders or GENERATIONS[generation] for name in names_in(folder)
                  if not waits_for(name) and path_of(name, generation, suffix))


def played(words, suffix='.tsv'):
    """(generation, name) of each scenario that is played, in all generations; or of words."""
    return [(generation, name) for generation in GENERATIONS
            for name in names(generation, suffix=suffix) if not words or name in words]


def skip_waiting():
    """One skipped test for each reason, with the number of goldens that wait for it."""
    waiting = collections.Counter()
    for folder, reason in WAITING_FOLDERS.items():
        waiting[reason] += len(names_in(folder))
    for folders in GENERATIONS.values():
        for name in (name for folder in folders for name in names_in(folder)):
            if waits_for(name):
                waiting[waits_for(name)] += 1
    for reason, count in sorted(waiting.items()):
        tap.skip('%d goldens' % count, reason)

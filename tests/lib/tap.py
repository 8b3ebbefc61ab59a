"""What the test programs in Python share: TAP lines and running loopscope."""
import os
import subprocess
import sys
import tempfile

BUILD = os.environ.get('LOOPSCOPE_BUILD') or os.path.join(
    os.path.dirname(os.path.abspath(__file__)), '..', '..', 'build')
TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..')
LOOPSCOPE = os.path.join(BUILD, 'loopscope')
SANITIZED = bool(os.environ.get('LOOPSCOPE_SANITIZED'))

_count = 0
_failed = 0


def check(good, name, why=''):
    """One test.  why is shown when it failed."""
    global _count, _failed
    _count += 1
    print('%sok %d - %s' % ('' if good else 'not ', _count, name))
    if not good:
        _failed += 1
        for line in str(why).rstrip('\n').split('\n'):
            print('# ' + line)
    sys.stdout.flush()
    return bool(good)


def skip(name, reason):
    global _count
    _count += 1
    print('ok %d - %s # SKIP %s' % (_count, name, reason))
    sys.stdout.flush()


def note(text):
    """A line that is shown also when all is well."""
    print('#: ' + text)


def finish():
    print('1..%d' % _count)
    sys.exit(1 if _failed else 0)


def folder():
    """A new folder that the test runner removes."""
    return tempfile.mkdtemp(prefix='t-')


def run(*words, timeout=60, **options):
    """Runs a command; stdout and stderr as text."""
    options.setdefault('stdin', subprocess.DEVNULL)
    return subprocess.run([str(w) for w in words], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=timeout, encoding='utf-8', errors='replace', **options)


def loopscope(*words, **options):
    return run(LOOPSCOPE, *words, **options)


def sentence(result):
    """Is stderr exactly one line of words?"""
    lines = result.stderr.rstrip('\n').split('\n')
    return len(lines) == 1 and len(lines[0]) > 10

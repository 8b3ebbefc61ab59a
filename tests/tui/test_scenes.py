#!/usr/bin/env python3
"""What single screens say of runs that go other ways than the walk: recorded, then looked at."""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import tap

FOLDER = tap.folder()


def play(name, *options):
    """The trace of a scenario."""
    trace = os.path.join(FOLDER, '%s%s.db' % (name, ''.join(options)))
    path = os.path.join(tap.TOP, 'tests', 'golden', 'scenarios', name + '.scn')
    done = tap.loopscope('play', '--skip-pauses', *options, '-o', trace, path)
    if not os.path.exists(trace):
        raise SystemExit('%s: %s' % (name, done.stderr))
    return trace


def record(name, *command):
    trace = os.path.join(FOLDER, name + '.db')
    tap.loopscope('record', '--kernel=off', '-o', trace, '--', *command)
    return trace


def screen(trace, *words, size='80x24'):
    return tap.loopscope('view', '--screenshot=' + size, *words, trace).stdout


def row_of(trace, text, step=1):
    """The number of a row whose line has the text."""
    for line in tap.loopscope('steps', trace).stdout.splitlines():
        if text in line:
            step -= 1
            if step == 0:
                return re.match(r'\s*(\d+)', line).group(1)
    raise SystemExit('%s has no row with %s' % (trace, text))


def says(name, shown, *wanted):
    """All of these are on the screen, wherever lines break."""
    flat = re.sub(r'[│\s]+', ' ', shown)
    missing = [w for w in wanted if w not in flat]
    tap.check(not missing, name, '%s\n%s' % (missing, shown))


def test_43():
    """Who waits in 4.3: futures where 3.1 has callbacks."""
    trace = play('cl-headers-then-body', '-g', '4.3')
    says('4.3: the stream connects for a future that the connector waits for',
         screen(trace, '--at', 'step:A48', size='200x50'), 'step A48 of A100',
         'coroutine → connect suspended at a yield, waits for future#5',
         'fd#1 connecting → future#6')
    says('4.3: a read hands out a future; the cancelled timeout bounds the poll',
         screen(trace, '--at', 'step:A80', size='200x50'), 'step A80 of A100',
         'reads until end-of-headers → future#11', 'timeout#1 cancelled → _on_timeout',
         '(timeout#1)')
    says('4.3 on a small screen', screen(trace, '--at', 'step:A48'), 'step A48 of A100',
         'fd#1 connecting → future#6', 'next: the loop polls for waker READ, fd#1 WRITE')


def test_next(trace):
    says('inside a callback: back, then the poll and what it waits for',
         screen(trace, '--at', 'step:23'),
         'next: add_handler goes on, then _add_io_state; '
         'then the loop polls for waker READ, fd#1 WRITE, for at most')
    says('in poll: what wakes it',
         screen(trace, '--at', row_of(trace, 'loop.poll '), size='120x40'),
         'next: the kernel wakes the loop on waker READ, fd#1 WRITE, or after')
    says('after poll: what is dispatched', screen(trace, '--at', 'step:24', size='120x40'),
         'next: the loop dispatches, in no promised order, '
         'waker READ → initialize.<lambda>, fd#1 WRITE → _handle_events')
    says('before the loop: what it will run', screen(trace, '--at', 'step:17'),
         'no loop runs yet: once started it runs _on_resolve (queued by 17)')
    says('after stop()',
         screen(trace, '--at', row_of(trace, 'PollIOLoop.stop'), size='120x40'),
         'the loop ends without a poll: stop() was called')
    says('after the loop', screen(trace, '--at', row_of(trace, 'start:return')),
         'the loop has returned')
    says('in Chinese', screen(trace, '--at', 'step:23', '--lang', 'zh'),
         '接下来：add_handler 继续', '之后循环 poll')
    says('in --plain', tap.loopscope('view', '--plain', '--at', 'step:23', trace).stdout,
         'next: add_handler goes on')


def test_causes(trace):
    for step in ('41', '45'):
        shown = screen(trace, '--at', 'step:' + step, '--keys', 'w', size='200x50')
        due = re.findall(r'(?:due by) ((?:\S+ ){2})', shown)
        asked = re.findall(r'asked for by ((?:\S+ ){2})', shown)
        tap.check(len(due) > 1 and due[0] == due[1] and asked[0] == asked[1],
                  'WHAT HAPPENS and WHY name the same causes of step ' + step, shown)


def test_due(trace):
    at = row_of(trace, 'n=0; events=-')
    shown = screen(trace, '--at', at)
    tap.check('timeout#2 due' in shown and ' -0.0' not in shown, 'a timeout that is due says so',
              shown)
    text = tap.loopscope('state', '--at', at, trace).stdout
    tap.check('due ' in text and 'in -' not in text, 'in loopscope state too', text)
    following = screen(trace, '--at', row_of(trace, 'loop.iteration', 3))
    says('and what comes next is to run it', following,
         'the loop runs _on_timeout: timeout#2 is due')


def test_end(trace):
    shown = screen(trace, '--keys', 'G')
    says('the end names the error', shown,
         'The run is over: exited with 0.',
                   'A fetch failed: HTTPError(HTTP 599: Timeout)')
    tap.check(shown.startswith('HTTPError(HTTP 599: Timeout)'), 'so does the title', shown)
    killed = record('killed', 'sh', '-c', 'kill -SEGV $$')
    says('a killed program says so', screen(killed, '--keys', 'G'), 'killed by SIGSEGV',
                   'The run is over: killed by SIGSEGV.')
    tap.check(screen(record('seven', 'sh', '-c', 'exit 7')).startswith('exited with 7'),
              'one that failed has it in its title')
    says('in Chinese', screen(killed, '--lang', 'zh'), '被 SIGSEGV 终止')
    for level in ('article', 'core', 'everything'):
        says('G at level %s arrives there' % level,
             screen(trace, '--level', level, '--keys', 'G'), 'The run is over')


def test_off_the_walk(timeout, two):
    walk = tap.loopscope('view', '--plain', timeout).stdout
    for wanted in ('loop.poll:return n=0', 'ioloop.IOLoop._run_callback →_on_timeout timeout#2',
                   '_handle_exception HTTPError(HTTP 599: Timeout)', 'run.end how=exited 0'):
        tap.check(wanted in walk, 'the walk shows ' + wanted, walk[-3000:])
    tap.check('read_bytes fd#1 num_bytes=6' in tap.loopscope('view', '--plain', two).stdout,
              'and a read that is no step')


def test_two(trace):
    """Which of the two ends first is the machine's affair."""
    paths = set()
    for step in ('step:44', 'step:44#2'):
        shown = screen(trace, '--at', step, '--keys', ': h t t p Enter z')
        path = re.search(r'> GET (/\w+) HTTP', shown)
        tap.check(path and path.group(1) + ' ' in shown.split('\n')[0],
                  'title and HTTP follow the fetch of %s' % step, shown)
        paths.add(path and path.group(1))
    tap.check(paths == {'/one', '/two'}, 'which are two', paths)


def test_large(trace):
    at = row_of(trace, 'IOStream.read_from_fd', 25)
    shown = screen(trace, '--at', at, '--keys', ': s t r e a m Enter z', size='90x60')
    m = re.search(r'read buffer (\d+) B, (\d+) of the 300000 it reads for', shown)
    tap.check(m and m.group(1) == m.group(2) and int(m.group(1)) > 1024 and
              'further bytes' in shown, 'STREAM counts all that came', shown)
    at = row_of(trace, 'loop.poll', 24)
    shown = tap.loopscope('view', '--plain', '--at', at, trace).stdout
    m = re.search(r'… (\d+) further pieces, (\d+) bytes', shown)
    received = re.findall(r'further bytes of this piece', shown)
    tap.check(m and received and int(m.group(2)) > 4096, 'HTTP says what it leaves out',
              shown[-2000:])


def test_split(trace):
    for at in range(int(row_of(trace, 'BaseIOStream._handle_read')), 400):
        shown = screen(trace, '--at', str(at), '--keys', ': s t r e a m Enter z')
        if 'Content-Length' in shown:
            break
    tap.check('delimiter not yet in it' in shown,
              'a delimiter that has not come is said to be missing', shown)


def test_kernel_off(trace):
    shown = screen(trace, '--at', 'step:21')
    tap.check(shown.endswith('kernel off\n') and 'by its calls: TCP SYN_SENT' in shown,
              'without the kernel the program is the witness', shown)
    says('and key 4 says why there are no calls', screen(trace, '--keys', '4'),
         'the kernel was not watched (not asked for)')


def main():
    off = play('chunked-1-one-segment', '--kernel=off')
    timeout = play('timeout-no-headers', '--kernel=off')
    two = play('two-concurrent', '--kernel=off')
    test_next(off)
    test_causes(off)
    test_due(timeout)
    test_end(timeout)
    test_off_the_walk(timeout, two)
    test_two(two)
    test_43()
    test_large(play('large-body-300k', '--kernel=off'))
    test_split(play('split-crlfcrlf-middle', '--kernel=off'))
    test_kernel_off(off)
    tap.finish()


main()

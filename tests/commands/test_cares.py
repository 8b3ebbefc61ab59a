#!/usr/bin/env python3
"""--resolver=cares: names are looked up on the loop, whatever a name server does."""
import http.server
import os
import random
import socket
import sqlite3
import struct
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import dns
import tap

# c-ares waits 5 s for an answer, four times; so long nobody here has.
HASTY = dict(os.environ, RES_OPTIONS='retrans:200 retry:2')


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header('Content-Length', '5')
        self.end_headers()
        self.wfile.write(b'hello')

    def log_message(self, *_):
        pass


class SixServer(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6


def serve(kind, host):
    server = kind((host, 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def fetch(folder, server, name, port, *options, env=HASTY, generation='3.1'):
    words = ['fetch', '-g', generation, '-o', os.path.join(folder, 'cares.db'), '--resolver=cares']
    words += ['--nameserver=' + server.address] if server else []
    return tap.loopscope(*words, *options, 'http://%s:%d/' % (name, port), env=env)


def rows(folder, question):
    with sqlite3.connect(os.path.join(folder, 'cares.db')) as db:
        return [row[0] for row in db.execute(question)]


def names(folder):
    return rows(folder, 'SELECT event FROM steps ORDER BY seq')


def ok(name, result):
    return tap.check(result.returncode == 0 and result.stdout.startswith('200 OK'), name, result)


def fails(name, result, text):
    return tap.check(result.returncode == 1 and text in result.stderr, name, result)


def ticks_between(found, begin, end):
    return found[found.index(begin):found.index(end)].count('user.tick')


def the_loop_is_free(folder, port, generation):
    script = dns.after(0.2, dns.a('127.0.0.1'))
    with dns.Server({'slow.test': script}) as server:
        ok('a name server that takes 200 ms, in ' + generation,
           fetch(folder, server, 'slow.test', port, '--tick=0.02', generation=generation))
    found = names(folder)
    ticks = ticks_between(found, 'cares.gethostbyname', 'cares.answer')
    tap.check(ticks >= 3, 'a timer of 20 ms keeps firing meanwhile', '%d ticks' % ticks)
    wanted = ['platform.caresresolver.CaresResolver._sock_state_cb', 'cares.socket', 'cares.send',
              'platform.caresresolver.CaresResolver._handle_events', 'cares.recv', 'cares.close']
    tap.check(all(name in found for name in wanted), 'what c-ares does is in the trace', found)


def the_loop_stands_still(folder):
    trace = os.path.join(folder, 'cares.db')
    scenario = os.path.join(tap.TOP, 'tests', 'golden', 'scenarios', 'resolver-slow.scn')
    tap.loopscope('play', '-o', trace, scenario)
    found = names(folder)
    resolved = found.index('netutil.ExecutorResolver.resolve')
    tap.check('user.timer' in found and found.index('user.timer') > resolved and
              'loop.poll' not in found[:resolved],
              'a timer of 100 ms waits for the blocking resolver', found)
    late = rows(folder, "SELECT max(e.time) - min(e.time) FROM events e JOIN steps s USING (seq) "
                        "WHERE s.event IN ('user.timer', 'netutil.ExecutorResolver.resolve')")
    tap.check(late[0] >= 190e6, 'and fires when its 200 ms are over', late)


def what_the_state_says(folder, port):
    with dns.Server({'page.test': dns.a('127.0.0.1')}) as server:
        fetch(folder, server, 'page.test', port, '--checking')
    trace = os.path.join(folder, 'cares.db')
    seq = rows(folder, "SELECT seq FROM steps WHERE event = 'cares.send'")[0]
    state = tap.loopscope('state', trace, '--at', seq)
    lines = [' '.join(line.split()) for line in state.stdout.split('\n')]
    tap.check(any(line.startswith('fd#1 UDP since') for line in lines),
              'the socket of c-ares is one of UDP', state)
    tap.check(any('CaresResolver._handle_events' in line and 'fd#1' in line for line in lines),
              'its handler is that of the resolver', state)
    state = tap.loopscope('state', trace, '--at', rows(
        folder, "SELECT min(seq) FROM steps WHERE event = 'loop.poll'")[0])
    tap.check('cares.timeout' in state.stdout, 'its timer is a timeout', state)
    checked = tap.loopscope('check', trace)
    tap.check(checked.returncode == 0, 'the trace keeps the rules', checked)


def families(folder, port, port6):
    with dns.Server({'both.test': dns.a('127.0.0.1', '::1'), 'six.test': dns.a('::1'),
                     'four.test': dns.a('127.0.0.1')}) as server:
        ok('IPv4 is what is asked for', fetch(folder, server, 'both.test', port))
        tap.check([q.type for q in server.questions] == [dns.A], 'and nothing else')
        fails('an address of the other family is none', fetch(folder, server, 'six.test', port6),
              'C-Ares returned error')
        ok('any family: IPv6 if it is there',
           fetch(folder, server, 'both.test', port6, '--allow-ipv6'))
        ok('any family is what 4.3 asks for',
           fetch(folder, server, 'four.test', port, generation='4.3'))
        del server.questions[:]
        ok('any family: IPv4 if there is no other',
           fetch(folder, server, 'four.test', port, '--allow-ipv6'))
        tap.check(sorted(q.type for q in server.questions) == [dns.A, dns.AAAA], 'asked for both',
                  [q.type for q in server.questions])
        del server.questions[:]
        ok('an address needs no name server', fetch(folder, server, '127.0.0.1', port))
        ok('nor does what is in /etc/hosts', fetch(folder, server, 'localhost', port))
        ok('nor what is said by --resolve',
           fetch(folder, server, 'said.test', port, '--resolve=said.test:%d:127.0.0.1' % port))
        tap.check(not server.questions, 'none was asked', server.questions)
    with dns.Server({'page.test': dns.a('127.0.0.1')}, socket.AF_INET6) as server:
        ok('a name server at [::1]', fetch(folder, server, 'page.test', port))


def several(folder, port):
    with dns.Server({'page.test': dns.silence}) as deaf, \
            dns.Server({'page.test': dns.a('127.0.0.1')}) as server:
        ok('the second name server is asked when the first is silent',
           fetch(folder, deaf, 'page.test', port, '--nameserver=' + server.address))
        tap.check(deaf.questions and server.questions, 'after the first')
        tap.check('cares.timeout' in names(folder), 'by a timeout of the loop')
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(('127.0.0.1', 0))
        refused = '127.0.0.1:%d' % s.getsockname()[1]
    fails('nobody listens where the name server should be',
          tap.loopscope('fetch', '-o', os.path.join(folder, 'cares.db'), '--resolver=cares',
                        '--nameserver=' + refused, 'http://page.test:%d/' % port, env=HASTY),
          'Could not contact DNS servers while resolving page.test')
    tap.check(len(names(folder)) < 2000, 'and the loop does not spin')


def errors(folder, port):
    scripts = {'broken.test': dns.failure(dns.SERVFAIL), 'deaf.test': dns.silence}
    with dns.Server(scripts) as server:
        fails('no such name', fetch(folder, server, 'none.test', port),
              'C-Ares returned error 4: Domain name not found while resolving none.test')
        fails('a server that fails', fetch(folder, server, 'broken.test', port),
              'C-Ares returned error 11: Could not contact DNS servers while resolving broken.test')
        fails('a server that says nothing', fetch(folder, server, 'deaf.test', port),
              'C-Ares returned error 12: Timeout while contacting DNS servers')


def timeouts(folder, port):
    """3.1 reckons from the answer of the resolver on, 4.3 from the beginning."""
    patient = dict(os.environ, RES_OPTIONS='retrans:100 retry:1')
    with dns.Server({'deaf.test': dns.silence}) as server:
        fails('4.3 gives up while a name is looked up',
              fetch(folder, server, 'deaf.test', port, '--connect-timeout=0.1',
                    env=dict(os.environ), generation='4.3'), 'HTTP 599: Timeout')
        fails("3.1 waits for the resolver's own end",
              fetch(folder, server, 'deaf.test', port, '--connect-timeout=0.01', env=patient),
              'C-Ares returned error 12')
        fails('4.3 knows that end as well',
              fetch(folder, server, 'deaf.test', port, env=patient, generation='4.3'),
              'C-Ares returned error 12')


def hostile(question):
    """Answers of every wrong shape, by name."""
    generator = random.Random(7)
    a = dns.A
    good = question.record(a, bytes([127, 0, 0, 1]))
    label = b'\x3f' + b'x' * 63
    shapes = {
        'empty': lambda: b'',
        'short': lambda: question.id + b'\x81',
        'header': lambda: question.answer()[:12],
        'garbage': lambda: generator.randbytes(300),
        'garbage-id': lambda: question.id + generator.randbytes(300),
        'huge': lambda: question.id + generator.randbytes(60000),
        'wrong-id': lambda: question.answer([good], number=b'\xff\xff'),
        'other-question': lambda: question.id + struct.pack('!HHHHH', dns.RESPONSE, 1, 0, 0, 0) +
        b'\x05other\x00\x00\x01\x00\x01',
        'question-not-answer': lambda: question.answer([good], flags=0x0100),
        'count-lies': lambda: question.answer([good], count=60000),
        'pointer-to-itself': lambda: question.answer(
            [question.record(a, bytes(4), name=struct.pack('!H', 0xc000 + 12 +
                                                           len(question.text)))]),
        'pointer-loop': lambda: question.answer(
            [question.record(dns.CNAME, struct.pack('!H', 0xc000 + 24 + len(question.text)))]),
        'pointer-outside': lambda: question.answer(
            [question.record(a, bytes(4), name=b'\xff\xff')]),
        'name-without-end': lambda: question.answer(
            [question.record(a, bytes(4), name=label * 30)]),
        'name-too-long': lambda: question.answer(
            [question.record(dns.CNAME, label * 30 + b'\x00')]),
        'alias-of-itself': lambda: question.answer([question.record(dns.CNAME, b'\xc0\x0c')]),
        'address-too-short': lambda: question.answer([question.record(a, bytes(3))]),
        'address-too-long': lambda: question.answer([question.record(a, bytes(200))]),
        'length-lies': lambda: question.answer([good[:-6] + b'\xff\xff' + good[-4:]]),
        'cut': lambda: question.answer([good])[:-2],
        'no-address': lambda: question.answer(),
        'many': lambda: question.answer([good] * 3000),
        'truncated-always': lambda: question.answer(flags=dns.RESPONSE | dns.TRUNCATED),
    }
    return shapes


class Anything(dict):
    """For each name NAME.test the answer called NAME."""

    def get(self, name, _default=None):
        shape = name.split('.')[0]
        return lambda question: [(0, hostile(question)[shape]())]


def hostile_answers(folder, port, generation):
    shapes = list(hostile(dns.Question(b'\0' * 12 + b'\1x\0\0\1\0\1')))
    # the last one where the machine is slower than 4.3 has patience
    ends = 'C-Ares returned error', 'list index out of range', '200 OK', 'HTTP 599: Timeout'
    with dns.Server(Anything()) as server:
        for shape in shapes:
            result = fetch(folder, server, shape + '.test', port, '--connect-timeout=2',
                           generation=generation)
            told = result.stdout + result.stderr
            tap.check(result.returncode in (0, 1) and any(end in told for end in ends) and
                      'Sanitizer' not in told,
                      'a hostile answer: %s, in %s' % (shape, generation), result)


def too_long_for_a_datagram(folder, port):
    def script(question):
        if question.stream:
            return dns.a('127.0.0.1')(question)
        return [(0, question.answer(flags=dns.RESPONSE | dns.TRUNCATED))]

    with dns.Server({'big.test': script}) as server:
        ok('a truncated answer is asked for again over TCP',
           fetch(folder, server, 'big.test', port))
        tap.check([q.stream for q in server.questions] == [False, True], 'once each')


def wrong_options(folder):
    trace = os.path.join(folder, 'wrong.db')
    url = 'http://127.0.0.1:1/'
    for words in (['--resolver=dig'], ['--resolver='], ['--nameserver=127.0.0.1'],
                  ['--nameserver=127.0.0.1', '--resolver=blocking'], ['--tick=0'], ['--tick=x']):
        result = tap.loopscope('fetch', '-o', trace, *words, url)
        tap.check(result.returncode == 2 and tap.sentence(result), 'refused: ' + ' '.join(words),
                  result)
    for value in ('', 'example.com', '127.0.0.1:', '127.0.0.1:x', '127.0.0.1:0', '[::1', '[::1]x',
                  '127.0.0.1:99999', '1.2.3.4:5:6', '[]:53', ':53'):
        result = tap.loopscope('fetch', '-o', trace, '--resolver=cares', '--nameserver=' + value,
                               url)
        tap.check(result.returncode == 2 and tap.sentence(result), 'no name server: %r' % value,
                  result)


def main():
    folder = tap.folder()
    port = serve(http.server.ThreadingHTTPServer, '127.0.0.1')
    port6 = serve(SixServer, '::1')
    for generation in '3.1', '4.3':
        the_loop_is_free(folder, port, generation)
        hostile_answers(folder, port, generation)
    the_loop_stands_still(folder)
    what_the_state_says(folder, port)
    families(folder, port, port6)
    several(folder, port)
    errors(folder, port)
    timeouts(folder, port)
    too_long_for_a_datagram(folder, port)
    wrong_options(folder)
    tap.finish()


main()

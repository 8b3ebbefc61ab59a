"""A name server of a script's own, over UDP and TCP at 127.0.0.1.

    with dns.Server({'slow.test': dns.after(0.2, dns.a('127.0.0.1'))}) as server:
        ... server.address ('127.0.0.1:PORT'), server.questions

A name's script is a function of a Question that yields datagrams, each a pair of
seconds to wait and bytes to send.  Names without a script do not exist.
"""
import ipaddress
import socket
import struct
import threading

A, CNAME, AAAA = 1, 5, 28
NXDOMAIN, SERVFAIL = 3, 2
RESPONSE, TRUNCATED = 0x8180, 0x0200


class Question:
    """What was asked, taken apart."""

    def __init__(self, packet, stream=False):
        self.packet = packet
        self.stream = stream
        self.id = packet[:2]
        at, labels = 12, []
        while packet[at]:
            labels.append(packet[at + 1:at + 1 + packet[at]].decode('ascii'))
            at += 1 + packet[at]
        self.name = '.'.join(labels)
        self.type = struct.unpack('!H', packet[at + 1:at + 3])[0]
        self.text = packet[12:at + 5]

    def answer(self, records=(), flags=RESPONSE, number=None, count=None):
        """A whole message: the records are bytes behind the question."""
        counts = struct.pack('!HHHHH', flags, 1, len(records) if count is None else count, 0, 0)
        return (number or self.id) + counts + self.text + b''.join(records)

    def record(self, kind, data, name=b'\xc0\x0c'):
        """A record; its name is the question's, by a pointer to it."""
        return name + struct.pack('!HHIH', kind, 1, 60, len(data)) + data


def addresses(question, texts):
    found = []
    for text in texts:
        address = ipaddress.ip_address(text)
        if question.type == (A if address.version == 4 else AAAA):
            found.append(question.record(question.type, address.packed))
    return question.answer(found)


def a(*texts):
    """The script that answers with those of the addresses that are of the type asked for."""
    return lambda question: [(0, addresses(question, texts))]


def after(seconds, script):
    """The same, so many seconds later."""
    return lambda question: [(seconds + wait, data) for wait, data in script(question)]


def message(build):
    """One message, of build(question)."""
    return lambda question: [(0, build(question))]


def failure(code):
    return message(lambda question: question.answer(flags=RESPONSE | code))


def silence(_question):
    return []


class Server:
    def __init__(self, scripts, family=socket.AF_INET):
        self.scripts = scripts
        self.questions = []
        self.done = threading.Event()
        host = '::1' if family == socket.AF_INET6 else '127.0.0.1'
        self.udp = socket.socket(family, socket.SOCK_DGRAM)
        self.tcp = socket.socket(family, socket.SOCK_STREAM)
        # both want the same number, and another may have taken it for one of them
        while True:
            self.udp.bind((host, 0))
            self.port = self.udp.getsockname()[1]
            try:
                self.tcp.bind((host, self.port))
                break
            except OSError:
                self.udp.close()
                self.udp = socket.socket(family, socket.SOCK_DGRAM)
        self.tcp.listen()
        self.address = ('[%s]:%d' if ':' in host else '%s:%d') % (host, self.port)

    def __enter__(self):
        for serve in self.serve_udp, self.serve_tcp:
            threading.Thread(target=serve, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.done.set()
        # wakes both from their calls, which close() would not do
        self.tcp.shutdown(socket.SHUT_RDWR)
        with socket.socket(self.udp.family, socket.SOCK_DGRAM) as s:
            s.sendto(b'', self.udp.getsockname()[:2])

    def reply(self, question, send):
        self.questions.append(question)
        for wait, data in self.scripts.get(question.name, failure(NXDOMAIN))(question):
            if self.done.wait(wait):
                return
            try:
                send(data)
            except OSError:
                return

    def serve_udp(self):
        with self.udp:
            while True:
                packet, peer = self.udp.recvfrom(4096)
                if self.done.is_set():
                    return
                threading.Thread(target=self.reply, daemon=True, args=(
                    Question(packet), lambda data, to=peer: self.udp.sendto(data, to))).start()

    def serve_tcp(self):
        with self.tcp:
            while not self.done.is_set():
                try:
                    stream = self.tcp.accept()[0]
                except OSError:
                    return
                threading.Thread(target=self.talk, args=(stream,), daemon=True).start()

    def talk(self, stream):
        with stream, stream.makefile('rb') as lines:
            while True:
                head = lines.read(2)
                if len(head) < 2:
                    return
                packet = lines.read(struct.unpack('!H', head)[0])
                self.reply(Question(packet, stream=True), lambda data: stream.sendall(
                    struct.pack('!H', len(data)) + data))

#!/usr/bin/env python3
"""Writes the captures of this folder: small exchanges that real captures rarely hold.

    make.py [FOLDER]

Every run writes the same bytes. Needs Python 3.8 or later, nothing else.
"""

import os
import struct
import sys

CLIENT, SERVER = "10.0.0.1", "10.0.0.2"
ETHERNET = bytes.fromhex("000c29000002000c290000010800")
SYN, RST, ACK, PUSH_ACK, FIN = 2, 4, 0x10, 0x18, 1


def ipv4(protocol, body, source=CLIENT, target=SERVER, fragment=0x4000):
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(body), 7, fragment, 64, protocol, 0)
    return head + address(source) + address(target) + body


def address(text):
    return bytes(map(int, text.split(".")))


def udp(source, target, data):
    return struct.pack("!HHHH", source, target, 8 + len(data), 0) + data


def tcp(source, target, seq, ack, flags, data=b""):
    numbers = (source, target, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF)
    return struct.pack("!HHIIBBHHH", *numbers, 0x50, flags, 8192, 0, 0) + data


def icmp(kind, code, quoted):
    return struct.pack("!BBHI", kind, code, 0, 0) + quoted


class Capture:
    """Frames 10 ms apart unless told otherwise."""

    def __init__(self):
        self.records, self.micros, self.wrap = [], 1_700_000_000_000_000, lambda frame: frame

    def frame(self, packet, after=0.01, snap=None):
        self.micros += round(after * 1_000_000)
        data = self.wrap(ETHERNET + packet)
        self.records.append((self.micros, data[:snap], len(data)))

    def write(self, path):
        with open(path, "wb") as out:
            out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
            for micros, data, length in self.records:
                seconds, rest = divmod(micros, 1_000_000)
                out.write(struct.pack("<IIII", seconds, rest, len(data), length) + data)


class Connection:
    """Both ends of a TCP connection; `client` and `server` send and count."""

    def __init__(self, capture, port=40000, server=502, seqs=(1000, 9000), open_it=True):
        self.capture, self.ports, self.snap = capture, (port, server), None
        self.seq = list(seqs)
        if open_it:
            self.segment(0, self.seq[0], SYN, ack=0)
            self.segment(1, self.seq[1], SYN | ACK, ack=self.seq[0] + 1)
            self.seq = [n + 1 for n in self.seq]
            self.segment(0, self.seq[0], ACK)

    def segment(self, end, seq, flags, data=b"", ack=None, after=0.01):
        ports = self.ports if end == 0 else self.ports[::-1]
        hosts = (CLIENT, SERVER) if end == 0 else (SERVER, CLIENT)
        ack = self.seq[1 - end] if ack is None else ack
        packet = ipv4(6, tcp(*ports, seq, ack, flags, data), *hosts)
        self.capture.frame(packet, after, self.snap)

    def send(self, end, data, at=None, flags=PUSH_ACK, ack=None, after=0.01):
        """Sends at the next sequence number, or again or early at another one."""
        self.segment(end, self.seq[end] if at is None else at, flags, data, ack, after)
        if at is None:
            self.seq[end] += len(data)

    def client(self, data=b"", **more):
        self.send(0, data, **more)

    def server(self, data=b"", **more):
        self.send(1, data, **more)

    def both(self, *pdus):
        """Each PDU once as a request and once as a response."""
        for pdu in pdus:
            self.client(adu(1, bytes.fromhex(pdu)))
            self.server(adu(1, bytes.fromhex(pdu)))


def adu(transaction, pdu, protocol=0, length=None):
    length = len(pdu) + 1 if length is None else length
    return struct.pack("!HHHB", transaction, protocol, length, 1) + pdu


def read(transaction, count=2):
    return adu(transaction, struct.pack("!BHH", 3, 0, count))


def answer(transaction, count=2):
    return adu(transaction, struct.pack("!BB", 3, 2 * count) + b"\0\1" * count)


def retransmission(capture):
    """Repeated, reordered, overlapping and cut-up segments."""
    c = Connection(capture)
    c.client(read(1)), c.server(answer(1)), c.client(flags=ACK)
    c.client(read(2)), c.client(read(2), at=c.seq[0] - 12, after=0.3)
    c.server(answer(2)), c.client(flags=ACK)
    c.server(answer(2), at=c.seq[1] - 13, after=0.3)
    c.client(read(3)), c.server(answer(3))
    c.client(read(3), at=c.seq[0] - 12, after=0.001)
    c.client(read(5), at=c.seq[0] + 12), c.client(read(4), at=c.seq[0], after=0.001)
    c.seq[0] += 24
    c.server(answer(4) + answer(5))
    c.client(read(8)), c.server(answer(8))
    c.client(read(8) + read(9), at=c.seq[0] - 12)
    c.seq[0] += 12
    c.server(answer(9))
    for cut in (5, 9):
        c.client(read(10)[:cut]), c.client(read(10)[cut:]), c.server(answer(10))
    long = answer(12, 60)
    c.client(read(12, 60)), c.server(long[:50]), c.server(long[50:100]), c.server(long[100:])
    c.client(read(13) + read(14)[:3]), c.client(read(14)[3:])
    c.client(b"\0", at=c.seq[0] - 1, flags=ACK)
    c.client(read(15))


def loss(capture):
    """Segments that were not captured, or in another order, and connections on the same ports."""
    c = Connection(capture)
    c.client(read(1)), c.server(answer(1)), c.client(flags=ACK)
    c.server(answer(2), ack=c.seq[0] + 12), c.client(read(2), ack=c.seq[1] - 13)
    c.seq[0] += 12
    c.server(answer(4)), c.client(read(5)), c.server(answer(5))
    for pieces in ((0, 2, 1), (0, 2), (1, 2), (0, 0, 1, 2)):
        message = answer(7, 60) + answer(8)
        c.client(read(7, 60) + read(8))
        start = c.seq[1]
        for piece in pieces:
            part = (message[:50], message[50:100], message[100:])[piece]
            c.server(part, at=start + 50 * piece, after=0.001)
        c.seq[1] = start + len(message)
        c.client(read(9)), c.server(answer(9))
    c.client(read(18)), c.server(answer(18), flags=PUSH_ACK | FIN)
    c.seq[1] += 1
    c.client(read(19), flags=RST | ACK)
    c = Connection(capture, seqs=(500_000, 700_000))
    c.client(read(20)), c.server(answer(20))
    c = Connection(capture, port=40001)
    c.segment(0, 1000, SYN, ack=0)
    c.client(read(21)), c.server(answer(21))
    c = Connection(capture, port=40002, open_it=False)
    c.server(answer(22, 60)[30:]), c.client(read(23)), c.server(answer(23))
    c.client(read(24) + read(25)[:4])
    c.seq[0] += 8
    c.client(read(26)), c.server(answer(24))
    c = Connection(capture, port=40003, open_it=False)
    c.server(answer(27), ack=c.seq[0] + 12), c.client(read(27), ack=c.seq[1] - 13)
    c.client(read(28)), c.server(answer(28))


def header(capture):
    """Headers with protocol identifiers and lengths that no message has."""
    c = Connection(capture)
    c.client(read(1) + adu(2, b"\3\0\0\0\1", protocol=5)), c.server(answer(1))
    c.client(adu(3, b"\3\0\0\0\1", protocol=5)), c.server(answer(3, 1))
    c.client(read(4) + adu(5, b"", length=1)), c.server(answer(4))
    c.client(adu(6, b"\3" + bytes(400))), c.server(adu(6, b"\3" + bytes(400)))
    c.client(adu(7, b"", length=1)), c.server(adu(7, b"", length=0))
    c.both("00", "80", "8301", "0300000002ff", "030400")


def short_pdu(capture):
    """PDUs that end before, at and behind their fixed fields."""
    c = Connection(capture)
    for code in range(22):
        c.both(f"08{code:04x}", f"08{code:04x}00", f"08{code:04x}0000")
    for pdus in (
        "01 0100 02 03 04 04ff 05 050000 05000000 0500000000 06 060000 0600000000 07",
        "08 0800 0b 0b00 0b000000 0b00000000 0c 0c00 0c06000000000000 0c060000000000",
        "0c0700000000000000 0f 0f00000000 0f0000000000 1000000000 1000000000ff 11 110a00",
        "14 1400 140600 1407 14070600000000000a 1407060000000000 140700 14020106 14030206",
        "15 1500 1501 150706000000000000 1507060000000000 150706000000000100",
        "16 160000000000 16000000000000 17 170000000000000000 17000000000000000000 1702",
        "18 1800 180000 180000ff 18000000 1800000000 2b 2b00 2b000102 2b0d 2b0e 2b0e01",
        "2b0e0100 2b0e010000 2b0e01000000 2b0e0100000000 2b0e0100000001 2b0e010000000100",
        "2b0e01000000010000 2b0e0100000001000241 2b0e010000000100024142 5a 5a00 41 09 7e",
    ):
        c.both(*pdus.split())


def datagrams(capture):
    for source, target, data in (
        (4000, 502, read(1)),
        (502, 4000, answer(1)),
        (4000, 502, read(1) + read(2)),
        (4000, 502, read(1)[:9]),
    ):
        capture.frame(ipv4(17, udp(source, target, data)))


def cut(capture):
    """Frames of which the capture kept the first octets only."""
    c = Connection(capture)
    for c.snap in (68, 64, 62, 61, 58):
        c.client(read(1, 40)), c.server(answer(1, 40))
        c.client(read(2)), c.server(answer(2)), c.client(flags=ACK)
    for c.snap in (80, 90):
        c.server(answer(1) + answer(2, 40) + answer(3))
        c.server(answer(1) + answer(2) + answer(3, 40))


def other_port(capture):
    """Modbus on port 5020, and between two ports 502."""
    for ports in ((40000, 5020), (502, 502)):
        c = Connection(capture, *ports)
        c.client(adu(1, bytes.fromhex("0800020000"))), c.server(adu(1, bytes.fromhex("0800020000")))
        c.client(adu(2, bytes.fromhex("2b0e0100"))), c.server(adu(2, bytes.fromhex("ab02")))
        c.client(adu(3, b"\7")), c.server(adu(3, b"\7\0"))


def icmp_quotes(capture):
    """What ICMP quotes counts as well; two fragments of a datagram."""
    datagram, probe = udp(5000, 6000, b"abcd"), tcp(1111, 502, 1, 0, SYN)
    for kind, code, protocol, quoted in (
        (3, 3, 17, datagram),
        (3, 3, 17, datagram[:8]),
        (3, 3, 6, probe),
        (3, 3, 6, probe[:8]),
        (11, 0, 1, icmp(8, 0, b"xx")),
    ):
        message = icmp(kind, code, ipv4(protocol, quoted))
        capture.frame(ipv4(1, message, "10.0.0.9", CLIENT))
    capture.frame(ipv4(17, datagram))
    long = udp(5001, 6001, b"x" * 40)
    capture.frame(ipv4(17, long[:24], fragment=0x2000))
    capture.frame(ipv4(17, long[24:], fragment=3))


CARRIER = bytes.fromhex("000c29000004000c290000030800")


def gre(flags, kind, fields, inside):
    body = struct.pack("!HH", flags, kind) + fields + inside
    return CARRIER + ipv4(47, body, "10.9.0.1", "10.9.0.2")


def vxlan(inside):
    body = udp(50000, 4789, struct.pack("!II", 0x0800_0000, 42 << 8) + inside)
    return CARRIER + ipv4(17, body, "10.9.0.1", "10.9.0.2")


def tunnels(capture):
    """Modbus, ICMP and a datagram in every kind of tunnel, and behind an HSR tag."""
    sequence = struct.pack("!I", 1)
    erspan_ii = sequence + bytes.fromhex("1007000000000000")
    erspan_iii = sequence + bytes.fromhex("200700000000000000000000")
    tagged = bytes.fromhex("81000005")
    for port, wrap in enumerate(
        (
            lambda frame: gre(0, 0x6558, b"", frame),
            lambda frame: gre(0x2000, 0x6558, bytes(4), frame),
            lambda frame: gre(0, 0x0800, b"", frame[14:]),
            lambda frame: gre(0x1000, 0x88BE, erspan_ii, frame),
            lambda frame: gre(0x1000, 0x22EB, erspan_iii, frame),
            vxlan,
            lambda frame: vxlan(frame[:12] + tagged + frame[12:]),
            lambda frame: frame[:12] + bytes.fromhex("892f10400001") + frame[12:],
        ),
        40000,
    ):
        capture.wrap = wrap
        c = Connection(capture, port)
        c.client(read(1)), c.server(answer(1))
        c.client(adu(2, bytes.fromhex("0600010002"))), c.server(adu(2, bytes.fromhex("8602")))
        capture.frame(ipv4(17, udp(port, 9999, b"abcd")))
        capture.frame(ipv4(1, icmp(8, 0, b"xx")))


def message(command, data=b"", session=9, status=0, context=1):
    head = struct.pack("<HHIIQI", command, len(data), session, status, context, 0)
    return head + data


def unconnected(cip, context=1):
    """Send RR Data."""
    cip = bytes.fromhex(cip)
    items = struct.pack("<IHHHHHH", 0, 0, 2, 0, 0, 0xB2, len(cip))
    return message(0x6F, items + cip, context=context)


def connected(cip, connection, count):
    """Send Unit Data."""
    cip = bytes.fromhex(cip)
    head = struct.pack("<IHHHHI", 0, 0, 2, 0xA1, 4, connection)
    data = struct.pack("<HHH", 0xB1, len(cip) + 2, count)
    return message(0x70, head + data + cip, context=0)


IDENTITY = bytes.fromhex("01000c003a000403300078563412" + "05") + b"PLC/A"
REQUESTOR = "074d0001020304"
SERVICES = [
    # Identity object and attributes of others, with refusals.
    ("010220012401", "81000000" + IDENTITY.hex()),
    ("0e0320f524013005", "8e001400"),
    ("1003200424643003aabb", "90000f00"),
    ("030220ac24010100ffff", "83000a000100ffff1400"),
    ("0e0320042c663003", "8e0000000102"),
    # Tags: read, in fragments, write, with an index and a member.
    ("4c04910474616e6b28030100", "cc000000c40005000000"),
    ("520491057461626c6500" + "640000000000", "d2000600c4000500"),
    ("4d0491056c6576656c00c400010007000000", "cd000000"),
    ("4c0591026161280191026262" + "0100", "cc00ff010521"),
    # PCCC: read, a mode that is refused, a command without a function.
    (f"4b0220672401{REQUESTOR}0f001234a20207890000", f"cb000000{REQUESTOR}4f0012340500"),
    (f"4b0220672401{REQUESTOR}0f0012358002", f"cb000000{REQUESTOR}4f601235"),
    (f"4b0220672401{REQUESTOR}060012360300", f"cb000000{REQUESTOR}4600123600ee"),
    (f"4b0220672401{REQUESTOR}08001237000002aa55", f"cb000000{REQUESTOR}48001237"),
    # File, safety supervisor, wall clock.
    ("4b02203724c8fa", "cb00000000010000fa"),
    ("540220392401" + "00" * 27, "d4000c00"),
    ("0402208b24010100060000000000000000", "8400000001000600" + "0000"),
    # Safety validator, Modbus and connection configuration objects.
    ("4b02203a2401", "cb000000"),
    ("4e02204424010000" + "0100", "ce0000000100aa55"),
    ("4c0220f32401", "cc000000"),
    # Unconnected send: routed, with a packet inside, and one that found no way.
    ("5202200624010705" + "0600" + "010220012401" + "01000100", "81000000" + IDENTITY.hex()),
    (
        "5202200624010705" + "1c00" + "0a0220022401" + "020006000e00"
        + "0e03200124013001" + "0e03200124013006" + "01000102",
        "8a001e00" + "02000600" + "0c00" + "8e0000000100" + "8e001600",
    ),
    ("5202200624010705" + "0600" + "010220012401" + "01000109", "d20001011203" + "0100"),
    # Connections: large, refused, looked up, closed.
    (
        "5b02200624010a05" + "0000008001000080" + "01004d0001020304" + "00000000"
        + "10270000" + "20000042" + "10270000" + "20000042" + "01" + "04" + "20042465" + "2c662c67",
        "db000000" + "1100000022000000" + "01004d0001020304" + "1027000010270000" + "0000",
    ),
    (
        "5402200624010a05" + "0000008001000080" + "02004d0001020304" + "00000000"
        + "10270000" + "2042" + "10270000" + "2042" + "a3" + "02" + "20022401",
        "d4000101060102004d0001020304" + "0000",
    ),
    ("5602200624010100", "d6000800"),
    (
        "4e02200624010a05" + "01004d0001020304" + "0400" + "20042465" + "2c662c67",
        "ce00000001004d0001020304" + "0000",
    ),
]


def identity_item():
    head = struct.pack("<HHHHH", 1, 12, len(IDENTITY) + 19, 1, 0x0200)
    return head + bytes.fromhex("af120a000002") + bytes(8) + IDENTITY + b"\3"


def enip_services(capture):
    """One service after the other, each with its reply; then a session that ends."""
    tcp = Connection(capture, server=44818)
    for command, reply in ((0x63, identity_item()), (0x64, b"\0\0")):
        tcp.client(message(command, session=0))
        tcp.server(message(command, reply, session=0))
    tcp.client(message(0x65, b"\1\0\0\0", session=0))
    tcp.server(message(0x65, b"\1\0\0\0"))
    for context, (request, reply) in enumerate(SERVICES, 10):
        tcp.client(unconnected(request, context))
        tcp.server(unconnected(reply, context))
    tcp.client(unconnected("010220012401", 99))
    tcp.server(message(0x6F, status=0x64, context=99))
    tcp.client(message(0x66))


def enip_connected(capture):
    """Two connections that use the same sequence counts, two messages in a segment, one in two."""
    tcp = Connection(capture, server=44818)
    read, reply = "4c03910474616e6b0100", "cc000000c40005000000"
    for count in range(6):
        asked = [connected(read, 0x10 + n, count) for n in (0, 1)]
        answers = [connected(reply, 0x20 + n, count) for n in (0, 1)]
        if count % 2:
            tcp.client(b"".join(asked))
            tcp.server(b"".join(answers))
        else:
            for data in asked:
                tcp.client(data[:30])
                tcp.client(data[30:])
            tcp.server(answers[1])
            tcp.server(answers[0])


def enip_datagrams(capture):
    """List Identity over UDP, and I/O of two connections."""
    ask = message(0x63, session=0, context=7)
    capture.frame(ipv4(17, udp(50000, 44818, ask), target="10.0.0.255"))
    answer = message(0x63, identity_item(), session=0, context=7)
    capture.frame(ipv4(17, udp(44818, 50000, answer), SERVER, CLIENT))
    for sequence in (1, 2, 3, 3, 5):
        for connection, source, target in ((0x11, CLIENT, SERVER), (0x22, SERVER, CLIENT)):
            data = struct.pack("<HHHIIHH", 2, 0x8002, 8, connection, sequence, 0xB1, 6)
            data += struct.pack("<HI", sequence, 1)
            capture.frame(ipv4(17, udp(2222, 2222, data), source, target))


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
    for make in (
        retransmission,
        loss,
        header,
        short_pdu,
        datagrams,
        cut,
        other_port,
        icmp_quotes,
        tunnels,
        enip_services,
        enip_connected,
        enip_datagrams,
    ):
        capture = Capture()
        make(capture)
        capture.write(os.path.join(folder, make.__name__ + ".pcap"))


if __name__ == "__main__":
    main()

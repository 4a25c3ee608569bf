//! How the oracle sees the segments of TCP connections: which of them it hands to a dissector, and
//! how many Modbus messages it completes in each.
//!
//! Found by experiment with tshark 4.0.17 (its defaults, as the oracle uses it):
//! - A retransmitted, out-of-order or reset segment is not handed on. (It does hand on what it
//!   calls a fast retransmission, so that a message can count twice there; here it does not.)
//! - A message goes on in the segment that starts exactly where the last one ended. Another
//!   segment inside the message is swallowed; what it has beyond the message's end is looked at.
//! - A segment that starts no such continuation must start with a header: eight octets at least,
//!   protocol identifier zero, length two or more. Otherwise the whole segment is passed over. The
//!   messages behind the first one are not checked that way; one too short to have a function code
//!   ends the segment.
//! - A connection starts anew with a SYN whose sequence number is another one.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};

use sensor_protocols::decode::{Tcp, tcp_flags};

/// Octets of the MBAP header up to and with the length field.
const HEADER: usize = 6;
/// Octets that must be there for the oracle to look at a segment: header, unit, function code.
const LOOKED_AT: usize = 8;

/// What the oracle does with the payload of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Handling {
    /// There is no payload.
    Empty,
    /// Handed to the dissector, which completes so many messages.
    HandedOn {
        messages: u32,
    },
    Retransmission,
    OutOfOrder,
    Reset,
}

/// All connections, by their unordered pair of ends.
#[derive(Default)]
pub(super) struct Streams {
    connections: HashMap<(SocketAddr, SocketAddr), Connection>,
    count: u64,
}

/// Both directions of a connection; index 0 is the lower end.
#[derive(Default)]
struct Connection {
    sides: [Side; 2],
}

#[derive(Default)]
struct Side {
    /// Initial sequence number, of a SYN or supposed before the first octet seen.
    base: Option<u32>,
    /// Sequence number behind the highest octet seen.
    next: Option<u32>,
    partial: Option<Partial>,
}

/// A message of which the oracle waits for the rest.
struct Partial {
    start: u32,
    /// Where the segment must start that continues it.
    next: u32,
    extent: Extent,
}

/// How far a message reaches.
enum Extent {
    /// Up to this sequence number.
    Until(u32),
    /// Not known: so much of its header is there.
    Header([u8; LOOKED_AT], usize),
}

/// Key of a connection, and which of its sides the source is.
fn key(source: SocketAddr, destination: SocketAddr) -> ((SocketAddr, SocketAddr), usize) {
    if source <= destination {
        ((source, destination), 0)
    } else {
        ((destination, source), 1)
    }
}

/// Whether `a` lies before `b` (RFC 9293, 3.4).
const fn before(a: u32, b: u32) -> bool {
    a.wrapping_sub(b) > u32::MAX >> 1
}

/// A length as a distance between sequence numbers, which are modulo 2^32.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a segment is shorter than 64 KiB"
)]
const fn distance(len: usize) -> u32 {
    len as u32
}

impl Streams {
    /// Connections seen.
    pub(super) const fn count(&self) -> u64 {
        self.count
    }

    /// Takes a segment between two addresses. `framed` says that its payload is Modbus by port.
    pub(super) fn segment(
        &mut self,
        (source, destination): (IpAddr, IpAddr),
        tcp: &Tcp<'_>,
        retransmission: bool,
        framed: bool,
    ) -> Handling {
        let (own, connection) = self.connection(
            SocketAddr::new(source, tcp.source_port),
            SocketAddr::new(destination, tcp.destination_port),
            tcp.flags,
            tcp.sequence,
        );
        let [low, high] = &mut connection.sides;
        let (own, peer) = if own == 0 { (low, high) } else { (high, low) };
        if tcp.flags & tcp_flags::ACK != 0 {
            peer.base.get_or_insert(tcp.acknowledgement.wrapping_sub(1));
        }
        let handling = own.handling(tcp, retransmission);
        own.remember(tcp);
        if framed && matches!(handling, Handling::HandedOn { .. }) {
            return Handling::HandedOn {
                messages: own.messages(tcp),
            };
        }
        handling
    }

    /// Notes a connection that an ICMP message quotes.
    pub(super) fn quoted(&mut self, source: SocketAddr, destination: SocketAddr) {
        let (key, _) = key(source, destination);
        self.connections.entry(key).or_insert_with(|| {
            self.count += 1;
            Connection::default()
        });
    }

    fn connection(
        &mut self,
        source: SocketAddr,
        destination: SocketAddr,
        flags: u8,
        sequence: u32,
    ) -> (usize, &mut Connection) {
        let (key, own) = key(source, destination);
        let syn = flags & tcp_flags::SYN != 0;
        let opens = syn && flags & tcp_flags::ACK == 0;
        let base = sequence.wrapping_sub(u32::from(!syn));
        let connection = self.connections.entry(key).or_insert_with(|| {
            self.count += 1;
            Connection::default()
        });
        let known = connection.sides.get(own).and_then(|side| side.base);
        if opens && known.is_some_and(|known| known != base) {
            *connection = Connection::default();
            self.count += 1;
        }
        if let Some(side) = connection.sides.get_mut(own) {
            side.base.get_or_insert(base);
        }
        (own, connection)
    }
}

impl Side {
    fn handling(&self, tcp: &Tcp<'_>, retransmission: bool) -> Handling {
        if tcp.payload_len == 0 {
            return Handling::Empty;
        }
        if tcp.flags & tcp_flags::RST != 0 {
            return Handling::Reset;
        }
        if retransmission {
            return Handling::Retransmission;
        }
        // One octet back is a keep-alive, or the octet of a window probe with more behind it.
        let back = self
            .next
            .is_some_and(|next| before(tcp.sequence, next.wrapping_sub(1)));
        if back {
            return Handling::OutOfOrder;
        }
        Handling::HandedOn { messages: 0 }
    }

    fn remember(&mut self, tcp: &Tcp<'_>) {
        let marks = u32::from(tcp.flags & (tcp_flags::SYN | tcp_flags::FIN) != 0);
        let end = tcp
            .sequence
            .wrapping_add(tcp.payload_len)
            .wrapping_add(marks);
        if self.next.is_none_or(|next| before(next, end)) {
            self.next = Some(end);
        }
    }

    /// How many messages a segment completes.
    fn messages(&mut self, tcp: &Tcp<'_>) -> u32 {
        let segment = Span {
            sequence: tcp.sequence,
            captured: tcp.payload,
            len: tcp.payload_len as usize,
        };
        let Some(partial) = self.partial.take() else {
            return self.fresh(segment);
        };
        match partial.extent {
            Extent::Header(bytes, have) if partial.next == segment.sequence => {
                self.join(partial.start, bytes, have, segment)
            }
            Extent::Until(end) if segment.lies_in(partial.start, end) => {
                self.continued(partial, end, segment)
            }
            Extent::Until(_) => {
                // A segment elsewhere: the message may still be finished by a later one.
                let count = self.fresh(segment);
                self.partial.get_or_insert(partial);
                count
            }
            Extent::Header(..) => self.fresh(segment),
        }
    }

    fn continued(&mut self, mut partial: Partial, end: u32, segment: Span<'_>) -> u32 {
        let contiguous = segment.sequence == partial.next;
        if before(segment.end(), end) {
            if contiguous {
                partial.next = segment.end();
            }
            self.partial = Some(partial);
            return 0;
        }
        let rest = segment.skip(end.wrapping_sub(segment.sequence) as usize);
        u32::from(contiguous) + self.fresh(rest)
    }

    /// A header whose first octets came in the segment before.
    fn join(
        &mut self,
        start: u32,
        mut bytes: [u8; LOOKED_AT],
        have: usize,
        segment: Span<'_>,
    ) -> u32 {
        let missing = bytes.iter_mut().skip(have);
        let filled = missing
            .zip(segment.captured)
            .map(|(slot, octet)| *slot = *octet)
            .count();
        if have + filled < LOOKED_AT {
            return 0;
        }
        let Some(len) = acceptable(bytes) else {
            return 0;
        };
        let whole = have + segment.len;
        if whole < len {
            self.wait(start, start.wrapping_add(distance(whole)), len);
            return 0;
        }
        1 + self.following(segment.skip(len - have))
    }

    /// A segment that must start with a header.
    fn fresh(&mut self, segment: Span<'_>) -> u32 {
        match segment.captured.first_chunk::<LOOKED_AT>() {
            Some(head) if acceptable(*head).is_some() => self.following(segment),
            _ => 0,
        }
    }

    /// Messages one behind the other.
    fn following(&mut self, mut span: Span<'_>) -> u32 {
        let mut count = 0;
        while span.len > 0 {
            let Some(head) = span.captured.first_chunk::<HEADER>() else {
                self.wait_for_header(&span);
                break;
            };
            let len = length(*head);
            if span.len >= len {
                if span.captured.len() < LOOKED_AT || len < LOOKED_AT {
                    break;
                }
                count += 1;
                span = span.skip(len);
            } else if span.captured.len() < span.len {
                // Cut by the capture: what is there is all there will be.
                count += u32::from(span.captured.len() >= LOOKED_AT);
                break;
            } else {
                self.wait(span.sequence, span.end(), len);
                break;
            }
        }
        count
    }

    fn wait(&mut self, start: u32, next: u32, len: usize) {
        self.partial = Some(Partial {
            start,
            next,
            extent: Extent::Until(start.wrapping_add(distance(len))),
        });
    }

    fn wait_for_header(&mut self, span: &Span<'_>) {
        let mut bytes = [0; LOOKED_AT];
        for (slot, octet) in bytes.iter_mut().zip(span.captured) {
            *slot = *octet;
        }
        self.partial = Some(Partial {
            start: span.sequence,
            next: span.end(),
            extent: Extent::Header(bytes, span.captured.len()),
        });
    }
}

/// Payload with its place in the stream.
#[derive(Clone, Copy)]
struct Span<'a> {
    sequence: u32,
    captured: &'a [u8],
    /// Octets on the wire; more than `captured` when the capture was cut.
    len: usize,
}

impl Span<'_> {
    const fn end(&self) -> u32 {
        self.sequence.wrapping_add(distance(self.len))
    }

    const fn lies_in(&self, start: u32, end: u32) -> bool {
        !before(self.sequence, start) && before(self.sequence, end)
    }

    fn skip(self, n: usize) -> Self {
        Self {
            sequence: self.sequence.wrapping_add(distance(n)),
            captured: self.captured.get(n..).unwrap_or_default(),
            len: self.len.saturating_sub(n),
        }
    }
}

/// Octets of the message whose header this is.
fn length(head: [u8; HEADER]) -> usize {
    let [.., a, b] = head;
    HEADER + usize::from(u16::from_be_bytes([a, b]))
}

/// The same, when the oracle takes the header for one at the start of a segment.
fn acceptable(head: [u8; LOOKED_AT]) -> Option<usize> {
    let [a, b, c, d, e, f, ..] = head;
    let len = length([a, b, c, d, e, f]);
    ([c, d] == [0, 0] && len >= LOOKED_AT).then_some(len)
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    const CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));
    const SERVER: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 2));
    const MESSAGE: [u8; 12] = [0, 1, 0, 0, 0, 6, 1, 3, 0, 0, 0, 2];

    fn segment(sequence: u32, flags: u8, payload: &[u8]) -> Tcp<'_> {
        Tcp {
            source_port: 40_000,
            destination_port: 502,
            sequence,
            acknowledgement: 1,
            flags,
            window: 8192,
            payload,
            payload_len: distance(payload.len()),
        }
    }

    /// How each segment of a client is handled, given where it starts and what it holds.
    fn handle(segments: &[(u32, &[u8])]) -> Vec<Handling> {
        let mut streams = Streams::default();
        segments
            .iter()
            .map(|(sequence, payload)| {
                let tcp = segment(*sequence, tcp_flags::ACK, payload);
                streams.segment((CLIENT, SERVER), &tcp, false, true)
            })
            .collect()
    }

    const fn on(messages: u32) -> Handling {
        Handling::HandedOn { messages }
    }

    #[test]
    fn a_message_counts_where_it_ends() {
        let two = [MESSAGE, MESSAGE].concat();
        assert_eq!(handle(&[(1, &two)]), [on(2)]);
        let cut = [(1, &MESSAGE[..9]), (10, &MESSAGE[9..])];
        assert_eq!(handle(&cut), [on(0), on(1)]);
        let behind = [(1, &two[..15]), (16, &two[15..])];
        assert_eq!(
            handle(&behind),
            [on(1), on(1)],
            "header cut behind a message"
        );
    }

    #[test]
    fn a_header_cut_at_the_start_of_a_segment_is_passed_over() {
        let cut = [(1, &MESSAGE[..5]), (6, &MESSAGE[5..])];
        assert_eq!(handle(&cut), [on(0), on(0)]);
    }

    #[test]
    fn a_hole_swallows_the_message_and_no_more() {
        let long = [[0, 1, 0, 0, 0, 30].as_slice(), &[3; 30], &MESSAGE].concat();
        let hole = [(1, &long[..10]), (21, &long[20..]), (49, &MESSAGE)];
        assert_eq!(handle(&hole), [on(0), on(1), on(1)]);
    }

    #[test]
    fn another_protocol_identifier_counts_behind_a_message_only() {
        let mut foreign = MESSAGE;
        foreign[3] = 5;
        assert_eq!(handle(&[(1, &foreign)]), [on(0)]);
        let both = [MESSAGE, foreign].concat();
        assert_eq!(handle(&[(1, &both)]), [on(2)]);
    }

    #[test]
    fn what_comes_late_or_with_a_reset_is_not_handed_on() {
        let late = handle(&[(13, &MESSAGE), (1, &MESSAGE)]);
        assert_eq!(late, [on(1), Handling::OutOfOrder]);
        let mut streams = Streams::default();
        let reset = segment(1, tcp_flags::RST, &MESSAGE);
        let handling = streams.segment((CLIENT, SERVER), &reset, false, true);
        assert_eq!(handling, Handling::Reset);
    }

    #[test]
    fn a_syn_with_another_number_is_another_connection() {
        let mut streams = Streams::default();
        for sequence in [10, 10, 70] {
            let syn = segment(sequence, tcp_flags::SYN, &[]);
            streams.segment((CLIENT, SERVER), &syn, false, false);
        }
        assert_eq!(streams.count(), 2);
    }
}

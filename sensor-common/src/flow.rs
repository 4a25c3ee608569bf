//! Key and value of the flow table.
//!
//! A flow is the unordered pair of two ends with one transport protocol and one VLAN. The two ends
//! stand in a fixed order, so that both directions meet in one entry; a [`Direction`] says which way
//! a frame went.

/// Which end of the flow sent the frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Direction {
    /// From the end that stands first in the key to the other.
    LowToHigh = 0,
    HighToLow = 1,
}

impl Direction {
    /// Inverse of `as u8`; any number but 1 is [`Self::LowToHigh`].
    pub const fn from_u8(number: u8) -> Self {
        if number == 1 {
            Self::HighToLow
        } else {
            Self::LowToHigh
        }
    }
}

/// An IP address as two machine words that hold its bytes in wire order.
///
/// An IPv4 address is kept as its IPv4-mapped IPv6 form (RFC 4291, 2.5.5.2). The order of two
/// addresses is that of the words, which serves to tell two ends apart and nothing else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(C)]
pub struct Address {
    words: [u64; 2],
}

/// The last eight bytes of an IPv4-mapped address, the IPv4 address left zero.
const MAPPED: u64 = u64::from_ne_bytes([0, 0, 0xff, 0xff, 0, 0, 0, 0]);
/// The bytes of [`MAPPED`] that are the same in every mapped address.
const MAPPED_MASK: u64 = u64::from_ne_bytes([0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]);

impl Address {
    #[inline(always)]
    pub const fn v4(bytes: [u8; 4]) -> Self {
        let [a, b, c, d] = bytes;
        Self {
            words: [0, MAPPED | u64::from_ne_bytes([0, 0, 0, 0, a, b, c, d])],
        }
    }

    /// The same of the four bytes as they lie in memory.
    #[inline(always)]
    const fn v4_word(word: u32) -> Self {
        Self::v4(word.to_ne_bytes())
    }

    #[inline(always)]
    pub const fn v6(bytes: [u8; 16]) -> Self {
        let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = bytes;
        Self {
            words: [
                u64::from_ne_bytes([a, b, c, d, e, f, g, h]),
                u64::from_ne_bytes([i, j, k, l, m, n, o, p]),
            ],
        }
    }

    /// The sixteen bytes in wire order.
    #[inline(always)]
    pub const fn bytes(&self) -> [u8; 16] {
        let [a, b, c, d, e, f, g, h] = self.words[0].to_ne_bytes();
        let [i, j, k, l, m, n, o, p] = self.words[1].to_ne_bytes();
        [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p]
    }

    /// Sum of its 32-bit words as they lie in memory, for Internet checksums (RFC 1071, 2 (B)). The
    /// marker of a mapped address adds 0xffff, which such a sum takes for zero.
    #[inline(always)]
    pub const fn sum(&self) -> u64 {
        let [first, second] = self.words;
        (first >> 32) + (first & 0xffff_ffff) + (second >> 32) + (second & 0xffff_ffff)
    }

    /// The IPv4 address, when this is a mapped one.
    #[inline(always)]
    pub const fn as_v4(&self) -> Option<[u8; 4]> {
        if self.words[0] != 0 || self.words[1] & MAPPED_MASK != MAPPED {
            return None;
        }
        let [_, _, _, _, a, b, c, d] = self.words[1].to_ne_bytes();
        Some([a, b, c, d])
    }
}

/// One end of a flow: address and port (zero for protocols without ports).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct End {
    pub address: Address,
    pub port: u16,
}

impl End {
    pub const fn new(address: Address, port: u16) -> Self {
        Self { address, port }
    }
}

/// Value of [`FlowKey::kind`]: the frame carried the ports of its transport protocol.
pub const KIND_WHOLE: u8 = 0;
/// Value of [`FlowKey::kind`]: an IP fragment without transport header, so the ports are zero.
pub const KIND_FRAGMENT: u8 = 1;
/// Value of [`FlowKey::kind`]: a link-layer protocol. The addresses hold the MAC addresses, the
/// port of the low end the ethertype, that of the high end the first two bytes of the payload,
/// which tell publishers apart (APPID of GOOSE and SV, frame identifier of PROFINET RT).
pub const KIND_LINK: u8 = 2;

/// Key of the flow table, 40 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(C)]
pub struct FlowKey {
    pub(crate) low: Address,
    pub(crate) high: Address,
    /// Bytes in this order: low port, high port, VLAN (two each, big endian), protocol, kind. One
    /// word, since a look-up reads the key in words, and to read what was just written in pieces
    /// makes a processor wait.
    pub(crate) tail: u64,
}

impl FlowKey {
    /// The key for a frame from `source` to `destination` and the direction the frame went.
    ///
    /// `vlan` is the innermost VLAN identifier, zero when untagged; `protocol` the IP protocol
    /// number (IANA) after IPv6 extension headers.
    pub fn new(
        source: End,
        destination: End,
        vlan: u16,
        protocol: u8,
        kind: u8,
    ) -> (Self, Direction) {
        let mut key = Self::default();
        let direction = key.set(&source, &destination, vlan, protocol, kind);
        (key, direction)
    }

    /// Fills in everything; see [`Self::new`].
    #[inline(always)]
    pub fn set(
        &mut self,
        source: &End,
        destination: &End,
        vlan: u16,
        protocol: u8,
        kind: u8,
    ) -> Direction {
        let (low, high, direction) = if precedes(source, destination) {
            (source, destination, Direction::LowToHigh)
        } else {
            (destination, source, Direction::HighToLow)
        };
        self.low = low.address;
        self.high = high.address;
        let ports = [low.port.to_be_bytes(), high.port.to_be_bytes()];
        self.tail = tail(ports, vlan, protocol, kind);
        direction
    }

    /// As [`Self::set`] for two IPv4 addresses and a whole packet, where everything is at hand as words:
    /// addresses and ports as they lie in the frame, the VLAN identifier as a number.
    #[inline(always)]
    pub fn set_v4(
        &mut self,
        addresses: [u32; 2],
        ports: [[u8; 2]; 2],
        vlan: u16,
        protocol: u8,
    ) -> Direction {
        let ([source, destination], [from, to]) = (addresses, ports);
        // The words of two mapped addresses differ in these bytes alone.
        let forward = if source == destination {
            u16::from_be_bytes(from) <= u16::from_be_bytes(to)
        } else {
            source < destination
        };
        let (low, high) = if forward {
            (source, destination)
        } else {
            (destination, source)
        };
        let ports = if forward { [from, to] } else { [to, from] };
        self.low = Address::v4_word(low);
        self.high = Address::v4_word(high);
        self.tail = tail(ports, vlan, protocol, KIND_WHOLE);
        if forward {
            Direction::LowToHigh
        } else {
            Direction::HighToLow
        }
    }

    /// Fills in a [`KIND_LINK`] key: `front` is the first two bytes behind the header.
    #[inline(always)]
    pub fn set_link(
        &mut self,
        source: [u8; 6],
        destination: [u8; 6],
        vlan: u16,
        ethertype: u16,
        front: [u8; 2],
    ) -> Direction {
        let direction = self.set(&station(source), &station(destination), 0, 0, 0);
        self.tail = tail([ethertype.to_be_bytes(), front], vlan, 0, KIND_LINK);
        direction
    }

    pub const fn low(&self) -> End {
        let [high, low, ..] = self.tail.to_ne_bytes();
        End::new(self.low, u16::from_be_bytes([high, low]))
    }

    pub const fn high(&self) -> End {
        let [_, _, high, low, ..] = self.tail.to_ne_bytes();
        End::new(self.high, u16::from_be_bytes([high, low]))
    }

    /// Innermost VLAN identifier, zero when untagged.
    pub const fn vlan(&self) -> u16 {
        let [_, _, _, _, high, low, ..] = self.tail.to_ne_bytes();
        u16::from_be_bytes([high, low])
    }

    /// IP protocol number.
    pub const fn protocol(&self) -> u8 {
        let [.., protocol, _] = self.tail.to_ne_bytes();
        protocol
    }

    /// One of the `KIND_` values.
    pub const fn kind(&self) -> u8 {
        let [.., kind] = self.tail.to_ne_bytes();
        kind
    }
}

/// See [`FlowKey::tail`].
#[inline(always)]
const fn tail([low, high]: [[u8; 2]; 2], vlan: u16, protocol: u8, kind: u8) -> u64 {
    // Put together of numbers, not of bytes: the compiler makes one shift of each.
    let word = u16::from_le_bytes(low) as u64
        | (u16::from_le_bytes(high) as u64) << 16
        | (u16::from_le_bytes(vlan.to_be_bytes()) as u64) << 32
        | (protocol as u64) << 48
        | (kind as u64) << 56;
    u64::from_ne_bytes(word.to_le_bytes())
}

/// A MAC address as an end of a [`KIND_LINK`] key.
#[inline(always)]
const fn station(mac: [u8; 6]) -> End {
    let [a, b, c, d, e, f] = mac;
    let words = [u64::from_ne_bytes([a, b, c, d, e, f, 0, 0]), 0];
    End::new(Address { words }, 0)
}

/// Whether `a` stands first in a key.
#[inline(always)]
fn precedes(a: &End, b: &End) -> bool {
    let ([a_first, a_second], [b_first, b_second]) = (a.address.words, b.address.words);
    if a_first != b_first {
        return a_first < b_first;
    }
    if a_second != b_second {
        return a_second < b_second;
    }
    a.port <= b.port
}

/// What one end of a flow sent, 40 bytes.
///
/// Written without atomics: receive-side scaling keeps one direction of a flow on one core. On an
/// interface that spreads a direction over cores the figures may fall short; the per-CPU counters
/// never do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct FlowHalf {
    pub packets: u64,
    /// Bytes on the wire, link header included.
    pub bytes: u64,
    pub first_ns: u64,
    pub last_ns: u64,
    /// Union of the TCP flags seen (RFC 9293, 3.1: CWR … FIN), zero for other protocols.
    pub tcp_flags: u32,
    /// Sequence number of the next byte (TCP); valid with [`MARK_SEQUENCE`]. Of other protocols the digest
    /// of what the latest [cyclic](crate::operation::KIND_CYCLIC) message does; valid with [`MARK_CYCLIC`].
    pub next_sequence: u32,
    /// MAC address of the sender as its frames showed it last, then two zero bytes.
    pub mac: [u8; 8],
    /// Next number of a [cyclic](crate::operation::KIND_CYCLIC) sequence; valid with [`MARK_CYCLIC`].
    pub next_cyclic: u32,
    /// Union of the `MARK_` bits.
    pub marks: u32,
}

/// [`FlowHalf::next_sequence`] is known.
pub const MARK_SEQUENCE: u32 = 1;
/// [`FlowHalf::next_cyclic`] is known.
pub const MARK_CYCLIC: u32 = 1 << 1;
/// Payload of this direction was lost on the way up, so that the reader cannot be told that what
/// it did not see was withheld. Cleared when payload of this direction goes up.
pub const MARK_LOST: u32 = 1 << 2;

/// The flow is looked at in full until the agent forgives it.
pub const TRACK_INSPECT: u32 = 1;
/// Frames of the flow were withheld since the last one that went up.
pub const TRACK_WITHHELD: u32 = 1 << 1;
/// A segment did not hold whole messages, so nobody but the agent can follow this flow; it is never
/// forgiven.
pub const TRACK_PIECES: u32 = 1 << 2;

/// No request waits for its response.
pub const OPEN_NONE: u32 = 0;
/// A request waits that was withheld.
pub const OPEN_WITHHELD: u32 = 1;
/// A request waits that went up, so its response must go up too.
pub const OPEN_HANDED_UP: u32 = 2;
/// Something went up that is not recognised and may be a request: whatever the server says next
/// counts as its response.
pub const OPEN_UNNAMED: u32 = 3;

/// Where a flow stands with the aggregation, 32 bytes.
///
/// A segment that opens a connection (SYN) makes a new flow of an entry that has seen another one:
/// it goes up under the old identifier, with where the old flow stood, and what follows is tracked
/// afresh under a new one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Track {
    /// Names the flow for as long as its entry lives and no new connection takes it over; never
    /// zero, never given twice.
    pub id: u64,
    /// Union of the `TRACK_` bits.
    pub state: u32,
    /// One of the `OPEN_` values.
    pub open: u32,
    /// Tag of the request that waits.
    pub open_tag: u32,
    /// Handle of its entry in the map of operations, zero when it has none.
    pub open_handle: u32,
    /// When it was sent.
    pub open_ns: u64,
}

/// Value of the flow table, 144 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct FlowStats {
    /// Indexed by [`Direction`].
    pub halves: [FlowHalf; 2],
    pub track: Track,
}

impl FlowStats {
    /// A flow of which nothing was seen.
    pub const EMPTY: Self = {
        let half = FlowHalf {
            packets: 0,
            bytes: 0,
            first_ns: 0,
            last_ns: 0,
            tcp_flags: 0,
            next_sequence: 0,
            mac: [0; 8],
            next_cyclic: 0,
            marks: 0,
        };
        let track = Track {
            id: 0,
            state: 0,
            open: OPEN_NONE,
            open_tag: 0,
            open_handle: 0,
            open_ns: 0,
        };
        Self {
            halves: [half, half],
            track,
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(last: u8, port: u16) -> End {
        End::new(Address::v4([192, 0, 2, last]), port)
    }

    #[test]
    fn both_directions_meet_in_one_key() {
        let (there, first) = FlowKey::new(end(1, 40000), end(2, 502), 7, 6, KIND_WHOLE);
        let (back, second) = FlowKey::new(end(2, 502), end(1, 40000), 7, 6, KIND_WHOLE);
        assert_eq!(there, back);
        assert_ne!(first, second);
        let (sender, receiver) = match first {
            Direction::LowToHigh => (there.low(), there.high()),
            Direction::HighToLow => (there.high(), there.low()),
        };
        assert_eq!((sender, receiver), (end(1, 40000), end(2, 502)));
        assert_eq!(
            (there.vlan(), there.protocol(), there.kind()),
            (7, 6, KIND_WHOLE)
        );
    }

    #[test]
    fn ports_decide_between_equal_addresses() {
        let (key, direction) = FlowKey::new(end(1, 9), end(1, 8), 0, 17, KIND_WHOLE);
        assert_eq!((key.low().port, key.high().port), (8, 9));
        assert_eq!(direction, Direction::HighToLow);
    }

    #[test]
    fn words_of_ipv4_make_the_same_key() {
        let ends = [end(1, 1), end(1, 0x0100), end(2, 7), end(200, 0xff00)];
        for source in ends {
            for destination in ends {
                let (key, direction) = FlowKey::new(source, destination, 0x123, 6, KIND_WHOLE);
                let word = |end: End| u32::from_ne_bytes(end.address.as_v4().expect("IPv4"));
                let mut other = FlowKey::default();
                let way = other.set_v4(
                    [word(source), word(destination)],
                    [source.port.to_be_bytes(), destination.port.to_be_bytes()],
                    0x123,
                    6,
                );
                assert_eq!((other, way), (key, direction));
            }
        }
        let tail = [0, 1, 1, 0, 1, 0x23, 6, 0];
        let (key, _) = FlowKey::new(ends[0], ends[1], 0x123, 6, KIND_WHOLE);
        assert_eq!(key.tail.to_ne_bytes(), tail, "ports, VLAN, protocol, kind");
    }

    #[test]
    fn exactly_one_of_two_different_ends_stands_first() {
        let v6 = |byte| End::new(Address::v6([byte; 16]), 0);
        let ends = [end(1, 1), end(1, 2), end(2, 0), v6(0xfe), v6(0)];
        for (i, a) in ends.iter().enumerate() {
            for (j, b) in ends.iter().enumerate() {
                let either = precedes(a, b) != precedes(b, a);
                assert_eq!(either, i != j, "{a:?} {b:?}");
            }
        }
    }

    #[test]
    fn only_mapped_addresses_are_ipv4() {
        assert_eq!(Address::v4([10, 0, 0, 1]).as_v4(), Some([10, 0, 0, 1]));
        let mut bytes = Address::v4([10, 0, 0, 1]).bytes();
        assert_eq!(Address::v6(bytes).as_v4(), Some([10, 0, 0, 1]));
        for index in 0..12 {
            bytes[index] ^= 1;
            assert_eq!(Address::v6(bytes).as_v4(), None, "{index}");
            assert_eq!(Address::v6(bytes).bytes(), bytes);
            bytes[index] ^= 1;
        }
    }

    #[test]
    fn stations_of_a_link_protocol_meet_in_one_key() {
        let (one, other) = ([2, 0, 0, 0, 0, 1], [1, 0x0c, 0xcd, 1, 0, 1]);
        let mut keys = [FlowKey::default(); 2];
        let there = keys[0].set_link(one, other, 0, 0x88b8, [3, 4]);
        let back = keys[1].set_link(other, one, 0, 0x88b8, [3, 4]);
        assert_eq!(keys[0], keys[1]);
        assert_ne!(there, back);
        assert_eq!((keys[0].low().port, keys[0].high().port), (0x88b8, 0x0304));
        let mut third = FlowKey::default();
        third.set_link(one, other, 0, 0x88b8, [3, 5]);
        assert_ne!(third, keys[0]);
    }

    #[test]
    fn the_marker_of_a_mapped_address_counts_for_nothing_in_a_checksum() {
        let sum = Address::v4([192, 0, 2, 1]).sum();
        let bare = u64::from(u32::from_ne_bytes([192, 0, 2, 1]));
        assert_eq!(sum % 0xffff, bare % 0xffff);
    }
}

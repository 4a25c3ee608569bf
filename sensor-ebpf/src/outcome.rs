//! What the parser made of a frame.

use sensor_common::counter::Counter;
use sensor_common::flow::{Direction, End, FlowKey, KIND_WHOLE};
use sensor_common::record::Class;

/// The facts of one frame, filled in step by step.
///
/// In the kernel it lives in a per-CPU map: the stack holds 512 bytes, and the verifier need not
/// follow values that lie in a map.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Parsed {
    /// Valid for the classes [`has_flow`] names, and for link-layer protocols with a flow.
    pub key: FlowKey,
    pub source: End,
    pub destination: End,
    /// The addresses and two zero bytes each: one word, as they are compared and looked up.
    pub source_mac: [u8; 8],
    pub destination_mac: [u8; 8],
    /// Identifier of the innermost tag, zero when untagged.
    pub vlan: u16,
    /// Ethertype behind the tags; a value below 0x0600 is an IEEE 802.3 length.
    pub ethertype: u16,
    /// Offset of the transport payload in the frame; of the IP payload for other protocols; of what
    /// is behind the link header for frames without IP.
    pub payload_offset: u16,
    /// See [`Parsed::packet_end`].
    pub(crate) packet_end: u16,
    /// Length and checksum of a UDP header.
    pub datagram_len: u16,
    pub checksum: u16,
    /// Sequence number of a TCP header.
    pub sequence: u32,
    /// IPv4 without options or IPv6 without extension headers, and a TCP header of lawful length.
    pub plain: bool,
    /// TCP flags, zero for other protocols.
    pub tcp_flags: u8,
    /// [`Direction`] as a number.
    pub(crate) direction: u8,
    /// IP protocol number behind extension headers.
    pub(crate) protocol: u8,
    /// [`KIND_WHOLE`] or
    /// [`KIND_FRAGMENT`](sensor_common::flow::KIND_FRAGMENT).
    pub(crate) kind: u8,
    /// [`Class`] of the frame.
    pub class: Class,
    /// The frame came in a tunnel, and everything above is about what is inside.
    pub decapsulated: bool,
    /// What carries a tunnel, until it is known whether the tunnel can be followed.
    outer: Outer,
}

/// What decapsulation overwrites; a tunnel header is never a fragment's and never behind TCP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
struct Outer {
    source: End,
    destination: End,
    source_mac: [u8; 8],
    destination_mac: [u8; 8],
    vlan: u16,
    ethertype: u16,
    payload_offset: u16,
    packet_end: u16,
    protocol: u8,
    class: Class,
}

impl Parsed {
    /// Offset in the frame behind the packet that [`Parsed::payload_offset`] lies in: where the
    /// headers of IP and UDP say it ends, in front of the trailer for link-layer protocols of operational
    /// technology; `u16::MAX` where nothing says it, which stands for the end of the frame.
    #[inline(always)]
    pub const fn packet_end(&self) -> u16 {
        self.packet_end
    }

    /// Keeps what a tunnel is carried by.
    #[inline(always)]
    pub(crate) fn keep_outer(&mut self) {
        self.outer = Outer {
            source: self.source,
            destination: self.destination,
            source_mac: self.source_mac,
            destination_mac: self.destination_mac,
            vlan: self.vlan,
            ethertype: self.ethertype,
            payload_offset: self.payload_offset,
            packet_end: self.packet_end,
            protocol: self.protocol,
            class: self.class,
        };
    }

    /// Goes back to what was kept: the tunnel is a flow like any other.
    #[inline(always)]
    pub(crate) fn back_to_outer(&mut self) {
        let outer = self.outer;
        self.source = outer.source;
        self.destination = outer.destination;
        self.source_mac = outer.source_mac;
        self.destination_mac = outer.destination_mac;
        self.vlan = outer.vlan;
        self.ethertype = outer.ethertype;
        self.payload_offset = outer.payload_offset;
        self.packet_end = outer.packet_end;
        self.tcp_flags = 0;
        self.protocol = outer.protocol;
        self.kind = KIND_WHOLE;
        self.class = outer.class;
        self.make_key();
    }

    /// Which way the frame went between the ends of the key.
    #[inline(always)]
    pub const fn direction(&self) -> Direction {
        Direction::from_u8(self.direction)
    }

    /// Makes the flow key of the two ends.
    #[inline(always)]
    pub(crate) fn make_key(&mut self) {
        self.direction = self.key.set(
            &self.source,
            &self.destination,
            self.vlan,
            self.protocol,
            self.kind,
        ) as u8;
    }

    /// Makes the flow key of a link-layer protocol; `front` is what its payload starts with.
    #[inline(always)]
    pub(crate) fn make_link_key(&mut self, front: [u8; 2]) {
        let six = |[a, b, c, d, e, f, _, _]: [u8; 8]| [a, b, c, d, e, f];
        self.direction = self.key.set_link(
            six(self.source_mac),
            six(self.destination_mac),
            self.vlan,
            self.ethertype,
            front,
        ) as u8;
    }
}

/// Whether frames of a class belong to a flow between two IP addresses.
#[inline(always)]
pub const fn has_flow(class: Class) -> bool {
    match class {
        Class::Tcp | Class::Udp | Class::OtherIp | Class::Fragment => true,
        Class::Unparsed | Class::OtherLink | Class::Arp | Class::OtLink => false,
    }
}

/// Whether frames of a class have an entry in the flow table.
#[inline(always)]
pub const fn in_table(class: Class) -> bool {
    has_flow(class) || matches!(class, Class::OtLink)
}

/// Why the headers of a frame could not be followed. Such frames are handed up like others, since
/// a malformed frame is a fact the engines want to see.
///
/// As wide as a register: results around a narrower enum are copied from odd stack addresses, which
/// the verifier rejects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum Skip {
    /// The frame ends inside a header.
    Short,
    /// A header contradicts itself: wrong version, a length below its minimum.
    Malformed,
    /// More tags or extension headers than the parser follows, or headers too far into the frame.
    TooDeep,
}

impl Skip {
    /// The counter that moves.
    #[inline(always)]
    pub const fn counter(self) -> Counter {
        match self {
            Self::Short => Counter::SkipShort,
            Self::Malformed => Counter::SkipMalformed,
            Self::TooDeep => Counter::SkipTooDeep,
        }
    }
}

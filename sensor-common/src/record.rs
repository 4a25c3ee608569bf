//! What stands in the ring buffer: one [`RecordHeader`], then the frame, then unused room.
//!
//! A record is reserved in one of the [`BUCKETS`] sizes, since the verifier wants constants;
//! [`RecordHeader::data_len`] says how much of the bucket is frame.

/// Room for frame bytes of the record sizes, ascending, powers of two.
pub const BUCKETS: [usize; 9] = [64, 128, 256, 512, 1024, 2048, 4096, 16_384, 65_536];

/// Longest frame that goes up uncut.
pub const MAX_FRAME: usize = 65_536;

/// Bytes of a [`RecordHeader`].
pub const HEADER_LEN: usize = 80;

/// What the kernel took a frame for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Class {
    /// The headers could not be followed to an end; the counters say why.
    #[default]
    Unparsed = 0,
    /// A link-layer protocol the program knows nothing about.
    OtherLink = 1,
    Arp = 2,
    /// A link-layer protocol of operational technology, see [`crate::ports`].
    OtLink = 3,
    /// IP without a transport the program looks into.
    OtherIp = 4,
    Tcp = 5,
    Udp = 6,
    /// An IP fragment without transport header.
    Fragment = 7,
}

/// Frames of the flow were withheld since the last that went up: sequence numbers and open request
/// say where the flow stood before this frame.
pub const RECORD_WITHHELD: u8 = 1;
/// The flow is looked at in full, see [`crate::flow::TRACK_INSPECT`].
pub const RECORD_INSPECT: u8 = 1 << 1;
/// [`RecordHeader::own_sequence`] is known.
pub const RECORD_OWN_SEQUENCE: u8 = 1 << 2;
/// [`RecordHeader::peer_sequence`] is known.
pub const RECORD_PEER_SEQUENCE: u8 = 1 << 3;
/// A withheld request waited for its response: [`RecordHeader::open_handle`] and what follows.
pub const RECORD_OPEN: u8 = 1 << 4;
/// No request waits; [`RecordHeader::open_tag`] is the number of a
/// [cyclic](crate::operation::KIND_CYCLIC) sequence that was due next in the direction of this frame.
pub const RECORD_OWN_NUMBER: u8 = 1 << 5;
/// The same for the other direction, in [`RecordHeader::open_handle`].
pub const RECORD_PEER_NUMBER: u8 = 1 << 6;

/// Head of a ring record, 80 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct RecordHeader {
    /// Monotonic clock (`CLOCK_MONOTONIC`) at the entry of the program.
    pub time_ns: u64,
    /// Length on the wire.
    pub wire_len: u32,
    /// Bytes of the frame in this record, at most `wire_len`.
    pub data_len: u32,
    /// Index of the interface that received the frame.
    pub interface: u32,
    /// Offset of the transport payload in the frame, zero when unknown.
    pub payload_offset: u16,
    /// [`Class`] as a number.
    pub class: u8,
    /// [`crate::flow::Direction`] as a number.
    pub direction: u8,
    /// [`crate::flow::Track::id`]; zero when the frame belongs to no flow.
    pub flow: u64,
    /// [`crate::operation::OperationKey::operation`] of the message, when `kind` is not zero.
    pub operation: [u64; 2],
    /// What joins request and response, or the number in a sequence.
    pub tag: u32,
    /// One of the `KIND_` values of [`crate::operation`].
    pub kind: u8,
    /// [`crate::operation::Aggregated`] as a number.
    pub protocol: u8,
    /// Union of the `RECORD_` bits.
    pub flags: u8,
    /// Always zero.
    pub reserved: u8,
    /// TCP sequence number that was due next in the direction of this frame, before it.
    pub own_sequence: u32,
    /// The same for the other direction.
    pub peer_sequence: u32,
    /// Handle of the request that waits, its tag, and when it was sent; without one, see
    /// [`RECORD_OWN_NUMBER`].
    pub open_handle: u32,
    pub open_tag: u32,
    pub open_ns: u64,
}

impl RecordHeader {
    /// Splits a ring record into header and frame; `None` when it is shorter than it says.
    pub fn split(record: &[u8]) -> Option<(Self, &[u8])> {
        let (head, rest) = record.split_first_chunk::<HEADER_LEN>()?;
        let header = Self::decode(head)?;
        let frame = rest.get(..usize::try_from(header.data_len).ok()?)?;
        Some((header, frame))
    }

    fn decode(head: &[u8; HEADER_LEN]) -> Option<Self> {
        let mut rest = Fields(head);
        Some(Self {
            time_ns: u64::from_ne_bytes(rest.take()?),
            wire_len: u32::from_ne_bytes(rest.take()?),
            data_len: u32::from_ne_bytes(rest.take()?),
            interface: u32::from_ne_bytes(rest.take()?),
            payload_offset: u16::from_ne_bytes(rest.take()?),
            class: u8::from_ne_bytes(rest.take()?),
            direction: u8::from_ne_bytes(rest.take()?),
            flow: u64::from_ne_bytes(rest.take()?),
            operation: [
                u64::from_ne_bytes(rest.take()?),
                u64::from_ne_bytes(rest.take()?),
            ],
            tag: u32::from_ne_bytes(rest.take()?),
            kind: u8::from_ne_bytes(rest.take()?),
            protocol: u8::from_ne_bytes(rest.take()?),
            flags: u8::from_ne_bytes(rest.take()?),
            reserved: u8::from_ne_bytes(rest.take()?),
            own_sequence: u32::from_ne_bytes(rest.take()?),
            peer_sequence: u32::from_ne_bytes(rest.take()?),
            open_handle: u32::from_ne_bytes(rest.take()?),
            open_tag: u32::from_ne_bytes(rest.take()?),
            open_ns: u64::from_ne_bytes(rest.take()?),
        })
    }
}

/// The fields of a header one after the other.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (field, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*field)
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;

    fn record(data_len: u32, room: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        bytes.extend(0x0102_0304_0506_0708_u64.to_ne_bytes());
        bytes.extend(1500_u32.to_ne_bytes());
        bytes.extend(data_len.to_ne_bytes());
        bytes.extend(7_u32.to_ne_bytes());
        bytes.extend(54_u16.to_ne_bytes());
        bytes.extend([3, 1]);
        bytes.extend(9_u64.to_ne_bytes());
        bytes.extend([0x11; 16]);
        bytes.extend(0x0a0b_0c0d_u32.to_ne_bytes());
        bytes.extend([1, 2, 3, 0]);
        for field in [21_u32, 22, 23, 24] {
            bytes.extend(field.to_ne_bytes());
        }
        bytes.extend(25_u64.to_ne_bytes());
        bytes.extend((0..room).map(|n| u8::try_from(n % 251).unwrap()));
        bytes
    }

    #[test]
    fn a_padded_record_gives_its_frame() {
        let bytes = record(60, 64);
        let (header, frame) = RecordHeader::split(&bytes).unwrap();
        assert_eq!(frame.len(), 60);
        assert_eq!(frame.last(), Some(&59));
        assert_eq!(header.time_ns, 0x0102_0304_0506_0708);
        assert_eq!((header.wire_len, header.interface), (1500, 7));
        assert_eq!(
            (header.payload_offset, header.class, header.direction),
            (54, 3, 1)
        );
        assert_eq!(
            (header.flow, header.operation),
            (9, [0x1111_1111_1111_1111; 2])
        );
        assert_eq!(
            (header.tag, header.kind, header.protocol, header.flags),
            (0x0a0b_0c0d, 1, 2, 3)
        );
        assert_eq!((header.own_sequence, header.peer_sequence), (21, 22));
        assert_eq!(
            (header.open_handle, header.open_tag, header.open_ns),
            (23, 24, 25)
        );
    }

    #[test]
    fn a_record_shorter_than_it_says_is_refused() {
        let bytes = record(65, 64);
        assert_eq!(RecordHeader::split(&bytes), None);
        for len in 0..HEADER_LEN {
            assert_eq!(RecordHeader::split(&bytes[..len]), None, "{len}");
        }
    }
}

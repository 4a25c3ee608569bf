//! What stands in the ring buffer: one [`RecordHeader`], then the frame, then unused room.
//!
//! A record is reserved in one of the [`BUCKETS`] sizes, since the verifier wants constants;
//! [`RecordHeader::data_len`] says how much of the bucket is frame.

/// Room for frame bytes of the record sizes, ascending, powers of two.
pub const BUCKETS: [usize; 9] = [64, 128, 256, 512, 1024, 2048, 4096, 16_384, 65_536];

/// Longest frame that goes up uncut.
pub const MAX_FRAME: usize = 65_536;

/// Bytes of a [`RecordHeader`].
pub const HEADER_LEN: usize = 24;

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

/// Head of a ring record, 24 bytes.
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
        let (time, rest) = head.split_first_chunk::<8>()?;
        let (wire, rest) = rest.split_first_chunk::<4>()?;
        let (data, rest) = rest.split_first_chunk::<4>()?;
        let (interface, rest) = rest.split_first_chunk::<4>()?;
        let (payload, rest) = rest.split_first_chunk::<2>()?;
        let &[class, direction] = rest.first_chunk::<2>()?;
        Some(Self {
            time_ns: u64::from_ne_bytes(*time),
            wire_len: u32::from_ne_bytes(*wire),
            data_len: u32::from_ne_bytes(*data),
            interface: u32::from_ne_bytes(*interface),
            payload_offset: u16::from_ne_bytes(*payload),
            class,
            direction,
        })
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

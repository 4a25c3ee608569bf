//! Framing: the data link layer.
//!
//! Source: IEEE 1815-2012, 9.2.
//!
//! ```text
//!  0        2        3         4             6        8     10
//! ├────────┼────────┼─────────┼─────────────┼────────┼─────┼─────────────┬─────┬─
//! │ 0564H  │ length │ control │ destination │ source │ CRC │ 16 octets   │ CRC │ …
//! └────────┴────────┴─────────┴─────────────┴────────┴─────┴─────────────┴─────┴─
//!           counts control, addresses and data, not the CRCs
//! ```
//!
//! Data in: the bytes of one direction from a frame boundary. Data out: the next frame with its
//! data freed from the CRCs, how many bytes it lacks, or that none starts here; and where the next
//! one may start. Nothing is allocated.

use crate::dissect::cursor::Cursor;

const START: [u8; 2] = [0x05, 0x64];
/// Octets of the header with its CRC.
pub(super) const HEADER: usize = 10;
/// Octets of data between two CRCs.
const BLOCK: usize = 16;
const CRC: usize = 2;
/// What the length counts of the header.
const COUNTED: u8 = 5;
/// Octets of data in the longest frame.
pub(super) const MOST_DATA: usize = 250;

/// One frame.
#[derive(Clone, Copy, Debug)]
pub(super) struct LinkFrame {
    /// From a master (DIR = 1).
    pub(super) from_master: bool,
    /// PRM = 1.
    pub(super) primary: bool,
    pub(super) function: u8,
    pub(super) destination: u16,
    pub(super) source: u16,
    /// The CRCs of the data fit.
    pub(super) data_intact: bool,
    data: [u8; MOST_DATA],
    data_len: usize,
    /// Octets of the whole frame.
    pub(super) size: usize,
}

impl LinkFrame {
    /// User data without CRCs.
    pub(super) fn data(&self) -> &[u8] {
        self.data.get(..self.data_len).unwrap_or_default()
    }

    /// Whether this function carries user data.
    pub(super) const fn is_user_data(&self) -> bool {
        self.primary && matches!(self.function, 3 | 4)
    }

    /// Address of the outstation.
    pub(super) const fn outstation(&self) -> u16 {
        if self.from_master {
            self.destination
        } else {
            self.source
        }
    }

    /// Address of the master.
    pub(super) const fn master(&self) -> u16 {
        if self.from_master {
            self.source
        } else {
            self.destination
        }
    }
}

/// What stands at the front of the bytes.
#[expect(
    clippy::large_enum_variant,
    reason = "made once for each frame and taken apart at once"
)]
#[derive(Clone, Copy, Debug)]
pub(super) enum Framed {
    Frame(LinkFrame),
    /// A frame that goes on beyond the bytes: so many are needed.
    Incomplete {
        need: usize,
    },
    /// A header whose CRC does not fit.
    BadHeader,
    /// No frame starts here.
    Foreign,
}

/// The header, when its CRC fits.
pub(super) enum Header {
    /// Length field, control octet, destination, source.
    Intact(u8, u8, u16, u16),
    BadChecksum,
    Short,
    Foreign,
}

/// Table of CRC-16/DNP (9.2.4): polynomial 3D65H reflected, complemented; 16 octets at once.
const CHECKSUM: crc::Crc<u16, crc::Table<16>> =
    crc::Crc::<u16, crc::Table<16>>::new(&crc::CRC_16_DNP);

/// The CRC of octets.
pub(super) fn crc(octets: &[u8]) -> u16 {
    CHECKSUM.checksum(octets)
}

/// Whether octets end with their CRC.
fn intact(octets: &[u8]) -> bool {
    octets
        .split_last_chunk::<CRC>()
        .is_some_and(|(body, tail)| crc(body) == u16::from_le_bytes(*tail))
}

/// Whether the bytes start as a frame does, whatever its length says.
pub(super) fn begins(bytes: &[u8]) -> bool {
    bytes.starts_with(&START)
}

/// Reads the header at the front.
pub(super) fn header(bytes: &[u8]) -> Header {
    let begins = START.iter().zip(bytes).all(|(a, b)| a == b);
    let length_allowed = bytes.get(2).is_none_or(|length| *length >= COUNTED);
    if !begins || !length_allowed {
        return Header::Foreign;
    }
    let Some(octets) = bytes.get(..HEADER) else {
        return Header::Short;
    };
    if !intact(octets) {
        return Header::BadChecksum;
    }
    let mut cursor = Cursor::new(octets);
    let mut read = || {
        cursor.skip(START.len())?;
        Ok::<_, crate::dissect::cursor::Short>(Header::Intact(
            cursor.u8()?,
            cursor.u8()?,
            cursor.u16_le()?,
            cursor.u16_le()?,
        ))
    };
    read().unwrap_or(Header::Short)
}

/// Changes the first two octets of user data, those of the transport function and of the
/// application control, and the CRC behind them. Of a header that is not there nothing.
pub(super) fn renumber(frame: &mut [u8], change: impl FnOnce(&mut u8, &mut u8)) -> Option<()> {
    let data = frame.get_mut(HEADER..)?;
    let end = data.len().min(BLOCK.saturating_add(CRC));
    let (block, tail) = data.get_mut(..end)?.split_last_chunk_mut::<CRC>()?;
    let [transport, control, ..] = block else {
        return None;
    };
    change(transport, control);
    *tail = crc(block).to_le_bytes();
    Some(())
}

/// Octets of the whole frame with this length field.
pub(super) fn size(length: u8) -> usize {
    let data = usize::from(length.saturating_sub(COUNTED));
    let blocks = data.div_ceil(BLOCK);
    HEADER
        .saturating_add(data)
        .saturating_add(blocks.saturating_mul(CRC))
}

/// Frames what stands at the front of `bytes`.
pub(super) fn next(bytes: &[u8]) -> Framed {
    match header(bytes) {
        Header::Foreign => Framed::Foreign,
        Header::BadChecksum => Framed::BadHeader,
        Header::Short => Framed::Incomplete { need: HEADER },
        Header::Intact(length, control, destination, source) => {
            let need = size(length);
            let Some(blocks) = bytes.get(HEADER..need) else {
                return Framed::Incomplete { need };
            };
            let mut frame = LinkFrame {
                from_master: control & 0x80 != 0,
                primary: control & 0x40 != 0,
                function: control & 0x0f,
                destination,
                source,
                data_intact: true,
                data: [0; MOST_DATA],
                data_len: 0,
                size: need,
            };
            frame.unblock(blocks);
            Framed::Frame(frame)
        }
    }
}

impl LinkFrame {
    fn unblock(&mut self, blocks: &[u8]) {
        for block in blocks.chunks(BLOCK.saturating_add(CRC)) {
            self.data_intact &= intact(block);
            let data = block
                .split_last_chunk::<CRC>()
                .map_or(block, |(data, _)| data);
            let end = self.data_len.saturating_add(data.len());
            if let Some(room) = self.data.get_mut(self.data_len..end) {
                room.copy_from_slice(data);
                self.data_len = end;
            }
        }
    }
}

/// Offset of the next place where a frame starts: a header with the right CRC. `None` when there is
/// none.
pub(super) fn find(bytes: &[u8]) -> Option<usize> {
    (0..bytes.len()).find(|at| {
        let rest = bytes.get(*at..).unwrap_or_default();
        matches!(header(rest), Header::Intact(..))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of IEEE 1815-2012, Annex E, and `zeek_link_only.pcap`.
    #[test]
    fn the_crc_is_that_of_the_standard() {
        assert_eq!(crc(b"123456789"), 0xea82);
        let header = [0x05, 0x64, 0x05, 0xc0, 0x01, 0x00, 0x00, 0x04, 0xe9, 0x21];
        assert!(intact(&header));
    }

    #[test]
    fn the_size_counts_the_blocks() {
        assert_eq!(size(5), 10);
        assert_eq!(size(6), 13);
        assert_eq!(size(21), 28);
        assert_eq!(size(22), 31);
        assert_eq!(size(255), 292);
    }
}

//! Reads one block of the ring: a header, then frames one after the other.
//!
//! Offsets are those of `linux/if_packet.h` (`tpacket_block_desc`, `tpacket3_hdr`), which are part of
//! the kernel's stable interface. Every read is checked, so a block can hold anything.

use sensor_protocols::time::Timestamp;

/// `tpacket_block_desc.hdr.bh1`.
const NUMBER_OF_FRAMES: usize = 12;
const FIRST_FRAME: usize = 16;

/// `tpacket3_hdr`.
const NEXT: usize = 0;
const SECONDS: usize = 4;
const NANOSECONDS: usize = 8;
const CAPTURED: usize = 12;
const ON_THE_WIRE: usize = 16;
const STATUS: usize = 20;
const DATA: usize = 24;
const TAG: usize = 32;
const TAG_PROTOCOL: usize = 36;

/// The tag was taken off and stands in the header.
const TAG_VALID: u32 = 1 << 4;
/// So does its protocol; older kernels only know 802.1Q.
const TAG_PROTOCOL_VALID: u32 = 1 << 6;
const DOT1Q: u16 = 0x8100;

/// Where the tag belongs: behind the two MAC addresses.
const TAG_AT: usize = 12;
const TAG_LEN: u32 = 4;

/// A place in a block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Walk {
    at: usize,
    left: u32,
}

/// One frame in the block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Captured<'b> {
    pub(super) time: Timestamp,
    pub(super) data: &'b [u8],
    on_the_wire: u32,
    /// Protocol and control information of the tag that was taken off.
    tag: Option<(u16, u16)>,
}

impl Walk {
    /// Before the first frame.
    pub(super) fn start(block: &[u8]) -> Self {
        Self {
            at: long(block, FIRST_FRAME).unwrap_or(0) as usize,
            left: long(block, NUMBER_OF_FRAMES).unwrap_or(0),
        }
    }

    /// The next frame; `None` after the last.
    pub(super) fn next<'b>(&mut self, block: &'b [u8]) -> Option<Captured<'b>> {
        self.left = self.left.checked_sub(1)?;
        let header = block.get(self.at..)?;
        self.at = self.at.checked_add(long(header, NEXT)? as usize)?;
        Captured::read(header)
    }
}

impl<'b> Captured<'b> {
    fn read(header: &'b [u8]) -> Option<Self> {
        let seconds = u64::from(long(header, SECONDS)?);
        let nanos = u64::from(long(header, NANOSECONDS)?);
        let status = long(header, STATUS)?;
        let data = header
            .get(usize::from(short(header, DATA)?)..)?
            .get(..long(header, CAPTURED)? as usize)?;
        let tag = if status & TAG_VALID == 0 {
            None
        } else {
            let protocol = match status & TAG_PROTOCOL_VALID {
                0 => DOT1Q,
                _ => short(header, TAG_PROTOCOL)?,
            };
            let [low, high, ..] = long(header, TAG)?.to_le_bytes();
            Some((protocol, u16::from_le_bytes([low, high])))
        };
        Some(Self {
            time: Timestamp::from_nanos(seconds * 1_000_000_000 + nanos),
            data,
            on_the_wire: long(header, ON_THE_WIRE)?,
            tag: tag.filter(|_| data.len() >= TAG_AT),
        })
    }

    /// Length on the wire, a tag that was taken off included.
    pub(super) fn wire_len(&self) -> u32 {
        match self.tag {
            Some(_) => self.on_the_wire.saturating_add(TAG_LEN),
            None => self.on_the_wire,
        }
    }

    /// Puts the frame with its tag into `out`; `false` when no tag was taken off.
    pub(super) fn tagged_into(&self, out: &mut Vec<u8>) -> bool {
        let Some((protocol, control)) = self.tag else {
            return false;
        };
        let (addresses, rest) = self.data.split_at(TAG_AT.min(self.data.len()));
        out.clear();
        out.extend_from_slice(addresses);
        out.extend_from_slice(&protocol.to_be_bytes());
        out.extend_from_slice(&control.to_be_bytes());
        out.extend_from_slice(rest);
        true
    }
}

/// A number in the byte order of this host.
fn long(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn short(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_ne_bytes(*bytes.get(at..)?.first_chunk()?))
}

#[cfg(test)]
mod tests {
    use super::{Captured, Walk};

    /// A block with these frames: (data, status, tag control, tag protocol).
    fn block(frames: &[(&[u8], u32, u16, u16)]) -> Vec<u8> {
        let mut out = vec![0; 48];
        out[12..16].copy_from_slice(&u32::try_from(frames.len()).expect("few").to_ne_bytes());
        out[16..20].copy_from_slice(&48_u32.to_ne_bytes());
        for (data, status, control, protocol) in frames {
            let len = u32::try_from(data.len()).expect("short");
            let next = (48 + len).next_multiple_of(16);
            let mut frame = Vec::new();
            for field in [next, 7, 9, len, len + 10, *status] {
                frame.extend(field.to_ne_bytes());
            }
            frame.extend(48_u16.to_ne_bytes());
            frame.extend([0; 6]);
            frame.extend(u32::from(*control).to_ne_bytes());
            frame.extend(protocol.to_ne_bytes());
            frame.resize(48, 0);
            frame.extend(*data);
            frame.resize(next as usize, 0);
            out.extend(frame);
        }
        out
    }

    fn all(block: &[u8]) -> Vec<Captured<'_>> {
        let mut walk = Walk::start(block);
        std::iter::from_fn(|| walk.next(block)).collect()
    }

    #[test]
    fn frames_are_read_in_order_with_time_and_lengths() {
        let block = block(&[(b"first frame here", 1, 0, 0), (b"second", 1, 0, 0)]);
        let frames = all(&block);
        assert_eq!(frames.len(), 2);
        assert_eq!(frames[0].data, b"first frame here");
        assert_eq!(frames[0].time.as_nanos(), 7_000_000_009);
        assert_eq!(frames[0].wire_len(), 26);
        assert_eq!(frames[1].data, b"second");
        assert!(!frames[1].tagged_into(&mut Vec::new()));
    }

    #[test]
    fn a_tag_that_was_taken_off_is_put_back() {
        let data = b"ddddddssssss\x08\x00payload";
        let block = block(&[(data, 0b101_0001, 0x2064, 0x88a8), (data, 0b1_0001, 5, 0)]);
        let frames = all(&block);
        let mut out = Vec::new();
        assert!(frames[0].tagged_into(&mut out));
        assert_eq!(out, b"ddddddssssss\x88\xa8\x20\x64\x08\x00payload");
        assert_eq!(frames[0].wire_len() as usize, data.len() + 10 + 4);
        assert!(frames[1].tagged_into(&mut out));
        assert_eq!(out, b"ddddddssssss\x81\x00\x00\x05\x08\x00payload");
    }

    #[test]
    fn a_block_cut_anywhere_ends_early_and_nothing_else() {
        let whole = block(&[(b"first frame here", 1, 0, 0), (b"second", 0x51, 1, 0x8100)]);
        for cut in 0..whole.len() {
            assert!(all(&whole[..cut]).len() <= 2);
        }
        let mut wild = whole;
        wild[48..52].copy_from_slice(&u32::MAX.to_ne_bytes());
        assert_eq!(all(&wild).len(), 1);
    }
}

//! pcapng: blocks with their own length, in sections with their own byte order and interfaces.
//!
//! This file frames the blocks, so that a block is parsed when all of it is in the buffer; a
//! parser that then asks for more has met damage, not the end of the buffer.

use pcap_parser::traits::PcapNGPacketBlock;
use pcap_parser::{
    Block, EPB_MAGIC, EnhancedPacketBlock, IDB_MAGIC, InterfaceDescriptionBlock, OptionCode,
    SHB_MAGIC, SPB_MAGIC, SimplePacketBlock, parse_block_be, parse_block_le,
    parse_sectionheaderblock,
};
use sensor_protocols::frame::LinkType;
use sensor_protocols::time::Timestamp;

use super::{Packet, Record};

/// Block type, block length and, in a section header, the byte-order magic.
const FRAMING: usize = 12;

/// Type of the Packet Block, which the Enhanced Packet Block replaced.
const OBSOLETE_PACKET: u32 = 2;

/// Interfaces one section may describe. Real files have a handful.
const MAX_INTERFACES: usize = 4096;

/// State of the section being read.
#[derive(Default)]
pub(crate) struct Reader {
    big_endian: bool,
    interfaces: Vec<Interface>,
    /// Time of the last packet, which a Simple Packet Block inherits: it has none of its own.
    last_time: Timestamp,
}

/// What an Interface Description Block says about its packets.
#[derive(Clone, Copy)]
struct Interface {
    link: LinkType,
    /// 0 when unlimited.
    snap_len: u32,
    unit: TimeUnit,
    /// Seconds to add to every time.
    offset: i64,
}

/// Whether a pcapng file starts so: the Section Header Block reads the same in both byte orders.
pub(crate) fn is_magic(head: &[u8]) -> bool {
    head.first_chunk()
        .is_some_and(|first| u32::from_le_bytes(*first) == SHB_MAGIC)
}

impl Reader {
    pub(crate) fn next<'a>(&mut self, data: &'a [u8]) -> Record<'a> {
        let Some(head) = data.first_chunk::<FRAMING>() else {
            return Record::Need { total: FRAMING };
        };
        let [t0, t1, t2, t3, l0, l1, l2, l3, b0, b1, b2, b3] = *head;
        let big_endian = match u32::from_le_bytes([t0, t1, t2, t3]) {
            SHB_MAGIC => match u32::from_le_bytes([b0, b1, b2, b3]) {
                0x1a2b_3c4d => false,
                0x4d3c_2b1a => true,
                _ => return Record::Damaged("a section header without its byte-order magic"),
            },
            _ => self.big_endian,
        };
        let number = |bytes| {
            if big_endian {
                u32::from_be_bytes(bytes)
            } else {
                u32::from_le_bytes(bytes)
            }
        };
        let len = number([l0, l1, l2, l3]) as usize;
        if len < FRAMING || !len.is_multiple_of(4) {
            return Record::Damaged("a block length that is too small or not a multiple of 4");
        }
        let Some(block) = data.get(..len) else {
            return Record::Need { total: len };
        };
        self.block(number([t0, t1, t2, t3]), block, big_endian)
    }

    /// Reads one whole block.
    fn block<'a>(&mut self, kind: u32, block: &'a [u8], big_endian: bool) -> Record<'a> {
        let read = match kind {
            SHB_MAGIC => self.section(block, big_endian),
            IDB_MAGIC | EPB_MAGIC | SPB_MAGIC => self.known(block),
            OBSOLETE_PACKET => self.obsolete(block),
            _ => Some(Found::Nothing),
        };
        let len = block.len();
        match read {
            Some(Found::Packet(packet)) => {
                self.last_time = packet.time;
                Record::Packet { packet, len }
            }
            Some(Found::Nothing) => Record::Other { len },
            Some(Found::Orphan) => Record::Orphan { len },
            None => Record::Damaged("a block that contradicts its own length"),
        }
    }

    fn section(&mut self, block: &[u8], big_endian: bool) -> Option<Found<'static>> {
        parse_sectionheaderblock(block).ok()?;
        self.big_endian = big_endian;
        self.interfaces.clear();
        Some(Found::Nothing)
    }

    fn known<'a>(&mut self, block: &'a [u8]) -> Option<Found<'a>> {
        let (_, parsed) = if self.big_endian {
            parse_block_be(block).ok()?
        } else {
            parse_block_le(block).ok()?
        };
        match parsed {
            Block::InterfaceDescription(interface) => self.describe(&interface),
            Block::EnhancedPacket(packet) => self.enhanced(&packet),
            Block::SimplePacket(packet) => Some(self.simple(&packet)),
            Block::SectionHeader(_)
            | Block::NameResolution(_)
            | Block::InterfaceStatistics(_)
            | Block::SystemdJournalExport(_)
            | Block::DecryptionSecrets(_)
            | Block::ProcessInformation(_)
            | Block::Custom(_)
            | Block::Unknown(_) => Some(Found::Nothing),
        }
    }

    fn describe(&mut self, block: &InterfaceDescriptionBlock<'_>) -> Option<Found<'static>> {
        if self.interfaces.len() >= MAX_INTERFACES {
            return None;
        }
        let [low, high, ..] = block.linktype.0.to_le_bytes();
        self.interfaces.push(Interface {
            link: LinkType::from_number(u16::from_le_bytes([low, high])),
            snap_len: block.snaplen,
            unit: TimeUnit::from_option(block.if_tsresol),
            offset: self.time_offset(block),
        });
        Some(Found::Nothing)
    }

    /// `if_tsoffset` in the section's byte order.
    fn time_offset(&self, block: &InterfaceDescriptionBlock<'_>) -> i64 {
        block
            .options
            .iter()
            .filter(|option| option.code == OptionCode::IfTsoffset)
            .filter_map(|option| option.value().first_chunk::<8>())
            .map(|bytes| {
                if self.big_endian {
                    i64::from_be_bytes(*bytes)
                } else {
                    i64::from_le_bytes(*bytes)
                }
            })
            .next()
            .unwrap_or(0)
    }

    fn enhanced<'a>(&self, block: &EnhancedPacketBlock<'a>) -> Option<Found<'a>> {
        let Some(interface) = self.interfaces.get(block.if_id as usize) else {
            return Some(Found::Orphan);
        };
        Some(Found::Packet(Packet {
            time: interface.time(block.ts_high, block.ts_low),
            link: interface.link,
            wire_len: block.origlen,
            data: block.data.get(..block.caplen as usize)?,
        }))
    }

    /// A Simple Packet Block belongs to interface 0, whose snap length says how much of the padded
    /// data is packet.
    fn simple<'a>(&self, block: &SimplePacketBlock<'a>) -> Found<'a> {
        let Some(interface) = self.interfaces.first() else {
            return Found::Orphan;
        };
        let limit = match interface.snap_len {
            0 => u32::MAX,
            limit => limit,
        };
        let len = block.orig_len().min(limit) as usize;
        Found::Packet(Packet {
            time: self.last_time,
            link: interface.link,
            wire_len: block.origlen,
            data: block.data.get(..len).unwrap_or(block.data),
        })
    }

    /// Packet Block (draft-ietf-opsawg-pcapng, appendix A): like the enhanced one, with a 16-bit
    /// interface number and a 16-bit drop counter in place of the 32-bit interface number.
    fn obsolete<'a>(&self, block: &'a [u8]) -> Option<Found<'a>> {
        let short = |at: usize| {
            let bytes = *block.get(at..)?.first_chunk()?;
            Some(if self.big_endian {
                u16::from_be_bytes(bytes)
            } else {
                u16::from_le_bytes(bytes)
            })
        };
        let long = |at: usize| {
            let bytes = *block.get(at..)?.first_chunk()?;
            Some(if self.big_endian {
                u32::from_be_bytes(bytes)
            } else {
                u32::from_le_bytes(bytes)
            })
        };
        let Some(interface) = self.interfaces.get(usize::from(short(8)?)) else {
            return Some(Found::Orphan);
        };
        let captured = long(20)? as usize;
        let content = block.get(28..block.len().checked_sub(4)?)?;
        Some(Found::Packet(Packet {
            time: interface.time(long(12)?, long(16)?),
            link: interface.link,
            wire_len: long(24)?,
            data: content.get(..captured)?,
        }))
    }
}

/// What a block held.
enum Found<'a> {
    Packet(Packet<'a>),
    Nothing,
    Orphan,
}

impl Interface {
    fn time(&self, high: u32, low: u32) -> Timestamp {
        let units = u64::from(high) << 32 | u64::from(low);
        let nanos = self.unit.to_nanos(units);
        let offset = self.offset.saturating_mul(1_000_000_000);
        Timestamp::from_nanos(nanos.saturating_add_signed(offset))
    }
}

/// Resolution of an interface's times (`if_tsresol`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TimeUnit {
    /// Times are this many nanoseconds each.
    Multiple(u64),
    /// So many units make a nanosecond.
    Fraction(u64),
    /// So many binary digits after the second.
    Binary(u8),
}

impl TimeUnit {
    /// The most significant bit chooses powers of 2 over powers of 10.
    fn from_option(resolution: u8) -> Self {
        if resolution & 0x80 != 0 {
            return Self::Binary(resolution & 0x7f);
        }
        match u32::from(resolution) {
            coarse @ 0..=9 => Self::Multiple(10_u64.pow(9 - coarse)),
            // 10^19 is the largest power in 64 bits; a finer unit makes every 64-bit time 0.
            fine => Self::Fraction(10_u64.checked_pow(fine - 9).unwrap_or(u64::MAX)),
        }
    }

    fn to_nanos(self, units: u64) -> u64 {
        match self {
            Self::Multiple(nanos) => units.saturating_mul(nanos),
            Self::Fraction(per_nano) => units / per_nano,
            Self::Binary(digits) => {
                // 64 + 30 bits at most before the shift.
                let nanos = (u128::from(units) * 1_000_000_000) >> u32::from(digits).min(127);
                u64::try_from(nanos).unwrap_or(u64::MAX)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::TimeUnit;

    #[test]
    fn every_resolution_of_the_draft_is_understood() {
        let second = |resolution: u8, units: u64| TimeUnit::from_option(resolution).to_nanos(units);
        assert_eq!(second(0, 7), 7_000_000_000);
        assert_eq!(second(3, 7_000), 7_000_000_000);
        assert_eq!(second(6, 7_000_000), 7_000_000_000);
        assert_eq!(second(9, 7_000_000_000), 7_000_000_000);
        assert_eq!(second(12, 7_000_000_000_000), 7_000_000_000);
        assert_eq!(second(0x80, 7), 7_000_000_000);
        assert_eq!(second(0x8a, 7 << 10), 7_000_000_000);
        assert_eq!(second(0xa0, (7 << 32) | (1 << 31)), 7_500_000_000);
        assert_eq!(second(127, u64::MAX), 1);
        assert_eq!(second(0, u64::MAX), u64::MAX);
    }
}

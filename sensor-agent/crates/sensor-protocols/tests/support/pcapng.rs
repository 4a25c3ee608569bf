//! The frames of a pcapng file (draft-ietf-opsawg-pcapng): sections, interfaces, enhanced packets.
//!
//! Limit: other blocks that hold frames are passed over.

use sensor_protocols::frame::LinkType;
use sensor_protocols::time::Timestamp;

use super::{Record, u32_at};

const SECTION: u32 = 0x0a0d_0d0a;
const INTERFACE: u32 = 1;
const ENHANCED_PACKET: u32 = 6;
/// Octets of a block in front of its body, and the option with the unit of time.
const HEAD: usize = 8;
const TIME_RESOLUTION: u16 = 9;

/// What a section says of an interface.
struct Interface {
    link: LinkType,
    /// Parts of a second that its times count.
    per_second: u128,
}

pub(super) fn records(data: &[u8]) -> Vec<Record> {
    let mut word: fn([u8; 4]) -> u32 = u32::from_le_bytes;
    let mut interfaces = Vec::new();
    let mut records = Vec::new();
    let mut at = 0;
    while let Some(kind) = u32_at(data, word, at) {
        if kind == SECTION {
            let little = data[at + HEAD..at + HEAD + 4] == [0x4d, 0x3c, 0x2b, 0x1a];
            word = if little {
                u32::from_le_bytes
            } else {
                u32::from_be_bytes
            };
            interfaces.clear();
        }
        let length = u32_at(data, word, at + 4).unwrap() as usize;
        let Some(block) = data.get(at..at + length) else {
            break;
        };
        if kind == INTERFACE {
            interfaces.push(interface(block, word));
        } else if kind == ENHANCED_PACKET {
            records.push(packet(block, at, word, &interfaces));
        }
        at += length;
    }
    records
}

fn half(block: &[u8], word: fn([u8; 4]) -> u32, at: usize) -> u16 {
    let [a, b] = [block[at], block[at + 1]];
    // The order of octets shows in how the word 1 is written.
    let number = if word([1, 0, 0, 0]) == 1 {
        [b, a]
    } else {
        [a, b]
    };
    u16::from_be_bytes(number)
}

fn interface(block: &[u8], word: fn([u8; 4]) -> u32) -> Interface {
    let mut per_second = 1_000_000;
    let mut at = HEAD + 8;
    while at + 4 <= block.len() - 4 {
        let (code, length) = (half(block, word, at), half(block, word, at + 2));
        if code == TIME_RESOLUTION {
            let exponent = block[at + 4];
            let base: u128 = if exponent & 0x80 == 0 { 10 } else { 2 };
            per_second = base.pow(u32::from(exponent & 0x7f));
        }
        at += 4 + usize::from(length).next_multiple_of(4);
    }
    Interface {
        link: LinkType::from_number(half(block, word, HEAD)),
        per_second,
    }
}

fn packet(block: &[u8], at: usize, word: fn([u8; 4]) -> u32, interfaces: &[Interface]) -> Record {
    let number = |place: usize| u32_at(block, word, HEAD + place).unwrap();
    let interface = &interfaces[number(0) as usize];
    let units = (u128::from(number(4)) << 32) | u128::from(number(8));
    let nanos = units * 1_000_000_000 / interface.per_second;
    let start = at + HEAD + 20;
    Record {
        time: Timestamp::from_nanos(u64::try_from(nanos).unwrap()),
        link: interface.link,
        wire_len: number(16),
        data: start..start + number(12) as usize,
    }
}

//! What the tests of this crate share: captures of the repository.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test binary uses its own part of the shared helpers"
)]

pub mod frames;
mod pcapng;

use std::ops::Range;
use std::path::{Path, PathBuf};

use sensor_protocols::decode::Packet;
use sensor_protocols::frame::{Frame, LinkType};
use sensor_protocols::inspector::Sink;
use sensor_protocols::observation::Observation;
use sensor_protocols::time::Timestamp;

/// A capture file in memory.
pub struct Capture {
    data: Vec<u8>,
    records: Vec<Record>,
}

/// Where a frame lies in its file, and what the file says of it.
struct Record {
    time: Timestamp,
    link: LinkType,
    wire_len: u32,
    data: Range<usize>,
}

impl Capture {
    /// Reads a classic pcap file, or a pcapng file.
    pub fn read(path: &Path) -> Self {
        let data = std::fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let records = match data[..4] {
            [0xd4, 0xc3, 0xb2, 0xa1] => classic(&data, u32::from_le_bytes, 1000),
            [0xa1, 0xb2, 0xc3, 0xd4] => classic(&data, u32::from_be_bytes, 1000),
            [0x4d, 0x3c, 0xb2, 0xa1] => classic(&data, u32::from_le_bytes, 1),
            [0xa1, 0xb2, 0x3c, 0x4d] => classic(&data, u32::from_be_bytes, 1),
            [0x0a, 0x0d, 0x0d, 0x0a] => pcapng::records(&data),
            _ => panic!("{} is no capture file", path.display()),
        };
        Self { data, records }
    }

    /// All frames, numbered from 1.
    pub fn frames(&self) -> impl Iterator<Item = Frame<'_>> {
        self.records.iter().zip(1..).map(|(record, number)| Frame {
            time: record.time,
            number,
            link: record.link,
            wire_len: record.wire_len,
            data: &self.data[record.data.clone()],
            kernel: None,
        })
    }
}

/// Four octets at a place, in the order of `word`.
fn u32_at(data: &[u8], word: fn([u8; 4]) -> u32, at: usize) -> Option<u32> {
    Some(word(data.get(at..at + 4)?.try_into().ok()?))
}

/// The frames of a classic file; a fraction of a second counts `unit` nanoseconds.
fn classic(data: &[u8], word: fn([u8; 4]) -> u32, unit: u64) -> Vec<Record> {
    let number = |at| u32_at(data, word, at);
    let link = number(20).unwrap() & 0xffff;
    let link = LinkType::from_number(u16::try_from(link).unwrap());
    let mut at = 24;
    let mut records = Vec::new();
    while let (Some(seconds), Some(fraction), Some(length), Some(wire_len)) =
        (number(at), number(at + 4), number(at + 8), number(at + 12))
    {
        let end = at + 16 + length as usize;
        if end > data.len() {
            break;
        }
        let nanos = u64::from(seconds) * 1_000_000_000 + u64::from(fraction) * unit;
        records.push(Record {
            time: Timestamp::from_nanos(nanos),
            link,
            wire_len,
            data: at + 16..end,
        });
        at = end;
    }
    records
}

/// A folder below `tests/captures` of the repository.
pub fn folder(name: &str) -> PathBuf {
    Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../tests/captures"
    ))
    .join(name)
}

/// All pcap files of a folder, sorted.
pub fn captures(name: &str) -> Vec<PathBuf> {
    let folder = folder(name);
    let entries =
        std::fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "pcap"))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "no captures in {}", folder.display());
    files
}

/// A sink that hands observations to a closure.
pub struct Each<F>(pub F);

impl<F: FnMut(&Observation<'_>)> Sink for Each<F> {
    fn observe(&mut self, observation: &Observation<'_>) {
        (self.0)(observation);
    }
}

/// A sink that hands packets to a closure.
pub struct Packets<F>(pub F);

impl<F: FnMut(&Frame<'_>, &Packet<'_>)> Sink for Packets<F> {
    fn packet(&mut self, frame: &Frame<'_>, packet: &Packet<'_>) {
        (self.0)(frame, packet);
    }

    fn observe(&mut self, _: &Observation<'_>) {}
}

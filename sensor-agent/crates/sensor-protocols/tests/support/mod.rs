//! What the tests of this crate share: captures of the repository, classic pcap only.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test binary uses its own part of the shared helpers"
)]

pub mod frames;

use std::path::{Path, PathBuf};

use sensor_protocols::decode::Packet;
use sensor_protocols::frame::{Frame, LinkType};
use sensor_protocols::inspector::Sink;
use sensor_protocols::observation::Observation;
use sensor_protocols::time::Timestamp;

/// A capture file in memory.
pub struct Capture {
    data: Vec<u8>,
    link: LinkType,
    big_endian: bool,
    nanoseconds: bool,
}

impl Capture {
    /// Reads a classic pcap file.
    pub fn read(path: &Path) -> Self {
        let data = std::fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let (big_endian, nanoseconds) = match data[..4] {
            [0xd4, 0xc3, 0xb2, 0xa1] => (false, false),
            [0xa1, 0xb2, 0xc3, 0xd4] => (true, false),
            [0x4d, 0x3c, 0xb2, 0xa1] => (false, true),
            [0xa1, 0xb2, 0x3c, 0x4d] => (true, true),
            _ => panic!("{} is not a classic pcap file", path.display()),
        };
        let mut capture = Self {
            data,
            link: LinkType::Ethernet,
            big_endian,
            nanoseconds,
        };
        let link = capture.u32(20) & 0xffff;
        capture.link = LinkType::from_number(u16::try_from(link).unwrap());
        capture
    }

    fn u32(&self, at: usize) -> u32 {
        let bytes = self.data[at..at + 4].try_into().unwrap();
        if self.big_endian {
            u32::from_be_bytes(bytes)
        } else {
            u32::from_le_bytes(bytes)
        }
    }

    /// All frames, numbered from 1.
    pub fn frames(&self) -> impl Iterator<Item = Frame<'_>> {
        let mut at = 24;
        let mut number = 0;
        std::iter::from_fn(move || {
            let len = (at + 16 <= self.data.len()).then(|| self.u32(at + 8) as usize)?;
            let fraction = u64::from(self.u32(at + 4));
            let nanos = if self.nanoseconds {
                fraction
            } else {
                fraction * 1000
            };
            number += 1;
            let frame = Frame {
                time: Timestamp::from_nanos(u64::from(self.u32(at)) * 1_000_000_000 + nanos),
                number,
                link: self.link,
                wire_len: self.u32(at + 12),
                data: self.data.get(at + 16..at + 16 + len)?,
                kernel: None,
            };
            at += 16 + len;
            Some(frame)
        })
    }
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

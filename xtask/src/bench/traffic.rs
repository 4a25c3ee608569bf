//! A large capture made of small ones: the frames of Modbus captures, again and again, with time and
//! TCP sequence numbers moved on, so that connections live long, as they do in a plant, and no
//! repetition looks like a retransmission.
//!
//! Limits: IPv4 without tags for TCP. TCP checksums are left as they were.

use std::{collections::HashMap, path::Path};

use anyhow::{Result, ensure};
use sensor_e2e::pcap::{self, Record, Writer};

const SYN_FIN_RST: u8 = 0x07;

/// Addresses and ports of one direction.
type Direction = ([u8; 8], [u8; 4]);

/// Where TCP lies in a frame, and what is needed to move it on.
struct Segment {
    tcp: usize,
    direction: Direction,
    sequence: u32,
    payload: u32,
    flags: u8,
}

/// Writes at least `packets` frames to `target`; their exact number.
pub(super) fn repeat(sources: &[&Path], packets: u64, target: &Path) -> Result<u64> {
    let mut records = Vec::new();
    for source in sources {
        let found = pcap::read(source)?;
        // Captures come one after the other in time.
        let shift = records
            .last()
            .map_or(0, |last: &Record| last.time_us + 1_000_000);
        let first = found.first().map_or(0, |record| record.time_us);
        records.extend(found.into_iter().map(|record| Record {
            time_us: record.time_us.saturating_sub(first) + shift,
            bytes: record.bytes,
        }));
    }
    ensure!(!records.is_empty(), "no frames in the captures");
    let advance = advances(&records);
    let period = records.last().map_or(0, |last| last.time_us) + 1_000_000;
    let mut out = Writer::create(target)?;
    let mut written = 0;
    let mut round: u32 = 0;
    while written < packets {
        for record in &records {
            written += write_record(&mut out, record, round, period, &advance)?;
        }
        round += 1;
    }
    out.finish()?;
    Ok(written)
}

fn write_record(
    out: &mut Writer,
    record: &Record,
    round: u32,
    period: u64,
    advance: &HashMap<Direction, u32>,
) -> Result<u64> {
    let mut bytes = record.bytes.clone();
    if let Some(segment) = segment(&bytes) {
        if round > 0 && segment.flags & SYN_FIN_RST != 0 {
            return Ok(0); // the connection stays open from round to round
        }
        let (addresses, ports) = segment.direction;
        let forth = advance.get(&segment.direction).copied().unwrap_or_default();
        let back = advance
            .get(&reverse(addresses, ports))
            .copied()
            .unwrap_or_default();
        add(&mut bytes, segment.tcp + 4, forth.wrapping_mul(round));
        add(&mut bytes, segment.tcp + 8, back.wrapping_mul(round));
    }
    let time = record.time_us + u64::from(round) * period;
    out.write(time, &bytes)?;
    Ok(1)
}

/// By how much each direction's sequence number moves in one round: the bytes it carries.
fn advances(records: &[Record]) -> HashMap<Direction, u32> {
    let mut ends: HashMap<Direction, (u32, u32)> = HashMap::new();
    for segment in records.iter().filter_map(|record| segment(&record.bytes)) {
        let end = segment.sequence.wrapping_add(segment.payload);
        let (first, furthest) = ends
            .entry(segment.direction)
            .or_insert((segment.sequence, 0));
        *furthest = (*furthest).max(end.wrapping_sub(*first));
    }
    ends.into_iter()
        .map(|(direction, (_, moved))| (direction, moved))
        .collect()
}

fn reverse(addresses: [u8; 8], ports: [u8; 4]) -> Direction {
    let [a, b, c, d, e, f, g, h] = addresses;
    let [i, j, k, l] = ports;
    ([e, f, g, h, a, b, c, d], [k, l, i, j])
}

fn segment(frame: &[u8]) -> Option<Segment> {
    let ip = 14;
    let is_ipv4 = frame.get(12..14)? == [0x08, 0x00] && frame.get(ip + 9) == Some(&6);
    if !is_ipv4 {
        return None;
    }
    let header = usize::from(frame.get(ip)? & 0x0f) * 4;
    let total = usize::from(u16::from_be_bytes(array(frame, ip + 2)?));
    let tcp = ip + header;
    let offset = usize::from(frame.get(tcp + 12)? >> 4) * 4;
    let payload = total.checked_sub(header + offset)?;
    Some(Segment {
        tcp,
        direction: (array(frame, ip + 12)?, array(frame, tcp)?),
        sequence: u32::from_be_bytes(array(frame, tcp + 4)?),
        payload: u32::try_from(payload).ok()?,
        flags: *frame.get(tcp + 13)?,
    })
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at + N)?.try_into().ok()
}

fn add(bytes: &mut [u8], at: usize, amount: u32) {
    if let Some(old) = array(bytes, at).map(u32::from_be_bytes) {
        let new = old.wrapping_add(amount).to_be_bytes();
        bytes
            .iter_mut()
            .skip(at)
            .zip(new)
            .for_each(|(slot, byte)| *slot = byte);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ethernet, IPv4, TCP with four bytes of payload.
    fn frame(source: u8, sequence: u32, flags: u8) -> Vec<u8> {
        let mut bytes = vec![0; 12];
        bytes.extend([8, 0, 0x45, 0, 0, 44, 0, 0, 0, 0, 64, 6, 0, 0]);
        bytes.extend([
            10,
            0,
            0,
            source,
            10,
            0,
            0,
            3 - source,
            0,
            source,
            0,
            3 - source,
        ]);
        bytes.extend(sequence.to_be_bytes());
        bytes.extend([0, 0, 0, 0, 0x50, flags, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4]);
        bytes
    }

    #[test]
    fn rounds_go_on_where_the_last_one_ended() {
        let folder = tempfile::TempDir::new().unwrap();
        let source = folder.path().join("in.pcap");
        let target = folder.path().join("out.pcap");
        let mut writer = Writer::create(&source).unwrap();
        for bytes in [frame(1, 100, 2), frame(1, 100, 16), frame(1, 104, 16)] {
            writer.write(5_000_000, &bytes).unwrap();
        }
        writer.finish().unwrap();
        let written = repeat(&[&source], 4, &target).unwrap();
        let made = pcap::read(&target).unwrap();
        assert_eq!((written, made.len()), (5, 5));
        let sequences: Vec<u32> = made
            .iter()
            .filter_map(|r| segment(&r.bytes))
            .map(|s| s.sequence)
            .collect();
        // The opening is not repeated; each round moves on by the eight bytes that were carried.
        assert_eq!(sequences, [100, 100, 104, 108, 112]);
        assert!(
            made.windows(2)
                .all(|pair| pair[0].time_us <= pair[1].time_us)
        );
    }
}

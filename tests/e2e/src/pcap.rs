//! Reads and writes small classic pcap files for the rig, independently of the agent's reader.
//!
//! Data in: a file or frames. Data out: frames with their time. Limits: microsecond files of either
//! byte order with Ethernet frames, whole in memory; a cut tail is left out.

use std::{
    fs::{self, File},
    io::{BufWriter, Read, Write},
    path::Path,
};

use anyhow::{Context, Result, bail, ensure};

const GLOBAL_HEADER: usize = 24;
const RECORD_HEADER: usize = 16;
const MAGIC: u32 = 0xa1b2_c3d4;
const ETHERNET: u32 = 1;
/// Longest frame that the header of a written file allows.
const SNAPLEN: u32 = 0x0004_0000;

/// A frame with its time in microseconds since the epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub time_us: u64,
    pub bytes: Vec<u8>,
}

/// Whether [`read`] can take a file: some captures have another link type or finer times.
pub fn is_playable(path: &Path) -> Result<bool> {
    let mut header = Vec::new();
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    file.take(GLOBAL_HEADER as u64).read_to_end(&mut header)?;
    Ok(byte_order(&header).is_ok())
}

/// All frames of a capture file.
pub fn read(path: &Path) -> Result<Vec<Record>> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    parse(&bytes).with_context(|| path.display().to_string())
}

/// How the file writes numbers, of a header that [`read`] can take.
fn byte_order(bytes: &[u8]) -> Result<fn([u8; 4]) -> u32> {
    let word: fn([u8; 4]) -> u32 = match four(bytes, 0) {
        Some(magic) if u32::from_le_bytes(magic) == MAGIC => u32::from_le_bytes,
        Some(magic) if u32::from_be_bytes(magic) == MAGIC => u32::from_be_bytes,
        _ => bail!("is no classic pcap file with microseconds"),
    };
    let link = four(bytes, 20).map(word);
    ensure!(link == Some(ETHERNET), "holds no Ethernet frames");
    Ok(word)
}

fn parse(bytes: &[u8]) -> Result<Vec<Record>> {
    let word = byte_order(bytes)?;
    let word = |at| four(bytes, at).map(word);
    let mut records = Vec::new();
    let mut at = GLOBAL_HEADER;
    while let (Some(seconds), Some(micros), Some(length)) = (word(at), word(at + 4), word(at + 8)) {
        let start = at + RECORD_HEADER;
        let end = start + usize::try_from(length)?;
        let Some(frame) = bytes.get(start..end) else {
            break;
        };
        records.push(Record {
            time_us: u64::from(seconds) * 1_000_000 + u64::from(micros),
            bytes: frame.to_vec(),
        });
        at = end;
    }
    Ok(records)
}

fn four(bytes: &[u8], at: usize) -> Option<[u8; 4]> {
    bytes.get(at..at + 4)?.try_into().ok()
}

/// Writes frames one by one into a little-endian file.
pub struct Writer {
    out: BufWriter<File>,
}

impl Writer {
    pub fn create(path: &Path) -> Result<Self> {
        let file =
            File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
        let mut out = BufWriter::new(file);
        out.write_all(&MAGIC.to_le_bytes())?;
        out.write_all(&2_u16.to_le_bytes())?;
        out.write_all(&4_u16.to_le_bytes())?;
        out.write_all(&[0; 8])?; // time zone and accuracy, always zero
        out.write_all(&SNAPLEN.to_le_bytes())?;
        out.write_all(&ETHERNET.to_le_bytes())?;
        Ok(Self { out })
    }

    pub fn write(&mut self, time_us: u64, frame: &[u8]) -> Result<()> {
        let length = u32::try_from(frame.len())?;
        self.out
            .write_all(&u32::try_from(time_us / 1_000_000)?.to_le_bytes())?;
        self.out
            .write_all(&u32::try_from(time_us % 1_000_000)?.to_le_bytes())?;
        self.out.write_all(&length.to_le_bytes())?; // captured
        self.out.write_all(&length.to_le_bytes())?; // on the wire
        self.out.write_all(frame)?;
        Ok(())
    }

    /// Everything is in the file when this returns.
    pub fn finish(mut self) -> Result<()> {
        Ok(self.out.flush()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("a.pcap");
        let mut writer = Writer::create(&path).unwrap();
        writer.write(1_500_000, &[1, 2, 3]).unwrap();
        writer.write(2_000_001, &[4]).unwrap();
        writer.finish().unwrap();
        let want = [(1_500_000, vec![1, 2, 3]), (2_000_001, vec![4])]
            .map(|(time_us, bytes)| Record { time_us, bytes });
        assert_eq!(read(&path).unwrap(), want);
    }

    #[test]
    fn big_endian_files_are_read_and_a_cut_tail_is_left_out() {
        let words = [MAGIC, 0x0002_0004, 0, 0, 65535, 1, 7, 9, 2, 2];
        let mut bytes: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
        bytes.extend([0xaa, 0xbb, 0, 0, 0]);
        let records = parse(&bytes).unwrap();
        assert_eq!(records.len(), 1);
        assert_eq!(records[0].time_us, 7_000_009);
        assert_eq!(records[0].bytes, [0xaa, 0xbb]);
    }

    #[test]
    fn what_is_no_capture_is_refused() {
        assert!(parse(b"GET / HTTP/1.1\r\n").is_err());
        assert!(parse(&[]).is_err());
    }
}

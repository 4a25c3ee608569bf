//! Plays the captures of `tests/captures` into an interface, with their gaps cut short, and one frame
//! with the EICAR test file, which no capture holds: a checkout would be quarantined.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use sensor_e2e::{
    frames,
    inject::Injector,
    netns::{Bench, TRAFFIC},
    pcap::{self, Writer},
};

use super::Ending;
use crate::workspace;

/// Frames a second: brisk, and far below what any machine loses.
const RATE: u32 = 2_000;

/// The EICAR anti-malware test file, in two halves for the same reason.
const EICAR: [&str; 2] = [
    r"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD",
    "-ANTIVIRUS-TEST-FILE!$H+H*",
];

/// Every capture file with Ethernet frames, in order of folder and name.
pub(super) fn captures() -> Result<Vec<PathBuf>> {
    let root = workspace::captures();
    let mut files = Vec::new();
    for folder in fs::read_dir(&root).with_context(|| format!("cannot read {}", root.display()))? {
        let folder = folder?.path();
        if !folder.is_dir() {
            continue;
        }
        for file in fs::read_dir(folder)? {
            let file = file?.path();
            if file.extension().is_some_and(|end| end == "pcap") && pcap::is_playable(&file)? {
                files.push(file);
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Plays all captures into the sending end; how many frames went out. Stops when asked to.
pub(super) fn play(bench: &Bench, end: &Ending) -> Result<u64> {
    let files = captures()?;
    bench.enter(|| {
        let injector = Injector::open(TRAFFIC)?;
        let mut sent = 0;
        for file in &files {
            let records = pcap::read(file)?;
            let frames = records
                .iter()
                .map(|record| record.bytes.as_slice())
                .take_while(|_| !end.asked());
            sent += injector
                .send_paced(frames, RATE)
                .with_context(|| workspace::shown(file))?;
        }
        injector.send(&eicar_transfer())?;
        Ok(sent + 1)
    })?
}

/// A capture of that frame in `folder`, for the way of files.
pub(super) fn eicar_file(folder: &Path) -> Result<PathBuf> {
    let file = folder.join("eicar.pcap");
    let mut writer = Writer::create(&file)?;
    writer.write(0, &eicar_transfer())?;
    writer.finish()?;
    Ok(file)
}

/// The test file as the data block of a TFTP transfer (RFC 1350, section 5).
fn eicar_transfer() -> Vec<u8> {
    let block = [&[0, 3, 0, 1], EICAR.concat().as_bytes()].concat();
    let udp = frames::udp(49_200, 49_201, block.len());
    let ip = frames::ipv4(
        [192, 0, 2, 66],
        [192, 0, 2, 20],
        17,
        udp.len() + block.len(),
    );
    [frames::ethernet(0x0800), ip, udp, block].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_played_can_be_read() {
        let files = captures().unwrap();
        assert!(files.len() > 50, "{} captures", files.len());
        for file in files {
            let frames = pcap::read(&file).unwrap().len();
            assert!(frames > 0, "{}", file.display());
        }
    }

    #[test]
    fn the_test_file_is_complete() {
        let frame = eicar_transfer();
        assert_eq!(frame.len(), 14 + 20 + 8 + 4 + 68);
        assert!(frame.ends_with(b"FILE!$H+H*"));
    }
}

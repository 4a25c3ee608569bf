//! Plays the captures of `tests/captures` into an interface, with their gaps cut short.

use std::{fs, path::PathBuf};

use anyhow::{Context, Result};
use sensor_e2e::{
    inject::Injector,
    netns::{Bench, TRAFFIC},
    pcap,
};

use super::Ending;
use crate::workspace;

/// Frames a second: brisk, and far below what any machine loses.
const RATE: u32 = 2_000;

/// Every capture file, in order of folder and name.
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
            if file.extension().is_some_and(|end| end == "pcap") {
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
        Ok(sent)
    })?
}

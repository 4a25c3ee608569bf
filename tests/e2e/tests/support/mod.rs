//! What the live tests of the kernel program share.
#![allow(
    dead_code,
    reason = "each test binary uses its own part of the shared helpers"
)]

use std::time::{Duration, Instant};

use anyhow::Result;
use sensor_agent::capture::xdp::XdpSource;
use sensor_agent::capture::{Progress, Source};
use sensor_e2e::frames::modbus_read;
use sensor_e2e::netns::Bench;
use sensor_e2e::{PATIENCE, is_root, skip};

/// Address of the client in [`polls`].
pub(crate) const CLIENT: [u8; 4] = [192, 0, 2, 1];

/// Runs `test` inside a fresh namespace with a veth pair, or says why not.
pub(crate) fn on_veth(test: impl FnOnce(&Bench) -> Result<()> + Send) -> Result<()> {
    if !is_root() {
        skip("needs root for namespaces and kernel programs");
        return Ok(());
    }
    let bench = Bench::new()?;
    bench.enter(|| test(&bench))?
}

/// `count` different Modbus polls over seven connections.
pub(crate) fn polls(count: u16) -> Vec<Vec<u8>> {
    (0..count)
        .map(|n| modbus_read(CLIENT, 40000 + n % 7, n))
        .collect()
}

/// Reads until `count` frames came.
pub(crate) fn read(source: &mut XdpSource, count: usize) -> Result<Vec<Vec<u8>>> {
    let mut got: Vec<Vec<u8>> = Vec::new();
    let deadline = Instant::now() + PATIENCE;
    while got.len() < count && Instant::now() < deadline {
        let progress = source.poll(256, Duration::from_millis(50), &mut |frame| {
            assert_eq!(usize::try_from(frame.wire_len).ok(), Some(frame.data.len()));
            got.push(frame.data.to_vec());
        })?;
        assert_ne!(progress, Progress::Finished);
    }
    Ok(got)
}

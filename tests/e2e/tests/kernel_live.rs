//! The kernel program on a real veth pair: every frame sent has its place in the counters.

use std::time::{Duration, Instant};

use anyhow::Result;
use sensor_agent::capture::xdp::{XdpSettings, XdpSource};
use sensor_agent::capture::{Progress, Source};
use sensor_common::counter::Counter;
use sensor_e2e::frames::modbus_read;
use sensor_e2e::inject::Injector;
use sensor_e2e::netns::{Bench, MIRROR, TRAFFIC};
use sensor_e2e::{is_root, skip};

/// Says that a test is left out without the rights it needs.
fn skipped() -> bool {
    if !is_root() {
        skip("needs root for namespaces and kernel programs");
    }
    !is_root()
}

#[test]
fn frames_come_up_whole_and_in_order() -> Result<()> {
    if skipped() {
        return Ok(());
    }
    let bench = Bench::new()?;
    bench.enter(|| -> Result<()> {
        let mut source = XdpSource::open(XdpSettings::new(MIRROR))?;
        assert_eq!(source.status().mode, "native");
        let injector = Injector::open(TRAFFIC)?;
        let sent: Vec<Vec<u8>> = (0..1000)
            .map(|n| modbus_read([192, 0, 2, 1], 40000 + n % 7, n))
            .collect();
        injector.send_paced(sent.iter().map(Vec::as_slice), 100_000)?;
        let mut got: Vec<Vec<u8>> = Vec::new();
        let deadline = Instant::now() + Duration::from_secs(5);
        while got.len() < sent.len() && Instant::now() < deadline {
            let progress = source.poll(256, Duration::from_millis(50), &mut |frame| {
                assert_eq!(usize::try_from(frame.wire_len).ok(), Some(frame.data.len()));
                got.push(frame.data.to_vec());
            })?;
            assert_ne!(progress, Progress::Finished);
        }
        assert_eq!(got, sent);
        let counters = source.kernel_counters()?;
        assert_eq!(counters.get(Counter::Received), 1000);
        assert_eq!(counters.unexplained(), 0);
        assert_eq!(source.drain_flows()?.len(), 7);
        Ok(())
    })?
}

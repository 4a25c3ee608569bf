//! The packet socket on a real veth pair: every frame sent is handed up or counted as lost.

use std::time::{Duration, Instant};

use anyhow::Result;
use sensor_agent::capture::af_packet::{AfPacketSettings, AfPacketSource};
use sensor_agent::capture::{Progress, Source};
use sensor_e2e::frames::modbus_read;
use sensor_e2e::inject::Injector;
use sensor_e2e::netns::{Bench, MIRROR, TRAFFIC};
use sensor_e2e::{PATIENCE, is_root, skip};

/// Says that a test is left out without the rights it needs.
fn skipped() -> bool {
    if !is_root() {
        skip("needs root for namespaces and packet sockets");
    }
    !is_root()
}

fn open(ring_bytes: u64) -> Result<AfPacketSource> {
    Ok(AfPacketSource::open(&AfPacketSettings {
        interface: MIRROR.to_owned(),
        promiscuous: true,
        ring_bytes,
    })?)
}

fn frames(count: u16) -> Vec<Vec<u8>> {
    (0..count)
        .map(|n| modbus_read([192, 0, 2, 1], 40000 + n % 7, n))
        .collect()
}

/// Reads until `count` frames came or were counted as lost.
fn read(source: &mut AfPacketSource, count: usize) -> Result<Vec<Vec<u8>>> {
    let mut got: Vec<Vec<u8>> = Vec::new();
    let deadline = Instant::now() + PATIENCE;
    let lost = |source: &AfPacketSource| -> Result<usize> {
        let lost = source.status().lost;
        Ok(usize::try_from(
            lost.iter().map(|(_, count)| count).sum::<u64>(),
        )?)
    };
    while got.len() + lost(source)? < count && Instant::now() < deadline {
        let progress = source.poll(256, Duration::from_millis(50), &mut |frame| {
            assert_eq!(usize::try_from(frame.wire_len).ok(), Some(frame.data.len()));
            assert_eq!(frame.number, got.len() as u64 + 1);
            got.push(frame.data.to_vec());
        })?;
        assert_ne!(progress, Progress::Finished);
    }
    Ok(got)
}

#[test]
fn frames_come_up_whole_and_in_order() -> Result<()> {
    if skipped() {
        return Ok(());
    }
    let bench = Bench::new()?;
    bench.enter(|| -> Result<()> {
        let mut source = open(8 << 20)?;
        let sent = frames(1000);
        Injector::open(TRAFFIC)?.send_paced(sent.iter().map(Vec::as_slice), 100_000)?;
        assert_eq!(read(&mut source, sent.len())?, sent);
        let status = source.status();
        assert_eq!((status.received, status.handed_up), (1000, 1000));
        assert_eq!(status.lost, [("ring_full", 0)]);
        Ok(())
    })?
}

#[test]
fn tags_that_the_kernel_takes_off_are_put_back() -> Result<()> {
    if skipped() {
        return Ok(());
    }
    let bench = Bench::new()?;
    bench.enter(|| -> Result<()> {
        let mut source = open(1 << 20)?;
        let plain = frames(1).remove(0);
        let tagged = |tags: &[u8]| [&plain[..12], tags, &plain[12..]].concat();
        let sent = vec![
            tagged(&[0x81, 0x00, 0x20, 0x64]),
            tagged(&[0x88, 0xa8, 0x00, 0x07, 0x81, 0x00, 0x00, 0x08]),
            plain.clone(),
        ];
        Injector::open(TRAFFIC)?.send_paced(sent.iter().map(Vec::as_slice), 1000)?;
        assert_eq!(read(&mut source, sent.len())?, sent);
        Ok(())
    })?
}

#[test]
fn frames_that_find_the_ring_full_are_counted() -> Result<()> {
    if skipped() {
        return Ok(());
    }
    let bench = Bench::new()?;
    bench.enter(|| -> Result<()> {
        let mut source = open(1 << 20)?;
        let sent = frames(20_000);
        // Nobody reads while these are sent, and the ring holds a few thousand.
        Injector::open(TRAFFIC)?.send_paced(sent.iter().map(Vec::as_slice), 1_000_000)?;
        let got = read(&mut source, sent.len())?;
        assert_eq!(got, sent[..got.len()], "the oldest frames are kept");
        let status = source.status();
        let [("ring_full", lost)] = status.lost[..] else {
            panic!("one kind of loss, not {:?}", status.lost);
        };
        assert!(lost > 0);
        assert_eq!(status.handed_up + lost, 20_000);
        assert_eq!(status.received, 20_000);
        Ok(())
    })?
}

#[test]
fn an_interface_that_does_not_exist_is_named() {
    let error = AfPacketSource::open(&AfPacketSettings {
        interface: "nosuch0".to_owned(),
        promiscuous: true,
        ring_bytes: 1 << 20,
    })
    .err()
    .map(|error| error.to_string());
    let error = error.expect("no such interface");
    assert!(
        error.contains("nosuch0") && error.contains("ip link"),
        "{error}"
    );
}

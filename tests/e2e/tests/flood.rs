//! The load generator: its frames are true traffic by tshark's judgement, and what it says it sent
//! is what arrives.

mod support;

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use sensor_agent::capture::Source;
use sensor_agent::capture::xdp::{XdpSettings, XdpSource};
use sensor_common::settings::Verdict;
use sensor_e2e::flood::generator::Generator;
use sensor_e2e::flood::mixes::{self, Mix};
use sensor_e2e::netns::{MIRROR, TRAFFIC};
use sensor_e2e::{PATIENCE, capture, pcap, skip, wait_for};
use support::{on_veth, polls, read};

/// Paced in the kernel, frame by frame.
const EVEN: u32 = 30_000;
/// In bursts that the queue of a veth end holds, so that none is refused even on a busy machine.
const SLOW: u32 = 1500;

fn mirror() -> XdpSettings {
    XdpSettings {
        verdict: Verdict::Consume,
        ..XdpSettings::new(MIRROR)
    }
}

/// The frames of `rounds` rounds of `flows` flows as they arrive, opening included.
fn arrived(mix: &Mix, flows: u32, rounds: u64) -> Result<Vec<Vec<u8>>> {
    let mut source = XdpSource::open(mirror())?;
    let mut generator = Generator::of_mix(TRAFFIC, mix, flows)?;
    let mut sent = generator.open_flows(SLOW)?.frames;
    assert_eq!(sent, u64::from(flows) * mix.opening_frames());
    let frames = u64::from(flows) * rounds * mix.round_frames();
    if frames > 0 {
        sent += generator.send(SLOW, frames)?.frames;
    }
    let frames = read(&mut source, usize::try_from(sent)?)?;
    assert_eq!(u64::try_from(frames.len())?, sent, "{}", mix.name);
    Ok(frames)
}

/// Runs tshark on frames; what it prints.
fn tshark(frames: &[Vec<u8>], arguments: &[&str]) -> Result<String> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("frames.pcap");
    write(&file, frames)?;
    let output = Command::new("tshark")
        .args(["-n", "-r"])
        .arg(&file)
        .args(["-o", "tcp.check_checksum:TRUE"])
        .args(["-o", "ip.check_checksum:TRUE"])
        .args(arguments)
        .output()
        .context("tshark was there a moment ago")?;
    ensure!(
        output.status.success(),
        "tshark: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(String::from_utf8(output.stdout)?)
}

fn write(path: &Path, frames: &[Vec<u8>]) -> Result<()> {
    let mut out = pcap::Writer::create(path)?;
    for (time_us, bytes) in (1_000_000_u64..).step_by(100).zip(frames) {
        out.write(time_us, bytes)?;
    }
    out.finish()
}

/// Whether tshark can be asked; says why not.
fn has_tshark() -> bool {
    let found = Command::new("tshark").arg("--version").output().is_ok();
    if !found {
        skip("needs tshark (Debian package tshark) to judge frames");
    }
    found
}

/// A field by which tshark shows a message of the mix, and how many a flow's opening has; `None` for
/// connections that say nothing.
fn shown_by(mix: &Mix) -> Option<(&'static str, u64)> {
    match mix.name {
        "modbus-polls" | "modbus-mixed" => Some(("modbus.func_code", 0)),
        "iec104" => Some(("iec60870_104.type", 2)),
        "goose" => Some(("goose.sqNum", 0)),
        "sv" => Some(("sv.smpCnt", 0)),
        "profinet-rt" => Some(("pn_rt.cycle_counter", 0)),
        _ => None,
    }
}

#[test]
fn tshark_finds_nothing_wrong_with_any_mix() -> Result<()> {
    if !has_tshark() {
        return Ok(());
    }
    for mix in mixes::all() {
        on_veth(|_| {
            let rounds = 3 + 200 / mix.round_frames().max(1);
            let frames = arrived(&mix, 3, rounds)?;
            let wrong = "_ws.expert.severity >= 0x600000 or _ws.malformed or tcp.analysis.flags";
            let found = tshark(&frames, &["-Y", wrong])?;
            assert_eq!(found, "", "{}", mix.name);
            let Some((field, opening)) = shown_by(&mix) else {
                assert_eq!(mix.round_frames(), 0, "{} is not judged", mix.name);
                return Ok(());
            };
            let all = tshark(&frames, &["-Y", field, "-T", "fields", "-e", field])?;
            let messages = 3 * (opening + rounds * mix.round_frames());
            assert_eq!(
                u64::try_from(all.lines().count())?,
                messages,
                "{}",
                mix.name
            );
            Ok(())
        })?;
    }
    Ok(())
}

#[test]
fn what_was_sent_is_what_arrives() -> Result<()> {
    on_veth(|bench| {
        let source = XdpSource::open(mirror())?;
        let mix = mixes::named("modbus-mixed")?;
        let mut generator = Generator::of_mix(TRAFFIC, &mix, 100)?;
        let mut sent = generator.open_flows(EVEN)?.frames;
        assert_eq!(sent, 300);
        // Paced in the kernel, in bursts, and as fast as it goes.
        sent += generator.send(EVEN, 20_000)?.frames;
        sent += generator.send(1000, 500)?.frames;
        sent += generator.run(0, Duration::from_millis(300))?.frames;
        wait_for("every frame in the program or refused", PATIENCE, || {
            let there = source.status().received + bench.traffic_refused()?;
            Ok((there == sent).then_some(()))
        })
    })
}

#[test]
fn frames_of_another_core_arrive_or_are_counted() -> Result<()> {
    if std::thread::available_parallelism()?.get() < 2 {
        skip("needs two cores");
        return Ok(());
    }
    on_veth(|bench| {
        let source = XdpSource::open(mirror())?;
        let mix = mixes::named("modbus-mixed")?;
        let mut generator = Generator::of_mix(TRAFFIC, &mix, 100)?;
        generator.relay_to(1)?;
        let mut sent = generator.open_flows(EVEN)?.frames;
        sent += generator.send(EVEN, 20_000)?.frames;
        // As fast as it goes, so that the queue may overflow.
        sent += generator.run(0, Duration::from_millis(300))?.frames;
        let refused = generator.refused(sent)?;
        wait_for("every frame in the program or refused", PATIENCE, || {
            let there = source.status().received + refused + bench.traffic_refused()?;
            Ok((there == sent).then_some(()))
        })?;
        assert!(source.status().received > 0);
        Ok(())
    })
}

#[test]
fn a_rate_is_kept() -> Result<()> {
    on_veth(|_| {
        let source = XdpSource::open(mirror())?;
        let mix = mixes::named("goose")?;
        let mut generator = Generator::of_mix(TRAFFIC, &mix, 10)?;
        for rate in [SLOW, EVEN] {
            let sent = generator.send(rate, u64::from(rate))?;
            assert_eq!(sent.frames, u64::from(rate));
            // A busy machine may only make it slower.
            assert!(sent.rate() < 1.05 * f64::from(rate), "{sent:?}");
        }
        drop(source);
        Ok(())
    })
}

#[test]
fn captures_are_played_in_order_again_and_again() -> Result<()> {
    on_veth(|_| {
        let mut source = XdpSource::open(mirror())?;
        let frames: Vec<Vec<u8>> = pcap::read(&capture("modbus/zeek_modbus_eit.pcap"))?
            .into_iter()
            .map(|record| record.bytes)
            .chain(polls(3))
            .collect();
        let twice = u64::try_from(2 * frames.len())?;
        Generator::of_frames(TRAFFIC, &frames)?.send(SLOW, twice)?;
        let got = read(&mut source, 2 * frames.len())?;
        assert!(got == [frames.clone(), frames].concat());
        Ok(())
    })
}

#[test]
fn what_cannot_be_sent_is_said() {
    let error = |result: Result<Generator>| result.err().map(|error| error.to_string());
    let mix = mixes::named("sv").expect("a mix");
    let none = error(Generator::of_mix("lo", &mix, 0));
    assert!(none.is_some_and(|text| text.contains("0 flows")));
    let empty = error(Generator::of_frames("lo", &[]));
    assert!(empty.is_some_and(|text| text.contains("nothing to send")));
}

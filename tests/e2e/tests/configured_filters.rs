//! The filters of the configuration file reach the kernel program: what they leave out is counted by
//! reason, what they consume goes no further, and everything else is inspected.

use std::{fs, time::Duration};

use anyhow::{Context, Result, ensure};
use sensor_agent::capture::af_packet::{AfPacketSettings, AfPacketSource};
use sensor_agent::capture::{Progress, Source as _};
use sensor_e2e::{
    PATIENCE,
    agent::{Agent, Options, Source},
    frames::{ethernet, ipv4, modbus_read, udp},
    inject::Injector,
    is_root,
    netns::{Bench, MIRROR, TRAFFIC},
    skip, wait_for,
};
use serde_json::Value;
use tempfile::TempDir;

const POLLS: u16 = 10;
const OTHER_PORT: u64 = 5;
const OTHER_SUBNET: u64 = 3;

#[test]
fn what_the_configuration_leaves_out_is_counted_and_the_rest_inspected() -> Result<()> {
    if !is_root() {
        skip("needs root for namespaces and kernel programs");
        return Ok(());
    }
    let folder = TempDir::new()?;
    let config = folder.path().join("sensor.toml");
    let settings = format!(
        "[capture]\ninterfaces = [\"{MIRROR}\"]\nbackend = \"xdp\"\nattach = \"native\"\n\
         after_capture = \"consume\"\ninclude_subnets = [\"192.0.2.0/24\"]\nexclude_ports = [9999]\n"
    );
    fs::write(&config, settings)?;
    let bench = Bench::new()?;
    bench.ip(&["link", "set", "dev", "lo", "up"])?;
    let mut options = Options::new(Source::Configured(config), folder.path())?;
    options.namespace = Some(bench.name().to_owned());
    let agent = options.start()?;
    ensure!(
        bench.mirror_program()?.as_deref() == Some("xdp"),
        "not native: {}",
        agent.said()
    );
    bench.enter(|| send_and_compare(&agent))??;
    agent.stop()
}

fn send_and_compare(agent: &Agent) -> Result<()> {
    // What the network stack of the host gets; the program is in front of it.
    let mut behind = AfPacketSource::open(&AfPacketSettings {
        interface: MIRROR.to_owned(),
        promiscuous: true,
        ring_bytes: 1 << 20,
    })?;
    let before = source(agent)?;
    let injector = Injector::open(TRAFFIC)?;
    for number in 0..POLLS {
        injector.send(&modbus_read([192, 0, 2, 1], 40_000 + number, number))?;
    }
    for _ in 0..OTHER_PORT {
        injector.send(&datagram([192, 0, 2, 1], [192, 0, 2, 2], 9999))?;
    }
    for _ in 0..OTHER_SUBNET {
        injector.send(&datagram([198, 51, 100, 1], [198, 51, 100, 2], 5000))?;
    }
    let sent = u64::from(POLLS) + OTHER_PORT + OTHER_SUBNET;
    let after = wait_for("the counters", PATIENCE, || {
        let now = source(agent)?;
        let all = moved(&before, &now, "received") >= sent;
        Ok((all && inspected(agent)? >= u64::from(POLLS)).then_some(now))
    })?;
    let filtered = |reason: &str| filtered(&after, reason) - filtered(&before, reason);
    let outcome = [
        moved(&before, &after, "received"),
        moved(&before, &after, "handed_up"),
        filtered("port"),
        filtered("subnet"),
    ];
    let expected = [sent, u64::from(POLLS), OTHER_PORT, OTHER_SUBNET];
    ensure!(outcome == expected, "{outcome:?}: {after:#}");
    let further = behind.poll(usize::MAX, Duration::from_secs(1), &mut |_| {})?;
    ensure!(
        further == Progress::Idle,
        "consumed frames went on: {further:?}"
    );
    Ok(())
}

/// By how much a counter of the source moved.
fn moved(before: &Value, after: &Value, counter: &str) -> u64 {
    let value = |source: &Value| source[counter].as_u64().unwrap_or_default();
    value(after) - value(before)
}

/// A UDP datagram as a whole frame.
fn datagram(source: [u8; 4], destination: [u8; 4], port: u16) -> Vec<u8> {
    let payload = vec![0; 24];
    [
        ethernet(0x0800),
        ipv4(source, destination, 17, 8 + payload.len()),
        udp(50_000, port, payload.len()),
        payload,
    ]
    .concat()
}

fn source(agent: &Agent) -> Result<Value> {
    let capture = agent.api().get("/api/v1/capture")?.ok()?;
    capture["sources"].get(0).cloned().context("no source")
}

fn filtered(source: &Value, reason: &str) -> u64 {
    let reasons = source["filtered"].as_array().into_iter().flatten();
    reasons
        .filter(|entry| entry["reason"] == reason)
        .filter_map(|entry| entry["count"].as_u64())
        .sum()
}

/// Modbus messages that the dissector has seen.
fn inspected(agent: &Agent) -> Result<u64> {
    let protocols = agent.api().list("/api/v1/protocols")?;
    let modbus = protocols.iter().find(|row| row["protocol"] == "modbus");
    let counters = modbus.and_then(|row| row["counters"].as_array());
    let messages = counters
        .into_iter()
        .flatten()
        .find(|counter| counter["name"] == "messages");
    Ok(messages.map_or(0, |counter| counter["value"].as_u64().unwrap_or_default()))
}

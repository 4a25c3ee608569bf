//! Live capture through the real XDP program raises the alerts that a replay of the same frames
//! raises, and every frame sent has its place in the kernel's counters.
//!
//! Captures keep their frames and get new times, one millisecond apart: what was recorded over
//! hours is played in seconds, and both ways see the same gaps. A live sensor reports what a flow
//! carried once a minute and when it ends, a replay at the end of the file; so the counts are compared
//! after the sensor has ended, from its store.

use std::{
    collections::BTreeMap,
    path::Path,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use sensor_e2e::{
    PATIENCE,
    agent::{self, Agent, Options, Source},
    api::Api,
    capture,
    inject::Injector,
    is_root,
    netns::{Bench, MIRROR, TRAFFIC},
    pcap::{self, Record, Writer},
    skip, wait_for,
};
use serde_json::Value;
use tempfile::TempDir;

/// Microseconds between two frames.
const GAP_US: u64 = 1_000;

const CAPTURES: &[&str] = &[
    "modbus/suricata_modbus.pcap",
    "modbus/quickdraw_modbus_part2.pcap",
    "modbus/quickdraw_modicon_umas.pcap",
    "scan/simplescan_port_scan.pcap",
    "scan/zeek_nmap_version_scan.pcap",
];

#[test]
fn live_capture_raises_the_alerts_of_a_replay() -> Result<()> {
    if !is_root() {
        skip("needs root for namespaces and kernel programs");
        return Ok(());
    }
    let folder = TempDir::new()?;
    let records = one_after_the_other(CAPTURES)?;
    let file = folder.path().join("played.pcap");
    write(&records, &file)?;
    let replayed = replayed_alerts(&file)?;
    ensure!(
        replayed.len() > 20,
        "the captures raise more: {replayed:#?}"
    );
    let live = live_alerts(&records, &folder.path().join("data"), &replayed)?;
    ensure!(
        live == replayed,
        "only live: {:#?}\nonly replay: {:#?}",
        difference(&live, &replayed),
        difference(&replayed, &live)
    );
    Ok(())
}

/// The frames of all captures, evenly spaced from the time of the first.
fn one_after_the_other(names: &[&str]) -> Result<Vec<Record>> {
    let mut records = Vec::new();
    for name in names {
        records.extend(pcap::read(&capture(name))?);
    }
    let start = records.first().map_or(0, |record| record.time_us);
    for (record, number) in records.iter_mut().zip(0..) {
        record.time_us = start + number * GAP_US;
    }
    Ok(records)
}

fn write(records: &[Record], file: &Path) -> Result<()> {
    let mut writer = Writer::create(file)?;
    for record in records {
        writer.write(record.time_us, &record.bytes)?;
    }
    writer.finish()
}

/// Alerts by everything but times and numbers of the store, each with its count of messages.
type Alerts = BTreeMap<String, u64>;

/// What stays the same whichever way the frames came.
fn identity(alert: &Value) -> String {
    let party = |side: &str| {
        let party = &alert[side];
        format!("{} {} {}", party["mac"], party["ip"], party["port"])
    };
    format!(
        "{} {} {} | {} | {} | {}",
        alert["type_id"],
        alert["severity"],
        alert["protocol"],
        party("source"),
        party("destination"),
        alert["message"]
    )
}

fn collected<'a>(alerts: impl IntoIterator<Item = &'a Value>) -> Alerts {
    let mut found = Alerts::new();
    for alert in alerts {
        *found.entry(identity(alert)).or_default() += alert["count"].as_u64().unwrap_or_default();
    }
    found
}

fn difference<'a>(a: &'a Alerts, b: &Alerts) -> Vec<(&'a String, &'a u64)> {
    a.iter()
        .filter(|(key, count)| b.get(*key) != Some(count))
        .collect()
}

fn replayed_alerts(file: &Path) -> Result<Alerts> {
    let output = Command::new(agent::program()?)
        .args(["replay", "--alerts"])
        .arg(file)
        .output()?;
    ensure!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout)?;
    let alerts: Vec<Value> = text
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()?;
    Ok(collected(&alerts))
}

/// What the sensor raises when the frames are played; it is given time to raise what is expected.
fn live_alerts(records: &[Record], data_dir: &Path, expected: &Alerts) -> Result<Alerts> {
    std::fs::create_dir_all(data_dir)?;
    let bench = Bench::new()?;
    bench.ip(&["link", "set", "dev", "lo", "up"])?;
    let mut options = Options::new(Source::Interface(MIRROR.to_owned()), data_dir)?;
    options.namespace = Some(bench.name().to_owned());
    let agent = options.start()?;
    ensure!(
        bench.mirror_program()?.as_deref() == Some("xdp"),
        "the program is not attached in native mode: {}",
        agent.said()
    );
    bench.enter(|| play_and_wait(records, &agent, expected))??;
    let seen_by_driver = bench.mirror_received()?;
    ensure!(
        seen_by_driver == count(records)?,
        "the driver saw {seen_by_driver} frames"
    );
    agent.stop()?;
    ensure!(
        bench.mirror_program()?.is_none(),
        "the agent left its program behind"
    );
    stored_alerts(data_dir)
}

/// What the sensor that ended left in its store, read through the API of another one.
fn stored_alerts(data_dir: &Path) -> Result<Alerts> {
    let nothing = data_dir.join("nothing.pcap");
    Writer::create(&nothing)?.finish()?;
    let agent = Options::new(Source::Pcap(nothing), data_dir)?.start()?;
    let alerts = collected(&agent.api().list("/api/v1/alerts")?);
    agent.stop()?;
    Ok(alerts)
}

/// Runs inside the namespace, where interface and API are.
fn play_and_wait(records: &[Record], agent: &Agent, expected: &Alerts) -> Result<()> {
    let api = agent.api();
    play(records)?;
    let sent = count(records)?;
    wait_for("the last frame in the counters", PATIENCE, || {
        Ok((source_status(&api)?["received"].as_u64() >= Some(sent)).then_some(()))
    })?;
    ensure_conserved(&source_status(&api)?, sent)?;
    let start = Instant::now();
    loop {
        let alerts = collected(&api.list("/api/v1/alerts")?);
        if alerts.keys().eq(expected.keys()) || start.elapsed() > PATIENCE {
            return Ok(());
        }
        thread::sleep(Duration::from_secs(1));
    }
}

/// Sends the frames at their times, counted from now.
fn play(records: &[Record]) -> Result<()> {
    let injector = Injector::open(TRAFFIC)?;
    let first = records.first().map_or(0, |record| record.time_us);
    let start = Instant::now();
    for record in records {
        let due = Duration::from_micros(record.time_us - first);
        thread::sleep(due.saturating_sub(start.elapsed()));
        injector.send(&record.bytes)?;
    }
    Ok(())
}

fn count(records: &[Record]) -> Result<u64> {
    Ok(u64::try_from(records.len())?)
}

fn source_status(api: &Api) -> Result<Value> {
    let capture = api.get("/api/v1/capture")?.ok()?;
    capture["sources"].get(0).cloned().context("no source")
}

/// `received = filtered + counted + handed_up + lost`, nothing lost, and all that was sent received.
fn ensure_conserved(source: &Value, sent: u64) -> Result<()> {
    let sum = |list: &str| -> u64 {
        let reasons = source[list].as_array().into_iter().flatten();
        reasons.filter_map(|reason| reason["count"].as_u64()).sum()
    };
    let number = |field: &str| source[field].as_u64().unwrap_or_default();
    let explained = sum("filtered") + number("counted") + number("handed_up") + sum("lost");
    ensure!(source["mode"] == "native", "{source:#}");
    ensure!(number("received") == sent, "sent {sent}: {source:#}");
    ensure!(
        explained == sent,
        "{explained} of {sent} explained: {source:#}"
    );
    ensure!(sum("lost") == 0, "{source:#}");
    Ok(())
}

//! Capture filters over REST with the real kernel program: changed while frames flow, exact to the
//! frame, and there again after a restart. What the sensor says about its capture is checked on the way.

use std::{
    fs,
    path::Path,
    sync::atomic::{AtomicU32, Ordering::Relaxed},
    thread,
    time::Instant,
};

use anyhow::{Context, Result, anyhow, ensure};
use sensor_common::counter::COUNTERS;
use sensor_e2e::{
    PATIENCE,
    agent::{Agent, Options, Source},
    frames::{ethernet, ipv4, modbus_read, udp},
    inject::Injector,
    is_root,
    netns::{Bench, MIRROR, TRAFFIC},
    skip, wait_for,
};
use serde_json::{Value, json};
use tempfile::TempDir;

const FILTERS: &str = "/api/v1/capture/filters";
/// Frames of each kind in one round; rounds are sent until rules were changed [`CHANGES`] times.
const FRAMES: u16 = 6000;
const CHANGES: u32 = 8;

#[test]
fn filters_change_while_frames_flow_and_survive_a_restart() -> Result<()> {
    if !is_root() {
        skip("needs root for namespaces and kernel programs");
        return Ok(());
    }
    let folder = TempDir::new()?;
    let config = folder.path().join("sensor.toml");
    let settings = format!(
        "[capture]\ninterfaces = [\"{MIRROR}\"]\nbackend = \"xdp\"\n\
         exclude_ports = [9999]\nrun_time_statistics = true\n"
    );
    fs::write(&config, settings)?;
    let bench = Bench::new()?;
    bench.ip(&["link", "set", "dev", "lo", "up"])?;
    let start = || -> Result<Agent> {
        let mut options = Options::new(Source::Configured(config.clone()), folder.path())?;
        options.namespace = Some(bench.name().to_owned());
        options.start()
    };
    let agent = start()?;
    let kept = bench.enter(|| change_under_load(&agent))??;
    agent.stop()?;
    let agent = start()?;
    bench.enter(|| same_again(&agent, &kept, folder.path()))??;
    agent.stop()
}

#[test]
fn a_hundred_thousand_rules_go_in_one_call_and_are_there_after_a_restart() -> Result<()> {
    if !is_root() {
        skip("needs root for namespaces and kernel programs");
        return Ok(());
    }
    let folder = TempDir::new()?;
    let bench = Bench::new()?;
    bench.ip(&["link", "set", "dev", "lo", "up"])?;
    let start = || -> Result<Agent> {
        let interface = Source::Interface(MIRROR.to_owned());
        let mut options = Options::new(interface, folder.path())?;
        options.namespace = Some(bench.name().to_owned());
        options.start()
    };
    let agent = start()?;
    bench.enter(|| put_many(&agent))??;
    agent.stop()?;
    let started = Instant::now();
    let agent = start()?;
    eprintln!("start with 100000 rules: {:?}", started.elapsed());
    bench.enter(|| {
        Injector::open(TRAFFIC)?.send(&modbus_read([192, 0, 2, 1], 40_000, 1))?;
        let source = settled(&agent, 1)?;
        ensure!(filtered(&source, "subnet") == 1, "{source:#}");
        ensure!(hits(&agent, &json!(MANY))? == 1);
        Ok(())
    })??;
    agent.stop()
}

const MANY: u32 = 100_000;

/// Sets [`MANY`] rules; the last one is for the client of the test.
fn put_many(agent: &Agent) -> Result<()> {
    let others = (1..MANY).map(|n| {
        let [_, a, b, c] = n.to_be_bytes();
        format!("10.{a}.{b}.{c}/32")
    });
    let subnets = others.chain(["192.0.2.1/32".to_owned()]);
    let rule = |net| json!({"what": {"kind": "subnet", "subnet": net}, "action": "exclude"});
    let rules: Vec<Value> = subnets.map(rule).collect();
    let started = Instant::now();
    let done = agent.api().put(FILTERS, &json!({ "rules": rules }))?.ok()?;
    eprintln!("100000 rules in one call: {:?}", started.elapsed());
    ensure!(done["added"] == MANY, "{done:#}");
    Injector::open(TRAFFIC)?.send(&modbus_read([192, 0, 2, 1], 40_000, 1))?;
    let source = settled(agent, 1)?;
    ensure!(filtered(&source, "subnet") == 1, "{source:#}");
    ensure!(hits(agent, &json!(MANY))? == 1);
    Ok(())
}

/// Returns the id of a rule that stays.
fn change_under_load(agent: &Agent) -> Result<Value> {
    let api = agent.api();
    let kept = api.post(FILTERS, &pair("192.0.2.0/24", "192.0.2.0/24"))?;
    ensure!(kept.status == 201, "{}", kept.text);
    let kept = kept.json()?["id"].clone();
    let injector = Injector::open(TRAFFIC)?;
    let frames: Vec<Vec<u8>> = (0..FRAMES)
        .flat_map(|n| {
            [
                modbus_read([192, 0, 2, 1], 40_000, n),
                datagram([198, 51, 100, 1], [203, 0, 113, 1], 9999),
                datagram([198, 51, 100, 1], [203, 0, 113, 1], 5000),
            ]
        })
        .collect();
    let changes = AtomicU32::new(0);
    let each = thread::scope(|scope| -> Result<u64> {
        let sender = scope.spawn(|| -> Result<u64> {
            let mut each = 0;
            while changes.load(Relaxed) < CHANGES {
                injector.send_paced(frames.iter().map(Vec::as_slice), 6_000)?;
                each += u64::from(FRAMES);
            }
            Ok(each)
        });
        while !sender.is_finished() {
            if let Err(error) = change_around(agent) {
                // The sender waits for changes that no longer come.
                changes.store(CHANGES, Relaxed);
                return Err(error);
            }
            changes.fetch_add(4, Relaxed);
        }
        let sent = sender.join();
        sent.map_err(|_| anyhow!("the sender panicked"))?
    })?;
    let sent = 3 * each;
    let source = settled(agent, sent)?;
    ensure!(accounted(&source) == sent, "{source:#}");
    ensure!(filtered(&source, "subnet_pair") == each, "{source:#}");
    ensure!(filtered(&source, "port") == each, "{source:#}");
    ensure!(source["handed_up"] == each, "{source:#}");
    ensure!(hits(agent, &kept)? == each, "{:#?}", list(agent)?);
    let configured = list(agent)?;
    let configured = configured
        .iter()
        .find(|rule| rule["origin"] == "configuration");
    let configured = configured.context("the rule of the configuration")?;
    ensure!(configured["hits"] == each, "{configured:#}");
    described(&source)?;
    Ok(kept)
}

/// Adds, changes, replaces and deletes rules that no frame of this test meets.
fn change_around(agent: &Agent) -> Result<()> {
    let api = agent.api();
    let added = api
        .post(FILTERS, &pair("192.0.2.1/32", "10.0.0.0/8"))?
        .ok()?;
    let one = format!("{FILTERS}/{}", added["id"]);
    let vlan = json!({"what": {"kind": "vlan", "vlan": 77}});
    api.patch(&one, &vlan)?.ok()?;
    let set = [
        pair("192.0.2.0/24", "192.0.2.0/24"),
        json!({"what": {"kind": "port", "port": 7}, "action": "exclude"}),
        json!({"what": {"kind": "subnet", "subnet": "10.9.0.0/16"}, "action": "exclude"}),
    ];
    api.put(FILTERS, &json!({ "rules": set }))?.ok()?;
    api.put(FILTERS, &json!({ "rules": [set[0]] }))?.ok()?;
    Ok(())
}

/// After the restart: the rule is there, and counts anew.
fn same_again(agent: &Agent, kept: &Value, data: &Path) -> Result<()> {
    let rules = list(agent)?;
    ensure!(rules.len() == 2, "{rules:#?}");
    ensure!(
        rules[0]["id"] == *kept && rules[0]["hits"] == 0,
        "{rules:#?}"
    );
    let injector = Injector::open(TRAFFIC)?;
    for number in 0..50 {
        injector.send(&modbus_read([192, 0, 2, 1], 40_000, number))?;
    }
    let source = settled(agent, 50)?;
    ensure!(filtered(&source, "subnet_pair") == 50, "{source:#}");
    ensure!(hits(agent, kept)? == 50, "{:#?}", list(agent)?);
    let one = format!("{FILTERS}/{kept}");
    ensure!(agent.api().delete(&one)?.status == 204);
    injector.send(&modbus_read([192, 0, 2, 1], 40_000, 51))?;
    let source = settled(agent, 51)?;
    ensure!(source["handed_up"] == 1, "{source:#}");
    ensure!(data.join("telltale.redb").is_file());
    Ok(())
}

/// What the sensor says about its capture beside the sum.
fn described(source: &Value) -> Result<()> {
    ensure!(source["filters_apply"] == true, "{source:#}");
    let capacity = source["ring"]["capacity_bytes"].as_u64();
    ensure!(capacity == Some(32 << 20), "{source:#}");
    let high = source["ring"]["high_water_bytes"].as_u64().unwrap_or(0);
    ensure!(high > 0, "frames came through the ring: {source:#}");
    ensure!(source["flows_evicted"] == 0, "{source:#}");
    let names = source["counters"].as_array().context("counters")?;
    let names: Vec<_> = names.iter().map(|row| row["name"].clone()).collect();
    let expected: Vec<_> = COUNTERS.iter().map(|info| json!(info.field)).collect();
    ensure!(names == expected, "{source:#}");
    let maps = source["maps"].as_array().context("maps")?;
    let entries = |name: &str| {
        let map = maps.iter().find(|map| map["name"] == name);
        map.and_then(|map| map["entries"].as_u64())
    };
    ensure!(entries("rules_port") == Some(1), "{source:#}");
    ensure!(entries("pair_groups_v4") == Some(1), "{source:#}");
    ensure!(entries("rules_v4") == Some(0), "{source:#}");
    ensure!(entries("flows").is_some(), "{source:#}");
    let cost = source["ns_per_packet"].as_f64().unwrap_or(0.0);
    ensure!(cost > 1.0, "{source:#}");
    ensure!(source["ns_per_packet_hint"] == Value::Null, "{source:#}");
    Ok(())
}

fn pair(one: &str, other: &str) -> Value {
    json!({"what": {"kind": "subnet_pair", "subnets": [one, other]}, "action": "exclude"})
}

fn datagram(source: [u8; 4], destination: [u8; 4], port: u16) -> Vec<u8> {
    [
        ethernet(0x0800),
        ipv4(source, destination, 17, 8),
        udp(50_000, port, 0),
    ]
    .concat()
}

/// The source once it has told of `received` frames and a count of its flows.
fn settled(agent: &Agent, received: u64) -> Result<Value> {
    wait_for("the counters", PATIENCE, || {
        let capture = agent.api().get("/api/v1/capture")?.ok()?;
        let source = capture["sources"].get(0).cloned().context("no source")?;
        let told = source["received"].as_u64() >= Some(received);
        let counted = source["flows_evicted"].is_u64();
        Ok((told && counted && accounted(&source) == received).then_some(source))
    })
}

fn accounted(source: &Value) -> u64 {
    let reasons = ["filtered", "lost"]
        .iter()
        .filter_map(|field| source[*field].as_array());
    let by_reason: u64 = reasons
        .flatten()
        .filter_map(|entry| entry["count"].as_u64())
        .sum();
    let whole = ["counted", "handed_up"]
        .iter()
        .filter_map(|field| source[*field].as_u64());
    by_reason + whole.sum::<u64>()
}

fn filtered(source: &Value, reason: &str) -> u64 {
    let reasons = source["filtered"].as_array().into_iter().flatten();
    reasons
        .filter(|entry| entry["reason"] == reason)
        .filter_map(|entry| entry["count"].as_u64())
        .sum()
}

fn list(agent: &Agent) -> Result<Vec<Value>> {
    agent.api().list(FILTERS)
}

fn hits(agent: &Agent, id: &Value) -> Result<u64> {
    let rule = agent.api().get(&format!("{FILTERS}/{id}"))?.ok()?;
    rule["hits"].as_u64().context("hits")
}

//! The life of an alert over HTTP, with a restart of the agent between each two steps: what is
//! learned, muted or closed must be durable, and the same traffic must raise exactly what it should.
//!
//! The traffic is a capture that is fed again after each restart on the same data directory, so this
//! needs no root.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use sensor_e2e::{
    PATIENCE,
    agent::{Agent, Options, Source},
    api::Api,
    capture,
    pcap::Writer,
    wait_for,
};
use serde_json::{Value, json};
use tempfile::TempDir;

const CAPTURE: &str = "modbus/suricata_modbus.pcap";
const LEARNABLE: &str = "modbus_unpermitted_function_code";
const MUTABLE: &str = "modbus_exception";

/// Starts the agent on the capture and waits until every frame went the whole way.
fn feed(data_dir: &Path) -> Result<Agent> {
    let agent = Options::new(Source::Pcap(capture(CAPTURE)), data_dir)?.start()?;
    agent.wait_until_finished()?;
    Ok(agent)
}

fn same_parties(a: &Value, b: &Value) -> bool {
    ["source", "destination"]
        .iter()
        .all(|side| a[side]["ip"] == b[side]["ip"])
}

/// Alerts of the type and between the parties of `like`, oldest first.
fn alike(api: &Api, like: &Value) -> Result<Vec<Value>> {
    let type_id = like["type_id"].as_str().context("an alert has a type")?;
    let mut found: Vec<_> = api.alerts_of(type_id)?;
    found.retain(|alert| same_parties(alert, like));
    found.sort_by_key(|alert| alert["id"].as_u64());
    Ok(found)
}

/// What was done to an alert, oldest first, as its timeline tells; without the traffic's own share.
fn operations(api: &Api, alert: &Value) -> Result<Vec<String>> {
    let events = api.list(&format!("/api/v1/alerts/{}/timeline", alert["id"]))?;
    let mut names: Vec<String> = events
        .iter()
        .filter_map(|event| event["operation"].as_str())
        .filter(|name| *name != "violation_added")
        .map(ToOwned::to_owned)
        .collect();
    names.reverse();
    Ok(names)
}

fn ensure_status(alert: &Value, status: &str) -> Result<()> {
    ensure!(
        alert["status"] == status,
        "wanted status {status}: {alert:#}"
    );
    Ok(())
}

/// First start: two learnable alerts of different parties, and one that can be muted.
fn first_alerts(api: &Api) -> Result<(Value, Value, Value)> {
    let learnable = api.alerts_of(LEARNABLE)?;
    let to_learn = learnable.first().context("no learnable alert")?.clone();
    let to_close = learnable
        .iter()
        .find(|alert| !same_parties(alert, &to_learn))
        .context("no second pair of parties")?
        .clone();
    let to_mute = api
        .alerts_of(MUTABLE)?
        .first()
        .context("no mutable alert")?
        .clone();
    for alert in [&to_learn, &to_close, &to_mute] {
        ensure_status(alert, "new")?;
    }
    Ok((to_learn, to_close, to_mute))
}

#[test]
fn learn_mute_and_close_outlive_restarts() -> Result<()> {
    let folder = TempDir::new()?;

    let agent = feed(folder.path())?;
    let api = agent.api();
    let (to_learn, to_close, to_mute) = first_alerts(&api)?;
    let learned = api.act(&to_learn["id"], "learn")?;
    ensure_status(&learned, "closed")?;
    ensure!(learned["learned"] == true, "{learned:#}");
    let muted = api.act(&to_mute["id"], "mute")?;
    ensure_status(&muted, "closed")?;
    ensure!(muted["muted"] == true, "{muted:#}");
    ensure_status(&api.act(&to_close["id"], "close")?, "closed")?;
    agent.stop()?;

    let agent = feed(folder.path())?;
    let api = agent.api();
    ensure!(
        alike(&api, &to_learn)?.len() == 1,
        "learned traffic raised an alert"
    );
    ensure!(
        alike(&api, &to_mute)?.len() == 1,
        "muted traffic raised an alert"
    );
    ensure!(
        api.alert(&to_learn["id"])?["count"] == learned["count"],
        "learned traffic moved the counter of its closed alert"
    );
    let closed = alike(&api, &to_close)?;
    ensure!(
        closed.len() == 2,
        "the same traffic after a close is a new alert: {closed:#?}"
    );
    ensure_status(&closed[0], "closed")?;
    ensure_status(&closed[1], "new")?;
    ensure!(
        closed[1]["previous_alert_id"] == to_close["id"],
        "{:#}",
        closed[1]
    );
    ensure_status(&api.act(&to_learn["id"], "unlearn")?, "new")?;
    ensure_status(&api.act(&to_mute["id"], "unmute")?, "new")?;
    agent.stop()?;

    let agent = feed(folder.path())?;
    let api = agent.api();
    for (alert, name) in [(&to_learn, "unlearn"), (&to_mute, "unmute")] {
        let now = api.alert(&alert["id"])?;
        ensure_status(&now, "new")?;
        ensure!(
            now["count"].as_u64() > alert["count"].as_u64(),
            "after {name} the same traffic counts again: {now:#}"
        );
    }
    ensure!(operations(&api, &to_learn)? == ["opened", "learned", "unlearned"]);
    ensure!(operations(&api, &to_mute)? == ["opened", "muted", "unmuted"]);
    ensure!(operations(&api, &to_close)? == ["opened", "status_changed"]);
    agent.stop()
}

#[test]
fn actions_that_do_not_fit_are_refused_with_a_code() -> Result<()> {
    let folder = TempDir::new()?;
    let agent = feed(folder.path())?;
    let api = agent.api();
    let (learnable, _, mutable) = first_alerts(&api)?;
    for (alert, action, code) in [
        (&learnable, "mute", "learnable_not_mutable"),
        (&learnable, "unlearn", "not_learned"),
        (&mutable, "learn", "not_learnable"),
        (&mutable, "unmute", "not_muted"),
    ] {
        let path = format!("/api/v1/alerts/{}/actions/{action}", alert["id"]);
        let reply = api.post(&path, &json!({}))?;
        ensure!(
            reply.status == 409,
            "{action}: {} {}",
            reply.status,
            reply.text
        );
        ensure!(reply.json()?["code"] == code, "{action}: {}", reply.text);
        ensure_status(&api.alert(&alert["id"])?, "new")?;
    }
    agent.stop()
}

#[test]
fn without_a_token_only_health_answers() -> Result<()> {
    let folder = TempDir::new()?;
    let agent = feed(folder.path())?;
    let stranger = Api::new(agent.address(), None);
    ensure!(stranger.get("/api/v1/health")?.status == 200);
    for path in [
        "/api/v1/alerts",
        "/api/v1/devices",
        "/metrics",
        "/api/v1/capture",
    ] {
        ensure!(
            stranger.get(path)?.status == 401,
            "{path} answers without a token"
        );
    }
    let liar = Api::new(agent.address(), Some("not-a-token"));
    ensure!(liar.get("/api/v1/alerts")?.status == 401);
    agent.stop()
}

#[test]
fn alerts_survive_a_power_cut() -> Result<()> {
    let folder = TempDir::new()?;
    let agent = feed(folder.path())?;
    let api = agent.api();
    let (_, to_close, _) = first_alerts(&api)?;
    let before = api.list("/api/v1/alerts")?.len();
    // The answer to an action comes after the action is durable.
    api.act(&to_close["id"], "close")?;
    agent.kill()?;

    let quiet = folder.path().join("quiet.pcap");
    Writer::create(&quiet)?.finish()?;
    let agent = Options::new(Source::Pcap(quiet), folder.path())?.start()?;
    let api = agent.api();
    let after = wait_for("alerts after the restart", PATIENCE, || {
        let count = api.list("/api/v1/alerts")?.len();
        Ok((count >= before).then_some(count))
    })?;
    ensure!(after == before, "{before} alerts before, {after} after");
    ensure_status(&api.alert(&to_close["id"])?, "closed")?;
    agent.stop()
}

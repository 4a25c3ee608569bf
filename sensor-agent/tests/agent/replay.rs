//! Offline runs: the same bytes each time, learning, the baseline file.

use std::collections::BTreeSet;
use std::io::Write;
use std::process::Stdio;

use serde_json::Value;

use crate::support::{agent, alerts, capture, stdout, text};

/// What identifies alerts across runs with different baselines.
fn kinds(alerts: &[Value]) -> BTreeSet<String> {
    alerts
        .iter()
        .map(|alert| {
            format!(
                "{} {} {}",
                alert["type_id"], alert["source"]["ip"], alert["destination"]["ip"]
            )
        })
        .collect()
}

#[test]
fn every_alert_has_the_promised_fields() {
    let alerts = alerts(&[&capture("modbus/suricata_modbus.pcap")]);
    assert!(!alerts.is_empty());
    for alert in &alerts {
        for field in [
            "type_id", "engine", "severity", "title", "message", "protocol",
        ] {
            assert!(alert[field].is_string(), "{field}: {alert}");
        }
        for field in ["first_detection", "last_detection"] {
            assert!(
                alert[field]
                    .as_str()
                    .is_some_and(|time| time.ends_with('Z')),
                "{alert}"
            );
        }
        assert!(
            alert["count"].as_u64().is_some_and(|count| count > 0),
            "{alert}"
        );
        assert!(alert["techniques"].is_array(), "{alert}");
        for field in ["source", "destination"] {
            assert!(alert.get(field).is_some(), "{field}: {alert}");
        }
    }
}

#[test]
fn alerts_name_the_devices_of_the_inventory() {
    let alerts = alerts(&[&capture("modbus/suricata_modbus.pcap")]);
    let new = alerts
        .iter()
        .find(|alert| alert["type_id"] == "new_asset_detected");
    let new = new.expect("the capture shows a device");
    assert!(new["source"]["device_id"].is_u64(), "{new}");
}

#[test]
fn the_same_files_give_the_same_bytes() {
    for name in [
        "modbus/arkime_modbus.pcap",
        "scan/zeek_nmap_version_scan.pcap",
    ] {
        let args = ["replay", "--alerts", &capture(name)];
        let first = stdout(&args);
        assert!(!first.is_empty());
        for _ in 0..3 {
            assert_eq!(stdout(&args), first, "{name}");
        }
    }
}

#[test]
fn standard_input_gives_what_the_file_gives() {
    let path = capture("modbus/suricata_modbus.pcap");
    let mut child = agent()
        .args(["replay", "--alerts", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let bytes = std::fs::read(&path).expect("the capture");
    let mut pipe = child.stdin.take().expect("a pipe");
    // In small pieces, as a pipe from a busy program delivers them.
    for piece in bytes.chunks(1000) {
        pipe.write_all(piece).expect("the program reads");
    }
    drop(pipe);
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(text(&output.stdout), stdout(&["replay", "--alerts", &path]));
}

#[test]
fn normal_traffic_that_was_learned_raises_nothing() {
    for name in [
        "modbus/iti_plant1_modbustcp.pcap",
        "modbus/iti_modbus_test.pcap",
        "modbus/quickdraw_modicon_umas.pcap",
        "http/zeek_http_get.pcap",
        "dns/zeek_mdns.pcap",
    ] {
        let file = capture(name);
        assert!(
            !alerts(&[&file]).is_empty(),
            "{name} is new without learning"
        );
        let mut left = alerts(&["--learn", &file, &file]);
        left.retain(|alert| alert["engine"] != "operational");
        assert_eq!(left, Vec::<Value>::new(), "{name}");
    }
}

#[test]
fn learning_leaves_only_what_is_new() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let whole = capture("modbus/arkime_modbus.pcap");
    let bytes = std::fs::read(&whole).expect("the capture");
    // The first part of the same traffic; cut within a packet, which only warns.
    let part = crate::support::write(&folder.path().join("part.pcap"), &bytes[..bytes.len() / 4]);
    let new_devices = |arguments: &[&str]| {
        let mut new = alerts(arguments);
        new.retain(|alert| alert["type_id"] == "new_asset_detected");
        kinds(&new)
    };
    let unlearned = new_devices(&[&whole]);
    let learned = new_devices(&["--learn", &part, &whole]);
    assert!(learned.is_subset(&unlearned) && learned.len() < unlearned.len());
    assert!(!alerts(&["--learn", &part, &whole]).is_empty());
}

#[test]
fn a_baseline_file_gives_what_learning_in_the_same_call_gives() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("plant.baseline").display().to_string();
    let normal = capture("modbus/quickdraw_modbus_part1.pcap");
    let attack = capture("modbus/quickdraw_modbus_part2.pcap");
    let together = stdout(&["replay", "--alerts", "--learn", &normal, &attack]);
    assert_eq!(
        stdout(&["replay", "--learn", &normal, "--baseline", &file]),
        ""
    );
    let kept = std::fs::read(&file).expect("the baseline was written");
    let apart = stdout(&["replay", "--alerts", "--baseline", &file, &attack]);
    assert_eq!(apart, together);
    assert_eq!(
        std::fs::read(&file).expect("still there"),
        kept,
        "detecting teaches nothing"
    );
    let again = folder.path().join("again.baseline").display().to_string();
    stdout(&["replay", "--learn", &normal, "--baseline", &again]);
    assert_eq!(
        std::fs::read(&again).expect("written"),
        kept,
        "the same bytes each time"
    );
}

#[test]
fn learning_adds_to_a_baseline_that_is_there() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("plant.baseline").display().to_string();
    let first = capture("modbus/iti_modbus_test.pcap");
    let second = capture("modbus/quickdraw_modicon_umas.pcap");
    for normal in [&first, &second] {
        stdout(&["replay", "--learn", normal, "--baseline", &file]);
    }
    for normal in [&first, &second] {
        assert_eq!(
            alerts(&["--baseline", &file, normal]),
            Vec::<Value>::new(),
            "{normal}"
        );
    }
}

#[test]
fn types_can_be_switched_off_and_on() {
    let file = capture("modbus/suricata_modbus.pcap");
    let all = alerts(&[&file]);
    let without = alerts(&["--disable", "new_asset_detected", &file]);
    let new = |alerts: &[Value]| {
        alerts
            .iter()
            .filter(|a| a["type_id"] == "new_asset_detected")
            .count()
    };
    assert!(new(&all) > 0);
    assert_eq!(new(&without), 0);
    assert_eq!(without.len(), all.len() - new(&all));
}

#[test]
fn files_in_one_call_are_one_capture() {
    let first = capture("modbus/quickdraw_modbus_part1.pcap");
    let second = capture("modbus/suricata_modbus.pcap");
    let both = alerts(&[&first, &second]);
    let ids: Vec<_> = both.iter().map(|alert| alert["id"].as_u64()).collect();
    let expected: Vec<_> = (1..=both.len() as u64).map(Some).collect();
    assert_eq!(ids, expected);
    let separate = kinds(&[alerts(&[&first]), alerts(&[&second])].concat());
    assert!(kinds(&both).is_subset(&separate));
}

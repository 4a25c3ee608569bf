//! Subcommands that only print.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use crate::support::{agent, capture, run, stdout, text};

#[test]
fn alert_types_have_id_and_implementation_status() {
    let types: serde_json::Value =
        serde_json::from_str(&stdout(&["alert-types", "--json"])).expect("JSON");
    let types = types.as_array().expect("a list");
    assert!(types.len() >= 202, "{}", types.len());
    for kind in types {
        assert!(
            kind["id"].is_string() && kind["implemented"].is_boolean(),
            "{kind}"
        );
    }
    let implemented = stdout(&["alert-types", "--implemented"]);
    let expected = types
        .iter()
        .filter(|kind| kind["implemented"] == true)
        .count();
    assert_eq!(implemented.lines().count(), expected);
    assert!(expected > 0);
}

#[test]
fn the_example_configuration_is_valid() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let example = stdout(&["check-config", "--example"]);
    let file = crate::support::write(&folder.path().join("sensor.toml"), example);
    assert!(stdout(&["check-config", &file]).contains("valid"));
}

#[test]
fn openapi_prints_the_document() {
    let document: serde_json::Value = serde_json::from_str(&stdout(&["openapi"])).expect("JSON");
    assert!(document["paths"]["/api/v1/alerts"].is_object());
}

#[test]
fn check_host_ends_as_its_report_says() {
    let output = run(&["check-host", "--json"]);
    let report: serde_json::Value = serde_json::from_str(&text(&output.stdout)).expect("JSON");
    let works = report["xdp"] == true || report["af_packet"] == true;
    assert_eq!(output.status.code(), Some(if works { 0 } else { 3 }));
    assert!(
        report["checks"]
            .as_array()
            .is_some_and(|checks| checks.len() >= 6)
    );
}

#[test]
fn a_reader_that_goes_away_is_not_worth_a_word() {
    let mut child = agent()
        .args(["replay", "--alerts", &capture("modbus/arkime_modbus.pcap")])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let pipe = child.stdout.take().expect("a pipe");
    let mut line = String::new();
    // Far more than a pipe holds follows the first line.
    BufReader::with_capacity(64, pipe)
        .read_line(&mut line)
        .expect("one line");
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{}", output.status);
    assert_eq!(text(&output.stderr), "");
}

//! The command `facts`: what it prints, and what it says of files that are no captures.

use std::process::Command;

use serde_json::Value;

use crate::{captures, ours};

fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_sensor-agent"))
        .args(arguments)
        .current_dir(captures())
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn one_file_is_one_indented_document() {
    let (code, out, err) = run(&["facts", "modbus/zeek_modbus_eit.pcap"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert!(out.lines().count() > 50);
    let document: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(document, ours("modbus/zeek_modbus_eit.pcap"));
}

#[test]
fn several_files_are_one_document_a_line() {
    let files = ["modbus/zeek_modbus_eit.pcap", "arp/zeek_arp_leak.pcap"];
    let (code, out, _) = run(&["facts", files[0], files[1]]);
    assert_eq!(code, Some(0));
    let lines: Vec<Value> = out
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    assert_eq!(lines, files.map(ours));
}

#[test]
fn what_is_no_capture_is_one_clear_line() {
    for file in ["modbus/no_such.pcap", "modbus/zeek_modbus_eit.facts.json"] {
        let (code, out, err) = run(&["facts", file]);
        assert_eq!((code, out.as_str()), (Some(1), ""), "{file}");
        assert_eq!(err.lines().count(), 1, "{err}");
        assert!(err.contains(file), "{err}");
    }
}

//! Bench `dissect`: what the dissectors take for a message, protocol by protocol, over every capture of
//! the project.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::Figure;
use crate::{shell::Cmd, steps::with_progress, workspace};

const PACKAGE: &str = "sensor-protocols";
const EXAMPLE: &str = "dissect_cost";

/// What was timed of one protocol.
#[derive(Default)]
struct Sum {
    messages: u64,
    bytes: u64,
    nanoseconds: u64,
}

pub(super) fn measure() -> Result<Vec<Figure>> {
    let program = with_progress("building the bench (release)", build)?;
    let captures = below(&workspace::captures())?;
    ensure!(!captures.is_empty(), "no captures below tests/captures");
    let lines = with_progress("dissecting", || {
        Cmd::new("taskset")
            .args(["--cpu-list", "0"])
            .arg(&program)
            .args(&captures)
            .stdout()
    })?;
    eprintln!(
        "command: taskset --cpu-list 0 {} FILE… ({} captures)",
        workspace::shown(&program),
        captures.len()
    );
    figures(&lines)
}

fn build() -> Result<PathBuf> {
    let log = workspace::scratch_dir().join("logs/bench-build.log");
    Cmd::cargo()
        .args(["build", "--locked", "--release", "--package", PACKAGE])
        .args(["--example", EXAMPLE])
        .run_logged(&log)?;
    let folder = workspace::target_dir().join("release/examples");
    Ok(folder.join(EXAMPLE))
}

/// Capture files of a folder and those in it, by name.
pub(super) fn below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        let kind = path.extension().unwrap_or_default();
        if path.is_dir() {
            found.extend(below(&path)?);
        } else if kind == "pcap" || kind == "pcapng" {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Adds up the lines of the example. Two figures for each protocol: nanoseconds a message, and gigabytes of messages a second.
fn figures(lines: &str) -> Result<Vec<Figure>> {
    let mut sums: BTreeMap<String, Sum> = BTreeMap::new();
    for line in lines.lines() {
        let row: Value = serde_json::from_str(line).with_context(|| line.to_owned())?;
        let number = |name: &str| row[name].as_u64().with_context(|| line.to_owned());
        let protocol = row["protocol"].as_str().with_context(|| line.to_owned())?;
        let sum = sums.entry(protocol.to_owned()).or_default();
        sum.messages += number("messages")?;
        sum.bytes += number("bytes")?;
        sum.nanoseconds += number("nanoseconds")?;
    }
    let figures = sums.iter().flat_map(|(protocol, sum)| {
        let each = ratio(sum.nanoseconds, sum.messages);
        // Bytes a nanosecond are gigabytes a second.
        let speed = ratio(sum.bytes, sum.nanoseconds);
        [
            Figure::new(format!("dissect_{protocol}"), each, "ns/message"),
            Figure::new(format!("dissect_{protocol}_speed"), speed, "GB/s"),
        ]
    });
    Ok(figures.collect())
}

#[expect(
    clippy::cast_precision_loss,
    reason = "both are far below 2^52: messages, octets and nanoseconds of some seconds"
)]
fn ratio(a: u64, b: u64) -> f64 {
    a as f64 / b.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_a_protocol_are_put_together() {
        let lines = r#"{"file":"a","protocol":"modbus","messages":10,"bytes":120,"nanoseconds":400}
{"file":"b","protocol":"modbus","messages":30,"bytes":400,"nanoseconds":1200}
{"file":"b","protocol":"arp","messages":1,"bytes":28,"nanoseconds":14}"#;
        let figures = figures(lines).unwrap();
        let found: Vec<_> = figures.iter().map(|f| (&*f.name, f.value)).collect();
        assert_eq!(
            found,
            [
                ("dissect_arp", 14.0),
                ("dissect_arp_speed", 2.0),
                ("dissect_modbus", 40.0),
                ("dissect_modbus_speed", 0.325),
            ]
        );
    }
}

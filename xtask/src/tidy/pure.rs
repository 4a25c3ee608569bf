//! Stages 3 to 5 are pure: no I/O, no clock, no logging, no threads; so a replay gives byte for byte
//! what live capture gives. The crates' manifests already keep most of it out; this keeps out what
//! the standard library offers, and the wrong parts of the crate below.

use super::source::{Problem, SourceFile, Tree, WrittenPath, collect, paths};

const PROTOCOLS: &str = "sensor-agent/crates/sensor-protocols/src/";
const DETECT: &str = "sensor-agent/crates/sensor-detect/src/";

/// What neither crate may name, as the first segments of a path.
const FORBIDDEN: &[&[&str]] = &[
    &["std", "fs"],
    &["std", "io"],
    &["std", "env"],
    &["std", "process"],
    &["std", "thread"],
    &["std", "time", "Instant"],
    &["std", "time", "SystemTime"],
    &["std", "net", "TcpStream"],
    &["std", "net", "TcpListener"],
    &["std", "net", "UdpSocket"],
    &["tracing"],
    &["log"],
    &["println"],
    &["eprintln"],
    &["print"],
    &["eprint"],
];

/// What detection may know of the crate below: facts, never packets or streams.
const DETECT_MAY_USE: &[&str] = &["observation", "time", "addr"];

pub(crate) fn find(tree: &Tree) -> Vec<Problem> {
    let mut problems = collect(product(tree, PROTOCOLS), check_std);
    problems.extend(collect(product(tree, DETECT), check_std));
    problems.extend(collect(product(tree, DETECT), check_detect));
    for folder in [PROTOCOLS, DETECT] {
        problems.extend(
            tree.get(&format!("{folder}lib.rs"))
                .and_then(forbids_unsafe),
        );
    }
    problems
}

fn product<'a>(tree: &'a Tree, folder: &'a str) -> impl Iterator<Item = &'a SourceFile> {
    tree.rust_below(folder).filter(|file| !file.is_test())
}

fn check_std(file: &SourceFile) -> Result<Vec<Problem>, Problem> {
    let problems = paths(file.product_tokens()?)
        .iter()
        .filter(|path| FORBIDDEN.iter().any(|bad| starts_with(path, bad)))
        .map(|path| {
            let name = path.segments.join("::");
            file.problem(
                path.line,
                format!("`{name}` does not belong into a pure stage"),
            )
        })
        .collect();
    Ok(problems)
}

fn check_detect(file: &SourceFile) -> Result<Vec<Problem>, Problem> {
    let problems = paths(file.product_tokens()?)
        .iter()
        .filter(|path| starts_with(path, &["sensor_protocols"]))
        .filter_map(|path| {
            let part = path.segments.get(1)?;
            (!DETECT_MAY_USE.contains(&part.as_str())).then(|| {
                file.problem(
                    path.line,
                    format!(
                        "detection may only use {} of sensor_protocols, not `{part}`",
                        DETECT_MAY_USE.join(", ")
                    ),
                )
            })
        })
        .collect();
    Ok(problems)
}

fn starts_with(path: &WrittenPath, start: &[&str]) -> bool {
    path.segments.len() >= start.len()
        && path
            .segments
            .iter()
            .zip(start)
            .all(|(have, want)| have == want)
}

fn forbids_unsafe(file: &SourceFile) -> Option<Problem> {
    let text: String = file.text.split_whitespace().collect();
    let forbids = text.contains("#![forbid(unsafe_code");
    (!forbids).then(|| file.problem(1, "add `#![forbid(unsafe_code)]`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIB: (&str, &str) = (
        "sensor-agent/crates/sensor-detect/src/lib.rs",
        "#![forbid(unsafe_code)]",
    );

    fn found(path: &str, text: &str) -> Vec<String> {
        find(&Tree::of(&[LIB, (path, text)]))
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn a_clock_and_a_file_are_reported() {
        let text = "use std::{collections::BTreeMap, time::{Duration, Instant}};\nfn f() { std::fs::read(\"x\"); }";
        let found = found("sensor-agent/crates/sensor-detect/src/engines/x.rs", text);
        assert_eq!(found.len(), 2, "{found:?}");
    }

    #[test]
    fn printing_is_reported_and_durations_are_not() {
        let bad = found(
            "sensor-agent/crates/sensor-protocols/src/flow/x.rs",
            "fn f() { println!(\"x\"); }",
        );
        assert_eq!(bad.len(), 1, "{bad:?}");
        let good = found(
            "sensor-agent/crates/sensor-protocols/src/flow/x.rs",
            "use std::time::Duration;",
        );
        assert!(good.is_empty(), "{good:?}");
    }

    #[test]
    fn detection_may_not_see_packets() {
        let path = "sensor-agent/crates/sensor-detect/src/engines/x.rs";
        assert_eq!(
            found(path, "use sensor_protocols::decode::Packet;").len(),
            1
        );
        assert!(
            found(
                path,
                "use sensor_protocols::{observation::Observation, time::Timestamp};"
            )
            .is_empty()
        );
    }

    #[test]
    fn a_library_that_allows_unsafe_is_reported() {
        let tree = Tree::of(&[(LIB.0, "pub mod x;")]);
        assert_eq!(find(&tree).len(), 1);
    }
}

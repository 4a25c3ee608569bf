//! `cargo xtask facts [PATH…]`: how far the sensor and the oracle agree, by protocol.
//!
//! Data in: captures with `NAME.facts.json` beside them (what tshark found), and the reviewed list of
//! differences. Data out: a table by section with how many values are equal, differ for a reviewed
//! reason, differ without one, or are missing on our side; `--json` gives the same as a list. Ends with an
//! error when a value differs that nobody reviewed; missing ones are counted and no error, for many
//! protocols are not dissected. The tests of the agent compare the same documents.

mod compare;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::{
    agent::{self, Profile},
    shell::Cmd,
    steps::with_progress,
    workspace,
};
use compare::{Difference, Reviewed, Score};

/// What the facts of a capture are called beside it.
const FACTS: &str = "facts.json";

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Captures, or folders of captures, with the oracle's facts beside them [default: tests/captures]
    paths: Vec<PathBuf>,
    /// Print a list of {section, values, equal, reviewed, different, missing} instead of a table
    #[arg(long)]
    json: bool,
    /// List every value that differs without a reviewed reason or is missing
    #[arg(long)]
    verbose: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let log = workspace::scratch_dir().join("logs/agent-build.log");
    let program = with_progress("agent", || agent::build(Profile::Debug, &log))
        .with_context(|| format!("the compiler's messages are in {}", log.display()))?;
    let reviewed = Reviewed::read(&workspace::root())?;
    let mut paths = args.paths.clone();
    if paths.is_empty() {
        paths.push(workspace::captures());
    }
    let captures = captures(&paths)?;
    let mut sections = BTreeMap::<String, Score>::new();
    for capture in &captures {
        let found = compare_one(&program, capture, &reviewed, &mut sections)
            .with_context(|| capture.display().to_string())?;
        for difference in found.iter().filter(|_| args.verbose) {
            eprintln!("{}: {difference}", workspace::shown(capture));
        }
    }
    if args.json {
        let list: Vec<_> = sections
            .iter()
            .map(|(name, score)| json(name, score))
            .collect();
        println!("{}", serde_json::to_string_pretty(&list)?);
    } else {
        print(captures.len(), &sections);
    }
    let different: usize = sections.values().map(|score| score.different).sum();
    ensure!(
        different == 0,
        "{different} values differ without a reviewed reason; --verbose lists them"
    );
    Ok(())
}

/// All captures that have facts, folders searched to their depths, in order of name.
fn captures(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for path in paths {
        search(path, &mut found).with_context(|| format!("cannot read {}", path.display()))?;
    }
    found.sort();
    ensure!(
        !found.is_empty(),
        "no capture with a NAME.{FACTS} beside it in {}",
        paths
            .iter()
            .map(|path| path.display().to_string())
            .collect::<Vec<_>>()
            .join(", ")
    );
    Ok(found)
}

fn search(path: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    if path.is_dir() {
        for entry in fs::read_dir(path)? {
            search(&entry?.path(), found)?;
        }
        return Ok(());
    }
    ensure!(path.exists(), "no such file");
    let is_capture = path
        .extension()
        .is_some_and(|end| end == "pcap" || end == "pcapng" || end == "cap");
    if is_capture && path.with_extension(FACTS).exists() {
        found.push(path.to_owned());
    }
    Ok(())
}

fn compare_one(
    program: &Path,
    capture: &Path,
    reviewed: &Reviewed,
    sections: &mut BTreeMap<String, Score>,
) -> Result<Vec<Difference>> {
    let theirs: Value = serde_json::from_slice(&fs::read(capture.with_extension(FACTS))?)
        .with_context(|| format!("{FACTS} is no JSON"))?;
    let ours = Cmd::new(program).arg("facts").arg(capture).stdout()?;
    let ours: Value = serde_json::from_str(&ours).context("the agent's facts are no JSON")?;
    Ok(compare::documents(
        &theirs,
        &ours,
        &reviewed.of(capture),
        sections,
    ))
}

fn json(name: &str, score: &Score) -> Value {
    json!({
        "section": name,
        "values": score.values(),
        "equal": score.equal,
        "reviewed": score.reviewed,
        "different": score.different,
        "missing": score.missing,
    })
}

fn print(captures: usize, sections: &BTreeMap<String, Score>) {
    let row = |name: &str, score: &Score| {
        let values = score.values();
        let percent = |part: usize| 100.0 * as_f64(part) / as_f64(values.max(1));
        println!(
            "{name:<18} {values:>8} {:>8} {:>9} {:>10} {:>8}   {:>5.1} %",
            score.equal,
            score.reviewed,
            score.different,
            score.missing,
            percent(score.equal)
        );
    };
    println!("{captures} captures");
    println!(
        "{:<18} {:>8} {:>8} {:>9} {:>10} {:>8}   {:>7}",
        "section", "values", "equal", "reviewed", "different", "missing", "equal"
    );
    let mut all = Score::default();
    for (name, score) in sections {
        row(name, score);
        all.add(score);
    }
    row("all", &all);
}

fn as_f64(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

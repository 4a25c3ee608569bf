//! Bench `detect`: what detection takes for an observation of learned and of new traffic, all engines
//! together and each alone, and the memory of a learned tuple.

use std::path::PathBuf;

use anyhow::{Context, Result};
use serde_json::Value;

use super::Figure;
use crate::{shell::Cmd, steps::with_progress, workspace};

const PACKAGE: &str = "sensor-detect";
const EXAMPLE: &str = "cost";

/// Units that the example measures in.
const UNITS: [&str; 3] = ["tuples", "bytes", "ns/observation"];

pub(super) fn measure() -> Result<Vec<Figure>> {
    let program = with_progress("building the bench (release)", build)?;
    let rows = with_progress("detecting", || {
        Cmd::new("taskset")
            .args(["--cpu-list", "0"])
            .arg(&program)
            .stdout()
    })?;
    eprintln!(
        "command: taskset --cpu-list 0 {}",
        workspace::shown(&program)
    );
    figures(&rows)
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

fn figures(rows: &str) -> Result<Vec<Figure>> {
    let rows: Vec<Value> = serde_json::from_str(rows).context("the bench printed no rows")?;
    rows.iter()
        .map(|row| {
            let name = row["name"].as_str().with_context(|| row.to_string())?;
            let value = row["value"].as_f64().with_context(|| row.to_string())?;
            let unit = UNITS
                .into_iter()
                .find(|unit| row["unit"] == *unit)
                .with_context(|| row.to_string())?;
            Ok(Figure::new(name.to_owned(), value, unit))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_become_figures() {
        let rows =
            r#"[{"name": "detect_known_all_engines", "value": 87.5, "unit": "ns/observation"}]"#;
        let figures = figures(rows).unwrap();
        let found: Vec<_> = figures
            .iter()
            .map(|f| (&*f.name, f.value, f.unit))
            .collect();
        assert_eq!(
            found,
            [("detect_known_all_engines", 87.5, "ns/observation")]
        );
    }
}

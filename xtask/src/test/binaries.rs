//! The test programs of the workspace: compiled in one go, so that they and the agent share every
//! dependency, then run one after the other with a time limit.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result};
use serde_json::Value;

use super::tally::{self, Tally};
use crate::{
    agent::{self, Profile},
    shell::Cmd,
};

/// No test program may take longer. The longest plays every capture of the project twice through the
/// kernel program, some six minutes on two cores with nothing else to do.
const LIMIT: Duration = Duration::from_mins(20);

/// The package of the tests that start the agent.
const END_TO_END: &str = "sensor-e2e";

/// What one `cargo test --no-run` gave.
pub(crate) struct Compiled {
    pub tests: Vec<TestBinary>,
    pub agent: PathBuf,
}

/// One test program.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TestBinary {
    /// Package and target, such as `sensor-agent::golden`.
    pub name: String,
    package_folder: PathBuf,
    program: PathBuf,
}

/// Compiles all tests of the workspace and with them the agent that end-to-end tests start.
pub(crate) fn compile(log: &Path) -> Result<Compiled> {
    let json = Cmd::cargo()
        .args(["test", "--workspace", "--locked", "--no-run"])
        .arg("--message-format=json-render-diagnostics")
        .stdout_logged(log)?;
    let artifacts: Vec<Value> = json
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect();
    let tests = artifacts
        .iter()
        .filter_map(TestBinary::from_artifact)
        .collect();
    let agent = match artifacts.iter().find_map(agent_program) {
        Some(program) => program,
        None => agent::build(Profile::Debug, log)?,
    };
    Ok(Compiled { tests, agent })
}

fn agent_program(artifact: &Value) -> Option<PathBuf> {
    let is_agent =
        artifact["target"]["name"] == "sensor-agent" && artifact["profile"]["test"] == false;
    let program = artifact["executable"].as_str()?;
    is_agent.then(|| PathBuf::from(program))
}

impl TestBinary {
    fn from_artifact(artifact: &Value) -> Option<Self> {
        if artifact["profile"]["test"] != true {
            return None;
        }
        let manifest = Path::new(artifact["manifest_path"].as_str()?);
        let package_folder = manifest.parent()?.to_path_buf();
        let package = package_name(artifact["package_id"].as_str()?);
        let target = artifact["target"]["name"].as_str()?;
        Some(Self {
            name: format!("{package}::{target}"),
            package_folder,
            program: PathBuf::from(artifact["executable"].as_str()?),
        })
    }

    pub(crate) fn is_end_to_end(&self) -> bool {
        self.name.starts_with(END_TO_END)
    }

    /// Runs the program as cargo would; its counts, and what it said when it did not end well. What
    /// it said otherwise goes to `log`.
    pub(crate) fn run(&self, agent: &Path, log: &Path) -> Result<(Tally, Option<String>)> {
        let own = log.with_extension("part");
        let _ = fs::remove_file(&own);
        let mut cmd = Cmd::new(&self.program)
            .dir(&self.package_folder)
            .env("CARGO_MANIFEST_DIR", &self.package_folder)
            .env("TELLTALE_AGENT", agent)
            .limit(LIMIT);
        if self.is_end_to_end() {
            // One after the other: they share interfaces; and with what they say about skipping.
            cmd = cmd.args(["--test-threads=1", "--nocapture"]);
        }
        let status = cmd.status_logged(&own).with_context(|| self.name.clone())?;
        let said = fs::read_to_string(&own).unwrap_or_default();
        fs::remove_file(&own)?;
        let counts = tally::count(&said);
        let said = format!("== {}\n{said}", self.name);
        if status.success() {
            append(log, &said)?;
            return Ok((counts, None));
        }
        Ok((counts, Some(said)))
    }
}

pub(super) fn append(log: &Path, text: &str) -> Result<()> {
    use std::io::Write;
    let mut file = fs::File::options().create(true).append(true).open(log)?;
    file.write_all(text.as_bytes())?;
    Ok(())
}

/// Cargo's package id ends with `#name@version` or `folder#version`.
fn package_name(id: &str) -> &str {
    let (location, fragment) = id.rsplit_once('#').unwrap_or(("", id));
    match fragment.split_once('@') {
        Some((name, _)) => name,
        None => location.rsplit('/').next().unwrap_or(location),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_from_both_forms_of_a_package_id() {
        assert_eq!(
            package_name("path+file:///a/sensor-agent#0.1.0"),
            "sensor-agent"
        );
        assert_eq!(
            package_name("path+file:///a/tests/e2e#sensor-e2e@0.1.0"),
            "sensor-e2e"
        );
    }

    #[test]
    fn only_test_programs_are_taken() {
        let artifact = |test: bool| {
            serde_json::json!({
                "package_id": "path+file:///a/tests/e2e#sensor-e2e@0.1.0",
                "manifest_path": "/a/tests/e2e/Cargo.toml",
                "target": {"name": "lifecycle"},
                "profile": {"test": test},
                "executable": "/t/debug/deps/lifecycle-1",
            })
        };
        let test = TestBinary::from_artifact(&artifact(true)).unwrap();
        assert_eq!(test.name, "sensor-e2e::lifecycle");
        assert!(test.is_end_to_end());
        assert_eq!(TestBinary::from_artifact(&artifact(false)), None);
    }
}

//! Golden cases: a folder in `tests/cases` says what to replay and what must come out.
//!
//! `TELLTALE_BLESS=1 cargo test -p sensor-agent --test agent cases` writes what comes out as what
//! is expected; look at the difference before you keep it.

use std::fs;
use std::path::Path;

use serde::Deserialize;

use crate::support::{capture, shared, stdout};

/// `case.toml` of a case.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// What the case shows, for readers of the folder.
    about: String,
    /// Captures to learn first, below `tests/captures`.
    #[serde(default)]
    learn: Vec<String>,
    /// Captures to detect in.
    replay: Vec<String>,
    /// Further arguments.
    #[serde(default)]
    arguments: Vec<String>,
}

impl Case {
    fn arguments(&self) -> Vec<String> {
        let mut arguments = vec!["replay".to_owned(), "--alerts".to_owned()];
        for learn in &self.learn {
            arguments.extend(["--learn".to_owned(), capture(learn)]);
        }
        arguments.extend(self.arguments.iter().cloned());
        arguments.extend(self.replay.iter().map(|name| capture(name)));
        arguments
    }
}

/// The first line in which two texts differ.
fn difference(expected: &str, found: &str) -> String {
    let mut pairs = expected.lines().zip(found.lines()).enumerate();
    match pairs.find(|(_, (expected, found))| expected != found) {
        Some((index, (expected, found))) => {
            format!("line {}:\nexpected {expected}\nfound    {found}", index + 1)
        }
        None => format!(
            "{} lines expected, {} found",
            expected.lines().count(),
            found.lines().count()
        ),
    }
}

fn check(folder: &Path) -> Result<(), String> {
    let text = fs::read_to_string(folder.join("case.toml")).map_err(|e| e.to_string())?;
    let case: Case = toml::from_str(&text).map_err(|e| e.to_string())?;
    if case.about.is_empty() {
        return Err("`about` is empty".to_owned());
    }
    let arguments = case.arguments();
    let found = stdout(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    let file = folder.join("expected.ndjson");
    if std::env::var_os("TELLTALE_BLESS").is_some() {
        fs::write(&file, &found).map_err(|e| e.to_string())?;
    }
    let expected = fs::read_to_string(&file).map_err(|e| e.to_string())?;
    if expected == found {
        Ok(())
    } else {
        Err(difference(&expected, &found))
    }
}

#[test]
fn every_case_gives_what_is_expected() {
    let mut folders: Vec<_> = fs::read_dir(shared("cases"))
        .expect("the cases")
        .map(|entry| entry.expect("a case").path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    assert!(!folders.is_empty());
    let failures: Vec<String> = folders
        .iter()
        .filter_map(|folder| {
            let failure = check(folder).err()?;
            Some(format!("{}: {failure}", folder.display()))
        })
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

//! Reads the catalogue's data files, which are part of the program.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;

use super::{AlertType, Catalogue, Engine, Severity, Threshold};
use crate::engines::registry;

macro_rules! remediation_file {
    ($name:literal) => {
        ($name, include_str!(concat!("remediation/", $name, ".toml")))
    };
}

const TYPES: &str = include_str!("alert-types.csv");

/// Steps by category, and by type in one file for each area.
const REMEDIATION: &[(&str, &str)] = &[
    remediation_file!("general"),
    remediation_file!("power"),
    remediation_file!("factory"),
    remediation_file!("vendors"),
    remediation_file!("it"),
    remediation_file!("malware"),
    remediation_file!("behaviour"),
];

/// One row of `alert-types.csv`.
#[derive(Deserialize)]
struct Row {
    id: String,
    engine: Engine,
    title: String,
    severity: Severity,
    category: String,
    learnable: YesNo,
    aggregated: YesNo,
    mutable: YesNo,
    default: OnOff,
    protocol: String,
    count: Option<u32>,
    window_seconds: Option<u64>,
    techniques: String,
    description: String,
    message: String,
    false_positives: String,
    /// Why no rule raises the type.
    waits_for: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum YesNo {
    Yes,
    No,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum OnOff {
    On,
    Off,
}

/// The files of `remediation`.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Remediation {
    pub category: BTreeMap<String, Vec<String>>,
    pub r#type: BTreeMap<String, Vec<String>>,
}

pub(super) fn remediation() -> Remediation {
    let mut all = Remediation::default();
    for (name, text) in REMEDIATION {
        let file: Remediation =
            toml::from_str(text).unwrap_or_else(|error| panic!("remediation/{name}.toml: {error}"));
        all.category.extend(file.category);
        for (id, steps) in file.r#type {
            let before = all.r#type.insert(id, steps);
            assert!(before.is_none(), "remediation/{name}.toml: a type twice");
        }
    }
    all
}

/// Builds the catalogue.
///
/// # Panics
/// When a data file is not well-formed, which a test would show: they are part of the program.
pub(super) fn catalogue() -> Catalogue {
    let remediation = remediation();
    let mut reader = csv::Reader::from_reader(TYPES.as_bytes());
    let types: Vec<AlertType> = reader
        .deserialize()
        .enumerate()
        .map(|(at, row)| {
            let row: Row = row.unwrap_or_else(|error| panic!("alert-types.csv: {error}"));
            alert_type(at, row, &remediation)
        })
        .collect();
    let mut by_id: Vec<(Arc<str>, u16)> =
        types.iter().map(|t| (Arc::clone(&t.id), t.index)).collect();
    by_id.sort();
    Catalogue { types, by_id }
}

fn alert_type(at: usize, row: Row, remediation: &Remediation) -> AlertType {
    let steps = remediation.r#type.get(&row.id);
    let steps = steps.or_else(|| remediation.category.get(&row.category));
    let implemented = registry::is_implemented(&row.id);
    AlertType {
        index: u16::try_from(at).unwrap_or(u16::MAX),
        engine: row.engine,
        title: row.title,
        description: row.description,
        message: row.message,
        severity: row.severity,
        category: row.category,
        protocol: row.protocol,
        learnable: row.learnable == YesNo::Yes,
        aggregated: row.aggregated == YesNo::Yes,
        mutable: row.mutable == YesNo::Yes,
        enabled_by_default: row.default == OnOff::On,
        threshold: row.count.map(|count| Threshold {
            count,
            window: Duration::from_secs(row.window_seconds.unwrap_or(0)),
        }),
        techniques: row
            .techniques
            .split_whitespace()
            .map(str::to_owned)
            .collect(),
        remediation_steps: steps.cloned().unwrap_or_default(),
        false_positives: row.false_positives,
        not_implemented: (!implemented).then_some(row.waits_for),
        id: row.id.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_says_what_it_waits_for_exactly_when_no_rule_raises_it() {
        let mut reader = csv::Reader::from_reader(TYPES.as_bytes());
        for row in reader.deserialize() {
            let row: Row = row.unwrap();
            let implemented = registry::is_implemented(&row.id);
            assert_eq!(row.waits_for.is_empty(), implemented, "{}", row.id);
            assert!(
                !implemented || !row.false_positives.is_empty(),
                "{}",
                row.id
            );
        }
    }

    #[test]
    fn every_implemented_type_has_remediation_steps_of_its_own() {
        let remediation = remediation();
        for raises in registry::implemented() {
            assert!(remediation.r#type.contains_key(raises.id), "{}", raises.id);
        }
        for id in remediation.r#type.keys() {
            assert!(
                registry::is_implemented(id),
                "steps for `{id}`, which no rule raises"
            );
        }
    }
}

//! Two documents of facts, value by value.
//!
//! Data in: the oracle's facts and ours, and the reviewed differences of the capture. Data out: a score
//! by section, and what differs without a reviewed reason. An object is compared by its keys, everything
//! else as a whole.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt, fs,
    path::Path,
    sync::LazyLock,
};

use anyhow::{Context, Result};
use serde_json::{Map, Value};

/// The reviewed differences, by capture.
const REVIEWED: &str = "sensor-agent/tests/facts_disagreements.json";

/// How many values of a section are what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Score {
    pub equal: usize,
    /// Differ, for a reason that a test proves.
    pub reviewed: usize,
    /// Differ without one.
    pub different: usize,
    /// The oracle has a value and the sensor has none.
    pub missing: usize,
}

impl Score {
    pub(super) const fn values(&self) -> usize {
        self.equal + self.reviewed + self.different + self.missing
    }

    pub(super) const fn add(&mut self, other: &Self) {
        self.equal += other.equal;
        self.reviewed += other.reviewed;
        self.different += other.different;
        self.missing += other.missing;
    }
}

/// A value in which the documents differ.
#[derive(Debug, PartialEq)]
pub(super) struct Difference {
    field: String,
    theirs: Value,
    ours: Value,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            field,
            theirs,
            ours,
        } = self;
        write!(f, "{field}: oracle {theirs}, sensor {ours}")
    }
}

/// The reviewed list.
pub(super) struct Reviewed(Vec<Value>);

impl Reviewed {
    pub(super) fn read(root: &Path) -> Result<Self> {
        let path = root.join(REVIEWED);
        let text = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let list = serde_json::from_slice(&text)
            .with_context(|| format!("{} is no list", path.display()))?;
        Ok(Self(list))
    }

    /// The fields of a capture, which goes by its folder and name wherever that folder lies.
    pub(super) fn of(&self, capture: &Path) -> BTreeMap<&str, (&Value, &Value)> {
        self.0
            .iter()
            .filter(|entry| {
                entry["file"]
                    .as_str()
                    .is_some_and(|file| capture.ends_with(file))
            })
            .filter_map(|entry| {
                let field = entry["field"].as_str()?;
                Some((field, (&entry["oracle"], &entry["ours"])))
            })
            .collect()
    }
}

/// Compares two documents.
pub(super) fn documents(
    theirs: &Value,
    ours: &Value,
    reviewed: &BTreeMap<&str, (&Value, &Value)>,
    sections: &mut BTreeMap<String, Score>,
) -> Vec<Difference> {
    let mut leaves = Vec::new();
    walk(String::new(), theirs, ours, &mut leaves);
    let mut found = Vec::new();
    for (field, theirs, ours) in leaves {
        let Some(section) = section(&field) else {
            continue;
        };
        let score = sections.entry(section.to_owned()).or_default();
        if theirs == ours {
            score.equal += 1;
        } else if reviewed.get(field.as_str()) == Some(&(theirs, ours)) {
            score.reviewed += 1;
        } else {
            if ours.is_null() {
                score.missing += 1;
            } else {
                score.different += 1;
            }
            found.push(Difference {
                field,
                theirs: theirs.clone(),
                ours: ours.clone(),
            });
        }
    }
    found
}

/// The row that a field counts for: its section; an event counts for its protocol. `None` for what is no
/// fact of the capture, or the opinion of one side alone.
fn section(field: &str) -> Option<&str> {
    match field.split_once('.') {
        None if matches!(field, "oracle" | "schema") => None,
        None => Some(field),
        Some(("sensor", _)) => None,
        Some(("quality", rest)) => (rest == "malformed_frames").then_some("malformed_frames"),
        Some(("events", name)) => name.split_once('.').map(|(protocol, _)| protocol),
        Some((section, _)) => Some(section),
    }
}

/// Every leaf of either document with both values.
fn walk<'a>(
    path: String,
    theirs: &'a Value,
    ours: &'a Value,
    leaves: &mut Vec<(String, &'a Value, &'a Value)>,
) {
    static NOTHING: LazyLock<Map<String, Value>> = LazyLock::new(Map::new);
    match (theirs, ours) {
        (Value::Object(a), Value::Object(b)) => objects(&path, a, b, leaves),
        (Value::Object(a), Value::Null) => objects(&path, a, &NOTHING, leaves),
        (Value::Null, Value::Object(b)) => objects(&path, &NOTHING, b, leaves),
        _ => leaves.push((path, theirs, ours)),
    }
}

fn objects<'a>(
    path: &str,
    theirs: &'a Map<String, Value>,
    ours: &'a Map<String, Value>,
    leaves: &mut Vec<(String, &'a Value, &'a Value)>,
) {
    for key in theirs.keys().chain(ours.keys()).collect::<BTreeSet<_>>() {
        let dot = if path.is_empty() { "" } else { "." };
        let value = |map: &'a Map<String, Value>| map.get(key).unwrap_or(&Value::Null);
        walk(
            format!("{path}{dot}{key}"),
            value(theirs),
            value(ours),
            leaves,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn compared(theirs: &Value, ours: &Value) -> (BTreeMap<String, Score>, Vec<Difference>) {
        let (accepted, instead) = (json!(4), json!(3));
        let reviewed = BTreeMap::from([("quality.malformed_frames", (&accepted, &instead))]);
        let mut sections = BTreeMap::new();
        let found = documents(theirs, ours, &reviewed, &mut sections);
        (sections, found)
    }

    #[test]
    fn each_value_counts_once_for_its_section() {
        let theirs = json!({
            "oracle": "tshark",
            "quality": {"malformed_frames": 4, "expert_errors": {"x": 1}},
            "events": {"modbus.write": {"frames": 2}},
            "modbus": {"pdus": 7, "functions": {"3": 5, "5": 2}},
            "bacnet": {"apdu_types": {"0": 1}},
        });
        let ours = json!({
            "oracle": "sensor-agent",
            "quality": {"malformed_frames": 3},
            "events": {"modbus.write": {"frames": 2}},
            "modbus": {"pdus": 7, "functions": {"3": 4, "5": 2, "6": 1}},
            "sensor": {"messages": 9},
        });
        let (sections, found) = compared(&theirs, &ours);
        assert_eq!(sections.len(), 3);
        assert_eq!(sections["malformed_frames"].reviewed, 1);
        let modbus = Score {
            equal: 3,
            different: 2,
            ..Score::default()
        };
        assert_eq!(sections["modbus"], modbus);
        assert_eq!(sections["bacnet"].missing, 1);
        assert_eq!(found.len(), 3);
        assert_eq!(
            found[0].to_string(),
            "bacnet.apdu_types.0: oracle 1, sensor null"
        );
    }

    #[test]
    fn a_reviewed_difference_counts_with_its_values_only() {
        let (sections, _) = compared(
            &json!({"quality": {"malformed_frames": 4}}),
            &json!({"quality": {"malformed_frames": 2}}),
        );
        assert_eq!(sections["malformed_frames"].different, 1);
    }

    #[test]
    fn the_list_is_found_by_folder_and_name() {
        let list = json!([{"file": "a/b.pcap", "field": "x", "oracle": 1, "ours": 2}]);
        let Value::Array(list) = list else {
            panic!("a list")
        };
        let reviewed = Reviewed(list);
        assert_eq!(reviewed.of(Path::new("/captures/a/b.pcap")).len(), 1);
        assert!(reviewed.of(Path::new("/captures/a/c.pcap")).is_empty());
    }
}

//! The alert catalogue: every alert type with its fixed properties, as data.
//!
//! `alert-types.csv` has one row per type, `remediation` the steps to take, `attack-ics.csv`
//! the techniques of MITRE ATT&CK for ICS. All are part of the program and read once. Whether a
//! type is implemented is not written down anywhere: the rules say what they raise.

mod document;
mod load;
mod render;
mod techniques;

pub use document::document;
pub use render::{COMMON, additional_information, render};
pub use techniques::{Technique, technique, techniques};

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The five engines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Engine {
    ProtocolViolation,
    PolicyViolation,
    Malware,
    Anomaly,
    Operational,
}

impl Engine {
    pub const ALL: [Self; 5] = [
        Self::ProtocolViolation,
        Self::PolicyViolation,
        Self::Malware,
        Self::Anomaly,
        Self::Operational,
    ];

    pub const fn id(self) -> &'static str {
        match self {
            Self::ProtocolViolation => "protocol_violation",
            Self::PolicyViolation => "policy_violation",
            Self::Malware => "malware",
            Self::Anomaly => "anomaly",
            Self::Operational => "operational",
        }
    }

    /// Name for people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::ProtocolViolation => "Protocol violation",
            Self::PolicyViolation => "Policy violation",
            Self::Malware => "Malware",
            Self::Anomaly => "Anomaly",
            Self::Operational => "Operational",
        }
    }
}

/// How urgent an alert is, least urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Deviation from the baseline without a threat.
    Warning,
    /// Deviation that may hold a threat.
    Minor,
    /// A threat worth addressing.
    Major,
    /// Malicious; act at once.
    Critical,
}

impl Severity {
    pub const ALL: [Self; 4] = [Self::Warning, Self::Minor, Self::Major, Self::Critical];

    pub const fn id(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Minor => "minor",
            Self::Major => "major",
            Self::Critical => "critical",
        }
    }
}

/// `count` events within `window`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Threshold {
    pub count: u32,
    /// Zero when the threshold has no window.
    pub window: Duration,
}

/// One alert type.
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent flags of the catalogue's columns"
)]
#[derive(Clone, Debug)]
pub struct AlertType {
    /// Stable identifier, for instance `modbus_unpermitted_function_code`.
    pub id: Arc<str>,
    /// Position in the catalogue.
    pub index: u16,
    pub engine: Engine,
    pub title: String,
    pub description: String,
    /// Text with `{source}`, `{destination}` and the names of a finding's values in braces.
    pub message: String,
    pub severity: Severity,
    pub category: String,
    /// Protocols the type is about, for people.
    pub protocol: String,
    pub learnable: bool,
    pub aggregated: bool,
    /// Mutable types are those that cannot be learned (and are not about the sensor itself).
    pub mutable: bool,
    pub enabled_by_default: bool,
    pub threshold: Option<Threshold>,
    /// ATT&CK for ICS technique ids, none deprecated.
    pub techniques: Vec<String>,
    pub remediation_steps: Vec<String>,
    /// When the alert is known to be wrong.
    pub false_positives: String,
    /// `Some(reason)` when no engine raises it yet.
    pub not_implemented: Option<String>,
}

/// All alert types.
#[derive(Debug)]
pub struct Catalogue {
    types: Vec<AlertType>,
    /// Ids in order, with the position of their type.
    by_id: Vec<(Arc<str>, u16)>,
}

impl Catalogue {
    /// The type with this id.
    pub fn get(&self, id: &str) -> Option<&AlertType> {
        let at = self
            .by_id
            .binary_search_by(|(known, _)| (**known).cmp(id))
            .ok()?;
        let (_, index) = self.by_id.get(at)?;
        self.types.get(usize::from(*index))
    }

    /// Every type, in catalogue order.
    pub fn iter(&self) -> std::slice::Iter<'_, AlertType> {
        self.types.iter()
    }

    pub fn len(&self) -> usize {
        self.types.len()
    }

    pub fn is_empty(&self) -> bool {
        self.types.is_empty()
    }
}

impl<'a> IntoIterator for &'a Catalogue {
    type Item = &'a AlertType;
    type IntoIter = std::slice::Iter<'a, AlertType>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// The catalogue of this build.
pub fn catalogue() -> &'static Catalogue {
    static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(load::catalogue);
    &CATALOGUE
}

#[cfg(test)]
mod tests;

//! The alert catalogue: every alert type with its fixed properties, as data.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::finding::Finding;

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
}

impl Catalogue {
    /// The type with this id.
    pub fn get(&self, id: &str) -> Option<&AlertType> {
        self.types.iter().find(|t| &*t.id == id)
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

/// The catalogue of this build.
pub fn catalogue() -> &'static Catalogue {
    static CATALOGUE: std::sync::LazyLock<Catalogue> =
        std::sync::LazyLock::new(|| Catalogue { types: Vec::new() });
    &CATALOGUE
}

/// The message of an alert: the type's template with the finding's parties and values.
pub fn render(finding: &Finding) -> String {
    finding.alert_type.message.clone()
}

/// What else the finding knows: its values, one `name: value` a line.
pub fn additional_information(finding: &Finding) -> String {
    finding
        .values
        .iter()
        .map(|(name, value)| format!("{name}: {value}"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The alert reference (`docs/alerts.md`), generated from the catalogue.
pub fn document() -> String {
    String::new()
}

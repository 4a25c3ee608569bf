//! The alert record and its parts.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;

use sensor_detect::baseline::Tuple;
use sensor_detect::catalogue::{Engine, Severity};
use sensor_detect::finding::AlertKey;
use sensor_protocols::addr::MacAddr;
use sensor_protocols::observation::Protocol;
use sensor_protocols::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::Actor;

/// Where an alert stands in its life (see the diagram in [`crate::alert`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    New,
    Active,
    Closed,
}

impl Status {
    pub const ALL: [Self; 3] = [Self::New, Self::Active, Self::Closed];

    /// Stable identifier: `new`, `active` or `closed`.
    pub const fn id(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Active => "active",
            Self::Closed => "closed",
        }
    }

    /// New and active alerts take up further traffic of their kind.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::New | Self::Active)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// The text names no status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a status is one of new, active, closed")]
pub struct NotAStatus;

impl FromStr for Status {
    type Err = NotAStatus;

    fn from_str(text: &str) -> Result<Self, NotAStatus> {
        Self::ALL
            .into_iter()
            .find(|status| status.id() == text)
            .ok_or(NotAStatus)
    }
}

/// One side of an alert, as it was when the alert opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AlertParty {
    /// Device of the inventory, when it was known.
    pub device_id: Option<u64>,
    /// Name of that device.
    pub name: Option<String>,
    /// `None` on links without MAC addresses.
    pub mac: Option<MacAddr>,
    pub ip: Option<IpAddr>,
    /// TCP or UDP port.
    pub port: Option<u16>,
    /// Innermost 802.1Q VLAN identifier.
    pub vlan: Option<u16>,
}

impl AlertParty {
    /// The address people know the party by: IP address, else MAC address.
    pub fn address(&self) -> Option<String> {
        self.ip
            .map(|ip| ip.to_string())
            .or_else(|| self.mac.map(|mac| mac.to_string()))
    }
}

/// One kind of violation inside an alert. Every alert has at least one; aggregating types collect
/// more under the same key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViolationRecord {
    /// [`sensor_detect::finding::Finding::discriminator`].
    pub discriminator: u64,
    /// The finding's named values as text, in the order they are shown.
    pub values: Vec<(String, String)>,
    pub first_detection: Timestamp,
    pub last_detection: Timestamp,
    /// Messages that broke the rule in this way.
    pub count: u64,
    /// Frame number of the first evidence; 0 when no single frame is.
    pub frame: u64,
    /// What *learn* puts into the baseline for this violation.
    pub tuple: Option<Tuple>,
    /// This violation's tuple was learned from this alert.
    pub learned: bool,
}

/// A remark of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// Number within the alert, from 1.
    pub id: u32,
    pub time: Timestamp,
    pub author: Actor,
    pub text: String,
}

/// An alert: the record that the store keeps and that people work on.
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts that the API shows one by one"
)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    /// From 1, in the order of opening, never used twice.
    pub id: u64,
    pub type_id: Arc<str>,
    /// Identity of the traffic: findings with this key belong here while the alert is open.
    pub key: AlertKey,
    pub engine: Engine,
    pub severity: Severity,
    pub category: String,
    pub status: Status,
    pub title: String,
    /// The type's message with the values of the first finding filled in.
    pub message: String,
    pub protocol: Protocol,
    pub source: Option<AlertParty>,
    pub destination: Option<AlertParty>,
    /// Capture time of the first and the last matching traffic.
    pub first_detection: Timestamp,
    pub last_detection: Timestamp,
    /// Where the auto-close clock started, by the sensor's clock: the last traffic taken up, or the
    /// reopening. Not capture time, so that an old capture file does not close its own alerts.
    pub quiet_since: Timestamp,
    /// Last change of any kind, manual or automatic, by the sensor's clock: retention counts from
    /// here.
    pub last_activity: Timestamp,
    /// Messages this alert stands for.
    pub count: u64,
    pub learnable: bool,
    pub mutable: bool,
    pub learned: bool,
    pub muted: bool,
    pub acknowledged: bool,
    /// ATT&CK for ICS technique ids.
    pub techniques: Vec<String>,
    pub remediation_steps: Vec<String>,
    /// At most [`super::limits::VIOLATIONS`], in the order they were found.
    pub violations: Vec<ViolationRecord>,
    /// Messages of further violations, found when the list above was full.
    pub violations_omitted: u64,
    pub comments: Vec<Comment>,
    pub pcap_available: bool,
    /// The closed alert about the same traffic that came before this one.
    pub previous_alert_id: Option<u64>,
    pub pinned: bool,
    pub assignee: Option<String>,
    pub site: Option<String>,
    pub zone: Option<String>,
    /// Rises with every change except those of `count` and of the times of repeated traffic, so
    /// that a busy alert can be edited under `If-Match`.
    pub revision: u64,
}

impl Alert {
    /// The tuples that *learn* would put into the baseline, in the order of the violations.
    pub fn tuples(&self) -> impl Iterator<Item = &Tuple> {
        self.violations.iter().filter_map(|v| v.tuple.as_ref())
    }
}

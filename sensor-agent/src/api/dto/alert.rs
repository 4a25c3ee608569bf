//! Alerts and what hangs on them.

use serde::Serialize;
use utoipa::ToSchema;

use super::term::{EngineTerm, ProtocolTerm, SeverityTerm, StatusTerm};
use super::time::UtcTime;
use super::{Line, Word};
use crate::alert as domain;

/// An alert.
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts that clients filter by"
)]
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Alert {
    /// Number of the alert, from 1 in the order of opening; never used twice.
    #[schema(example = 17, minimum = 1, maximum = 9_007_199_254_740_991_u64)]
    pub id: u64,
    /// Its type in the catalogue (`/api/v1/alert-types/{id}`).
    #[schema(example = "modbus_unpermitted_function_code", max_length = 100)]
    pub type_id: String,
    pub engine: EngineTerm,
    pub severity: SeverityTerm,
    /// Category of the type.
    #[schema(example = "unauthorized_communication_behavior", max_length = 100)]
    pub category: String,
    pub status: StatusTerm,
    /// Title of the type.
    #[schema(example = "Unpermitted Modbus function code", max_length = 500)]
    pub title: String,
    /// What happened, with the addresses and values of the first finding.
    #[schema(
        example = "10.1.0.7 sent 10.1.0.20 the function code 16, which is not part of the baseline",
        max_length = 1024
    )]
    pub message: String,
    pub protocol: ProtocolTerm,
    /// Who sent the traffic; null when the alert has no source.
    pub source: Option<AlertParty>,
    /// Who received it; null when the alert has no destination.
    pub destination: Option<AlertParty>,
    /// Capture time of the first matching traffic.
    pub first_detection: UtcTime,
    /// Capture time of the last matching traffic.
    pub last_detection: UtcTime,
    /// Sensor time of the last change of any kind, manual or automatic.
    pub last_activity: UtcTime,
    /// Messages this alert stands for.
    #[schema(example = 3, minimum = 0, maximum = 9_007_199_254_740_991_u64)]
    pub count: u64,
    /// Its traffic can be put into the baseline.
    #[schema(example = true)]
    pub learnable: bool,
    /// Its traffic can be muted.
    #[schema(example = false)]
    pub mutable: bool,
    /// Its traffic is part of the baseline.
    #[schema(example = false)]
    pub learned: bool,
    /// Its traffic is muted.
    #[schema(example = false)]
    pub muted: bool,
    /// Somebody has taken notice of it.
    #[schema(example = false)]
    pub acknowledged: bool,
    /// ATT&CK for ICS techniques.
    #[schema(inline, value_type = Vec<Word>, example = json!(["T0855"]), max_items = 50)]
    pub techniques: Vec<String>,
    /// What to do about it, step by step.
    #[schema(inline, value_type = Vec<Line>, example = json!(["Ask the engineer of 10.1.0.7 about the change."]), max_items = 100)]
    pub remediation_steps: Vec<String>,
    /// The violations it covers, in the order they were found; at most 100 are kept.
    #[schema(max_items = 100)]
    pub violations: Vec<Violation>,
    /// Messages of further violations, found when `violations` was full.
    #[schema(example = 0, minimum = 0, maximum = 9_007_199_254_740_991_u64)]
    pub violations_omitted: u64,
    /// Remarks of people, oldest first.
    #[schema(max_items = 1000)]
    pub comments: Vec<Comment>,
    /// The traffic was kept as a capture file.
    #[schema(example = false)]
    pub pcap_available: bool,
    /// The closed alert about the same traffic that came before this one.
    #[schema(example = 9, minimum = 1, maximum = 9_007_199_254_740_991_u64)]
    pub previous_alert_id: Option<u64>,
    /// Kept for good: retention does not delete it.
    #[schema(example = false)]
    pub pinned: bool,
    /// Who works on it.
    #[schema(example = "j.weber", max_length = 200)]
    pub assignee: Option<String>,
    /// Site of the sensor.
    #[schema(example = "Plant 4", max_length = 200)]
    pub site: Option<String>,
    /// Zone of the sensor.
    #[schema(example = "Boiler house", max_length = 200)]
    pub zone: Option<String>,
    /// Rises with every change except those of `count` and of the detection times; the ETag.
    #[schema(example = 1, minimum = 0, maximum = 9_007_199_254_740_991_u64)]
    pub revision: u64,
}

/// One side of an alert, as it was when the alert opened.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AlertParty {
    /// Device of the inventory (`/api/v1/devices/{id}`).
    #[schema(example = 4, minimum = 1, maximum = 9_007_199_254_740_991_u64)]
    pub device_id: Option<u64>,
    /// Name of the device.
    #[schema(example = "hmi-2", max_length = 256)]
    pub name: Option<String>,
    /// MAC address; null on links that have none.
    #[schema(example = "00:1b:1b:0a:0b:0c", max_length = 17)]
    pub mac: Option<String>,
    /// IPv4 or IPv6 address; null for traffic that is not IP.
    #[schema(example = "10.1.0.7", max_length = 45)]
    pub ip: Option<String>,
    /// TCP or UDP port.
    #[schema(example = 502, minimum = 0, maximum = 65535)]
    pub port: Option<u16>,
    /// Innermost 802.1Q VLAN identifier.
    #[schema(example = 12, minimum = 0, maximum = 4095)]
    pub vlan: Option<u16>,
}

/// One kind of violation inside an alert.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Violation {
    /// What was found, as named values in the order they are to be shown.
    #[schema(max_items = 16)]
    pub values: Vec<NamedValue>,
    /// Capture time of the first message.
    pub first_detection: UtcTime,
    /// Capture time of the last message.
    pub last_detection: UtcTime,
    /// Messages that broke the rule in this way.
    #[schema(example = 3, minimum = 0, maximum = 9_007_199_254_740_991_u64)]
    pub count: u64,
    /// Frame number of the first evidence within its capture; 0 when no single frame is.
    #[schema(example = 4711, minimum = 0, maximum = 9_007_199_254_740_991_u64)]
    pub frame: u64,
    /// This violation's combination was learned from this alert.
    #[schema(example = false)]
    pub learned: bool,
}

/// A named value.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NamedValue {
    #[schema(example = "function_code", max_length = 100)]
    pub name: String,
    #[schema(example = "16", max_length = 256)]
    pub value: String,
}

/// A remark of a person.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Comment {
    /// Number within the alert, from 1.
    #[schema(example = 1, minimum = 1, maximum = 1000)]
    pub id: u32,
    /// When it was written, by the sensor's clock.
    pub time: UtcTime,
    /// Name of the token it was written with.
    #[schema(example = "j.weber", max_length = 200)]
    pub author: String,
    #[schema(example = "Planned change, see work order 1178.", max_length = 4096)]
    pub text: String,
}

/// The comments of an alert, oldest first.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CommentList {
    /// The comments.
    #[schema(max_items = 1000)]
    pub items: Vec<Comment>,
}

/// What to do about an alert.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Remediation {
    #[schema(example = 17, minimum = 1, maximum = 9_007_199_254_740_991_u64)]
    pub alert_id: u64,
    #[schema(example = "modbus_unpermitted_function_code", max_length = 100)]
    pub type_id: String,
    /// Steps in the order they are to be taken.
    #[schema(inline, value_type = Vec<Line>, example = json!(["Ask the engineer of 10.1.0.7 about the change."]), max_items = 100)]
    pub steps: Vec<String>,
    /// When alerts of this type are known to be wrong.
    #[schema(
        example = "A controller was replaced during a planned stop.",
        max_length = 4000
    )]
    pub false_positives: Option<String>,
}

impl From<domain::Alert> for Alert {
    fn from(alert: domain::Alert) -> Self {
        Self {
            id: alert.id,
            type_id: alert.type_id.to_string(),
            engine: alert.engine.into(),
            severity: alert.severity.into(),
            category: alert.category,
            status: alert.status.into(),
            title: alert.title,
            message: alert.message,
            protocol: alert.protocol.into(),
            source: alert.source.map(Into::into),
            destination: alert.destination.map(Into::into),
            first_detection: alert.first_detection.into(),
            last_detection: alert.last_detection.into(),
            last_activity: alert.last_activity.into(),
            count: alert.count,
            learnable: alert.learnable,
            mutable: alert.mutable,
            learned: alert.learned,
            muted: alert.muted,
            acknowledged: alert.acknowledged,
            techniques: alert.techniques,
            remediation_steps: alert.remediation_steps,
            violations: alert.violations.into_iter().map(Into::into).collect(),
            violations_omitted: alert.violations_omitted,
            comments: alert.comments.into_iter().map(Into::into).collect(),
            pcap_available: alert.pcap_available,
            previous_alert_id: alert.previous_alert_id,
            pinned: alert.pinned,
            assignee: alert.assignee,
            site: alert.site,
            zone: alert.zone,
            revision: alert.revision,
        }
    }
}

impl From<domain::AlertParty> for AlertParty {
    fn from(party: domain::AlertParty) -> Self {
        Self {
            device_id: party.device_id,
            name: party.name,
            mac: party.mac.map(|mac| mac.to_string()),
            ip: party.ip.map(|ip| ip.to_string()),
            port: party.port,
            vlan: party.vlan,
        }
    }
}

impl From<domain::ViolationRecord> for Violation {
    fn from(violation: domain::ViolationRecord) -> Self {
        Self {
            values: violation
                .values
                .into_iter()
                .map(|(name, value)| NamedValue { name, value })
                .collect(),
            first_detection: violation.first_detection.into(),
            last_detection: violation.last_detection.into(),
            count: violation.count,
            frame: violation.frame,
            learned: violation.learned,
        }
    }
}

impl From<domain::Comment> for Comment {
    fn from(comment: domain::Comment) -> Self {
        Self {
            id: comment.id,
            time: comment.time.into(),
            author: comment.author.name,
            text: comment.text,
        }
    }
}

//! An alert as JSON: the line of `replay --alerts`, and the shape the API builds on.

use std::net::IpAddr;

use sensor_detect::baseline::Tuple;
use serde::{Serialize, Serializer};

use super::{Alert, AlertParty, Comment, ViolationRecord, rfc3339};

/// One alert as one line of JSON without a line feed. The order of the keys is fixed.
pub fn ndjson(alert: &Alert) -> String {
    // Maps have string keys and no field can fail, so there is no error to report.
    serde_json::to_string(&AlertView::from(alert)).unwrap_or_default()
}

/// The fields of an alert in their order of output.
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts that readers ask for one by one"
)]
#[derive(Debug, Serialize)]
pub struct AlertView<'a> {
    pub id: u64,
    pub type_id: &'a str,
    pub engine: &'static str,
    pub severity: &'static str,
    pub category: &'a str,
    pub status: &'static str,
    pub title: &'a str,
    pub message: &'a str,
    pub protocol: &'static str,
    pub source: Option<PartyView<'a>>,
    pub destination: Option<PartyView<'a>>,
    pub first_detection: String,
    pub last_detection: String,
    pub count: u64,
    pub learnable: bool,
    pub mutable: bool,
    pub learned: bool,
    pub muted: bool,
    pub acknowledged: bool,
    pub techniques: &'a [String],
    pub remediation_steps: &'a [String],
    pub violations: Vec<ViolationView<'a>>,
    pub violations_omitted: u64,
    pub comments: Vec<CommentView<'a>>,
    pub pcap_available: bool,
    pub previous_alert_id: Option<u64>,
    pub pinned: bool,
    pub assignee: Option<&'a str>,
    pub site: Option<&'a str>,
    pub zone: Option<&'a str>,
    pub revision: u64,
}

/// One side of an alert.
#[derive(Debug, Serialize)]
pub struct PartyView<'a> {
    pub device_id: Option<u64>,
    pub name: Option<&'a str>,
    pub mac: Option<String>,
    pub ip: Option<IpAddr>,
    pub port: Option<u16>,
    pub vlan: Option<u16>,
}

/// One violation of an alert.
#[derive(Debug, Serialize)]
pub struct ViolationView<'a> {
    #[serde(serialize_with = "as_map")]
    pub values: &'a [(String, String)],
    pub first_detection: String,
    pub last_detection: String,
    pub count: u64,
    pub frame: u64,
    pub tuple: Option<&'a Tuple>,
    pub learned: bool,
}

/// One comment of an alert.
#[derive(Debug, Serialize)]
pub struct CommentView<'a> {
    pub id: u32,
    pub time: String,
    pub author: &'a str,
    pub text: &'a str,
}

fn as_map<S: Serializer>(values: &[(String, String)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(values.iter().map(|(name, value)| (name, value)))
}

impl<'a> From<&'a Alert> for AlertView<'a> {
    fn from(alert: &'a Alert) -> Self {
        Self {
            id: alert.id,
            type_id: &alert.type_id,
            engine: alert.engine.id(),
            severity: alert.severity.id(),
            category: &alert.category,
            status: alert.status.id(),
            title: &alert.title,
            message: &alert.message,
            protocol: alert.protocol.id(),
            source: alert.source.as_ref().map(PartyView::from),
            destination: alert.destination.as_ref().map(PartyView::from),
            first_detection: rfc3339(alert.first_detection),
            last_detection: rfc3339(alert.last_detection),
            count: alert.count,
            learnable: alert.learnable,
            mutable: alert.mutable,
            learned: alert.learned,
            muted: alert.muted,
            acknowledged: alert.acknowledged,
            techniques: &alert.techniques,
            remediation_steps: &alert.remediation_steps,
            violations: alert.violations.iter().map(ViolationView::from).collect(),
            violations_omitted: alert.violations_omitted,
            comments: alert.comments.iter().map(CommentView::from).collect(),
            pcap_available: alert.pcap_available,
            previous_alert_id: alert.previous_alert_id,
            pinned: alert.pinned,
            assignee: alert.assignee.as_deref(),
            site: alert.site.as_deref(),
            zone: alert.zone.as_deref(),
            revision: alert.revision,
        }
    }
}

impl<'a> From<&'a AlertParty> for PartyView<'a> {
    fn from(party: &'a AlertParty) -> Self {
        Self {
            device_id: party.device_id,
            name: party.name.as_deref(),
            mac: party.mac.map(|mac| mac.to_string()),
            ip: party.ip,
            port: party.port,
            vlan: party.vlan,
        }
    }
}

impl<'a> From<&'a ViolationRecord> for ViolationView<'a> {
    fn from(violation: &'a ViolationRecord) -> Self {
        Self {
            values: &violation.values,
            first_detection: rfc3339(violation.first_detection),
            last_detection: rfc3339(violation.last_detection),
            count: violation.count,
            frame: violation.frame,
            tuple: violation.tuple.as_ref(),
            learned: violation.learned,
        }
    }
}

impl<'a> From<&'a Comment> for CommentView<'a> {
    fn from(comment: &'a Comment) -> Self {
        Self {
            id: comment.id,
            time: rfc3339(comment.time),
            author: &comment.author.name,
            text: &comment.text,
        }
    }
}

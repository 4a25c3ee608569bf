//! The record of an alert.
//!
//! Texts that belong to the alert type (title, category, techniques, remediation steps) are not
//! repeated in a million records: they come from the catalogue of the running version, and stand in
//! the record only when its writer's catalogue said otherwise.

use std::net::IpAddr;
use std::sync::Arc;

use sensor_detect::catalogue::{AlertType, Engine, Severity, catalogue};
use sensor_detect::finding::{AlertKey, PartyKey};
use sensor_protocols::addr::MacAddr;
use sensor_protocols::observation::Protocol;
use sensor_protocols::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::{ActorV1, CodecError, Result, by_code, pack, tuple_key, tuple_of, unpack};
use crate::alert::{Alert, AlertParty, Comment, Status, ViolationRecord};
use crate::store::codes;

#[derive(Serialize, Deserialize)]
struct AlertV1 {
    id: u64,
    type_id: String,
    texts: Option<TextsV1>,
    engine: u8,
    severity: u8,
    status: u8,
    flags: u16,
    message: String,
    protocol: String,
    source: Option<PartyV1>,
    destination: Option<PartyV1>,
    discriminator: u64,
    first_detection: u64,
    last_detection: u64,
    quiet_since: u64,
    last_activity: u64,
    count: u64,
    violations: Vec<ViolationV1>,
    violations_omitted: u64,
    comments: Vec<CommentV1>,
    previous_alert_id: Option<u64>,
    assignee: Option<String>,
    site: Option<String>,
    zone: Option<String>,
    revision: u64,
    /// Where the alert stands in the index by age.
    filed: u64,
}

#[derive(Serialize, Deserialize)]
struct TextsV1 {
    title: String,
    category: String,
    techniques: Vec<String>,
    remediation_steps: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct PartyV1 {
    device_id: Option<u64>,
    name: Option<String>,
    mac: Option<[u8; 6]>,
    ip: Option<IpAddr>,
    port: Option<u16>,
    vlan: Option<u16>,
}

#[derive(Serialize, Deserialize)]
struct ViolationV1 {
    discriminator: u64,
    values: Vec<(String, String)>,
    first_detection: u64,
    last_detection: u64,
    count: u64,
    frame: u64,
    tuple: Option<String>,
    learned: bool,
}

#[derive(Serialize, Deserialize)]
struct CommentV1 {
    id: u32,
    time: u64,
    author: ActorV1,
    text: String,
}

/// Bits of [`AlertV1::flags`]; never reused.
mod flag {
    pub(super) const LEARNABLE: u16 = 1;
    pub(super) const MUTABLE: u16 = 1 << 1;
    pub(super) const LEARNED: u16 = 1 << 2;
    pub(super) const MUTED: u16 = 1 << 3;
    pub(super) const ACKNOWLEDGED: u16 = 1 << 4;
    pub(super) const PCAP: u16 = 1 << 5;
    pub(super) const PINNED: u16 = 1 << 6;
    /// The alert's key has its source, and its destination, in it.
    pub(super) const KEYED_SOURCE: u16 = 1 << 7;
    pub(super) const KEYED_DESTINATION: u16 = 1 << 8;
}

fn flags(alert: &Alert) -> u16 {
    [
        (flag::LEARNABLE, alert.learnable),
        (flag::MUTABLE, alert.mutable),
        (flag::LEARNED, alert.learned),
        (flag::MUTED, alert.muted),
        (flag::ACKNOWLEDGED, alert.acknowledged),
        (flag::PCAP, alert.pcap_available),
        (flag::PINNED, alert.pinned),
        (flag::KEYED_SOURCE, alert.key.source.is_some()),
        (flag::KEYED_DESTINATION, alert.key.destination.is_some()),
    ]
    .into_iter()
    .filter(|(_, set)| *set)
    .fold(0, |flags, (bit, _)| flags | bit)
}

/// The bytes of an alert that stands at `filed` in the index by age.
pub(crate) fn encode_alert(alert: &Alert, filed: Timestamp) -> Result<Vec<u8>> {
    let texts = match catalogue().get(&alert.type_id) {
        Some(kind) if same_texts(kind, alert) => None,
        _ => Some(TextsV1 {
            title: alert.title.clone(),
            category: alert.category.clone(),
            techniques: alert.techniques.clone(),
            remediation_steps: alert.remediation_steps.clone(),
        }),
    };
    pack(&AlertV1 {
        id: alert.id,
        type_id: alert.type_id.to_string(),
        texts,
        engine: codes::engine(alert.engine),
        severity: codes::severity(alert.severity),
        status: codes::status(alert.status),
        flags: flags(alert),
        message: alert.message.clone(),
        protocol: alert.protocol.id().to_owned(),
        source: alert.source.as_ref().map(PartyV1::from),
        destination: alert.destination.as_ref().map(PartyV1::from),
        discriminator: alert.key.discriminator,
        first_detection: alert.first_detection.as_nanos(),
        last_detection: alert.last_detection.as_nanos(),
        quiet_since: alert.quiet_since.as_nanos(),
        last_activity: alert.last_activity.as_nanos(),
        count: alert.count,
        violations: alert
            .violations
            .iter()
            .map(violation)
            .collect::<Result<_>>()?,
        violations_omitted: alert.violations_omitted,
        comments: alert.comments.iter().map(CommentV1::from).collect(),
        previous_alert_id: alert.previous_alert_id,
        assignee: alert.assignee.clone(),
        site: alert.site.clone(),
        zone: alert.zone.clone(),
        revision: alert.revision,
        filed: filed.as_nanos(),
    })
}

fn same_texts(kind: &AlertType, alert: &Alert) -> bool {
    kind.title == alert.title
        && kind.category == alert.category
        && kind.techniques == alert.techniques
        && kind.remediation_steps == alert.remediation_steps
}

/// The alert, and where it stands in the index by age.
pub(crate) fn decode_alert(bytes: &[u8]) -> Result<(Alert, Timestamp)> {
    let record: AlertV1 = unpack(bytes)?;
    let filed = Timestamp::from_nanos(record.filed);
    Ok((alert(record)?, filed))
}

fn alert(record: AlertV1) -> Result<Alert> {
    let has = |bit| record.flags & bit != 0;
    let type_id: Arc<str> = record.type_id.into();
    let texts = record.texts.map_or_else(|| known_texts(&type_id), Ok)?;
    let source = record.source.map(AlertParty::from);
    let destination = record.destination.map(AlertParty::from);
    let key = AlertKey {
        type_id: Arc::clone(&type_id),
        source: source.as_ref().filter(|_| has(flag::KEYED_SOURCE)).map(key),
        destination: destination
            .as_ref()
            .filter(|_| has(flag::KEYED_DESTINATION))
            .map(key),
        discriminator: record.discriminator,
    };
    Ok(Alert {
        id: record.id,
        type_id,
        key,
        engine: by_code(&Engine::ALL, codes::engine, record.engine, "engine")?,
        severity: by_code(&Severity::ALL, codes::severity, record.severity, "severity")?,
        category: texts.category,
        status: by_code(&Status::ALL, codes::status, record.status, "status")?,
        title: texts.title,
        message: record.message,
        protocol: protocol(&record.protocol)?,
        source,
        destination,
        first_detection: Timestamp::from_nanos(record.first_detection),
        last_detection: Timestamp::from_nanos(record.last_detection),
        quiet_since: Timestamp::from_nanos(record.quiet_since),
        last_activity: Timestamp::from_nanos(record.last_activity),
        count: record.count,
        learnable: has(flag::LEARNABLE),
        mutable: has(flag::MUTABLE),
        learned: has(flag::LEARNED),
        muted: has(flag::MUTED),
        acknowledged: has(flag::ACKNOWLEDGED),
        techniques: texts.techniques,
        remediation_steps: texts.remediation_steps,
        violations: record
            .violations
            .into_iter()
            .map(ViolationRecord::try_from)
            .collect::<Result<_>>()?,
        violations_omitted: record.violations_omitted,
        comments: record.comments.into_iter().map(Comment::from).collect(),
        pcap_available: has(flag::PCAP),
        previous_alert_id: record.previous_alert_id,
        pinned: has(flag::PINNED),
        assignee: record.assignee,
        site: record.site,
        zone: record.zone,
        revision: record.revision,
    })
}

/// Texts of a type whose record has none of its own.
fn known_texts(type_id: &str) -> Result<TextsV1> {
    let kind = catalogue()
        .get(type_id)
        .ok_or_else(|| CodecError(format!("alert type {type_id} is not in the catalogue")))?;
    Ok(TextsV1 {
        title: kind.title.clone(),
        category: kind.category.clone(),
        techniques: kind.techniques.clone(),
        remediation_steps: kind.remediation_steps.clone(),
    })
}

fn protocol(id: &str) -> Result<Protocol> {
    let mut all = Protocol::ALL.iter().copied();
    all.find(|protocol| protocol.id() == id)
        .ok_or_else(|| CodecError(format!("unknown protocol {id}")))
}

/// The party as keys name it ([`PartyKey`] of the endpoint it was made from).
fn key(party: &AlertParty) -> PartyKey {
    let mac = || PartyKey::Mac(party.mac.unwrap_or(MacAddr::ZERO));
    party.ip.map_or_else(mac, PartyKey::Ip)
}

impl From<&AlertParty> for PartyV1 {
    fn from(party: &AlertParty) -> Self {
        Self {
            device_id: party.device_id,
            name: party.name.clone(),
            mac: party.mac.map(|mac| mac.0),
            ip: party.ip,
            port: party.port,
            vlan: party.vlan,
        }
    }
}

impl From<PartyV1> for AlertParty {
    fn from(party: PartyV1) -> Self {
        Self {
            device_id: party.device_id,
            name: party.name,
            mac: party.mac.map(MacAddr),
            ip: party.ip,
            port: party.port,
            vlan: party.vlan,
        }
    }
}

fn violation(violation: &ViolationRecord) -> Result<ViolationV1> {
    Ok(ViolationV1 {
        discriminator: violation.discriminator,
        values: violation.values.clone(),
        first_detection: violation.first_detection.as_nanos(),
        last_detection: violation.last_detection.as_nanos(),
        count: violation.count,
        frame: violation.frame,
        tuple: violation.tuple.as_ref().map(tuple_key).transpose()?,
        learned: violation.learned,
    })
}

impl TryFrom<ViolationV1> for ViolationRecord {
    type Error = CodecError;

    fn try_from(violation: ViolationV1) -> Result<Self> {
        Ok(Self {
            discriminator: violation.discriminator,
            values: violation.values,
            first_detection: Timestamp::from_nanos(violation.first_detection),
            last_detection: Timestamp::from_nanos(violation.last_detection),
            count: violation.count,
            frame: violation.frame,
            tuple: violation.tuple.as_deref().map(tuple_of).transpose()?,
            learned: violation.learned,
        })
    }
}

impl From<&Comment> for CommentV1 {
    fn from(comment: &Comment) -> Self {
        Self {
            id: comment.id,
            time: comment.time.as_nanos(),
            author: ActorV1::from(&comment.author),
            text: comment.text.clone(),
        }
    }
}

impl From<CommentV1> for Comment {
    fn from(comment: CommentV1) -> Self {
        Self {
            id: comment.id,
            time: Timestamp::from_nanos(comment.time),
            author: comment.author.into(),
            text: comment.text,
        }
    }
}

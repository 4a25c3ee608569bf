//! Records of mutes, learned tuples, tokens and kept replies.

use sensor_detect::finding::{AlertKey, PartyKey};
use sensor_protocols::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::{ActorV1, Result, pack, tuple_key, tuple_of, unpack};
use crate::alert::{LearnRecord, Mute};

#[derive(Serialize, Deserialize)]
struct MuteV1 {
    type_id: String,
    source: Option<PartyKeyV1>,
    destination: Option<PartyKeyV1>,
    discriminator: u64,
    title: String,
    rule: RuleV1,
}

#[derive(Serialize, Deserialize)]
enum PartyKeyV1 {
    Ip(std::net::IpAddr),
    Mac([u8; 6]),
}

#[derive(Serialize, Deserialize)]
struct LearnedV1 {
    tuple: String,
    rule: RuleV1,
}

/// What mutes and learned tuples have in common.
#[derive(Serialize, Deserialize)]
struct RuleV1 {
    alert_id: u64,
    actor: ActorV1,
    reason: Option<String>,
    created: u64,
    expires: Option<u64>,
    hits: u64,
    last_hit: Option<u64>,
}

impl From<PartyKey> for PartyKeyV1 {
    fn from(party: PartyKey) -> Self {
        match party {
            PartyKey::Ip(ip) => Self::Ip(ip),
            PartyKey::Mac(mac) => Self::Mac(mac.0),
        }
    }
}

impl From<PartyKeyV1> for PartyKey {
    fn from(party: PartyKeyV1) -> Self {
        match party {
            PartyKeyV1::Ip(ip) => Self::Ip(ip),
            PartyKeyV1::Mac(mac) => Self::Mac(sensor_protocols::addr::MacAddr(mac)),
        }
    }
}

pub(crate) fn encode_mute(mute: &Mute) -> Result<Vec<u8>> {
    pack(&MuteV1 {
        type_id: mute.key.type_id.to_string(),
        source: mute.key.source.map(Into::into),
        destination: mute.key.destination.map(Into::into),
        discriminator: mute.key.discriminator,
        title: mute.title.clone(),
        rule: RuleV1 {
            alert_id: mute.alert_id,
            actor: (&mute.actor).into(),
            reason: mute.reason.clone(),
            created: mute.created.as_nanos(),
            expires: mute.expires.map(Timestamp::as_nanos),
            hits: mute.hits,
            last_hit: mute.last_hit.map(Timestamp::as_nanos),
        },
    })
}

pub(crate) fn decode_mute(bytes: &[u8]) -> Result<Mute> {
    let record: MuteV1 = unpack(bytes)?;
    let rule = record.rule;
    Ok(Mute {
        key: AlertKey {
            type_id: record.type_id.into(),
            source: record.source.map(Into::into),
            destination: record.destination.map(Into::into),
            discriminator: record.discriminator,
        },
        alert_id: rule.alert_id,
        title: record.title,
        actor: rule.actor.into(),
        reason: rule.reason,
        created: Timestamp::from_nanos(rule.created),
        expires: rule.expires.map(Timestamp::from_nanos),
        hits: rule.hits,
        last_hit: rule.last_hit.map(Timestamp::from_nanos),
    })
}

pub(crate) fn encode_learned(learned: &LearnRecord) -> Result<Vec<u8>> {
    pack(&LearnedV1 {
        tuple: tuple_key(&learned.tuple)?,
        rule: RuleV1 {
            alert_id: learned.alert_id,
            actor: (&learned.actor).into(),
            reason: learned.reason.clone(),
            created: learned.created.as_nanos(),
            expires: learned.expires.map(Timestamp::as_nanos),
            hits: learned.hits,
            last_hit: learned.last_hit.map(Timestamp::as_nanos),
        },
    })
}

pub(crate) fn decode_learned(bytes: &[u8]) -> Result<LearnRecord> {
    let record: LearnedV1 = unpack(bytes)?;
    let rule = record.rule;
    Ok(LearnRecord {
        tuple: tuple_of(&record.tuple)?,
        alert_id: rule.alert_id,
        actor: rule.actor.into(),
        reason: rule.reason,
        created: Timestamp::from_nanos(rule.created),
        expires: rule.expires.map(Timestamp::from_nanos),
        hits: rule.hits,
        last_hit: rule.last_hit.map(Timestamp::from_nanos),
    })
}

/// An API token: what is kept of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Token {
    pub id: u64,
    pub name: String,
    /// Identifier of its role.
    pub role: String,
    /// SHA-256 of the secret.
    pub digest: [u8; 32],
    pub created: Timestamp,
    pub expires: Option<Timestamp>,
}

pub(crate) fn encode_token(token: &Token) -> Result<Vec<u8>> {
    pack(token)
}

pub(crate) fn decode_token(bytes: &[u8]) -> Result<Token> {
    unpack(bytes)
}

/// A reply kept for a repeated call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Reply {
    pub kept: Timestamp,
    pub request: [u8; 32],
    pub status: u16,
    pub body: Vec<u8>,
}

pub(crate) fn encode_reply(reply: &Reply) -> Result<Vec<u8>> {
    pack(reply)
}

pub(crate) fn decode_reply(bytes: &[u8]) -> Result<Reply> {
    unpack(bytes)
}

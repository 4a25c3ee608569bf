//! Values as bytes: one version byte, then the record.
//!
//! Records that belong to the store are postcard, with shapes of their own (`*V1`) and explicit
//! codes, so that neither a new field nor a reordered enum elsewhere changes what old bytes mean.
//! Values that other stages own and extend (tuples, devices) are JSON, which names its fields. An
//! unknown version is an error, never a guess.

mod alert;
mod event;
mod filter;
mod other;

pub(super) use alert::{decode_alert, encode_alert};
pub(super) use event::{decode_event, encode_event};
pub(crate) use filter::Filter;
pub(super) use filter::{decode_filter, encode_filter};
pub(crate) use other::{Reply, Token};
pub(super) use other::{
    decode_learned, decode_mute, decode_reply, decode_token, encode_learned, encode_mute,
    encode_reply, encode_token,
};

use sensor_detect::baseline::Tuple;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::alert::Actor;

/// Bytes that are no record. The text is the cause.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct CodecError(pub String);

impl CodecError {
    fn new(cause: impl std::fmt::Display) -> Self {
        Self(cause.to_string())
    }
}

type Result<T> = std::result::Result<T, CodecError>;

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(value.into(), 16).unwrap_or('?');
    let pair = |byte: &u8| [digit(byte >> 4), digit(byte & 15)];
    bytes.iter().flat_map(pair).collect()
}

/// The version that records are written with.
const V1: u8 = 1;

fn pack<T: Serialize>(record: &T) -> Result<Vec<u8>> {
    postcard::to_extend(record, vec![V1]).map_err(CodecError::new)
}

fn unpack<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T> {
    let record = body(bytes)?;
    let (value, rest) = postcard::take_from_bytes(record).map_err(CodecError::new)?;
    if rest.is_empty() {
        Ok(value)
    } else {
        Err(CodecError(format!(
            "{} bytes too many behind the record",
            rest.len()
        )))
    }
}

fn body(bytes: &[u8]) -> Result<&[u8]> {
    match bytes.split_first() {
        Some((&V1, record)) => Ok(record),
        Some((version, _)) => Err(CodecError(format!("unknown record version {version}"))),
        None => Err(CodecError::new("no bytes")),
    }
}

/// A value of another stage, as JSON behind the version byte.
pub(super) fn encode_json<T: Serialize>(value: &T) -> Result<Vec<u8>> {
    let mut bytes = vec![V1];
    serde_json::to_writer(&mut bytes, value).map_err(CodecError::new)?;
    Ok(bytes)
}

pub(super) fn decode_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    // Through a value tree, because some text fields want to borrow only what JSON can lend.
    serde_json::from_slice(body(bytes)?).map_err(CodecError::new)
}

/// A tuple as the text that keys it.
pub(super) fn tuple_key(tuple: &Tuple) -> Result<String> {
    serde_json::to_string(tuple).map_err(CodecError::new)
}

fn tuple_of(text: &str) -> Result<Tuple> {
    serde_json::from_str(text).map_err(CodecError::new)
}

#[derive(Serialize, Deserialize)]
struct ActorV1 {
    name: String,
    address: Option<std::net::IpAddr>,
}

impl From<&Actor> for ActorV1 {
    fn from(actor: &Actor) -> Self {
        Self {
            name: actor.name.clone(),
            address: actor.address,
        }
    }
}

impl From<ActorV1> for Actor {
    fn from(actor: ActorV1) -> Self {
        Self::new(actor.name, actor.address)
    }
}

/// The value with this code, out of a closed list.
fn by_code<T: Copy>(all: &[T], code_of: impl Fn(T) -> u8, code: u8, what: &str) -> Result<T> {
    all.iter()
        .copied()
        .find(|value| code_of(*value) == code)
        .ok_or_else(|| CodecError(format!("unknown {what} {code}")))
}

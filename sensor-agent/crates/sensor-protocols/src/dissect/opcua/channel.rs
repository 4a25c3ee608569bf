//! What a chunk of a secure channel says before its body (OPC 10000-6, 6.7.2), and whether the body can be read.
//!
//! Data in: a chunk, and what is known of the channel. Data out: an [`Envelope`].
//!
//! A channel without security is readable. With a security policy the body of the request that opens the channel
//! is encrypted, and with it the mode: whether messages are only signed or encrypted as well shows in
//! them alone. They are readable when they begin with the type of a service, which what is encrypted does
//! once in 2²⁶ messages.

use super::framing::{Chunk, Kind};
use super::reader::{self, Identifier, NodeId, Read};
use super::services;
use crate::dissect::cursor::Cursor;

/// What security policies begin with (OPC 10000-7, 6.6).
const POLICY: &str = "http://opcfoundation.org/UA/SecurityPolicy#";

/// Which security a channel has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Security {
    /// The channel was open before the capture began.
    #[default]
    Unknown,
    None,
    /// A policy, with the octets of a signature of it where they are known.
    Policy {
        signature: Option<usize>,
    },
}

impl Security {
    /// Security by the name of a policy. An empty name comes of stacks that have none.
    pub(super) fn of(policy: &str) -> Self {
        let name = policy.strip_prefix(POLICY).unwrap_or(policy);
        let signature = match name {
            "None" | "" => return Self::None,
            "Basic128Rsa15" | "Basic256" => 20,
            "Basic256Sha256"
            | "Aes128_Sha256_RsaOaep"
            | "Aes256_Sha256_RsaPss"
            | "ECC_nistP256"
            | "ECC_brainpoolP256r1" => 32,
            "ECC_nistP384" | "ECC_brainpoolP384r1" => 48,
            "ECC_curve25519" | "ECC_curve448" => 16,
            _ => return Self::Policy { signature: None },
        };
        Self::Policy {
            signature: Some(signature),
        }
    }

    /// Whether it is known where the body of a readable message ends.
    pub(super) const fn has_known_end(self) -> bool {
        matches!(self, Self::None | Self::Policy { signature: Some(_) })
    }
}

/// Numbers of a chunk (6.7.2.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Numbers {
    pub(super) sequence: u32,
    /// What joins a response to its request.
    pub(super) request: u32,
}

/// What comes before a body.
#[derive(Clone, Copy, Debug)]
pub(super) struct Envelope<'a> {
    pub(super) channel: u32,
    /// Of an OPN: the security policy.
    pub(super) policy: Option<&'a str>,
    /// Of an OPN: octets of the certificate of the sender.
    pub(super) certificate: Option<usize>,
    /// Where the body can be read.
    pub(super) numbers: Option<Numbers>,
    /// The body without its signature; empty where it cannot be read.
    pub(super) body: &'a [u8],
}

impl<'a> Envelope<'a> {
    /// Reads what comes before the body. `goes_on` says of a chunk that continues a message whether that is
    /// readable.
    pub(super) fn read(chunk: &Chunk<'a>, security: Security, goes_on: Option<bool>) -> Read<Self> {
        let mut cursor = Cursor::new(chunk.octets);
        let channel = cursor.u32_le()?;
        if chunk.kind == Kind::Open {
            let policy = reader::text(&mut cursor)?;
            let certificate = reader::octets(&mut cursor)?.map(<[u8]>::len);
            reader::octets(&mut cursor)?;
            let open = Self {
                channel,
                policy: Some(policy),
                certificate: certificate.filter(|octets| *octets > 0),
                numbers: None,
                body: &[],
            };
            return match Security::of(policy) {
                Security::None => open.with_body(cursor, 0),
                Security::Unknown | Security::Policy { .. } => Ok(open),
            };
        }
        cursor.skip(4)?;
        let closed = Self {
            channel,
            policy: None,
            certificate: None,
            numbers: None,
            body: &[],
        };
        let is_readable = match (security, goes_on) {
            (Security::None, _) | (_, Some(true)) => true,
            (_, Some(false)) => false,
            (_, None) => begins(cursor.rest()),
        };
        if !is_readable {
            return Ok(closed);
        }
        let signature = match security {
            Security::Policy {
                signature: Some(octets),
            } if chunk.is_whole() => octets,
            Security::Unknown | Security::None | Security::Policy { .. } => 0,
        };
        closed.with_body(cursor, signature)
    }

    fn with_body(self, mut cursor: Cursor<'a>, signature: usize) -> Read<Self> {
        let numbers = Numbers {
            sequence: cursor.u32_le()?,
            request: cursor.u32_le()?,
        };
        let rest = cursor.rest();
        let end = rest.len().saturating_sub(signature);
        Ok(Self {
            numbers: Some(numbers),
            body: rest.get(..end).unwrap_or(rest),
            ..self
        })
    }
}

/// Whether sequence header and body of a message begin as those of a known service, plain to read.
pub(super) fn begins(octets: &[u8]) -> bool {
    let mut cursor = Cursor::new(octets);
    cursor.skip(8).is_ok() && known(&mut cursor).is_some()
}

/// What is sent, where it is a service that is known and encoded as everybody does.
pub(super) fn known(cursor: &mut Cursor<'_>) -> Option<services::Sent> {
    if cursor.peek_u8() != Some(1) {
        return None;
    }
    match reader::node(cursor).ok()? {
        NodeId {
            namespace: 0,
            identifier: Identifier::Numeric(number),
        } => services::sent(number),
        _ => None,
    }
}

//! NTLM (MS-NLMP), what Windows signs in with where there is no Kerberos, and the tokens of SPNEGO that
//! carry it.
//!
//! Data in: the security token of a sign-in of SMB, DCE/RPC, LDAP or TDS. Data out: names, version of the
//! operating system, and how strong the proof is. Challenges and responses are looked at for their length
//! only, and never kept.
//!
//! Sources: MS-NLMP 2.2.1 (messages), 2.2.2.1 (pairs), 2.2.2.10 (version); RFC 4178 (SPNEGO); RFC 4121
//! (Kerberos in it).
//!
//! Limits: [`limits::NTLM_PAIRS`]; what lies outside the message is not read and flagged `bad_length`.

use super::ber::{Class, Element, Elements};
use super::cursor::{Cursor, Short};
use super::told::{Span, Told};
use crate::limits;
use crate::observation::{Anomaly, AnomalySet};

/// Start of every message.
pub(super) const SIGNATURE: [u8; 8] = *b"NTLMSSP\0";

/// Message types.
pub(super) const NEGOTIATE: u32 = 1;
pub(super) const CHALLENGE: u32 = 2;
pub(super) const AUTHENTICATE: u32 = 3;

/// Told in the place of a message type of NTLM when the token is one of Kerberos: the tag of its message
/// (AP-REQ, AP-REP), see RFC 4120, 5.10.
pub(super) const KERBEROS_REQUEST: u32 = 14;
pub(super) const KERBEROS_REPLY: u32 = 15;

/// Flags of a negotiation (2.2.2.5).
const UNICODE: u32 = 0x0000_0001;
const HAS_VERSION: u32 = 0x0200_0000;
const HAS_TARGET: u32 = 0x0080_0000;
const EXTENDED_SESSION_SECURITY: u32 = 0x0008_0000;

/// Length of a response of version 1 (2.2.2.6).
const VERSION_1: usize = 24;

/// Object identifiers of mechanisms, as on the wire.
const KERBEROS: [&[u8]; 2] = [
    &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02],
    &[0x2a, 0x86, 0x48, 0x82, 0xf7, 0x12, 0x01, 0x02, 0x02],
];

/// What a security token says.
#[derive(Debug, Default)]
pub(super) struct SignIn {
    /// Type of the NTLM message, or [`KERBEROS_REQUEST`] and [`KERBEROS_REPLY`].
    pub(super) message: Option<u32>,
    /// Name of the computer that sent it.
    pub(super) host: Option<Span>,
    /// Its operating system.
    pub(super) system: Option<Span>,
    pub(super) anomalies: AnomalySet,
}

impl SignIn {
    /// Reads a token: NTLM as it is, or within SPNEGO. Tells the names in it.
    pub(super) fn read(token: &[u8], told: &mut Told) -> Self {
        let mut this = Self::default();
        match find(token) {
            Found::Ntlm(message) => {
                if this.ntlm(message, told).is_err() {
                    this.anomalies.insert(Anomaly::BadLength);
                }
            }
            Found::Kerberos(message) => this.message = Some(message),
            Found::Nothing => {}
        }
        this
    }

    fn ntlm(&mut self, message: &[u8], told: &mut Told) -> Result<(), Short> {
        let mut cursor = Cursor::new(message);
        cursor.skip(SIGNATURE.len())?;
        let kind = cursor.u32_le()?;
        self.message = Some(kind);
        match kind {
            NEGOTIATE => self.negotiate(message, &mut cursor, told),
            CHALLENGE => self.challenge(message, &mut cursor, told),
            AUTHENTICATE => self.authenticate(message, &mut cursor, told),
            _ => {
                self.anomalies.insert(Anomaly::ReservedCode);
                Ok(())
            }
        }
    }

    /// 2.2.1.1. Its names are in the code page of the client.
    fn negotiate(
        &mut self,
        message: &[u8],
        cursor: &mut Cursor<'_>,
        told: &mut Told,
    ) -> Result<(), Short> {
        let flags = cursor.u32_le()?;
        if cursor.is_empty() {
            return Ok(());
        }
        let (_domain, host) = (Field::read(cursor)?, Field::read(cursor)?);
        told.ascii(self.octets(message, host));
        self.host = told.keep();
        self.version(flags, cursor, told);
        Ok(())
    }

    /// 2.2.1.2.
    fn challenge(
        &mut self,
        message: &[u8],
        cursor: &mut Cursor<'_>,
        told: &mut Told,
    ) -> Result<(), Short> {
        let target = Field::read(cursor)?;
        let flags = cursor.u32_le()?;
        cursor.skip(16)?; // challenge, reserved
        let pairs = if flags & HAS_TARGET != 0 {
            Field::read(cursor)?
        } else {
            cursor.skip(cursor.remaining().min(8))?;
            Field::default()
        };
        name(told, flags, self.octets(message, target));
        told.finish_as("target");
        let pairs = self.octets(message, pairs);
        self.pairs(pairs, told);
        self.version(flags, cursor, told);
        Ok(())
    }

    /// 2.2.1.3.
    fn authenticate(
        &mut self,
        message: &[u8],
        cursor: &mut Cursor<'_>,
        told: &mut Told,
    ) -> Result<(), Short> {
        let (lm, nt) = (Field::read(cursor)?, Field::read(cursor)?);
        let (domain, user) = (Field::read(cursor)?, Field::read(cursor)?);
        let (host, _key) = (Field::read(cursor)?, Field::read(cursor)?);
        let flags = cursor.u32_le()?;
        let user = self.octets(message, user);
        if user.is_empty() {
            told.id("anonymous", 1_u32);
        } else {
            name(told, flags, self.octets(message, domain));
            told.text("\\");
            name(told, flags, user);
            told.finish_as("user");
        }
        name(told, flags, self.octets(message, host));
        self.host = told.keep();
        proof(lm, nt, flags, told);
        self.version(flags, cursor, told);
        Ok(())
    }

    /// The octets that a field points at.
    fn octets<'a>(&mut self, message: &'a [u8], field: Field) -> &'a [u8] {
        let end = field.offset.saturating_add(field.length);
        let octets = message.get(field.offset..end);
        if octets.is_none() && field.length > 0 {
            self.anomalies.insert(Anomaly::BadLength);
        }
        octets.unwrap_or_default()
    }

    /// 2.2.2.1: of the pairs, the name of the computer.
    fn pairs(&mut self, octets: &[u8], told: &mut Told) {
        const END: u16 = 0;
        const COMPUTER: u16 = 1;
        const DNS_COMPUTER: u16 = 3;
        let mut cursor = Cursor::new(octets);
        for _ in 0..limits::NTLM_PAIRS {
            let (Ok(kind), Ok(length)) = (cursor.u16_le(), cursor.u16_le()) else {
                return;
            };
            let Ok(value) = cursor.take(usize::from(length)) else {
                self.anomalies.insert(Anomaly::BadLength);
                return;
            };
            match kind {
                END => return,
                DNS_COMPUTER if length > 0 => {
                    told.utf16(value);
                    self.host = told.keep();
                }
                COMPUTER if self.host.is_none() => {
                    told.utf16(value);
                    self.host = told.keep();
                }
                _ => {}
            }
        }
        if !cursor.is_empty() {
            self.anomalies.insert(Anomaly::LimitReached);
        }
    }

    /// 2.2.2.10.
    fn version(&mut self, flags: u32, cursor: &mut Cursor<'_>, told: &mut Told) {
        let (Ok(major), Ok(minor), Ok(build)) = (cursor.u8(), cursor.u8(), cursor.u16_le()) else {
            return;
        };
        if flags & HAS_VERSION != 0 && major > 0 {
            told.text(&format!("Windows {major}.{minor} build {build}"));
            self.system = told.keep();
        }
    }
}

/// How strong the proof of a sign-in is. With extended session security both responses of version 1 are
/// 24 octets; it is still DES over the challenge.
fn proof(lm: Field, nt: Field, flags: u32, told: &mut Told) {
    match nt.length {
        0 if lm.length <= 1 => {}
        0..=VERSION_1 => {
            told.id("ntlm_version", 1_u32);
            if flags & EXTENDED_SESSION_SECURITY != 0 {
                told.id("extended_session_security", 1_u32);
            }
        }
        _ => told.id("ntlm_version", 2_u32),
    }
}

fn name(told: &mut Told, flags: u32, octets: &[u8]) {
    if flags & UNICODE != 0 {
        told.utf16(octets);
    } else {
        told.ascii(octets);
    }
}

/// Where in the message something is (2.2).
#[derive(Clone, Copy, Debug, Default)]
struct Field {
    length: usize,
    offset: usize,
}

impl Field {
    fn read(cursor: &mut Cursor<'_>) -> Result<Self, Short> {
        let length = usize::from(cursor.u16_le()?);
        cursor.skip(2)?; // room for it
        let offset = usize::try_from(cursor.u32_le()?).unwrap_or(usize::MAX);
        Ok(Self { length, offset })
    }
}

/// What a token carries.
enum Found<'a> {
    Ntlm(&'a [u8]),
    Kerberos(u32),
    Nothing,
}

/// Goes through the layers of a token.
fn find(token: &[u8]) -> Found<'_> {
    if token.starts_with(&SIGNATURE) {
        return Found::Ntlm(token);
    }
    match token.first() {
        // InitialContextToken of RFC 2743, 3.1: [APPLICATION 0].
        Some(0x60) => initial(token),
        // NegTokenInit2, NegTokenResp.
        Some(0xa0 | 0xa1) => negotiation(token),
        _ => Found::Nothing,
    }
}

fn initial(token: &[u8]) -> Found<'_> {
    let mut outer = Elements::new(Cursor::new(token));
    let Ok(Some(element)) = outer.next_element() else {
        return Found::Nothing;
    };
    let mut cursor = element.contents;
    let Ok(mechanism) = super::ber::read(&mut cursor) else {
        return Found::Nothing;
    };
    if KERBEROS.contains(&mechanism.octets()) {
        return kerberos(cursor.rest());
    }
    match cursor.rest().first() {
        Some(0xa0 | 0xa1) => negotiation(cursor.rest()),
        _ => Found::Nothing,
    }
}

/// RFC 4121, 4.1: the token identifier, then the message.
fn kerberos(octets: &[u8]) -> Found<'_> {
    match octets {
        [1, 0, ..] => Found::Kerberos(KERBEROS_REQUEST),
        [2, 0, ..] => Found::Kerberos(KERBEROS_REPLY),
        _ => Found::Nothing,
    }
}

/// RFC 4178, 4.2: the token of the mechanism is member 2 of both.
fn negotiation(octets: &[u8]) -> Found<'_> {
    const TOKEN: u32 = 2;
    let mut choice = Elements::new(Cursor::new(octets));
    let Some(mut members) = inner(&mut choice).and_then(|sequence| {
        let mut sequence = choice.enter(&sequence).ok()?;
        let element = sequence.next_element().ok()??;
        sequence.enter(&element).ok()
    }) else {
        return Found::Nothing;
    };
    while let Ok(Some(member)) = members.next_element() {
        if !member.tag.is_context(TOKEN) {
            continue;
        }
        let mut token = member.contents;
        let Ok(token) = super::ber::read(&mut token) else {
            return Found::Nothing;
        };
        let octets = token.octets();
        // One more layer at most: the mechanism's own initial token.
        return match octets.first() {
            _ if octets.starts_with(&SIGNATURE) => Found::Ntlm(octets),
            Some(0x60) => mechanism(octets),
            _ => Found::Nothing,
        };
    }
    Found::Nothing
}

fn mechanism(token: &[u8]) -> Found<'_> {
    let mut cursor = Cursor::new(token);
    let Ok(element) = super::ber::read(&mut cursor) else {
        return Found::Nothing;
    };
    let mut cursor = element.contents;
    match super::ber::read(&mut cursor) {
        Ok(oid) if KERBEROS.contains(&oid.octets()) => kerberos(cursor.rest()),
        _ => Found::Nothing,
    }
}

fn inner<'a>(elements: &mut Elements<'a>) -> Option<Element<'a>> {
    let element = elements.next_element().ok()??;
    (element.tag.class == Class::Context).then_some(element)
}

#[cfg(test)]
mod tests;

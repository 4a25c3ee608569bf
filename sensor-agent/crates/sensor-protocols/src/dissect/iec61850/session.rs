//! The session protocol of IEC TR 61850-90-5 (11.3): a connectionless transport header of ISO 8602,
//! a session header with the security information, payload elements, a signature.

use crate::dissect::ber;
use crate::dissect::cursor::{Cursor, Short};
use crate::observation::{Anomaly, AnomalySet};

/// Unit data of the connectionless transport protocol (ISO 8602, 6.2).
const UNIT_DATA: u8 = 0x40;
/// Common session header (90-5, table 5).
const COMMON_HEADER: u8 = 0x80;
/// Padding, and the signature, behind the payload elements.
const PADDING: u8 = 0xaf;
const SIGNATURE: u8 = 0x85;

/// Session identifiers (90-5, table 4): tunnelled, GOOSE, sampled values, management.
const FIRST_SESSION: u8 = 0xa0;
const LAST_SESSION: u8 = 0xa3;

/// Session of sampled values.
pub(super) const SAMPLED_VALUES: u8 = 0xa2;

/// Types of payload elements (90-5, table 7).
pub(super) mod payload {
    pub(in super::super) const GOOSE: u8 = 0x81;
    pub(in super::super) const SAMPLED_VALUES: u8 = 0x82;
    pub(in super::super) const TUNNELLED: u8 = 0x83;
    pub(in super::super) const MANAGEMENT: u8 = 0x84;
}

/// One datagram.
#[derive(Clone, Copy, Debug)]
pub(super) struct Session<'a> {
    /// Session identifier.
    pub identifier: u8,
    /// The payload is encrypted: there is an initialisation vector.
    pub encrypted: bool,
    /// Payload elements.
    pub elements: Cursor<'a>,
    pub anomalies: AnomalySet,
}

/// One payload element.
#[derive(Clone, Copy, Debug)]
pub(super) struct Element<'a> {
    pub kind: u8,
    pub simulated: bool,
    pub appid: u16,
    pub apdu: Cursor<'a>,
    /// The element ends before its length does.
    pub short: bool,
}

/// Whether a datagram begins as one of this protocol does.
pub(super) fn begins(bytes: &[u8]) -> bool {
    let mut cursor = Cursor::new(bytes);
    start(&mut cursor).is_some()
}

/// Reads transport header, session identifier and the tag of the common header.
fn start(cursor: &mut Cursor<'_>) -> Option<u8> {
    let transport = cursor.u8().ok()?;
    let mut transport = cursor.sub(usize::from(transport)).ok()?;
    if transport.u8() != Ok(UNIT_DATA) {
        return None;
    }
    let identifier = cursor.u8().ok()?;
    let header = cursor.u8().ok()?;
    let known = (FIRST_SESSION..=LAST_SESSION).contains(&identifier);
    (known && header > 2 && cursor.u8() == Ok(COMMON_HEADER)).then_some(identifier)
}

impl<'a> Session<'a> {
    /// Reads the headers; `None` when this is another protocol, its identifier when it ends within
    /// them.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Result<Self, u8>> {
        let mut cursor = Cursor::new(bytes);
        let identifier = start(&mut cursor)?;
        Some(Self::headers(identifier, cursor).map_err(|_| identifier))
    }

    /// The common header behind its tag. Lengths of headers are not used: implementations of version 2 do
    /// not agree on what they count, and the version tells what follows.
    fn headers(identifier: u8, mut cursor: Cursor<'a>) -> Result<Self, Short> {
        let mut anomalies = AnomalySet::EMPTY;
        cursor.u8()?; // length of the common header
        cursor.u32_be()?; // length of the rest of the session, counted differently as well
        cursor.u32_be()?; // number of this one
        let version = cursor.u16_be()?;
        cursor.skip(4 + 2)?; // time of the current key, time to the next one
        let mut encrypted = false;
        if version == 1 {
            encrypted = cursor.u8()? != 0; // algorithm of the encryption
            cursor.u8()?; // algorithm of the signature
        }
        cursor.u32_be()?; // identifier of the key
        if version != 1 {
            let vector = cursor.u8()?;
            cursor.skip(usize::from(vector))?;
            encrypted = vector > 0;
        }
        if !matches!(version, 1 | 2) {
            anomalies.insert(Anomaly::BadVersion);
        }
        let length = usize::try_from(cursor.u32_be()?).unwrap_or(usize::MAX);
        if length > cursor.remaining() {
            anomalies.insert(Anomaly::Truncated);
        }
        let elements = cursor.sub(length.min(cursor.remaining()))?;
        if !matches!(cursor.peek_u8(), None | Some(PADDING | SIGNATURE)) {
            anomalies.insert(Anomaly::TrailingBytes);
        }
        Ok(Self {
            identifier,
            encrypted,
            elements,
            anomalies,
        })
    }

    /// The next payload element; `None` at the end, or where no header of one fits.
    pub(super) fn next_element(&mut self) -> Option<Element<'a>> {
        let kind = self.elements.u8().ok()?;
        let simulated = self.elements.u8().ok()? != 0;
        let appid = self.elements.u16_be().ok()?;
        let mut length = usize::from(self.elements.u16_be().ok()?);
        if counts_itself(&self.elements, length) {
            length = length.saturating_sub(2);
        }
        let short = length > self.elements.remaining();
        let apdu = self
            .elements
            .sub(length.min(self.elements.remaining()))
            .ok()?;
        Some(Element {
            kind,
            simulated,
            appid,
            apdu,
            short,
        })
    }
}

/// Whether the length of an element counts its own two octets, as some implementations have it: the
/// APDU, which knows its length, is shorter by them.
fn counts_itself(elements: &Cursor<'_>, length: usize) -> bool {
    let mut cursor = *elements;
    let before = cursor.offset();
    let header = ber::read_tag(&mut cursor).and_then(|_| ber::read_length(&mut cursor));
    header.is_ok_and(|contents| {
        let header = cursor.offset().saturating_sub(before);
        header.saturating_add(contents).saturating_add(2) == length
    })
}

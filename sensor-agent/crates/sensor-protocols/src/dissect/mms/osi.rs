//! The layers between the transport service and MMS: session, presentation, association control.
//!
//! Data in: a TSDU. Data out: which session PDU and which association PDU it holds, and the MMS PDU in
//! them. Sources: ISO/IEC 8327-1 = ITU-T X.225, 8.2 and 8.3 (SPDUs); ISO/IEC 8823-1 = X.226, 8.2
//! (PPDUs); ISO/IEC 8650-1 = X.227 (APDUs).
//!
//! The presentation contexts of a connection are not kept: APDUs of association control have tags of
//! the application class, PDUs of MMS of the context-specific class, so each tells itself.
//!
//! Some clients leave all three layers out and send MMS right in the TSDU; that is read as well.
//!
//! Limits: one presentation data value of a TSDU. User data of one SPDU in several TSDUs (enclosure
//! items, X.225, 8.3.11) are not put together.

use super::reader::{Reader, is_integer};
use crate::dissect::ber::{Class, Element, universal};
use crate::dissect::cursor::{Cursor, Short};
use crate::observation::{Anomaly, AnomalySet};

/// SPDU identifiers (X.225, 8.3).
pub(super) mod spdu {
    /// GIVE TOKENS and DATA TRANSFER have the same; the latter is the second one in a TSDU.
    pub(in super::super) const DATA: u8 = 1;
    pub(in super::super) const FINISH: u8 = 9;
    pub(in super::super) const DISCONNECT: u8 = 10;
    pub(in super::super) const REFUSE: u8 = 12;
    pub(in super::super) const CONNECT: u8 = 13;
    pub(in super::super) const ACCEPT: u8 = 14;
    pub(in super::super) const NOT_FINISHED: u8 = 8;
    pub(in super::super) const ABORT: u8 = 25;
    pub(in super::super) const ABORT_ACCEPT: u8 = 26;
}

/// Name of an SPDU.
pub(super) fn spdu_name(identifier: u8) -> Option<&'static str> {
    Some(match identifier {
        spdu::DATA => "data transfer",
        spdu::FINISH => "finish",
        spdu::DISCONNECT => "disconnect",
        spdu::REFUSE => "refuse",
        spdu::CONNECT => "connect",
        spdu::ACCEPT => "accept",
        spdu::NOT_FINISHED => "not finished",
        spdu::ABORT => "abort",
        spdu::ABORT_ACCEPT => "abort accept",
        _ => return None,
    })
}

/// APDUs of association control, by their tag in the application class.
pub(super) mod apdu {
    pub(in super::super) const ASSOCIATE_REQUEST: u32 = 0;
    pub(in super::super) const ASSOCIATE_RESPONSE: u32 = 1;
    pub(in super::super) const RELEASE_REQUEST: u32 = 2;
    pub(in super::super) const RELEASE_RESPONSE: u32 = 3;
    pub(in super::super) const ABORT: u32 = 4;
}

/// Name of an APDU of association control.
pub(super) const fn apdu_name(tag: u32) -> Option<&'static str> {
    Some(match tag {
        apdu::ASSOCIATE_REQUEST | apdu::ASSOCIATE_RESPONSE => "associate",
        apdu::RELEASE_REQUEST | apdu::RELEASE_RESPONSE => "release",
        apdu::ABORT => "abort",
        _ => return None,
    })
}

/// What a TSDU holds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Envelope<'a> {
    /// Identifier of the SPDU; `None` when MMS comes without these layers.
    pub(super) session: Option<u8>,
    /// Tag of the APDU of association control.
    pub(super) association: Option<u32>,
    /// Result of an association response.
    pub(super) result: Option<u32>,
    /// Last arc of the authentication mechanism (X.227, annex B: 1 is a password).
    pub(super) authentication: Option<u8>,
    /// The MMS PDU.
    pub(super) pdu: Option<&'a [u8]>,
    /// Something was there that is neither.
    pub(super) foreign: bool,
    pub(super) anomalies: AnomalySet,
}

/// Whether a TSDU starts as those of MMS, with or without the layers in between, do.
pub(super) fn begins(tsdu: &[u8]) -> bool {
    match tsdu {
        // Tokens, data, user data of the presentation layer.
        [1, 0, 1, 0, rest @ ..] => matches!(rest, [] | [0x61 | 0x60 | 0x40, ..]),
        [13 | 14, ..] => matches!(
            first_parameter(tsdu),
            Some(1 | 5 | 20 | 33 | 49..=52 | 193 | 194)
        ),
        [8..=10 | 12 | 26, 0] => true,
        [8..=10 | 12 | 25, ..] => {
            matches!(first_parameter(tsdu), Some(1 | 17 | 33 | 49 | 50 | 193))
        }
        _ => begins_as_pdu(tsdu),
    }
}

/// The first parameter of an SPDU, behind its identifier and its length of one octet or three.
fn first_parameter(spdu: &[u8]) -> Option<u8> {
    let mut cursor = Cursor::new(spdu);
    cursor.skip(1).ok()?;
    length(&mut cursor).ok()?;
    cursor.peek_u8()
}

/// Whether octets start as an MMS PDU does.
fn begins_as_pdu(bytes: &[u8]) -> bool {
    let Some((tag, rest)) = bytes.split_first() else {
        return false;
    };
    let ([0..=0x7f, contents @ ..] | [0x81, _, contents @ ..] | [0x82, _, _, contents @ ..]) = rest
    else {
        return false;
    };
    match (tag, contents.first()) {
        (0xa0 | 0xa1, Some(2))
        | (0xa2, Some(0x80))
        | (0xa3, Some(0xa0..=0xa2))
        | (0xaa | 0xad, Some(0xa0))
        | (0xa4, Some(0x80..=0x8b))
        | (0xa8 | 0xa9, Some(0x80..=0x83)) => true,
        (0x8b | 0x8c, None) => rest == [0],
        _ => false,
    }
}

impl<'a> Envelope<'a> {
    /// Unwraps a TSDU.
    #[inline]
    pub(super) fn read(tsdu: &'a [u8]) -> Self {
        let mut envelope = Self {
            session: None,
            association: None,
            result: None,
            authentication: None,
            pdu: None,
            foreign: false,
            anomalies: AnomalySet::EMPTY,
        };
        if begins_as_pdu(tsdu) {
            envelope.pdu = Some(tsdu);
        } else if let [1, 0, 1, 0, user @ ..] = tsdu {
            envelope.session = Some(spdu::DATA);
            envelope.presentation(user);
        } else if envelope.spdu(&mut Cursor::new(tsdu)).is_err() {
            envelope.ends_early();
        }
        envelope
    }

    fn ends_early(&mut self) {
        self.anomalies.insert(Anomaly::Truncated);
        self.anomalies.insert(Anomaly::BadLength);
    }

    fn close(&mut self, reader: &Reader<'_>) {
        self.anomalies = self.anomalies.union(reader.fault);
    }

    /// An SPDU: identifier, length, parameters. User data is the parameter with group 193 (X.225,
    /// 8.3.1.6), or 194 when it is long.
    fn spdu(&mut self, cursor: &mut Cursor<'a>) -> Result<(), Short> {
        self.session = Some(cursor.u8()?);
        let length = length(cursor)?;
        let parameters = self.part(cursor, length);
        if !cursor.is_empty() {
            self.anomalies.insert(Anomaly::TrailingBytes);
            self.anomalies.insert(Anomaly::BadLength);
        }
        let mut parameters = Cursor::new(parameters);
        while !parameters.is_empty() {
            let group = parameters.u8()?;
            let length = self::length(&mut parameters)?;
            let value = self.part(&mut parameters, length);
            match group {
                193 | 194 => self.presentation(value),
                // Reason code of a refusal, then user data (8.3.5.10).
                50 if self.session == Some(spdu::REFUSE) => {
                    if let [2, user @ ..] = value {
                        self.presentation(user);
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// So many octets, or as many as there are.
    fn part(&mut self, cursor: &mut Cursor<'a>, octets: usize) -> &'a [u8] {
        if let Ok(part) = cursor.take(octets) {
            return part;
        }
        self.ends_early();
        cursor.take_rest()
    }

    /// User data of the session layer: user data of the presentation layer, or a PPDU around it, some
    /// levels deep: the set or sequence of the PPDU, and in it the parameters of normal mode.
    fn presentation(&mut self, octets: &'a [u8]) {
        let mut reader = Reader::new(octets);
        while let Some(element) = reader.next() {
            if !self.user_data(&element) && is_container(&element) {
                self.inside(&element);
            }
        }
        self.close(&reader);
    }

    fn inside(&mut self, ppdu: &Element<'a>) {
        let mut reader = Reader::within(ppdu);
        while let Some(element) = reader.next() {
            // The parameters of normal mode.
            if !self.user_data(&element) && element.tag.constructed && element.tag.is_context(2) {
                let mut parameters = Reader::within(&element);
                while let Some(parameter) = parameters.next() {
                    self.user_data(&parameter);
                }
                self.close(&parameters);
            }
        }
        self.close(&reader);
    }

    /// User data: `[APPLICATION 1]` a list of values with their context, `[APPLICATION 0]` one value
    /// as octets. False for another element.
    #[inline]
    fn user_data(&mut self, element: &Element<'a>) -> bool {
        if element.tag.class != Class::Application {
            return false;
        }
        match element.tag.number {
            0 => self.apdu(element.octets()),
            1 => {
                let mut lists = Reader::within(element);
                while let Some(list) = lists.next() {
                    self.value(&list);
                }
                self.close(&lists);
            }
            _ => return false,
        }
        true
    }

    /// `PDV-list`: transfer syntax, context, then `[0]` the value or `[1]` its octets.
    #[inline]
    fn value(&mut self, list: &Element<'a>) {
        let mut reader = Reader::within(list);
        while let Some(member) = reader.next() {
            if is_value(&member) {
                self.apdu(member.octets());
            }
        }
        self.close(&reader);
    }

    /// A value: an APDU of association control, or an MMS PDU.
    #[inline]
    fn apdu(&mut self, octets: &'a [u8]) {
        let mut reader = Reader::new(octets);
        match reader.next() {
            Some(apdu) if apdu.tag.class == Class::Application => self.association(&apdu),
            Some(pdu) if pdu.tag.class == Class::Context => self.tell(octets),
            Some(_) => self.foreign = true,
            None => self.close(&reader),
        }
    }

    /// Keeps a PDU. One TSDU is told as one message: of a second PDU in it only that it is there.
    fn tell(&mut self, pdu: &'a [u8]) {
        if self.pdu.is_some() {
            self.anomalies.insert(Anomaly::LimitReached);
        } else {
            self.pdu = Some(pdu);
        }
    }

    /// An APDU of association control. User information is `[30]` in all of them.
    fn association(&mut self, apdu: &Element<'a>) {
        const RESULT: u32 = 2;
        const MECHANISM: u32 = 11;
        const USER_INFORMATION: u32 = 30;
        let tag = apdu.tag.number;
        self.association = Some(tag);
        let mut reader = Reader::within(apdu);
        while let Some(member) = reader.next() {
            match member.tag.number {
                RESULT if tag == apdu::ASSOCIATE_RESPONSE => {
                    let value = Reader::within(&member).next().filter(is_integer);
                    self.result = value.and_then(|value| value.unsigned32());
                }
                MECHANISM if tag == apdu::ASSOCIATE_REQUEST => {
                    self.authentication = member.octets().last().copied();
                }
                USER_INFORMATION => self.user_information(&member),
                _ => {}
            }
        }
        self.close(&reader);
    }

    /// A list of EXTERNAL, in which the value has the tags that it has in a `PDV-list`.
    fn user_information(&mut self, member: &Element<'a>) {
        let mut reader = Reader::within(member);
        if let Some(external) = reader.next() {
            let mut inner = Reader::within(&external);
            while let Some(part) = inner.next() {
                if is_value(&part) {
                    self.tell(part.octets());
                }
            }
            self.close(&inner);
        }
        self.close(&reader);
    }
}

/// `single-ASN1-type`, or `octet-aligned`.
fn is_value(element: &Element<'_>) -> bool {
    element.tag.is_context(0) || element.tag.is_context(1)
}

/// Set (CP, CPA), sequence (CPR, ARP) or `[0]` (ARU) of a PPDU.
fn is_container(element: &Element<'_>) -> bool {
    let number = element.tag.number;
    match element.tag.class {
        Class::Universal => matches!(number, universal::SET | universal::SEQUENCE),
        Class::Context => number == 0 && element.tag.constructed,
        Class::Application | Class::Private => false,
    }
}

/// A length indicator: one octet, or FFH and two (X.225, 8.2.5).
fn length(cursor: &mut Cursor<'_>) -> Result<usize, Short> {
    match cursor.u8()? {
        0xff => cursor.u16_be().map(usize::from),
        short => Ok(usize::from(short)),
    }
}

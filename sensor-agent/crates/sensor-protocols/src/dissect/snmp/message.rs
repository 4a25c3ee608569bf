//! A message of SNMP in its fields.
//!
//! Data in: a datagram. Data out: [`Message`] as far as it can be read, and what departs from the standard.
//! Source: RFC 1157, 4; RFC 3416, 3; RFC 3412, 6; RFC 3414, 2.4.

use std::net::Ipv4Addr;

use super::super::ber::{Class, Element, Elements, Tag, integer, universal};
use super::super::cursor::Cursor;
use super::codes::{exception, kind};
use crate::observation::{Anomaly, AnomalySet};

const VERSION_1: u64 = 0;
const VERSION_2C: u64 = 1;
const VERSION_3: u64 = 3;
/// The user-based security model (RFC 3411, 5).
const USER_BASED: u64 = 3;

/// A message as far as it was read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Message<'a> {
    pub(super) version: u64,
    pub(super) community: Option<&'a [u8]>,
    pub(super) security: Option<Security<'a>>,
    /// Message identifier of version 3.
    pub(super) id: Option<u64>,
    pub(super) pdu: Option<Pdu<'a>>,
    encrypted: bool,
}

/// Parameters of version 3.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Security<'a> {
    pub(super) flags: u8,
    pub(super) model: u64,
    pub(super) engine: &'a [u8],
    pub(super) user: &'a [u8],
}

/// A protocol data unit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pdu<'a> {
    pub(super) kind: u32,
    pub(super) request: u64,
    /// Of a bulk request: how many of its names are not repeated.
    pub(super) error_status: u64,
    pub(super) trap: Option<Trap<'a>>,
    pub(super) bindings: Elements<'a>,
}

/// The fields that only a version 1 trap has (RFC 1157, 4.1.6).
#[derive(Clone, Copy, Debug)]
pub(super) struct Trap<'a> {
    pub(super) enterprise: &'a [u8],
    pub(super) agent: Ipv4Addr,
    pub(super) generic: u32,
    pub(super) specific: u64,
}

/// A name and its value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Binding<'a> {
    /// Contents of the object identifier.
    pub(super) name: &'a [u8],
    pub(super) value: Element<'a>,
}

const SEQUENCE: Tag = Tag::universal(universal::SEQUENCE).constructed();
const INTEGER: Tag = Tag::universal(universal::INTEGER);
const OCTETS: Tag = Tag::universal(universal::OCTET_STRING);
const OID: Tag = Tag::universal(universal::OBJECT_IDENTIFIER);

/// The next element, which has to be there.
fn next<'a>(elements: &mut Elements<'a>) -> Result<Element<'a>, Anomaly> {
    match elements.next_element() {
        Ok(Some(element)) => Ok(element),
        Ok(None) => Err(Anomaly::BadLength),
        Err(error) => Err(error.anomaly()),
    }
}

/// The next element, which has to have a tag.
fn expect<'a>(elements: &mut Elements<'a>, tag: Tag) -> Result<Element<'a>, Anomaly> {
    let element = next(elements)?;
    if element.tag == tag {
        Ok(element)
    } else {
        Err(Anomaly::BadValue)
    }
}

fn enter<'a>(outer: &Elements<'a>, element: &Element<'a>) -> Result<Elements<'a>, Anomaly> {
    outer
        .enter(element)
        .map_err(super::super::ber::BerError::anomaly)
}

/// A number of at most 64 bits; negative ones as they are in two's complement.
fn number(elements: &mut Elements<'_>) -> Result<u64, Anomaly> {
    let element = expect(elements, INTEGER)?;
    let value = integer(element.octets()).ok_or(Anomaly::BadValue)?;
    Ok(value.cast_unsigned())
}

impl<'a> Message<'a> {
    /// Reads a datagram as far as it goes.
    pub(super) fn read(bytes: &'a [u8]) -> (Self, AnomalySet) {
        let mut message = Self {
            version: u64::MAX,
            community: None,
            security: None,
            id: None,
            pdu: None,
            encrypted: false,
        };
        let mut anomalies = AnomalySet::EMPTY;
        if let Err(anomaly) = message.fill(bytes, &mut anomalies) {
            anomalies.insert(anomaly);
        }
        (message, anomalies)
    }

    /// Whether it is a message of a version there is, with a PDU.
    pub(super) const fn is_recognised(&self) -> bool {
        self.pdu.is_some() || self.encrypted
    }

    fn fill(&mut self, bytes: &'a [u8], anomalies: &mut AnomalySet) -> Result<(), Anomaly> {
        let mut outer = Elements::new(Cursor::new(bytes));
        let whole = expect(&mut outer, SEQUENCE)?;
        if outer.remaining() > 0 {
            anomalies.insert(Anomaly::TrailingBytes);
        }
        let mut fields = enter(&outer, &whole)?;
        self.version = number(&mut fields)?;
        match self.version {
            VERSION_1 | VERSION_2C => {
                self.community = Some(expect(&mut fields, OCTETS)?.octets());
                self.pdu(&mut fields)?;
            }
            VERSION_3 => self.version_3(&mut fields)?,
            _ => return Err(Anomaly::BadVersion),
        }
        if fields.remaining() > 0 {
            anomalies.insert(Anomaly::TrailingBytes);
        }
        Ok(())
    }

    fn version_3(&mut self, fields: &mut Elements<'a>) -> Result<(), Anomaly> {
        let global = expect(fields, SEQUENCE)?;
        let mut global = enter(fields, &global)?;
        self.id = Some(number(&mut global)?);
        number(&mut global)?; // largest message
        let flags = expect(&mut global, OCTETS)?;
        let mut security = Security {
            flags: flags.octets().first().copied().ok_or(Anomaly::BadLength)?,
            model: number(&mut global)?,
            ..Security::default()
        };
        let parameters = expect(fields, OCTETS)?;
        let read = match security.model {
            USER_BASED => security.user_based(fields, &parameters),
            _ => Ok(()),
        };
        self.security = Some(security);
        let data = next(fields)?;
        if data.tag == OCTETS {
            self.encrypted = true;
            return read;
        }
        if data.tag != SEQUENCE {
            return Err(Anomaly::BadValue);
        }
        let mut scoped = enter(fields, &data)?;
        expect(&mut scoped, OCTETS)?; // engine of the context
        expect(&mut scoped, OCTETS)?; // name of the context
        self.pdu(&mut scoped)?;
        read
    }

    fn pdu(&mut self, fields: &mut Elements<'a>) -> Result<(), Anomaly> {
        let element = next(fields)?;
        if element.tag.class != Class::Context || !element.tag.constructed {
            return Err(Anomaly::BadValue);
        }
        let kind = element.tag.number;
        let mut inner = enter(fields, &element)?;
        let (request, error_status, trap) = if kind == kind::TRAP_V1 {
            (0, 0, Some(Trap::read(&mut inner)?))
        } else {
            let (request, status) = (number(&mut inner)?, number(&mut inner)?);
            number(&mut inner)?; // error index, or how often a bulk request repeats
            (request, status, None)
        };
        let bindings = expect(&mut inner, SEQUENCE)?;
        self.pdu = Some(Pdu {
            kind,
            request,
            error_status,
            trap,
            bindings: enter(&inner, &bindings)?,
        });
        Ok(())
    }
}

impl<'a> Security<'a> {
    /// Engine, its starts and time, user, and what signs and encrypts (RFC 3414, 2.4).
    fn user_based(
        &mut self,
        fields: &Elements<'a>,
        parameters: &Element<'a>,
    ) -> Result<(), Anomaly> {
        let mut inner = enter(fields, parameters)?;
        let sequence = expect(&mut inner, SEQUENCE)?;
        let mut inner = enter(&inner, &sequence)?;
        self.engine = expect(&mut inner, OCTETS)?.octets();
        number(&mut inner)?;
        number(&mut inner)?;
        self.user = expect(&mut inner, OCTETS)?.octets();
        expect(&mut inner, OCTETS)?;
        expect(&mut inner, OCTETS)?;
        Ok(())
    }

    /// The enterprise in an engine identifier (RFC 3411, 5, `SnmpEngineID`).
    pub(super) fn enterprise(&self) -> Option<u32> {
        let (head, _) = self.engine.split_first_chunk::<4>()?;
        Some(u32::from_be_bytes(*head) & 0x7fff_ffff)
    }
}

impl<'a> Trap<'a> {
    fn read(fields: &mut Elements<'a>) -> Result<Self, Anomaly> {
        const ADDRESS: Tag = Tag::application(0);
        const TICKS: Tag = Tag::application(3);
        let enterprise = expect(fields, OID)?.octets();
        let agent = expect(fields, ADDRESS)?;
        let agent: [u8; 4] = agent.octets().try_into().map_err(|_| Anomaly::BadLength)?;
        let generic = number(fields)?;
        let specific = number(fields)?;
        expect(fields, TICKS)?;
        Ok(Self {
            enterprise,
            agent: Ipv4Addr::from(agent),
            generic: u32::try_from(generic).map_err(|_| Anomaly::BadValue)?,
            specific,
        })
    }
}

impl<'a> Binding<'a> {
    /// The next of a list.
    pub(super) fn next(elements: &mut Elements<'a>) -> Result<Option<Self>, Anomaly> {
        if elements.remaining() == 0 {
            return Ok(None);
        }
        let sequence = expect(elements, SEQUENCE)?;
        let mut inner = enter(elements, &sequence)?;
        let name = expect(&mut inner, OID)?.octets();
        let value = next(&mut inner)?;
        if inner.remaining() > 0 {
            return Err(Anomaly::TrailingBytes);
        }
        Ok(Some(Self { name, value }))
    }

    /// Whether the value is a number, a counter, a time or an address (RFC 2578, 7.1), and no longer than
    /// one: nothing that a text can be told as.
    pub(super) fn is_number(&self) -> bool {
        const ADDRESS: u32 = 0;
        const TICKS: u32 = 3;
        const COUNTER_64: u32 = 6;
        /// 64 bits and the zero octet in front of one that is not negative.
        const LONGEST: usize = 9;
        let tag = self.value.tag;
        let is = match tag.class {
            Class::Universal => tag == INTEGER,
            Class::Application => {
                !tag.constructed && matches!(tag.number, ADDRESS..=TICKS | COUNTER_64)
            }
            Class::Context | Class::Private => false,
        };
        is && self.value.octets().len() <= LONGEST
    }

    /// Why there is no value (RFC 3416, 3): code and name.
    pub(super) fn exception(&self) -> Option<(u32, &'static str)> {
        let is = self.value.tag.class == Class::Context;
        is.then(|| exception(self.value.tag.number)).flatten()
    }
}

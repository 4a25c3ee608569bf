//! The APDU, its EPSEM, and the services in it one after the other.
//!
//! Data in: a message. Data out: [`Apdu`], [`Services`].

use std::fmt;

use crate::dissect::ber::{self, Class, Element, Elements};
use crate::dissect::cursor::Cursor;
use crate::dissect::framed::Whole;
use crate::observation::{Anomaly, AnomalySet};

/// Tag of the APDU.
pub(super) const TAG: u8 = 0x60;

/// Tags of its elements (C12.22, 5.3.1).
mod element {
    pub(super) const CALLED_TITLE: u32 = 2;
    pub(super) const CALLED_NUMBER: u32 = 4;
    pub(super) const CALLING_TITLE: u32 = 6;
    pub(super) const CALLING_NUMBER: u32 = 8;
    pub(super) const USER_INFORMATION: u32 = 30;
}

/// Flags of the EPSEM (C12.22, 5.3.2.3).
mod flag {
    pub(super) const SECURITY: u8 = 0x0c;
    pub(super) const CLEAR_WITH_AUTHENTICATION: u8 = 0x04;
    pub(super) const CIPHER: u8 = 0x08;
    pub(super) const CLASS_INCLUDED: u8 = 0x10;
}

/// Octets of the authentication code behind services in clear.
const CODE: usize = 4;

/// Whether an APDU can begin with an element of this tag.
pub(super) const fn is_element(tag: u8) -> bool {
    matches!(tag, 0xa1 | 0xa2 | 0xa4 | 0xa6..=0xa8 | 0xac | 0x8b | 0xbe)
}

/// An application title.
#[derive(Clone, Copy, Debug)]
pub(super) struct Title<'a> {
    arcs: &'a [u8],
    relative: bool,
}

impl fmt::Display for Title<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut arc = 0_u64;
        let mut first = !self.relative;
        for octet in self.arcs {
            arc = arc << 7 | u64::from(octet & 0x7f);
            if octet & 0x80 != 0 {
                continue;
            }
            if std::mem::take(&mut first) {
                let root = (arc / 40).min(2);
                let second = arc.saturating_sub(root.saturating_mul(40));
                write!(f, "{root}.{second}")?;
            } else {
                write!(f, ".{arc}")?;
            }
            arc = 0;
        }
        Ok(())
    }
}

/// What a message holds around its services.
#[derive(Debug, Default)]
pub(super) struct Apdu<'a> {
    pub(super) called: Option<Title<'a>>,
    pub(super) calling: Option<Title<'a>>,
    pub(super) called_number: Option<u32>,
    pub(super) calling_number: u32,
    pub(super) encrypted: bool,
    pub(super) services: Option<Services<'a>>,
    pub(super) anomalies: AnomalySet,
}

impl<'a> Apdu<'a> {
    pub(super) fn read(whole: &Whole<'a>) -> Self {
        let mut apdu = Self::default();
        let mut cursor = Cursor::new(whole.bytes);
        let _ = cursor.skip(1);
        let length = ber::read_length(&mut cursor).unwrap_or(0);
        let contents = cursor.sub(length.min(cursor.remaining()));
        let Ok(contents) = contents else {
            return apdu;
        };
        let mut elements = Elements::new(contents);
        loop {
            match elements.next_element() {
                Ok(Some(element)) => apdu.element(&element, &elements),
                Ok(None) => break,
                Err(_) if whole.cut => break,
                Err(error) => {
                    apdu.anomalies.insert(error.anomaly());
                    break;
                }
            }
        }
        apdu
    }

    fn element(&mut self, element: &Element<'a>, within: &Elements<'a>) {
        if element.tag.class != Class::Context {
            return self.anomalies.insert(Anomaly::BadValue);
        }
        let inner = || within.enter(element).ok()?.next_element().ok()?;
        match element.tag.number {
            element::CALLED_TITLE => self.called = inner().map(|inner| of(&inner)),
            element::CALLING_TITLE => self.calling = inner().map(|inner| of(&inner)),
            element::CALLED_NUMBER => self.called_number = inner().and_then(|i| i.unsigned32()),
            element::CALLING_NUMBER => {
                self.calling_number = inner().and_then(|i| i.unsigned32()).unwrap_or(0);
            }
            element::USER_INFORMATION => self.information(element, within),
            _ => {}
        }
    }

    /// User information is an EXTERNAL around octets.
    fn information(&mut self, element: &Element<'a>, within: &Elements<'a>) {
        let external = within.enter(element).and_then(|mut inner| {
            let external = inner.next_element()?;
            Ok((inner, external))
        });
        let Ok((outer, Some(external))) = external else {
            return self.anomalies.insert(Anomaly::BadLength);
        };
        let Ok(mut parts) = outer.enter(&external) else {
            return;
        };
        loop {
            match parts.next_element() {
                Ok(Some(part)) if part.tag.is_context(1) => return self.epsem(part.contents),
                Ok(Some(_)) => {}
                Ok(None) => return,
                Err(error) => return self.anomalies.insert(error.anomaly()),
            }
        }
    }

    fn epsem(&mut self, mut contents: Cursor<'a>) {
        let Ok(flags) = contents.u8() else {
            return self.anomalies.insert(Anomaly::BadLength);
        };
        if flags & flag::CLASS_INCLUDED != 0 && contents.skip(4).is_err() {
            return self.anomalies.insert(Anomaly::BadLength);
        }
        let code = match flags & flag::SECURITY {
            flag::CIPHER => {
                self.encrypted = true;
                return;
            }
            flag::CLEAR_WITH_AUTHENTICATION => CODE,
            flag::SECURITY => {
                self.anomalies.insert(Anomaly::BadValue);
                0
            }
            _ => 0,
        };
        let Ok(services) = contents.sub(contents.remaining().saturating_sub(code)) else {
            return;
        };
        self.services = Some(Services {
            rest: services,
            anomalies: AnomalySet::EMPTY,
        });
    }
}

/// The title in an element.
fn of<'a>(element: &Element<'a>) -> Title<'a> {
    Title {
        arcs: element.octets(),
        relative: element.tag.class == Class::Context,
    }
}

/// Services with their length before them.
#[derive(Debug)]
pub(super) struct Services<'a> {
    rest: Cursor<'a>,
    pub(super) anomalies: AnomalySet,
}

impl<'a> Services<'a> {
    pub(super) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The list ends here. What stands behind its end is not read, but must not go by without a word.
    fn ended(&mut self) {
        if self.rest.take_rest().iter().any(|octet| *octet != 0) {
            self.anomalies.insert(Anomaly::TrailingBytes);
        }
    }

    /// Octets of the next service; what goes on beyond the message is told as far as it is there.
    pub(super) fn next(&mut self) -> Option<&'a [u8]> {
        if self.rest.is_empty() {
            return None;
        }
        match ber::read_length(&mut self.rest) {
            // A list can end with an empty service.
            Ok(0) => {
                self.ended();
                None
            }
            Ok(length) if length > self.rest.remaining() => {
                self.anomalies.insert(Anomaly::BadLength);
                let rest = self.rest.take_rest();
                (!rest.is_empty()).then_some(rest)
            }
            Ok(length) => {
                let service = self.rest.take(length).ok();
                if self.rest.peek_u8() == Some(0) {
                    self.ended();
                }
                service
            }
            Err(error) => {
                self.anomalies.insert(error.anomaly());
                self.rest.take_rest();
                None
            }
        }
    }
}

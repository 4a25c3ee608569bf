//! What a dissector of a small protocol gathers of one message before it reports it.
//!
//! Data in: numbers, texts and addresses in the order of the message. Data out: one call of the sink.
//!
//! Limits: [`limits::IT_OBJECTS`] objects, [`limits::IT_TEXT_BYTES`] octets of a text.

use std::net::IpAddr;

use smallvec::SmallVec;

use super::cursor::{Cursor, Short};
use super::{Emit, Input, MessageFacts};
use crate::limits;
use crate::observation::{
    Anomaly, AnomalySet, AnsweredRequest, Direction, Identity, Object, Operation, OperationClass,
    Outcome, Protocol,
};

/// A request that waits for its response.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<K> {
    pub(super) key: K,
    pub(super) input: (crate::time::Timestamp, u64),
}

impl<K> Asked<K> {
    pub(super) const fn new(key: K, input: &Input<'_>) -> Self {
        Self {
            key,
            input: (input.time, input.frame),
        }
    }

    /// This request, as the response to it names it.
    pub(super) fn answered(&self, input: &Input<'_>) -> AnsweredRequest {
        AnsweredRequest {
            frame: self.input.1,
            latency: input.time.since(self.input.0),
        }
    }
}

/// What is told of one message.
#[derive(Debug, Default)]
pub(super) struct Told<'a> {
    pub(super) objects: SmallVec<[Object<'a>; 16]>,
    pub(super) identity: Identity<'a>,
    pub(super) values: &'a [u8],
    pub(super) outcome: Outcome,
    pub(super) request: Option<AnsweredRequest>,
    pub(super) anomalies: AnomalySet,
}

impl<'a> Told<'a> {
    /// Adds a number.
    pub(super) fn id(&mut self, kind: &'static str, id: impl Into<u64>) {
        let id = id.into();
        self.object(Object::Id { kind, id });
    }

    /// Adds a text under a number that says what it is.
    pub(super) fn text(&mut self, kind: &'static str, id: impl Into<u64>, text: Option<&'a str>) {
        if let Some(text) = text {
            self.id(kind, id);
            self.object(Object::Name(text));
        }
    }

    /// [`line()`] of a text that no standard bounds: what is left out of it shows.
    pub(super) fn line(&mut self, bytes: &'a [u8]) -> Option<&'a str> {
        let text = line(bytes);
        // The end of the text that is kept, where nothing but the limit ended it.
        let kept = bytes.get(..limits::IT_TEXT_BYTES).unwrap_or(bytes);
        if kept.len() < bytes.len() && !kept.iter().any(u8::is_ascii_control) {
            self.flag(Anomaly::LimitReached);
        }
        text
    }

    pub(super) fn name(&mut self, name: &'a str) {
        self.object(Object::Name(name));
    }

    pub(super) fn address(&mut self, address: impl Into<IpAddr>) {
        self.object(Object::Address(address.into()));
    }

    fn object(&mut self, object: Object<'a>) {
        if self.objects.len() < limits::IT_OBJECTS {
            self.objects.push(object);
        } else {
            self.flag(Anomaly::LimitReached);
        }
    }

    pub(super) const fn flag(&mut self, anomaly: Anomaly) {
        self.anomalies.insert(anomaly);
    }

    /// The message ended early. Bytes that the capture cut off are not missing from it.
    pub(super) const fn ended_early(&mut self, input: &Input<'_>) {
        if !input.cut {
            self.flag(Anomaly::Truncated);
        }
    }

    pub(super) fn emit(
        &self,
        protocol: Protocol,
        direction: Direction,
        operation: Operation,
        input: &Input<'_>,
        emit: &mut Emit<'_>,
    ) {
        emit(&MessageFacts {
            objects: &self.objects,
            values: self.values,
            outcome: self.outcome,
            anomalies: self.anomalies,
            identity: self.identity,
            request: self.request,
            size: input.bytes.len(),
            ..MessageFacts::new(protocol, direction, operation)
        });
    }
}

/// An operation without a second-level code.
pub(super) const fn operation(code: u32, name: &'static str, class: OperationClass) -> Operation {
    Operation {
        code,
        sub: None,
        name,
        class,
    }
}

/// The row of a code in a table of name and class; `unknown` for one that has none.
pub(super) fn operation_of(
    table: &[(u32, &'static str, OperationClass)],
    code: u32,
) -> Option<Operation> {
    let row = table.iter().find(|(known, ..)| *known == code)?;
    Some(operation(code, row.1, row.2))
}

/// An operation whose code the standard does not have.
pub(super) const fn unknown(code: u32) -> Operation {
    operation(code, "unknown", OperationClass::Unknown)
}

/// The first line of a text as it is shown: readable characters without blanks around them. `None` when
/// nothing is left.
pub(super) fn line(bytes: &[u8]) -> Option<&str> {
    let bytes = bytes.get(..limits::IT_TEXT_BYTES).unwrap_or(bytes);
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(bytes.get(..error.valid_up_to())?).ok()?,
    };
    let text = text.trim_start();
    let text = text.split(char::is_control).next()?.trim_end();
    (!text.is_empty()).then_some(text)
}

/// The part of a URL that can hold no secret: nothing from a query or fragment on, and of one with user
/// information only what follows that.
pub(super) fn without_secrets(url: &str) -> &str {
    let end = url.find(['?', '#']).unwrap_or(url.len());
    let url = url.get(..end).unwrap_or(url);
    let host = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = host.split('/').next().unwrap_or(host);
    let user = authority.rfind('@').map(|at| at.saturating_add(1));
    user.and_then(|end| host.get(end..)).unwrap_or(url)
}

/// Takes apart what a device says of itself in one line: the form of Siemens has vendor, family, type, order
/// number, `HW: n`, `FW: n` and serial number between commas; of others the line is the model.
pub(super) fn describe<'a>(identity: &mut Identity<'a>, text: &'a str) {
    let mut fields = text.split(',').map(str::trim);
    let vendor = fields.next().filter(|vendor| !vendor.is_empty());
    let (mut model, mut firmware, mut serial, mut hardware) = (None, None, None, false);
    for field in fields {
        if field.starts_with("HW:") {
            hardware = true;
        } else if let Some(version) = field.strip_prefix("FW:") {
            firmware = Some(version.trim()).filter(|version| !version.is_empty());
        } else if !hardware {
            model = Some(field);
        } else if firmware.is_some() {
            serial = Some(field).filter(|serial| !serial.is_empty());
        }
    }
    if hardware && firmware.is_some() {
        identity.vendor = vendor.or(identity.vendor);
        identity.model = model.filter(|model| !model.is_empty()).or(identity.model);
        identity.firmware = firmware.or(identity.firmware);
        identity.serial = serial.or(identity.serial);
    } else {
        identity.model = identity.model.or(Some(text));
    }
}

/// Octets of up to eight as a number.
pub(super) fn number(octets: &[u8]) -> Option<u64> {
    let fits = !octets.is_empty() && octets.len() <= 8;
    fits.then(|| octets.iter().fold(0, |n, octet| n << 8 | u64::from(*octet)))
}

/// A MAC address as a number, the first octet highest.
pub(super) fn mac(cursor: &mut Cursor<'_>) -> Result<u64, Short> {
    let [a, b, c, d, e, f] = cursor.array()?;
    Ok(u64::from_be_bytes([0, 0, a, b, c, d, e, f]))
}

#[cfg(test)]
#[path = "collected/tests/rig.rs"]
pub(super) mod rig;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_its_first_readable_line() {
        assert_eq!(line(b"  plc-7 \0\0"), Some("plc-7"));
        assert_eq!(line(b"Cisco IOS\r\nCopyright"), Some("Cisco IOS"));
        assert_eq!(line(b"ab\xffcd"), Some("ab"));
        assert_eq!(line(&[b'x'; 400]).map(str::len), Some(255));
        assert_eq!(line(b"\0 \n"), None);
        assert_eq!(line(b""), None);
    }

    #[test]
    fn of_a_url_no_user_and_no_query_is_left() {
        for (url, left) in [
            (
                "http://10.0.0.1/d.xml?token=s3cret",
                "http://10.0.0.1/d.xml",
            ),
            ("http://10.0.0.1#s3cret", "http://10.0.0.1"),
            ("http://admin:s3cret@plc/a@b", "plc/a@b"),
            ("ftp://plc/@boot", "ftp://plc/@boot"),
            ("admin:s3cret@plc", "plc"),
            ("boot/plc.bin", "boot/plc.bin"),
            ("", ""),
        ] {
            assert_eq!(without_secrets(url), left);
        }
    }

    #[test]
    fn more_objects_than_are_told_show() {
        let mut told = Told::default();
        for n in 0..=limits::IT_OBJECTS {
            assert!(told.anomalies.is_empty(), "{n}");
            told.id("n", n as u64);
        }
        assert_eq!(told.objects.len(), limits::IT_OBJECTS);
        assert_eq!(told.anomalies, AnomalySet::of(Anomaly::LimitReached));
    }
}

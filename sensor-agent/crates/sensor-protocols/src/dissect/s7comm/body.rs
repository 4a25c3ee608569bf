//! What one PDU says: filled in by the parsers of the functions.
//!
//! Limits: at most [`MAX_OBJECTS`] objects; more raise [`Anomaly::LimitReached`]. Nothing is
//! allocated for the first [`INLINE_OBJECTS`].

use smallvec::SmallVec;

use crate::dissect::cursor::{Cursor, Short};
use crate::observation::{Anomaly, AnomalySet, Identity, Object, OperationClass};

/// Objects kept of a PDU: partners agree on 20 items at most; a symbolic one has several parts.
const MAX_OBJECTS: usize = 64;

/// Objects kept without allocating.
const INLINE_OBJECTS: usize = 4;

/// Octets for text that is made of numbers, such as a firmware version.
pub(super) type Scratch = [u8; 16];

/// What one PDU says. It is large: the caller makes it and hands it down by reference.
pub(super) struct Body<'a> {
    pub(super) code: u32,
    pub(super) sub: Option<u32>,
    pub(super) name: &'static str,
    pub(super) class: OperationClass,
    pub(super) objects: SmallVec<[Object<'a>; INLINE_OBJECTS]>,
    pub(super) values: &'a [u8],
    /// Error code and its name, of an acknowledgement.
    pub(super) error: Option<(u32, &'static str)>,
    pub(super) anomalies: AnomalySet,
    pub(super) identity: Identity<'a>,
    /// Variables that a read or write names.
    pub(super) items: Option<u8>,
}

impl<'a> Body<'a> {
    pub(super) fn new() -> Self {
        Self {
            code: 0,
            sub: None,
            name: "unknown",
            class: OperationClass::Unknown,
            objects: SmallVec::new(),
            values: &[],
            error: None,
            anomalies: AnomalySet::EMPTY,
            identity: Identity::NONE,
            items: None,
        }
    }

    pub(super) fn flag(&mut self, anomaly: Anomaly) {
        self.anomalies.insert(anomaly);
    }

    /// Flags `anomaly` unless `holds`.
    pub(super) fn expect(&mut self, holds: bool, anomaly: Anomaly) {
        if !holds {
            self.flag(anomaly);
        }
    }

    pub(super) fn object(&mut self, object: Object<'a>) {
        if self.objects.len() < MAX_OBJECTS {
            self.objects.push(object);
        } else {
            self.flag(Anomaly::LimitReached);
        }
    }

    pub(super) fn id(&mut self, kind: &'static str, id: impl Into<u64>) {
        let id = id.into();
        self.object(Object::Id { kind, id });
    }

    /// Takes text as a name; text that is not printable is a value that no name has.
    pub(super) fn text(&mut self, octets: &'a [u8]) {
        match text(octets) {
            Some(name) => self.object(Object::Name(name)),
            None => self.expect(octets.is_empty(), Anomaly::BadValue),
        }
    }

    /// A part that ends early or late contradicts its length.
    pub(super) fn close(&mut self, parsed: Result<(), Short>, cursor: &Cursor<'_>) {
        if parsed.is_err() {
            self.flag(Anomaly::Truncated);
            self.flag(Anomaly::BadLength);
        } else if !cursor.is_empty() {
            self.flag(Anomaly::TrailingBytes);
            self.flag(Anomaly::BadLength);
        }
    }
}

/// Device text as it is shown: without padding, `None` when nothing readable is left.
pub(super) fn text(octets: &[u8]) -> Option<&str> {
    let end = octets
        .iter()
        .position(|octet| *octet == 0)
        .unwrap_or(octets.len());
    let text = std::str::from_utf8(octets.get(..end)?).ok()?.trim();
    let readable = !text.is_empty() && !text.chars().any(char::is_control);
    readable.then_some(text)
}

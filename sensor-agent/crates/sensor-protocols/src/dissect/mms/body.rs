//! What one message says: filled in by the parsers.
//!
//! Limits: at most [`limits::MMS_OBJECTS`] objects and [`limits::MMS_NAME_BYTES`] octets of names that
//! are put together; more raise [`Anomaly::LimitReached`]. Nothing is allocated for the first
//! [`INLINE`] objects and the first [`INLINE_NAMES`] octets.

use std::ops::Range;

use smallvec::SmallVec;

use super::reader::{Reader, text};
use crate::dissect::ber::Element;
use crate::limits;
use crate::observation::{Anomaly, AnomalySet, Identity, Object, Operation, OperationClass};

/// Objects kept without allocating.
const INLINE: usize = 4;

/// Octets of names kept without allocating.
const INLINE_NAMES: usize = 128;

/// Something addressed.
#[derive(Clone, Copy, Debug)]
pub(super) enum Part<'a> {
    /// A name of its own.
    Text(&'a str),
    /// A name within a domain.
    Domain(&'a str, &'a str),
    /// The parts of a file name.
    File(Reader<'a>),
    Id {
        kind: &'static str,
        id: u64,
    },
}

/// What one message says. It is large: the caller makes it and hands it down by reference.
pub(super) struct Body<'a> {
    pub(super) operation: Operation,
    pub(super) parts: SmallVec<[Part<'a>; INLINE]>,
    pub(super) values: &'a [u8],
    /// Error code and its name, of an answer.
    pub(super) error: Option<(u32, &'static str)>,
    pub(super) anomalies: AnomalySet,
    pub(super) identity: Identity<'a>,
}

impl<'a> Body<'a> {
    pub(super) fn new() -> Self {
        Self {
            operation: Operation {
                code: 0,
                sub: None,
                name: "unknown",
                class: OperationClass::Unknown,
            },
            parts: SmallVec::new(),
            values: &[],
            error: None,
            anomalies: AnomalySet::EMPTY,
            identity: Identity::NONE,
        }
    }

    /// Sets the operation; a number without a name is reserved.
    pub(super) fn operation(&mut self, code: u32, known: Option<(&'static str, OperationClass)>) {
        self.operation.code = code;
        match known {
            Some((name, class)) => {
                self.operation.name = name;
                self.operation.class = class;
            }
            None => self.flag(Anomaly::ReservedCode),
        }
    }

    pub(super) fn flag(&mut self, anomaly: Anomaly) {
        self.anomalies.insert(anomaly);
    }

    /// Takes what was wrong with a walk that is over.
    pub(super) fn close(&mut self, reader: &Reader<'_>) {
        self.anomalies = self.anomalies.union(reader.fault);
    }

    /// Takes the first error of an answer.
    pub(super) fn fail(&mut self, code: u32, name: &'static str) {
        self.error.get_or_insert((code, name));
    }

    pub(super) fn part(&mut self, part: Part<'a>) {
        if self.parts.len() < limits::MMS_OBJECTS {
            self.parts.push(part);
        } else {
            self.flag(Anomaly::LimitReached);
        }
    }

    /// Takes a number as an object; one of more than 64 bits, or none, is no value.
    pub(super) fn number(&mut self, kind: &'static str, element: &Element<'a>) {
        match element.unsigned() {
            Some(id) => self.part(Part::Id { kind, id }),
            None => self.flag(Anomaly::BadValue),
        }
    }

    /// Takes an identifier as a name.
    pub(super) fn identifier(&mut self, element: &Element<'a>) {
        match text(element) {
            Some(name) => self.part(Part::Text(name)),
            None => self.flag(Anomaly::BadValue),
        }
    }

    /// Takes an object name (`ObjectName`, or the scope of a list of names, which has no name when it
    /// is the whole device): `[0]` of the device, `[1]` in a domain, `[2]` of the association.
    pub(super) fn object_name(&mut self, choice: &Element<'a>) {
        match (choice.tag.number, choice.tag.constructed) {
            (1, true) => {
                let mut reader = Reader::within(choice);
                let domain = reader.next();
                let item = reader.next();
                self.close(&reader);
                match (domain.as_ref().and_then(text), item.as_ref().and_then(text)) {
                    (Some(domain), Some(item)) => self.part(Part::Domain(domain, item)),
                    (Some(only), None) | (None, Some(only)) => {
                        self.part(Part::Text(only));
                        self.flag(Anomaly::BadValue);
                    }
                    (None, None) => self.flag(Anomaly::BadValue),
                }
            }
            (0..=2, _) if choice.contents.is_empty() => {}
            (0..=2, _) => self.identifier(choice),
            _ => self.flag(Anomaly::BadValue),
        }
    }

    /// Takes an object name inside an element of its own.
    pub(super) fn object_name_in(&mut self, element: &Element<'a>) {
        let mut reader = Reader::within(element);
        match reader.next() {
            Some(choice) => self.object_name(&choice),
            None => self.flag(Anomaly::BadValue),
        }
        self.close(&reader);
    }

    /// Takes the name of a file: the parts of its path.
    pub(super) fn file(&mut self, element: &Element<'a>) {
        let path = Reader::within(element);
        let before = self.parts.len();
        self.part(Part::File(path));
        let mut walk = path;
        let mut readable = false;
        while let Some(part) = walk.next() {
            let shown = text(&part).is_some();
            readable |= shown;
            if !shown && !part.contents.is_empty() {
                self.flag(Anomaly::BadValue);
            }
        }
        self.close(&walk);
        if !readable {
            self.parts.truncate(before);
        }
    }
}

/// Names that were put together, one after the other.
pub(super) type Names = SmallVec<[u8; INLINE_NAMES]>;

/// Where in the names a part stands; `None` for one that is not put together.
pub(super) type Places = SmallVec<[Option<Range<usize>>; INLINE]>;

/// Puts the names together. Answers false when they are longer than is kept.
pub(super) fn join(parts: &[Part<'_>], names: &mut Names, places: &mut Places) -> bool {
    let mut all = true;
    for part in parts {
        let start = names.len();
        match part {
            Part::Domain(domain, item) => {
                names.extend_from_slice(domain.as_bytes());
                names.push(b'/');
                names.extend_from_slice(item.as_bytes());
            }
            Part::File(path) => {
                let mut walk = *path;
                while let Some(text) = walk.next().as_ref().map(text) {
                    if names.len() > start {
                        names.push(b'/');
                    }
                    names.extend_from_slice(text.unwrap_or_default().as_bytes());
                }
            }
            Part::Text(_) | Part::Id { .. } => {
                places.push(None);
                continue;
            }
        }
        if names.len() > limits::MMS_NAME_BYTES {
            names.truncate(start);
            all = false;
        }
        places.push(Some(start..names.len()));
    }
    all
}

/// The objects of the parts.
pub(super) fn objects<'n>(
    parts: &[Part<'n>],
    names: &'n str,
    places: &[Option<Range<usize>>],
) -> SmallVec<[Object<'n>; INLINE]> {
    let object = |(part, place): (&Part<'n>, &Option<Range<usize>>)| match (part, place) {
        (Part::Text(text), _) => Some(Object::Name(text)),
        (Part::Id { kind, id }, _) => Some(Object::Id { kind, id: *id }),
        (_, Some(place)) => {
            let name = names.get(place.clone())?;
            (!name.is_empty()).then_some(Object::Name(name))
        }
        (_, None) => None,
    };
    parts.iter().zip(places).filter_map(object).collect()
}

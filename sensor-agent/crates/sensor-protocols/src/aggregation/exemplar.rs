//! The observation that stands for its repeats: owned, without what may differ between them.
//!
//! Values are left out, since what repeats brought was not looked at, and numbers that count messages
//! ([`COUNTS`]). Limit:
//! [`limits::EXEMPLAR_OBJECTS`] objects; a message with more is no exemplar. A message inside of
//! another one is kept with what was told of that.

use smallvec::SmallVec;

use crate::dissect::{enip, profinet, sv};
use crate::limits;
use crate::observation::{
    AnomalySet, AnsweredRequest, Direction, Identity, Object, Observation, Operation,
    OperationClass, Outcome, Protocol,
};

use std::net::IpAddr;

/// Kinds of objects that count the messages of a sender, and differ from one to the next.
pub const COUNTS: [&str; 2] = ["sequence_number", "sample_count"];

fn counts(object: &Object<'_>) -> bool {
    matches!(object, Object::Id { kind, .. } if COUNTS.contains(kind))
}

/// An [`Object`] that owns its text.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Owned {
    Range {
        table: &'static str,
        start: u32,
        count: u32,
    },
    Id {
        kind: &'static str,
        id: u64,
    },
    Name(Box<str>),
    Text {
        kind: &'static str,
        text: Box<str>,
    },
    Address(IpAddr),
}

impl Owned {
    fn of(object: &Object<'_>) -> Self {
        match *object {
            Object::Range {
                table,
                start,
                count,
            } => Self::Range {
                table,
                start,
                count,
            },
            Object::Id { kind, id } => Self::Id { kind, id },
            Object::Name(name) => Self::Name(name.into()),
            Object::Text { kind, text } => Self::Text {
                kind,
                text: text.into(),
            },
            Object::Address(address) => Self::Address(address),
        }
    }

    fn borrow(&self) -> Object<'_> {
        match self {
            Self::Range {
                table,
                start,
                count,
            } => Object::Range {
                table,
                start: *start,
                count: *count,
            },
            Self::Id { kind, id } => Object::Id { kind, id: *id },
            Self::Name(name) => Object::Name(name),
            Self::Text { kind, text } => Object::Text { kind, text },
            Self::Address(address) => Object::Address(*address),
        }
    }
}

/// Whether the next message that does the same is told the same. Not so what tells of a change, or of
/// samples of several streams, each of which has a count of its own.
fn is_repeated(observation: &Observation<'_>) -> bool {
    let tells_change = observation.protocol == Protocol::Profinet
        && profinet::tells_change(&observation.operation);
    let several =
        observation.protocol == Protocol::SampledValues && !sv::is_one_stream(observation.objects);
    !tells_change && !several
}

/// Whether nothing is wrong with it and it says nothing about its sender.
fn is_plain(observation: &Observation<'_>) -> bool {
    !matches!(observation.outcome, Outcome::Error { .. })
        && observation.count == 1
        && observation.anomalies.is_empty()
        && observation.identity.is_empty()
        && observation.objects.len() <= limits::EXEMPLAR_OBJECTS
}

/// See the module documentation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exemplar {
    /// Number of its frame.
    pub frame: u64,
    /// Bytes on the wire it took; inside of another message its own.
    bytes: u64,
    pub protocol: Protocol,
    pub direction: Direction,
    /// The request it answered.
    pub request: Option<AnsweredRequest>,
    operation: Operation,
    station: Option<u32>,
    objects: Box<[Owned]>,
    outcome: Outcome,
    /// What was told, just before, of the message that carries it.
    carrier: Option<Box<Self>>,
}

impl Exemplar {
    /// Keeps an observation whose repeats say nothing new: it reads, or carries process values, and
    /// is well-formed, was not refused, and tells nothing about its sender.
    pub fn of(observation: &Observation<'_>) -> Option<Self> {
        let class = observation.operation.class;
        let reads = class == OperationClass::Read
            || (class == OperationClass::Event && observation.direction == Direction::OneWay);
        (reads && is_plain(observation) && is_repeated(observation))
            .then(|| Self::keep(observation))
    }

    /// Keeps an observation of a message that does nothing but carry another one.
    pub fn of_carrier(observation: &Observation<'_>) -> Option<Self> {
        let carries = observation.protocol == Protocol::Enip
            && enip::CARRIERS.contains(&observation.operation.code);
        (carries && is_plain(observation)).then(|| Self::keep(observation))
    }

    /// The same inside of another message.
    #[must_use]
    pub fn carried_by(self, carrier: Option<Self>) -> Self {
        Self {
            carrier: carrier.map(Box::new),
            ..self
        }
    }

    /// Bytes on the wire of the whole frame.
    pub fn wire_bytes(&self) -> u64 {
        let carrier = self.carrier.as_ref();
        carrier.map_or(self.bytes, |carrier| carrier.bytes)
    }

    fn keep(observation: &Observation<'_>) -> Self {
        Self {
            frame: observation.frame,
            bytes: observation.bytes,
            protocol: observation.protocol,
            direction: observation.direction,
            request: observation.request,
            operation: observation.operation,
            station: observation.station,
            objects: {
                let lasting = observation.objects.iter().filter(|object| !counts(object));
                lasting.map(Owned::of).collect()
            },
            outcome: observation.outcome,
            carrier: None,
        }
    }

    /// Hands the observation on, with the parties, times and counts of `about`, whose bytes are
    /// those of whole frames; that of its carrier before.
    pub fn again(&self, about: &Observation<'_>, mut take: impl FnMut(&Observation<'_>)) {
        let Some(carrier) = &self.carrier else {
            return self.tell(about, about.bytes, &mut take);
        };
        // Those of the carrier have what is inside in them, without headers: the same each time.
        let inside = self.bytes.saturating_mul(about.count);
        carrier.tell(about, about.bytes, &mut take);
        self.tell(about, inside, &mut take);
    }

    /// The protocols of what [`again`](Self::again) hands on.
    pub fn protocols(&self) -> impl Iterator<Item = Protocol> {
        let carrier = self.carrier.as_ref().map(|carrier| carrier.protocol);
        carrier.into_iter().chain([self.protocol])
    }

    fn tell(&self, about: &Observation<'_>, bytes: u64, take: &mut impl FnMut(&Observation<'_>)) {
        let objects: SmallVec<[Object<'_>; 4]> = self.objects.iter().map(Owned::borrow).collect();
        take(&Observation {
            frame: self.frame,
            bytes,
            protocol: self.protocol,
            direction: self.direction,
            operation: self.operation,
            station: self.station,
            objects: &objects,
            values: &[],
            outcome: self.outcome,
            anomalies: AnomalySet::EMPTY,
            identity: Identity::NONE,
            request: self.request,
            ..about.clone()
        });
    }
}

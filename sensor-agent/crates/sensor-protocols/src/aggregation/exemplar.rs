//! The observation that stands for its repeats: owned, without what may differ between them.
//!
//! Values are left out: what repeats brought was not looked at. Limit:
//! [`limits::EXEMPLAR_OBJECTS`] objects; a message with more is no exemplar.

use smallvec::SmallVec;

use crate::limits;
use crate::observation::{
    AnomalySet, AnsweredRequest, Direction, Identity, Object, Observation, Operation,
    OperationClass, Outcome, Protocol,
};

use std::net::IpAddr;

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
            Self::Address(address) => Object::Address(*address),
        }
    }
}

/// See the module documentation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exemplar {
    /// Number of its frame.
    pub frame: u64,
    /// Bytes on the wire it took.
    pub bytes: u64,
    pub protocol: Protocol,
    pub direction: Direction,
    /// The request it answered.
    pub request: Option<AnsweredRequest>,
    operation: Operation,
    station: Option<u32>,
    objects: Box<[Owned]>,
    outcome: Outcome,
}

impl Exemplar {
    /// Keeps an observation whose repeats say nothing new: it reads, or carries process values, and
    /// is well-formed, was not refused, and tells nothing about its sender.
    pub fn of(observation: &Observation<'_>) -> Option<Self> {
        let class = observation.operation.class;
        let reads = class == OperationClass::Read
            || (class == OperationClass::Event && observation.direction == Direction::OneWay);
        let refused = matches!(observation.outcome, Outcome::Error { .. });
        let repeatable = reads
            && !refused
            && observation.count == 1
            && observation.anomalies.is_empty()
            && observation.identity.is_empty()
            && observation.objects.len() <= limits::EXEMPLAR_OBJECTS;
        repeatable.then(|| Self {
            frame: observation.frame,
            bytes: observation.bytes,
            protocol: observation.protocol,
            direction: observation.direction,
            request: observation.request,
            operation: observation.operation,
            station: observation.station,
            objects: observation.objects.iter().map(Owned::of).collect(),
            outcome: observation.outcome,
        })
    }

    /// Hands the observation on, with the parties, times and counts of `about`.
    pub fn again(&self, about: &Observation<'_>, take: impl FnOnce(&Observation<'_>)) {
        let objects: SmallVec<[Object<'_>; 4]> = self.objects.iter().map(Owned::borrow).collect();
        take(&Observation {
            frame: self.frame,
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

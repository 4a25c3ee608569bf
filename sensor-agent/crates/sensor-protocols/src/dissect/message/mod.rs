//! What dissectors share that tell one operation for each message: the message in the making, its framing
//! in a stream, the request that it answers, and texts of identities.
//!
//! Data in: what a dissector reads, piece by piece. Data out: one call of the sink.
//!
//! Limits: [`limits::MESSAGE_OBJECTS`] objects of a message; more are flagged `limit_reached`.

pub(super) mod exchange;
pub(super) mod framing;
#[cfg(test)]
pub(super) mod tests;
pub(super) mod text;

use super::cursor::Short;
use super::iec61850::objects::Objects;
use super::{Emit, MessageFacts};
use crate::limits;
use crate::observation::{
    Anomaly, AnomalySet, AnsweredRequest, Direction, Identity, Object, Operation, OperationClass,
    Outcome, Protocol,
};

/// Name of every operation whose code is not known.
pub(super) const UNKNOWN: &str = "unknown";

/// A message in the making.
pub(super) struct Message<'a> {
    pub(super) protocol: Protocol,
    pub(super) direction: Direction,
    pub(super) operation: Operation,
    pub(super) station: Option<u32>,
    pub(super) objects: Objects<'a, { limits::MESSAGE_OBJECTS }>,
    pub(super) values: &'a [u8],
    pub(super) outcome: Outcome,
    pub(super) anomalies: AnomalySet,
    pub(super) identity: Identity<'a>,
    pub(super) request: Option<AnsweredRequest>,
    /// The capture cut its end off: what is missing is nobody's fault.
    pub(super) cut: bool,
}

impl<'a> Message<'a> {
    /// A message that has no operation yet.
    pub(super) const fn new(protocol: Protocol, direction: Direction) -> Self {
        Self {
            protocol,
            direction,
            operation: operation(0, None, UNKNOWN, OperationClass::Unknown),
            station: None,
            objects: Objects::new(),
            values: &[],
            outcome: Outcome::None,
            anomalies: AnomalySet::EMPTY,
            identity: Identity::NONE,
            request: None,
            cut: false,
        }
    }

    /// Says what it does.
    pub(super) const fn is(&mut self, code: u32, name: &'static str, class: OperationClass) {
        self.operation = operation(code, self.operation.sub, name, class);
    }

    /// Its code is not known.
    pub(super) const fn is_unknown(&mut self, code: u32) {
        self.is(code, UNKNOWN, OperationClass::Unknown);
        self.flag(Anomaly::ReservedCode);
    }

    pub(super) const fn flag(&mut self, anomaly: Anomaly) {
        self.anomalies.insert(anomaly);
    }

    /// Flags what does not hold.
    pub(super) const fn expect(&mut self, holds: bool, anomaly: Anomaly) {
        if !holds {
            self.anomalies.insert(anomaly);
        }
    }

    /// The message ends before a field does.
    pub(super) const fn ends_early(&mut self) {
        if !self.cut {
            self.flag(Anomaly::Truncated);
        }
    }

    /// Takes what a reader of its fields says.
    pub(super) fn read(&mut self, result: Result<(), Short>) {
        if result.is_err() {
            self.ends_early();
        }
    }

    pub(super) fn object(&mut self, object: Object<'a>) {
        if !self.objects.push(object) {
            self.flag(Anomaly::LimitReached);
        }
    }

    pub(super) fn id(&mut self, kind: &'static str, id: impl Into<u64>) {
        self.object(Object::Id {
            kind,
            id: id.into(),
        });
    }

    pub(super) fn name(&mut self, name: Option<&'a str>) {
        if let Some(name) = name {
            self.object(Object::Name(name));
        }
    }

    /// One of several names of a message.
    pub(super) fn text(&mut self, kind: &'static str, text: Option<&'a str>) {
        if let Some(text) = text {
            self.object(Object::Text { kind, text });
        }
    }

    pub(super) fn range(&mut self, table: &'static str, start: u32, count: u32) {
        self.object(Object::Range {
            table,
            start,
            count,
        });
    }

    /// Refused when the code is not the one of success.
    pub(super) const fn ended(&mut self, code: u32, success: u32, name: &'static str) {
        self.outcome = if code == success {
            Outcome::Ok
        } else {
            Outcome::Error { code, name }
        };
    }

    /// Reports it; `size` are its octets.
    pub(super) fn emit(&self, size: usize, emit: &mut Emit<'_>) {
        emit(&MessageFacts {
            station: self.station,
            objects: self.objects.list(),
            values: self.values,
            outcome: self.outcome,
            anomalies: self.anomalies,
            identity: self.identity,
            request: self.request,
            size,
            ..MessageFacts::new(self.protocol, self.direction, self.operation)
        });
    }
}

/// An operation in one line.
pub(super) const fn operation(
    code: u32,
    sub: Option<u32>,
    name: &'static str,
    class: OperationClass,
) -> Operation {
    Operation {
        code,
        sub,
        name,
        class,
    }
}

/// A row of a table of operations: code, name, class. Tables are in ascending order of their codes.
pub(super) type Row = (u16, &'static str, OperationClass);

/// The row of a code.
pub(super) fn row(table: &[Row], code: u16) -> Option<&Row> {
    table
        .binary_search_by_key(&code, |(known, ..)| *known)
        .ok()
        .and_then(|at| table.get(at))
}

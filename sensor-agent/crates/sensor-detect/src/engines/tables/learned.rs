//! What a client does to a server and what the server answers, held against the baseline: which
//! dimension of a message is new picks the type.
//!
//! A message is (client, server, protocol, operation, object). When the baseline does not hold the
//! operation, the first matching row of `operations` names the type; when it holds the operation
//! but not the object, the row of `objects` does; a refusal that was not learned has its row in
//! `exceptions`, what a server tells in an answer the row of `answers`. An operation that an
//! operator learned by hand may address any object. What no row is about is neither learned nor
//! reported.
//!
//! Limits: those of the tables of the baseline.

use std::hash::{BuildHasher, Hash, Hasher};

use foldhash::fast::RandomState;
use sensor_protocols::observation::{Anomaly, Direction, Object, Observation, Outcome, Protocol};

use super::object::{discriminator, item, kind, span, text};
use super::{When, Words, operation_number};
use crate::baseline::{Item, Origin};
use crate::catalogue::AlertType;
use crate::engines::{Aspects, Interest, PairContext, PairRule, Protocols, Setup};

/// What is learned of one protocol.
pub(crate) struct Table {
    pub protocol: Protocol,
    /// The first row that fits counts.
    pub operations: &'static [OperationRow],
    /// Objects of requests and one-way messages; for each, the first row that fits counts.
    pub objects: &'static [ObjectRow],
    /// Objects of answers, learned for the channel of client and server.
    pub answers: &'static [ObjectRow],
    pub exceptions: &'static [ExceptionRow],
    /// Whether every message has a station, so that bytes without one are no message.
    pub stations: bool,
    /// Whether the second-level code is part of what is learned.
    pub subs: bool,
    pub words: &'static Words,
}

impl Table {
    /// A table without rows, to be completed.
    pub(crate) const fn of(protocol: Protocol) -> Self {
        Self {
            protocol,
            operations: &[],
            objects: &[],
            answers: &[],
            exceptions: &[],
            stations: false,
            subs: true,
            words: &super::COMMON,
        }
    }

    /// What the rule of the table wants.
    pub(crate) const fn interest(&self) -> Interest {
        let answers = if self.answers.is_empty() {
            Aspects::ERROR
        } else {
            Aspects::RESPONSE
        };
        Interest {
            protocols: Protocols::One(self.protocol),
            aspects: Aspects::REQUEST.or(Aspects::ONE_WAY).or(answers),
        }
    }

    /// The operation of a message as the baseline holds it.
    fn operation(&self, observation: &Observation<'_>) -> (u32, Option<u32>) {
        let operation = observation.operation;
        (operation.code, operation.sub.filter(|_| self.subs))
    }
}

/// A type for operations that were not learned.
pub(crate) struct OperationRow {
    pub id: &'static str,
    pub when: When,
}

/// Objects, by their kind: that of numbered and of several texts, the table of ranges, [`NAME`].
#[derive(Clone, Copy)]
pub(crate) enum Kinds {
    Any,
    Only(&'static [&'static str]),
    /// Those left out say nothing about what is touched.
    Except(&'static [&'static str]),
}

/// The kind of [`Object::Name`] in a table.
pub(crate) const NAME: &str = "name";

/// What an object is learned with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Per {
    /// The operation that addresses it.
    Operation,
    /// The channel: whichever operation addresses it.
    Channel,
}

/// A type for objects that were not learned.
pub(crate) struct ObjectRow {
    pub id: &'static str,
    pub when: When,
    pub kinds: Kinds,
    pub per: Per,
}

/// A type for refusals that were not learned.
pub(crate) struct ExceptionRow {
    pub id: &'static str,
    pub when: When,
}

type Typed<R> = Vec<(&'static R, &'static AlertType)>;

/// Raises the types of a [`Table`]. Values: those of its [`Words`], for objects `object`.
pub(crate) struct Learned {
    table: &'static Table,
    /// Makes the fingerprints; keyed anew in every run, so that nobody can aim at them.
    hasher: RandomState,
    operations: Typed<OperationRow>,
    objects: Typed<ObjectRow>,
    answers: Typed<ObjectRow>,
    exceptions: Typed<ExceptionRow>,
}

impl Learned {
    pub(crate) fn new(table: &'static Table, setup: &Setup<'_>) -> Self {
        let object = |row: &'static ObjectRow| (row, setup.alert(row.id));
        Self {
            table,
            hasher: RandomState::default(),
            operations: table
                .operations
                .iter()
                .map(|row| (row, setup.alert(row.id)))
                .collect(),
            objects: table.objects.iter().map(object).collect(),
            answers: table.answers.iter().map(object).collect(),
            exceptions: table
                .exceptions
                .iter()
                .map(|row| (row, setup.alert(row.id)))
                .collect(),
        }
    }

    fn asked(&self, observation: &Observation<'_>, cx: &mut PairContext<'_>) {
        let (code, sub) = self.table.operation(observation);
        let shape = self.shape(observation);
        let (time, count) = (observation.time, observation.count);
        if shape.is_some_and(|shape| cx.channel.baseline.again(shape, time, count)) {
            return;
        }
        let item = Item::Operation { code, sub };
        if self.operations.is_empty() {
            self.objects(&self.objects, observation, cx);
            return;
        }
        if !cx.permits(item, observation) {
            // While learning, the objects belong to the operation that was just learned.
            if self.unlearned_operation(item, observation, cx) {
                self.objects(&self.objects, observation, cx);
            }
            return;
        }
        if self.objects(&self.objects, observation, cx)
            && let Some(shape) = shape
        {
            let range = observation
                .objects
                .first()
                .and_then(|object| span(object, observation));
            cx.channel.baseline.remember(shape, (code, sub), range);
        }
    }

    /// Fingerprint of a well-formed message with at most one object that is a range.
    #[inline]
    fn shape(&self, observation: &Observation<'_>) -> Option<u64> {
        if !observation.anomalies.is_empty() {
            return None;
        }
        let mut hash = self.hasher.build_hasher();
        self.table.operation(observation).hash(&mut hash);
        observation.station.hash(&mut hash);
        match *observation.objects {
            [] => {}
            [
                Object::Range {
                    table,
                    start,
                    count,
                },
            ] => {
                // Equal tables are one constant; two constants would only miss each other.
                (table.as_ptr().addr(), start, count).hash(&mut hash);
            }
            _ => return None,
        }
        // 0 marks an empty slot.
        Some(hash.finish() | 1)
    }

    /// Learns or reports the operation; `true` when the baseline holds it afterwards.
    fn unlearned_operation(
        &self,
        item: Item<'_>,
        observation: &Observation<'_>,
        cx: &mut PairContext<'_>,
    ) -> bool {
        let row = self
            .operations
            .iter()
            .find(|(row, _)| row.when.fits(observation));
        let Some((_, alert_type)) = row else {
            return false;
        };
        cx.unlearned(alert_type, item, observation, |finding| {
            finding.discriminator = operation_number(self.table.operation(observation));
            self.table.words.describe(finding, observation);
        });
        cx.channel.baseline.contains(item)
    }

    /// Learns or reports the objects that the baseline does not hold; `true` when it held all.
    fn objects(
        &self,
        rows: &Typed<ObjectRow>,
        observation: &Observation<'_>,
        cx: &mut PairContext<'_>,
    ) -> bool {
        let (operation, sub) = self.table.operation(observation);
        // What does not fit its specification teaches nothing and is reported by another engine.
        let nothing = rows.is_empty() || observation.objects.is_empty();
        if nothing || observation.anomalies.is_malformed() {
            return true;
        }
        let origin = cx.channel.baseline.operation_origin(operation, sub);
        if origin == Some(Origin::Operator) {
            return true;
        }
        let mut held = true;
        for object in observation.objects {
            let row = rows
                .iter()
                .find(|(row, _)| row.kinds.contain(kind(object)) && row.when.fits(observation));
            let Some((row, alert_type)) = row else {
                continue;
            };
            let code = match row.per {
                Per::Operation => operation,
                Per::Channel => Item::ANY_OPERATION,
            };
            let Some(item) = item(code, observation, object) else {
                continue;
            };
            if !cx.permits(item, observation) {
                held = false;
                cx.unlearned(alert_type, item, observation, |finding| {
                    finding.discriminator = discriminator(&item);
                    self.table.words.describe(finding, observation);
                    finding.value("object", text(&item));
                });
            }
        }
        held
    }

    fn answered(&self, observation: &Observation<'_>, cx: &mut PairContext<'_>) {
        self.objects(&self.answers, observation, cx);
        let Outcome::Error { code: error, .. } = observation.outcome else {
            return;
        };
        let (code, sub) = self.table.operation(observation);
        let item = Item::Exception { code, sub, error };
        let row = self
            .exceptions
            .iter()
            .find(|(row, _)| row.when.fits(observation));
        let Some((_, alert_type)) = row else {
            return;
        };
        if cx.permits(item, observation) {
            return;
        }
        cx.unlearned(alert_type, item, observation, |finding| {
            finding.discriminator = u64::from(code) << 32 | u64::from(error);
            self.table.words.describe(finding, observation);
        });
    }

    /// Whether the message asks for or announces something. A request that only a server may send
    /// and bytes that are not of this protocol are reported by another engine.
    fn is_request(&self, observation: &Observation<'_>) -> bool {
        (!self.table.stations || observation.station.is_some())
            && !observation.anomalies.contains(Anomaly::WrongRole)
            && !observation.anomalies.contains(Anomaly::NotThisProtocol)
    }
}

impl PairRule for Learned {
    fn observe(&mut self, observation: &Observation<'_>, cx: &mut PairContext<'_>) {
        if observation.direction == Direction::Response {
            self.answered(observation, cx);
        } else if self.is_request(observation) {
            self.asked(observation, cx);
        }
    }
}

impl Kinds {
    fn contain(self, kind: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Only(kinds) => kinds.contains(&kind),
            Self::Except(kinds) => !kinds.contains(&kind),
        }
    }
}

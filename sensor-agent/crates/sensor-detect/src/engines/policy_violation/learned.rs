//! The table-driven part of the policy engine: which dimension of a message is new picks the type.
//!
//! A message is (client, server, protocol, operation, object). When the baseline does not hold the
//! operation, the first matching row of `OPERATIONS` names the type; when it holds the operation
//! but not the object, the row of `OBJECTS` does; a refusal that was not learned has its row in
//! `EXCEPTIONS`. An operation that an operator learned by hand may address any object.
//! T0836, T0855. False positives: rare but legitimate operations that did not occur while learning:
//! learn the alert.

use std::hash::{BuildHasher, Hash, Hasher};

use foldhash::fast::RandomState;
use sensor_protocols::observation::{Anomaly, Direction, Object, Observation, Outcome, Protocol};

use crate::baseline::{Item, Origin};
use crate::catalogue::{AlertType, Engine};
use crate::engines::protocol_violation::exceptions::UMAS;
use crate::engines::tables::ERROR_VALUES;
use crate::engines::{
    Aspects, Build, Interest, PairContext, PairRule, Protocols, Raises, Rule, Setup,
};
use crate::finding::Finding;

use super::object::{discriminator, item, span, text};

/// Operations of one protocol.
struct OperationRow {
    protocol: Protocol,
    /// Any operation when `None`.
    code: Option<u32>,
    /// Any second-level code when `None`.
    sub: Option<u32>,
    id: &'static str,
}

const fn modbus(code: Option<u32>, sub: Option<u32>, id: &'static str) -> OperationRow {
    OperationRow {
        protocol: Protocol::Modbus,
        code,
        sub,
        id,
    }
}

/// The first row that fits counts. Function codes and sub-functions are those of the MODBUS
/// Application Protocol, sections 6.8 (diagnostics), 6.13 and 6.21 (identification).
const OPERATIONS: &[OperationRow] = &[
    modbus(Some(8), Some(1), "modbus_restart_communications"),
    modbus(Some(8), Some(4), "modbus_force_listen_only"),
    modbus(Some(8), Some(10), "modbus_clear_counters"),
    modbus(Some(8), Some(20), "modbus_clear_counters"),
    modbus(Some(17), None, "modbus_identification_read"),
    modbus(Some(43), Some(14), "modbus_identification_read"),
    modbus(Some(UMAS), None, "modbus_unpermitted_schneider_extension"),
    modbus(None, None, "modbus_unpermitted_function_code"),
];

/// Objects of one protocol.
struct ObjectRow {
    protocol: Protocol,
    /// Kinds of numbered objects that say nothing about what is touched.
    except: &'static [&'static str],
    id: &'static str,
}

const OBJECTS: &[ObjectRow] = &[ObjectRow {
    protocol: Protocol::Modbus,
    except: &["mei_object"],
    id: "modbus_address_range_violation",
}];

/// Refusals of one protocol.
struct ExceptionRow {
    protocol: Protocol,
    id: &'static str,
}

const EXCEPTIONS: &[ExceptionRow] = &[ExceptionRow {
    protocol: Protocol::Modbus,
    id: "modbus_unauthorized_exception_for_fc",
}];

const OPERATION_VALUES: &[&str] = &["unit", "function", "function_name"];
const OBJECT_VALUES: &[&str] = &["unit", "function", "function_name", "object"];

/// Raises each type of the three tables.
pub const RULE: Rule = Rule {
    engine: Engine::PolicyViolation,
    raises: &[
        operation("modbus_restart_communications"),
        operation("modbus_force_listen_only"),
        operation("modbus_clear_counters"),
        operation("modbus_identification_read"),
        operation("modbus_unpermitted_schneider_extension"),
        operation("modbus_unpermitted_function_code"),
        Raises {
            id: "modbus_address_range_violation",
            values: OBJECT_VALUES,
        },
        Raises {
            id: "modbus_unauthorized_exception_for_fc",
            values: ERROR_VALUES,
        },
    ],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::Ot,
            aspects: Aspects::REQUEST.or(Aspects::ONE_WAY).or(Aspects::ERROR),
        },
        new: |setup| Box::new(Learned::new(setup)),
    },
};

const fn operation(id: &'static str) -> Raises {
    Raises {
        id,
        values: OPERATION_VALUES,
    }
}

struct Learned {
    /// Makes the fingerprints; keyed anew in every run, so that nobody can aim at them.
    hasher: RandomState,
    operations: Vec<(&'static OperationRow, &'static AlertType)>,
    objects: Vec<(&'static ObjectRow, &'static AlertType)>,
    exceptions: Vec<(&'static ExceptionRow, &'static AlertType)>,
}

impl Learned {
    fn new(setup: &Setup<'_>) -> Self {
        Self {
            hasher: RandomState::default(),
            operations: OPERATIONS
                .iter()
                .map(|row| (row, setup.alert(row.id)))
                .collect(),
            objects: OBJECTS
                .iter()
                .map(|row| (row, setup.alert(row.id)))
                .collect(),
            exceptions: EXCEPTIONS
                .iter()
                .map(|row| (row, setup.alert(row.id)))
                .collect(),
        }
    }

    fn asked(&self, observation: &Observation<'_>, cx: &mut PairContext<'_>) {
        let operation = observation.operation;
        let shape = self.shape(observation);
        let (time, count) = (observation.time, observation.count);
        if shape.is_some_and(|shape| cx.channel.baseline.again(shape, time, count)) {
            return;
        }
        let item = Item::Operation {
            code: operation.code,
            sub: operation.sub,
        };
        if !cx.permits(item, observation) {
            // While learning, the objects belong to the operation that was just learned.
            if self.unlearned_operation(item, observation, cx) {
                self.objects(observation, cx);
            }
            return;
        }
        if self.objects(observation, cx)
            && let Some(shape) = shape
        {
            let range = observation
                .objects
                .first()
                .and_then(|object| span(object, observation));
            let operation = (operation.code, operation.sub);
            cx.channel.baseline.remember(shape, operation, range);
        }
    }

    /// Fingerprint of a well-formed message with at most one object that is a range.
    #[inline]
    fn shape(&self, observation: &Observation<'_>) -> Option<u64> {
        if !observation.anomalies.is_empty() {
            return None;
        }
        let mut hash = self.hasher.build_hasher();
        (observation.operation.code, observation.operation.sub).hash(&mut hash);
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
        let operation = observation.operation;
        let row = self.operations.iter().find(|(row, _)| {
            row.protocol == observation.protocol
                && row.code.is_none_or(|code| code == operation.code)
                && row.sub.is_none_or(|sub| Some(sub) == operation.sub)
        });
        let Some((_, alert_type)) = row else {
            return false;
        };
        cx.unlearned(alert_type, item, observation, |finding| {
            finding.discriminator =
                u64::from(operation.code) << 32 | operation.sub.map_or(0, |sub| u64::from(sub) + 1);
            describe(finding, observation);
        });
        cx.channel.baseline.contains(item)
    }

    /// Learns or reports the objects that the baseline does not hold; `true` when it held all.
    fn objects(&self, observation: &Observation<'_>, cx: &mut PairContext<'_>) -> bool {
        let operation = observation.operation;
        // What does not fit its specification teaches nothing and is reported by another engine.
        if observation.objects.is_empty() || observation.anomalies.is_malformed() {
            return true;
        }
        let row = self
            .objects
            .iter()
            .find(|(row, _)| row.protocol == observation.protocol);
        let Some((row, alert_type)) = row else {
            return true;
        };
        let origin = cx
            .channel
            .baseline
            .operation_origin(operation.code, operation.sub);
        if origin == Some(Origin::Operator) {
            return true;
        }
        let mut held = true;
        for object in observation.objects {
            let Some(item) = item(operation.code, observation, object, row.except) else {
                continue;
            };
            if !cx.permits(item, observation) {
                held = false;
                cx.unlearned(alert_type, item, observation, |finding| {
                    finding.discriminator = discriminator(&item);
                    describe(finding, observation);
                    finding.value("object", text(&item));
                });
            }
        }
        held
    }

    fn refused(&self, observation: &Observation<'_>, cx: &mut PairContext<'_>) {
        let Outcome::Error { code: error, name } = observation.outcome else {
            return;
        };
        let operation = observation.operation;
        let item = Item::Exception {
            code: operation.code,
            sub: operation.sub,
            error,
        };
        let row = self
            .exceptions
            .iter()
            .find(|(row, _)| row.protocol == observation.protocol);
        let Some((_, alert_type)) = row else {
            return;
        };
        if operation.code == UMAS || cx.permits(item, observation) {
            return;
        }
        cx.unlearned(alert_type, item, observation, |finding| {
            finding.discriminator = u64::from(operation.code) << 32 | u64::from(error);
            describe(finding, observation);
            finding.value("exception", error);
            finding.value("exception_name", name);
        });
    }
}

impl PairRule for Learned {
    fn observe(&mut self, observation: &Observation<'_>, cx: &mut PairContext<'_>) {
        if observation.direction == Direction::Response {
            self.refused(observation, cx);
        } else if is_request(observation) {
            self.asked(observation, cx);
        }
    }
}

/// Whether the message asks for something: bytes that are no message have no station, and a request
/// that only a server may send is reported by another engine.
fn is_request(observation: &Observation<'_>) -> bool {
    observation.station.is_some() && !observation.anomalies.contains(Anomaly::WrongRole)
}

fn describe(finding: &mut Finding, observation: &Observation<'_>) {
    let operation = observation.operation;
    finding.value("unit", observation.station.unwrap_or(0));
    finding.value("function", operation.code);
    finding.value("function_name", operation.name);
    if let Some(sub) = operation.sub {
        finding.value("sub_function", sub);
    }
}

//! Patterns in the refusals of OT servers, one row each.
//!
//! Why: who does not know a device tries function codes, addresses and stations until one works;
//! the device answers each wrong guess with a refusal. T0846, T0888, T0806.
//! False positives: configuration tools that probe what a device can do. Mute the pair.

use sensor_protocols::observation::Protocol;

use crate::catalogue::{AlertType, Engine, Threshold};
use crate::detector::{Fact, FactKind};
use crate::engines::protocol_violation::exceptions::UMAS;
use crate::engines::{Build, Raises, Rule, Setup, SiteContext, SiteRule};
use crate::finding::{Finding, Keyed, PartyKey};
use crate::state::{BoundedMap, DistinctWindow, EventWindow, TableStatus};

/// What has to differ between the refusals that count.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Different {
    Nothing,
    Function,
    Object,
    Station,
}

struct Row {
    id: &'static str,
    /// Error codes of Modbus that count; empty for all of every protocol.
    errors: &'static [u32],
    different: Different,
}

/// Error codes of the MODBUS Application Protocol, section 7.
const TABLE: &[Row] = &[
    Row {
        id: "abnormal_exception_pattern",
        errors: &[],
        different: Different::Nothing,
    },
    Row {
        id: "modbus_function_code_scan",
        errors: &[1],
        different: Different::Function,
    },
    Row {
        id: "modbus_point_scan",
        errors: &[2],
        different: Different::Object,
    },
    Row {
        id: "modbus_unit_scan",
        errors: &[10, 11],
        different: Different::Station,
    },
];

pub const RULE: Rule = Rule {
    engine: Engine::Anomaly,
    raises: &[
        raises("abnormal_exception_pattern"),
        raises("modbus_function_code_scan"),
        raises("modbus_point_scan"),
        raises("modbus_unit_scan"),
    ],
    build: Build::Site {
        new: |setup| Box::new(Refusals::new(setup)),
    },
};

const fn raises(id: &'static str) -> Raises {
    Raises {
        id,
        values: &["refusals"],
    }
}

enum Counts {
    Events(EventWindow),
    Things(DistinctWindow<u64>),
}

struct Refusals {
    rows: Vec<(&'static Row, &'static AlertType, Threshold)>,
    /// By row, server and, where a client is at fault, client.
    counts: BoundedMap<(usize, PartyKey, Option<PartyKey>), Counts>,
}

impl Refusals {
    fn new(setup: &Setup<'_>) -> Self {
        Self {
            rows: TABLE
                .iter()
                .map(|row| (row, setup.alert(row.id), setup.threshold(row.id)))
                .collect(),
            counts: BoundedMap::new(setup.limits().counters),
        }
    }
}

impl SiteRule for Refusals {
    fn fact(&mut self, fact: &Fact, cx: &mut SiteContext<'_>) {
        let FactKind::Refusal {
            code,
            error,
            station,
            object,
        } = fact.kind
        else {
            return;
        };
        if fact.protocol == Protocol::Modbus && code == UMAS {
            return;
        }
        let (server, client) = (
            PartyKey::from(&fact.source),
            PartyKey::from(&fact.destination),
        );
        for (at, (row, alert_type, threshold)) in self.rows.iter().enumerate() {
            // The same numbers mean something else in other protocols.
            let modbus = fact.protocol == Protocol::Modbus && row.errors.contains(&error);
            if !row.errors.is_empty() && !modbus {
                continue;
            }
            let thing = match row.different {
                Different::Nothing => None,
                Different::Function => Some(u64::from(code)),
                Different::Object => {
                    Some(u64::from(station) << 56 ^ u64::from(code) << 48 ^ object)
                }
                Different::Station => Some(u64::from(station)),
            };
            let key = (at, server, thing.map(|_| client));
            let counts = self.counts.entry(key, || match thing {
                None => Counts::Events(EventWindow::default()),
                Some(_) => Counts::Things(DistinctWindow::default()),
            });
            let crossed = match (counts, thing) {
                (Counts::Things(window), Some(thing)) => window
                    .record(*threshold, fact.time, thing)
                    .map(|things| things.len() as u64),
                (Counts::Events(window), _) => window.record_each(*threshold, fact.events()),
                (Counts::Things(_), None) => None,
            };
            if let Some(refusals) = crossed {
                cx.report
                    .raise(pattern(alert_type, row.different, fact, refusals));
            }
        }
    }

    fn tables(&self, out: &mut Vec<TableStatus>) {
        out.push(self.counts.status("refusals", 20 * 16));
    }
}

/// Too many refusals are about the server; a scan is about the client, which goes first.
fn pattern(
    alert_type: &'static AlertType,
    different: Different,
    fact: &Fact,
    refusals: u64,
) -> Finding {
    let mut finding = Finding::about(alert_type, fact);
    finding.count = refusals;
    finding.value("refusals", refusals);
    if different == Different::Nothing {
        finding.keyed = Keyed::Source;
    } else {
        finding.as_asked();
    }
    finding
}

//! What an outstation says of its own state in its internal indications, one row for each.
//!
//! IEEE 1815-2012, 4.5. An indication is repeated until its cause is gone or the master clears it;
//! each time it begins is one occurrence. Some types want several occurrences within a while. T0814,
//! T0816, T0809, T0839, T0881. False positives: maintenance. Mute the outstation.
//!
//! Limits: one window for each row and outstation, in a bounded table that counts what it evicts.

use sensor_protocols::observation::{Observation, Protocol};

use crate::catalogue::{AlertType, Engine, Threshold};
use crate::engines::dnp3::{self, Key, Outstations, bit};
use crate::engines::{
    Aspects, Build, Interest, PairContext, PairRule, Protocols, Raises, Rule, Setup,
};
use crate::state::{BoundedMap, EventWindow, TableStatus};

struct Row {
    id: &'static str,
    bit: u16,
    /// The type counts occurrences within a while.
    counts: bool,
}

const TABLE: &[Row] = &[
    once("outstation_restarted", RESTARTED),
    several("outstation_restarts_frequently", RESTARTED),
    once("outstation_hardware_problem", TROUBLE),
    once("outstation_event_buffer_overflow", OVERFLOW),
    several("outstation_event_buffer_overflow_continuous", OVERFLOW),
    once("outstation_configuration_corrupted", CORRUPT),
];

const RESTARTED: u16 = bit(1, 7);
const TROUBLE: u16 = bit(1, 6);
const OVERFLOW: u16 = bit(2, 3);
const CORRUPT: u16 = bit(2, 5);

const fn once(id: &'static str, bit: u16) -> Row {
    Row {
        id,
        bit,
        counts: false,
    }
}

const fn several(id: &'static str, bit: u16) -> Row {
    Row {
        id,
        bit,
        counts: true,
    }
}

/// Raises each type of the table above.
pub const RULE: Rule = Rule {
    engine: Engine::Operational,
    raises: &[
        raises("outstation_restarted"),
        raises("outstation_restarts_frequently"),
        raises("outstation_hardware_problem"),
        raises("outstation_event_buffer_overflow"),
        raises("outstation_event_buffer_overflow_continuous"),
        raises("outstation_configuration_corrupted"),
    ],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::One(Protocol::Dnp3),
            aspects: Aspects::RESPONSE.or(Aspects::ONE_WAY),
        },
        new: |setup| Box::new(States::new(setup)),
    },
};

const fn raises(id: &'static str) -> Raises {
    Raises {
        id,
        values: &["station", "events"],
    }
}

struct States {
    rows: Vec<(&'static Row, &'static AlertType, Option<Threshold>)>,
    outstations: Outstations,
    windows: BoundedMap<(u16, Key), EventWindow>,
}

impl States {
    fn new(setup: &Setup<'_>) -> Self {
        let counters = setup.limits().counters;
        let threshold = |row: &Row| row.counts.then(|| setup.threshold(row.id));
        Self {
            rows: TABLE
                .iter()
                .map(|row| (row, setup.alert(row.id), threshold(row)))
                .collect(),
            outstations: Outstations::new(RESTARTED | TROUBLE | OVERFLOW | CORRUPT, counters),
            windows: BoundedMap::new(counters),
        }
    }
}

impl PairRule for States {
    fn observe(&mut self, observation: &Observation<'_>, cx: &mut PairContext<'_>) {
        let Some(indications) = dnp3::indications(observation) else {
            return;
        };
        let begun = self.outstations.begin(observation, indications);
        if begun == 0 {
            return;
        }
        for (row, alert_type, threshold) in &self.rows {
            if begun & row.bit == 0 {
                continue;
            }
            let events = match threshold {
                None => Some(1),
                Some(threshold) => self
                    .windows
                    .entry((row.bit, dnp3::key(observation)), EventWindow::default)
                    .record(*threshold, observation.time, 1),
            };
            let Some(events) = events else {
                continue;
            };
            cx.crossed(alert_type, observation, |finding| {
                let station = observation.station.unwrap_or(0);
                finding.count = events;
                finding.discriminator = u64::from(station);
                finding.value("station", station);
                finding.value("events", events);
            });
        }
    }

    fn tables(&self, out: &mut Vec<TableStatus>) {
        out.push(self.outstations.status("outstations"));
        out.push(self.windows.status("outstation_events", 3 * 16));
    }
}

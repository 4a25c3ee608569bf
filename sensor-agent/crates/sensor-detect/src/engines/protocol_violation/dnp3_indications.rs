//! What an outstation says against a request in its internal indications, one row for each.
//!
//! IEEE 1815-2012, 4.5. Why: whoever does not know an outstation tries functions, objects and values
//! until one is accepted. T0855, T0836. False positives: masters whose configuration does not fit
//! the outstation. Mute the pair.

use sensor_protocols::observation::{Observation, Protocol};

use crate::catalogue::{AlertType, Engine};
use crate::engines::dnp3::{self, Outstations, bit};
use crate::engines::{
    Aspects, Build, Interest, PairContext, PairRule, Protocols, Raises, Rule, Setup,
};

struct Row {
    id: &'static str,
    bits: u16,
    /// It is about a request, and told with each answer to one; else it is told when it begins.
    about_a_request: bool,
}

const TABLE: &[Row] = &[
    about_a_request("dnp3_function_not_supported", bit(2, 0)),
    about_a_request("dnp3_unknown_object", bit(2, 1)),
    about_a_request("dnp3_incorrect_parameter", bit(2, 2)),
    Row {
        id: "dnp3_reserved_iin",
        bits: RESERVED,
        about_a_request: false,
    },
];

const RESERVED: u16 = bit(2, 6) | bit(2, 7);

const fn about_a_request(id: &'static str, bits: u16) -> Row {
    Row {
        id,
        bits,
        about_a_request: true,
    }
}

/// Raises each type of the table above.
pub const RULE: Rule = Rule {
    engine: Engine::ProtocolViolation,
    raises: &[
        raises("dnp3_function_not_supported"),
        raises("dnp3_unknown_object"),
        raises("dnp3_incorrect_parameter"),
        raises("dnp3_reserved_iin"),
    ],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::One(Protocol::Dnp3),
            aspects: Aspects::RESPONSE.or(Aspects::ONE_WAY),
        },
        new: |setup| Box::new(Indications::new(setup)),
    },
};

const fn raises(id: &'static str) -> Raises {
    Raises {
        id,
        values: &["station", "indication"],
    }
}

struct Indications {
    rows: Vec<(&'static Row, &'static AlertType)>,
    outstations: Outstations,
}

impl Indications {
    fn new(setup: &Setup<'_>) -> Self {
        Self {
            rows: TABLE.iter().map(|row| (row, setup.alert(row.id))).collect(),
            outstations: Outstations::new(RESERVED, setup.limits().counters),
        }
    }
}

impl PairRule for Indications {
    fn observe(&mut self, observation: &Observation<'_>, cx: &mut PairContext<'_>) {
        let Some(indications) = dnp3::indications(observation) else {
            return;
        };
        let begun = self.outstations.begin(observation, indications);
        let answers = dnp3::is_solicited(observation);
        for (row, alert_type) in &self.rows {
            let told = match row.about_a_request {
                true if answers => indications & row.bits,
                true => 0,
                false => begun & row.bits,
            };
            if told != 0 {
                cx.violation(alert_type, observation, |finding| {
                    finding.discriminator = u64::from(observation.station.unwrap_or(0));
                    finding.value("station", observation.station.unwrap_or(0));
                    finding.value("indication", dnp3::name(told));
                });
            }
        }
    }

    fn tables(&self, out: &mut Vec<crate::state::TableStatus>) {
        out.push(self.outstations.status("reserved_indications"));
    }
}

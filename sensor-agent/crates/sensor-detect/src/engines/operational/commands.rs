//! Commands that stop a controller, one row each.
//!
//! Why: they end control of the process, whoever sends them. T0858, T0816.
//! False positives: planned stops. Mute the pair.

use sensor_protocols::observation::{Direction, Observation, Protocol};

use crate::catalogue::{AlertType, Engine};
use crate::engines::protocol_violation::exceptions::UMAS;
use crate::engines::{
    Aspects, Build, Interest, PairContext, PairRule, Protocols, Raises, Rule, Setup,
};

struct Row {
    protocol: Protocol,
    code: u32,
    sub: u32,
    id: &'static str,
}

/// UMAS 0x41 stops the controller.
const TABLE: &[Row] = &[Row {
    protocol: Protocol::Modbus,
    code: UMAS,
    sub: 0x41,
    id: "controller_stop",
}];

pub const RULE: Rule = Rule {
    engine: Engine::Operational,
    raises: &[Raises {
        id: "controller_stop",
        values: &["function_name"],
    }],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::Ot,
            aspects: Aspects::REQUEST,
        },
        new: |setup| Box::new(Commands::new(setup)),
    },
};

struct Commands {
    rows: Vec<(&'static Row, &'static AlertType)>,
}

impl Commands {
    fn new(setup: &Setup<'_>) -> Self {
        Self {
            rows: TABLE.iter().map(|row| (row, setup.alert(row.id))).collect(),
        }
    }
}

impl PairRule for Commands {
    fn observe(&mut self, observation: &Observation<'_>, cx: &mut PairContext<'_>) {
        let operation = observation.operation;
        let Some(sub) = operation
            .sub
            .filter(|_| observation.direction == Direction::Request)
        else {
            return;
        };
        for (row, alert_type) in &self.rows {
            if row.protocol == observation.protocol && row.code == operation.code && row.sub == sub
            {
                cx.violation(alert_type, observation, |finding| {
                    finding.value("function_name", operation.name);
                });
            }
        }
    }
}

//! Connections to port 0, which no service can have.
//!
//! Why: it takes raw sockets to send them; they probe how a stack answers. T0855, T0836.
//! False positives: broken load balancers. Mute the pair.

use sensor_protocols::observation::{Observation, Protocol, conn, flow};

use crate::catalogue::{AlertType, Engine};
use crate::engines::{Aspects, Build, Interest, PairContext, PairRule, Protocols, Raises, Rule};

const ID: &str = "port_zero_connection";

pub const RULE: Rule = Rule {
    engine: Engine::ProtocolViolation,
    raises: &[Raises {
        id: ID,
        values: &[],
    }],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::These(&[Protocol::Tcp, Protocol::Udp]),
            aspects: Aspects::CONNECTION.or(Aspects::FLOW),
        },
        new: |setup| {
            Box::new(PortZero {
                alert_type: setup.alert(ID),
            })
        },
    },
};

struct PortZero {
    alert_type: &'static AlertType,
}

impl PairRule for PortZero {
    fn observe(&mut self, observation: &Observation<'_>, cx: &mut PairContext<'_>) {
        let begins = if observation.protocol == Protocol::Tcp {
            conn::ATTEMPT.code
        } else {
            flow::STARTED.code
        };
        if observation.destination.port == 0 && observation.operation.code == begins {
            cx.violation(self.alert_type, observation, |_| ());
        }
    }
}

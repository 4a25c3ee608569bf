//! DNP3 requests that reach further than what was learned: all data of an outstation, or all
//! outstations at once.
//!
//! Integrity poll: a read of class 0, which is all static data (IEEE 1815-2012, 4.1.4, object group
//! 60 variation 1). Broadcast: a destination from FFFDH on (9.2.4.1.5). T0842, T0855. False
//! positives: masters that poll so after a restart, or set clocks so. Learn the alert.

use sensor_protocols::observation::{Direction, Object, Observation, Protocol};

use crate::baseline::Item;
use crate::catalogue::{AlertType, Engine};
use crate::engines::dnp3::OBJECT;
use crate::engines::tables::COMMON;
use crate::engines::{
    Aspects, Build, Interest, PairContext, PairRule, Protocols, Raises, Rule, Setup,
};

const SCAN: &str = "dnp3_illegal_integrity_scan";
const BROADCAST: &str = "dnp3_broadcast_request";

const READ: u32 = 1;
const CLASS_0: Object<'static> = Object::Id {
    kind: OBJECT,
    id: 60 << 8 | 1,
};
/// Destinations from here on are for broadcasts.
const BROADCASTS: u32 = 0xfffd;

pub const RULE: Rule = Rule {
    engine: Engine::PolicyViolation,
    raises: &[raises(SCAN), raises(BROADCAST)],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::One(Protocol::Dnp3),
            aspects: Aspects::REQUEST,
        },
        new: |setup| Box::new(Reach::new(setup)),
    },
};

const fn raises(id: &'static str) -> Raises {
    Raises {
        id,
        values: COMMON.operation,
    }
}

struct Reach {
    scan: &'static AlertType,
    broadcast: &'static AlertType,
}

impl Reach {
    fn new(setup: &Setup<'_>) -> Self {
        Self {
            scan: setup.alert(SCAN),
            broadcast: setup.alert(BROADCAST),
        }
    }
}

impl PairRule for Reach {
    fn observe(&mut self, observation: &Observation<'_>, cx: &mut PairContext<'_>) {
        let Some(station) = observation.station else {
            return;
        };
        let code = observation.operation.code;
        if observation.direction == Direction::Request && station >= BROADCASTS {
            let id = u64::from(station);
            let kind = "broadcast";
            hold(self.broadcast, Item::Id { code, kind, id }, observation, cx);
        }
        if code == READ && observation.objects.contains(&CLASS_0) {
            let (kind, id) = ("integrity_poll", u64::from(station));
            hold(self.scan, Item::Id { code, kind, id }, observation, cx);
        }
    }
}

/// Learns or reports what the baseline does not hold.
fn hold(
    alert_type: &'static AlertType,
    item: Item<'_>,
    observation: &Observation<'_>,
    cx: &mut PairContext<'_>,
) {
    if cx.permits(item, observation) {
        return;
    }
    cx.unlearned(alert_type, item, observation, |finding| {
        let station = observation.station.unwrap_or(0);
        let code = observation.operation.code;
        finding.discriminator = u64::from(code) << 32 | u64::from(station);
        COMMON.describe(finding, observation);
    });
}

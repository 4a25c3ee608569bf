//! Commands that bring firmware to a device.
//!
//! Why: other firmware is another device, and it survives whatever is done to the program. T0857.
//! False positives: planned updates: learn the
//! alert.

use sensor_protocols::observation::Observation;

use crate::baseline::Item;
use crate::catalogue::{AlertType, Engine};
use crate::engines::configuration::Table;
use crate::engines::firmware_transfers::{PROTOCOLS, TABLE};
use crate::engines::{Aspects, Build, Interest, PairContext, PairRule, Protocols, Raises, Rule};

const ID: &str = "firmware_update_command";

/// What is learned: that the pair may transfer firmware.
const UPDATES: Item<'_> = Item::Text {
    code: Item::ANY_OPERATION,
    kind: "activity",
    text: "firmware update",
};

pub const RULE: Rule = Rule {
    engine: Engine::ProtocolViolation,
    raises: &[Raises {
        id: ID,
        values: &["function_name"],
    }],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::These(PROTOCOLS),
            aspects: Aspects::REQUEST,
        },
        new: |setup| Box::new(FirmwareUpdate(setup.alert(ID), Table::of(TABLE))),
    },
};

struct FirmwareUpdate(&'static AlertType, Table);

impl PairRule for FirmwareUpdate {
    fn observe(&mut self, observation: &Observation<'_>, cx: &mut PairContext<'_>) {
        if self.1.names(observation) && !cx.permits(UPDATES, observation) {
            cx.unlearned(self.0, UPDATES, observation, |finding| {
                finding.value("function_name", observation.operation.name);
            });
        }
    }
}

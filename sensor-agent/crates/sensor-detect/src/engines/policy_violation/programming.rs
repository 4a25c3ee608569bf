//! Program transfers to and from controllers by devices that are not marked as programming
//! devices.
//!
//! Why: whoever changes the program owns the process; whoever reads it prepares for that. T0843,
//! T0845, T0889. False positives: maintenance: learn the alert, which marks the source as a
//! programming device.

use sensor_protocols::dissect::melsec::MELSOFT;
use sensor_protocols::observation::{Observation, OperationClass, Protocol};

use crate::baseline::{PartyItem, TupleKind};
use crate::catalogue::Engine;
use crate::engines::commands::{Command, Commands};
use crate::engines::protocol_violation::exceptions::UMAS;
use crate::engines::tables::When;
use crate::engines::{Aspects, Build, Interest, PairContext, PairRule, Protocols, Raises, Rule};
use crate::finding::PartyKey;

/// Job functions of S7comm, and its services that insert and delete blocks. The client asks for a
/// download; the controller then fetches the blocks.
const REQUEST_DOWNLOAD: u32 = 0x1a;
const START_UPLOAD: u32 = 0x1d;
const PI_SERVICE: u32 = 0x28;
const INSERT_AND_DELETE: (u32, u32) = (2, 3);

/// UMAS names transfers from the controller's point of view or the tool's, depending on the
/// source; 0x30 to 0x32 carry the program to the controller and 0x33 to 0x35 from it (Kaspersky
/// ICS CERT, *The secrets of Schneider Electric's UMAS protocol*, 2022).
///
/// FINS: W342, 5-3. MELSOFT carries programs as files. GE: a store goes to the controller, a load comes
/// from it. CODESYS: services of group 2 that create, delete, load and change applications.
const TABLE: &[Command] = &[
    Command {
        protocol: Protocol::Modbus,
        when: When::Subs(UMAS, (0x30, 0x32)),
        id: "plc_unauthorized_programming",
    },
    Command {
        protocol: Protocol::Modbus,
        when: When::Subs(UMAS, (0x33, 0x35)),
        id: "plc_unauthorized_program_upload",
    },
    Command {
        protocol: Protocol::S7comm,
        when: When::Code(REQUEST_DOWNLOAD),
        id: "plc_unauthorized_programming",
    },
    Command {
        protocol: Protocol::S7comm,
        when: When::Subs(PI_SERVICE, INSERT_AND_DELETE),
        id: "plc_unauthorized_programming",
    },
    Command {
        protocol: Protocol::S7comm,
        when: When::Code(START_UPLOAD),
        id: "plc_unauthorized_program_upload",
    },
    programming(Protocol::Fins, When::Codes(&[0x0307, 0x0308, 0x220c])),
    upload(Protocol::Fins, When::Code(0x0306)),
    // Symbol downloads, which writes of any kind carry.
    programming(Protocol::Ads, When::Class(&[OperationClass::Program])),
    programming(Protocol::Melsec, When::Code(MELSOFT | 0x1869)),
    upload(Protocol::Melsec, When::Code(MELSOFT | 0x1868)),
    programming(Protocol::GeSrtp, When::Codes(&[0x09, 0x3f])),
    upload(Protocol::GeSrtp, When::Codes(&[0x06, 0x40])),
    upload(Protocol::Sbus, When::Code(31)),
    programming(Protocol::Sbus, When::Class(&[OperationClass::Program])),
    programming(Protocol::Codesys, When::Subs(2, (3, 8))),
];

const fn programming(protocol: Protocol, when: When) -> Command {
    Command {
        protocol,
        when,
        id: "plc_unauthorized_programming",
    }
}

const fn upload(protocol: Protocol, when: When) -> Command {
    Command {
        protocol,
        when,
        id: "plc_unauthorized_program_upload",
    }
}

const VALUES: &[&str] = &["function_name"];

pub const RULE: Rule = Rule {
    engine: Engine::PolicyViolation,
    raises: &[
        Raises {
            id: "plc_unauthorized_programming",
            values: VALUES,
        },
        Raises {
            id: "plc_unauthorized_program_upload",
            values: VALUES,
        },
    ],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::Ot,
            aspects: Aspects::REQUEST.or(Aspects::ONE_WAY),
        },
        new: |setup| Box::new(Programming(Commands::new(setup, TABLE))),
    },
};

struct Programming(Commands);

impl PairRule for Programming {
    fn observe(&mut self, observation: &Observation<'_>, cx: &mut PairContext<'_>) {
        let Some(alert_type) = self.0.named(observation) else {
            return;
        };
        let item = PartyItem::role(
            TupleKind::ProgrammingDevice,
            PartyKey::from(&observation.source),
        );
        if !cx
            .parties
            .permits(&item, observation.time, observation.count)
        {
            cx.unlearned_party(alert_type, &item, observation, |finding| {
                finding.value("function_name", observation.operation.name);
            });
        }
    }
}

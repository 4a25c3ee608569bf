//! Program transfers to and from controllers by devices that are not marked as programming
//! devices.
//!
//! Why: whoever changes the program owns the process; whoever reads it prepares for that. T0843,
//! T0845, T0889. False positives: maintenance: learn the alert, which marks the source as a
//! programming device.

use sensor_protocols::observation::{Observation, OperationClass, Protocol};

use crate::baseline::{PartyItem, TupleKind};
use crate::catalogue::Engine;
use crate::engines::commands::{Command, Commands, command};
use crate::engines::numbers::{MELSOFT, PCCC, S7_USERDATA};
use crate::engines::protocol_violation::exceptions::UMAS;
use crate::engines::tables::When;
use crate::engines::{Aspects, Build, Interest, PairContext, PairRule, Protocols, Raises, Rule};
use crate::finding::PartyKey;

const DOWNLOAD: &str = "plc_unauthorized_programming";
const UPLOAD: &str = "plc_unauthorized_program_upload";

/// Job functions of S7comm, and its services that insert, delete and keep blocks. The client asks
/// for a download; the controller then fetches the blocks.
const REQUEST_DOWNLOAD: u32 = 0x1a;
const START_UPLOAD: u32 = 0x1d;
const PI_SERVICE: u32 = 0x28;
const BLOCKS: (u32, u32) = (2, 4);

/// UMAS names transfers from the controller's point of view or the tool's, depending on the
/// source; 0x30 to 0x32 carry the program to the controller and 0x33 to 0x35 from it (Kaspersky
/// ICS CERT, *The secrets of Schneider Electric's UMAS protocol*, 2022). The other codes are those
/// of the dissectors' tables, which name their sources.
const TABLE: &[Command] = &[
    command(Protocol::Modbus, When::Subs(UMAS, (0x30, 0x32)), DOWNLOAD),
    command(Protocol::Modbus, When::Subs(UMAS, (0x33, 0x35)), UPLOAD),
    command(Protocol::S7comm, When::Code(REQUEST_DOWNLOAD), DOWNLOAD),
    command(Protocol::S7comm, When::Subs(PI_SERVICE, BLOCKS), DOWNLOAD),
    // NC request download and upload.
    command(Protocol::S7comm, When::Sub(S7_USERDATA | 15, 1), DOWNLOAD),
    command(Protocol::S7comm, When::Sub(S7_USERDATA | 15, 6), UPLOAD),
    command(Protocol::S7comm, When::Code(START_UPLOAD), UPLOAD),
    command(Protocol::Cip, When::Holds(changes_logic), DOWNLOAD),
    // Download mode, download, physical write, edit resource, write bytes, download of all, its end.
    command(Protocol::Cip, When::Sub(PCCC | 0x07, 0x04), DOWNLOAD),
    command(
        Protocol::Cip,
        When::Holds(|o| pccc(o, &[0x05, 0x08, 0x11, 0x18, 0x50, 0x52])),
        DOWNLOAD,
    ),
    command(Protocol::Cip, When::Sub(PCCC | 0x07, 0x06), UPLOAD),
    command(
        Protocol::Cip,
        When::Holds(|o| pccc(o, &[0x06, 0x09, 0x17, 0x53, 0x55])),
        UPLOAD,
    ),
    command(
        Protocol::Ads,
        When::Class(&[OperationClass::Program]),
        DOWNLOAD,
    ),
    command(Protocol::Fins, When::Codes(&[0x0307, 0x0308]), DOWNLOAD),
    command(Protocol::Fins, When::Code(0x0306), UPLOAD),
    // Programs are files.
    command(
        Protocol::Melsec,
        When::Codes(&[0x1829, MELSOFT | 0x1869]),
        DOWNLOAD,
    ),
    command(
        Protocol::Melsec,
        When::Codes(&[0x1828, MELSOFT | 0x1868]),
        UPLOAD,
    ),
    command(Protocol::GeSrtp, When::Codes(&[0x09, 0x40]), DOWNLOAD),
    command(Protocol::GeSrtp, When::Codes(&[0x06, 0x3f]), UPLOAD),
    command(
        Protocol::TriStation,
        When::Codes(&[0, 1, 5, 6, 10, 11, 55, 56, 58, 59, 60, 63, 68, 72]),
        DOWNLOAD,
    ),
    command(
        Protocol::TriStation,
        When::Codes(&[18, 42, 65, 66, 74]),
        UPLOAD,
    ),
    command(Protocol::Codesys, When::Subs(2, (0x03, 0x08)), DOWNLOAD),
    command(
        Protocol::Codesys,
        When::Holds(|o| {
            o.operation.code == 2
                && [0x23, 0x26, 0x30, 0x34]
                    .map(Some)
                    .contains(&o.operation.sub)
        }),
        DOWNLOAD,
    ),
    command(
        Protocol::Sbus,
        When::Codes(&[35, 36, 37, 110, 112, 114, 117, 152, 153, 154, 165, 172]),
        DOWNLOAD,
    ),
    command(Protocol::Sbus, When::Code(31), UPLOAD),
    // Domains: initiate the sequence of a download, load the content from a file; of an upload.
    command(Protocol::Mms, When::Codes(&[26, 34]), DOWNLOAD),
    command(Protocol::Mms, When::Code(29), UPLOAD),
    command(Protocol::Hse, When::Codes(&[0x389, 0x39f]), DOWNLOAD),
    command(Protocol::Hse, When::Code(0x38c), UPLOAD),
];

/// Create or delete on a class that CIP leaves to vendors (Volume 1, 5-1): the programs, routines
/// and tags of a controller. [`PCCC`] is no such class.
fn changes_logic(observation: &Observation<'_>) -> bool {
    const PCCC_CLASS: u32 = 0x67;
    let operation = observation.operation;
    [0x08, 0x09].contains(&operation.code)
        && operation
            .sub
            .is_some_and(|class| (0x64..=0xc7).contains(&class) && class != PCCC_CLASS)
}

/// One of these functions of PCCC command 0x0f.
fn pccc(observation: &Observation<'_>, functions: &[u32]) -> bool {
    let operation = observation.operation;
    operation.code == PCCC | 0x0f && operation.sub.is_some_and(|sub| functions.contains(&sub))
}

const VALUES: &[&str] = &["function_name"];

pub const RULE: Rule = Rule {
    engine: Engine::PolicyViolation,
    raises: &[
        Raises {
            id: DOWNLOAD,
            values: VALUES,
        },
        Raises {
            id: UPLOAD,
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

//! Operations that read or change how a controller is configured: tables for the rules about them.
//!
//! Codes are those of the dissectors' tables, which name their sources.

use sensor_protocols::observation::{Observation, OperationClass, Protocol};

use super::numbers::{PCCC, S7_USERDATA};
use super::protocol_violation::exceptions::UMAS;
use super::tables::When;

/// Operations of one protocol.
pub(super) type Operations = (Protocol, When);

const CONFIG: When = When::Class(&[OperationClass::Config]);

/// What tells how a controller is configured or which program parts it has.
pub(super) const READS: &[Operations] = &[
    // Project, controller and card information, communication of the processor.
    (Protocol::Modbus, When::Subs(UMAS, (0x03, 0x06))),
    (Protocol::Modbus, When::Sub(UMAS, 0x39)),
    // The system status list; lists and heads of blocks.
    (Protocol::S7comm, When::Sub(S7_USERDATA | 4, 1)),
    (Protocol::S7comm, When::Subs(S7_USERDATA | 3, (1, 3))),
    (Protocol::Cip, When::Holds(cip_reads)),
    (Protocol::Fins, When::Codes(&[0x0201, 0x0501])),
    (Protocol::GeSrtp, When::Code(0x03)),
    (Protocol::TriStation, When::Code(3)),
    (Protocol::Codesys, When::Sub(2, 0x18)),
];

/// What changes the configuration of a controller, its clock and its network parameters included.
pub(super) const WRITES: &[Operations] = &[
    // Set clock.
    (Protocol::S7comm, When::Sub(S7_USERDATA | 7, 2)),
    (Protocol::S7comm, When::Sub(S7_USERDATA | 7, 4)),
    (Protocol::Cip, When::Holds(cip_writes)),
    (Protocol::Ads, CONFIG),
    (Protocol::Fins, CONFIG),
    (Protocol::Melsec, CONFIG),
    (Protocol::GeSrtp, CONFIG),
    (Protocol::TriStation, CONFIG),
    (Protocol::Codesys, When::Sub(1, 0x09)),
    (Protocol::Sbus, CONFIG),
    (Protocol::Bsap, CONFIG),
    (Protocol::HartIp, CONFIG),
    (Protocol::Roc, CONFIG),
];

/// Protocols of the tables.
pub(super) const PROTOCOLS: &[Protocol] = &[
    Protocol::Modbus,
    Protocol::S7comm,
    Protocol::Cip,
    Protocol::Ads,
    Protocol::Fins,
    Protocol::Melsec,
    Protocol::GeSrtp,
    Protocol::TriStation,
    Protocol::Codesys,
    Protocol::Sbus,
    Protocol::Bsap,
    Protocol::HartIp,
    Protocol::Roc,
];

/// A table by protocol, so that most messages are compared with few rows or none.
pub(super) struct Table {
    rows: Vec<Vec<When>>,
}

impl Table {
    pub(super) fn of(table: &[Operations]) -> Self {
        let mut rows = vec![Vec::new(); Protocol::ALL.len()];
        for (protocol, when) in table {
            if let Some(of) = rows.get_mut(*protocol as usize) {
                of.push(*when);
            }
        }
        Self { rows }
    }

    /// Whether one of the rows names the operation.
    #[inline]
    pub(super) fn names(&self, observation: &Observation<'_>) -> bool {
        self.rows
            .get(observation.protocol as usize)
            .is_some_and(|rows| rows.iter().any(|when| when.fits(observation)))
    }
}

/// Attributes of the network objects (CIP Volume 2, chapter 5), of programs and of the mode of a
/// Rockwell controller (1756-PM020); transfers from the file object.
fn cip_reads(observation: &Observation<'_>) -> bool {
    let operation = observation.operation;
    match operation.sub {
        Some(0x37) => [0x4b, 0x4d, 0x4f].contains(&operation.code),
        Some(0x64 | 0x68 | 0x8e | 0xac | 0xf3..=0xf6) => {
            [0x01, 0x03, 0x0e].contains(&operation.code)
        }
        _ => false,
    }
}

/// Attributes of everything but process data (assemblies, points, tags); create, delete, restore
/// and save of what is not the program; what PCCC sets.
fn cip_writes(observation: &Observation<'_>) -> bool {
    const SET: [u32; 3] = [0x02, 0x04, 0x10];
    let operation = observation.operation;
    if operation.code & PCCC != 0 {
        return operation.class == OperationClass::Config;
    }
    match operation.sub {
        Some(0x04 | 0x08..=0x0b | 0x1d..=0x22 | 0x6b) | None => false,
        Some(0x64..=0xc7) => SET.contains(&operation.code),
        Some(_) => SET.contains(&operation.code) || operation.class == OperationClass::Config,
    }
}

//! Operations that carry firmware to a device: the table for the rules about them.
//!
//! The firmware memory of Rockwell devices is class 0xa1 of CIP, as the indicators that MITRE
//! published for CISA (ACID) have it; the other codes are those of the dissectors' tables.

use sensor_protocols::observation::Protocol;

use super::configuration::Operations;
use super::numbers::PCCC;
use super::tables::When;

/// Protocols in which a transfer shows.
pub(super) const PROTOCOLS: &[Protocol] = &[
    Protocol::Cip,
    Protocol::Sbus,
    Protocol::Bsap,
    Protocol::Ethercat,
];

/// Class of the firmware memory, and the first of its services.
const FIRMWARE: u32 = 0xa1;
const SERVICES: u32 = 0x4b;

/// Requests of a transfer, and their answers.
pub(super) const TABLE: &[Operations] = &[
    (
        Protocol::Cip,
        When::Holds(|observation| {
            let operation = observation.operation;
            operation.sub == Some(FIRMWARE) && (SERVICES..PCCC).contains(&operation.code)
        }),
    ),
    // Download firmware.
    (Protocol::Sbus, When::Code(174)),
    (
        Protocol::Bsap,
        When::Holds(|observation| observation.operation.name == "flash_download"),
    ),
    // The state in which a device takes firmware (ETG.1000.6), and the file with it.
    (
        Protocol::Ethercat,
        When::Holds(|observation| {
            ["al_control bootstrap", "foe_write_request"].contains(&observation.operation.name)
        }),
    ),
];

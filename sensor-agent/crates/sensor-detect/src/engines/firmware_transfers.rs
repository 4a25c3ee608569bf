//! Operations that carry firmware to a device: the table for the rules about them.
//!
//! The firmware memory of Rockwell devices is class 0xa1 of CIP, as the indicators that MITRE
//! published for CISA (ACID) have it; the other codes are those of the dissectors' tables.

use sensor_protocols::dissect::enip::PCCC;
use sensor_protocols::observation::{Observation, Protocol};

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

/// S-Bus: download firmware.
const SBUS_DOWNLOAD: u32 = 174;

/// Whether the message asks for a transfer of firmware, or answers one.
pub(super) fn is_one(observation: &Observation<'_>) -> bool {
    let operation = observation.operation;
    match observation.protocol {
        Protocol::Cip => {
            operation.sub == Some(FIRMWARE) && (SERVICES..PCCC).contains(&operation.code)
        }
        Protocol::Sbus => operation.code == SBUS_DOWNLOAD,
        Protocol::Bsap => operation.name == "flash_download",
        // The state in which a device takes firmware (ETG.1000.6), and the file with it.
        Protocol::Ethercat => {
            ["al_control bootstrap", "foe_write_request"].contains(&operation.name)
        }
        _ => false,
    }
}

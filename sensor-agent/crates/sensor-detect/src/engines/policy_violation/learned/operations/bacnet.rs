//! BACnet: services and the objects they address, the device itself, and the tables of broadcast
//! management devices (BBMD).
//!
//! Codes are those of ASHRAE 135-2020: annex J.2 and U.2 for the virtual link, clause 21 for services.

use sensor_protocols::dissect::bacnet::space::{LINK, LINK_V6, NETWORK, UNCONFIRMED};
use sensor_protocols::dissect::bacnet::{
    DESTINATION_NETWORK, LINK_FUNCTION, LINK_FUNCTION_V6, PDU_TYPE, SOURCE_NETWORK,
};
use sensor_protocols::observation::{Direction, Observation, Protocol};

use super::{UNLEARNED_OPERATION, is_message, object, operation};
use crate::engines::tables::When;
use crate::engines::tables::learned::{Kinds, Table};

/// A foreign device registers: from then on it gets every broadcast, wherever it is.
const REGISTER: &[u32] = &[LINK | 5, LINK_V6 | 9];

/// Reads and writes of the broadcast distribution table, reads and deletions of the table of
/// foreign devices.
const BBMD_TABLES: &[u32] = &[LINK | 1, LINK | 2, LINK | 6, LINK | 8, LINK_V6 | 0x0a];

/// `DeviceCommunicationControl` and `ReinitializeDevice`, with what they ask for.
const DEVICE: &[u32] = &[17, 20];

const NOT_ADDRESSED: Kinds = Kinds::Except(&[
    DESTINATION_NETWORK,
    SOURCE_NETWORK,
    LINK_FUNCTION,
    LINK_FUNCTION_V6,
    PDU_TYPE,
    "array_index",
    "channel_group",
    "destination_address",
    "property",
    "segment",
    "source_address",
    "vendor",
    "vendor_service",
]);

pub(super) const TABLE: Table = Table {
    operations: &[
        operation("bacnet_foreign_device_registration", When::Codes(REGISTER)),
        operation("bacnet_bbmd_table_access", When::Codes(BBMD_TABLES)),
        operation("bacnet_device_control", When::Codes(DEVICE)),
        operation(
            "bacnet_unauthorized_object_access",
            When::Holds(is_confirmed),
        ),
        operation(UNLEARNED_OPERATION, When::Holds(is_unconfirmed)),
    ],
    objects: &[object(
        "bacnet_unauthorized_object_access",
        When::Holds(is_confirmed),
        NOT_ADDRESSED,
    )],
    ..Table::of(Protocol::Bacnet)
};

fn is_confirmed(observation: &Observation<'_>) -> bool {
    observation.operation.code < UNCONFIRMED
        && observation.direction == Direction::Request
        && is_message(observation)
}

/// Who-is, I-am, notifications, time synchronisation …
fn is_unconfirmed(observation: &Observation<'_>) -> bool {
    (UNCONFIRMED..NETWORK).contains(&observation.operation.code) && is_message(observation)
}

//! BACnet: services and the objects they address, the device itself, and the tables of broadcast
//! management devices (BBMD).
//!
//! Codes are those of ASHRAE 135-2020: annex J.2 and U.2 for the virtual link, clause 21 for services.

use sensor_protocols::observation::{Direction, Observation, Protocol};

use super::{UNLEARNED_OPERATION, is_message, object, operation};
use crate::engines::numbers::{
    BACNET_DESTINATION, BACNET_LINK, BACNET_LINK_V6, BACNET_NETWORK, BACNET_SOURCE,
    BACNET_UNCONFIRMED,
};
use crate::engines::tables::When;
use crate::engines::tables::learned::{Kinds, Table};

/// A foreign device registers: from then on it gets every broadcast, wherever it is.
const REGISTER: &[u32] = &[BACNET_LINK | 5, BACNET_LINK_V6 | 9];

/// Reads and writes of the broadcast distribution table, reads and deletions of the table of
/// foreign devices.
const BBMD_TABLES: &[u32] = &[
    BACNET_LINK | 1,
    BACNET_LINK | 2,
    BACNET_LINK | 6,
    BACNET_LINK | 8,
    BACNET_LINK_V6 | 0x0a,
];

/// `DeviceCommunicationControl` and `ReinitializeDevice`, with what they ask for.
const DEVICE: &[u32] = &[17, 20];

const NOT_ADDRESSED: Kinds = Kinds::Except(&[
    BACNET_DESTINATION,
    BACNET_SOURCE,
    "array_index",
    "bvlc_function",
    "bvlc_function_ipv6",
    "channel_group",
    "destination_address",
    "pdu_type",
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
    observation.operation.code < BACNET_UNCONFIRMED
        && observation.direction == Direction::Request
        && is_message(observation)
}

/// Who-is, I-am, notifications, time synchronisation …
fn is_unconfirmed(observation: &Observation<'_>) -> bool {
    (BACNET_UNCONFIRMED..BACNET_NETWORK).contains(&observation.operation.code)
        && is_message(observation)
}

//! Beckhoff ADS: commands, index groups and index offsets.
//!
//! Whoever adds a route may use all of ADS afterwards, which is why it has a type of its own.

use sensor_protocols::observation::Protocol;

use super::{MESSAGE, object, operation};
use crate::engines::numbers::ADS_DISCOVERY;
use crate::engines::tables::When;
use crate::engines::tables::learned::{Kinds, Table};

/// Service of the discovery protocol that adds a route to the router of a controller.
const ADD_ROUTE: u32 = ADS_DISCOVERY | 6;

/// What says who is meant or what state is set, not which data.
const NO_DATA: Kinds = Kinds::Except(&[
    "ads_state",
    "ams_error",
    "ams_net_id",
    "device_state",
    "host",
    "index_group",
    "password_octets",
    "route_name",
    "route_net_id",
    "transmission_mode",
    "user_name",
    "version",
]);

pub(super) const TABLE: Table = Table {
    operations: &[
        operation("ads_route_added", When::Code(ADD_ROUTE)),
        operation("ams_new_command", MESSAGE),
    ],
    objects: &[
        object(
            "ams_new_index_group",
            When::Any,
            Kinds::Only(&["index_group"]),
        ),
        object("ams_new_index_offset", When::Any, NO_DATA),
    ],
    ..Table::of(Protocol::Ads)
};

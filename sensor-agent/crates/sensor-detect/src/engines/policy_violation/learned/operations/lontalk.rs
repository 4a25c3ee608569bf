//! `LonTalk`: codes of messages, and network variables by their selector.

use sensor_protocols::observation::{Observation, Protocol};

use super::{is_message, object, operation};
use crate::engines::numbers::{LON_CHANNEL, LON_TRANSPORT, LON_VARIABLE, LON_VARIABLE_POLL};
use crate::engines::tables::When;
use crate::engines::tables::learned::{Kinds, Table};

const VARIABLES: When = When::Codes(&[LON_VARIABLE, LON_VARIABLE_POLL]);

pub(super) const TABLE: Table = Table {
    operations: &[
        operation("lontalk_new_network_variable", VARIABLES),
        operation("lontalk_new_command_code", When::Holds(is_command)),
    ],
    objects: &[object(
        "lontalk_new_network_variable",
        VARIABLES,
        Kinds::Only(&["network_variable"]),
    )],
    ..Table::of(Protocol::Lontalk)
};

/// Messages of the application and of channel management; not what only carries them.
fn is_command(observation: &Observation<'_>) -> bool {
    let code = observation.operation.code;
    (code < LON_VARIABLE || (LON_CHANNEL..LON_TRANSPORT).contains(&code)) && is_message(observation)
}

//! OPC UA: that a client talks to a server at all, the services it uses, and the nodes that it
//! writes and the methods that it calls.
//!
//! Numbers of services are those of `NodeIds.csv` (OPC 10000-6, A.3).

use sensor_protocols::observation::{Observation, OperationClass, Protocol};

use super::{MESSAGE, object, operation};
use crate::engines::numbers::{OPCUA_FOREIGN, OPCUA_HELLO};
use crate::engines::tables::When;
use crate::engines::tables::learned::{Kinds, NAME, Table};

/// Opening and closing of channels and sessions.
const SESSIONS: &[u32] = &[446, 452, 461, 467, 473];

pub(super) const TABLE: Table = Table {
    operations: &[
        operation("opcua_unauthorized_activity", When::Holds(is_session)),
        operation("opcua_unauthorized_request_response", MESSAGE),
    ],
    objects: &[object(
        "opcua_unlearned_node",
        When::Class(&[OperationClass::Write, OperationClass::Control]),
        Kinds::Only(&[NAME, "method"]),
    )],
    // Whether a chunk goes on.
    subs: false,
    ..Table::of(Protocol::OpcUa)
};

/// What carries services: the transport with what it hides, channels, sessions.
fn is_session(observation: &Observation<'_>) -> bool {
    let code = observation.operation.code;
    SESSIONS.contains(&code) || (OPCUA_HELLO..OPCUA_FOREIGN).contains(&code)
}

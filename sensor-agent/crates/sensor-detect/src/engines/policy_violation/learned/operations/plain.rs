//! Protocols in which every operation is learned alike, and what is written with it.

use sensor_protocols::observation::{OperationClass, Protocol};

use super::{MESSAGE, UNLEARNED_OPERATION, UNLEARNED_WRITE, WRITES, object, operation};
use crate::engines::numbers::FINS_TCP;
use crate::engines::tables::When;
use crate::engines::tables::learned::{Kinds, ObjectRow, OperationRow, Table};

const ANY: &[OperationRow] = &[operation(UNLEARNED_OPERATION, MESSAGE)];

/// FINS frames, and not the header that numbers the nodes of a TCP connection.
const FINS: &[OperationRow] = &[operation(
    "fins_unauthorized_command",
    When::Holds(|observation| {
        observation.operation.code < FINS_TCP && super::is_message(observation)
    }),
)];
const MELSEC: &[OperationRow] = &[operation("melsec_unauthorized_command", MESSAGE)];
const ROC: &[OperationRow] = &[operation("emerson_roc_unauthorized_operation", MESSAGE)];
const SBUS: &[OperationRow] = &[operation("sbus_unauthorized_command", MESSAGE)];

/// Objects that say how, not what.
const FINS_WRITES: &[ObjectRow] = &[object(
    UNLEARNED_WRITE,
    WRITES,
    Kinds::Except(&["memory_area", "program", "password_octets"]),
)];
const MELSEC_WRITES: &[ObjectRow] = &[object(
    UNLEARNED_WRITE,
    WRITES,
    Kinds::Except(&["blocks", "mode"]),
)];
const ROC_WRITES: &[ObjectRow] = &[object(
    UNLEARNED_WRITE,
    WRITES,
    Kinds::Except(&["parameters", "opcode_table"]),
)];
const SBUS_WRITES: &[ObjectRow] = &[object(UNLEARNED_WRITE, WRITES, Kinds::Any)];
const C1222_WRITES: &[ObjectRow] = &[object(UNLEARNED_WRITE, WRITES, Kinds::Only(&["table"]))];
/// Objects of `CANopen` and SERCOS over EtherCAT. Registers and process data are the cycle itself.
const ETHERCAT_WRITES: &[ObjectRow] = &[object(
    UNLEARNED_WRITE,
    When::Class(&[OperationClass::Write, OperationClass::Config]),
    Kinds::Only(&["sdo", "idn"]),
)];
const KNX_WRITES: &[ObjectRow] = &[object(
    UNLEARNED_WRITE,
    WRITES,
    Kinds::Only(&["group_address", "individual_address"]),
)];

const fn plain(protocol: Protocol) -> Table {
    Table {
        operations: ANY,
        ..Table::of(protocol)
    }
}

pub(super) const TABLES: &[Table] = &[
    Table {
        operations: FINS,
        objects: FINS_WRITES,
        ..Table::of(Protocol::Fins)
    },
    Table {
        operations: MELSEC,
        objects: MELSEC_WRITES,
        ..Table::of(Protocol::Melsec)
    },
    Table {
        operations: ROC,
        objects: ROC_WRITES,
        ..Table::of(Protocol::Roc)
    },
    Table {
        operations: SBUS,
        objects: SBUS_WRITES,
        ..Table::of(Protocol::Sbus)
    },
    Table {
        objects: C1222_WRITES,
        ..plain(Protocol::C1222)
    },
    Table {
        objects: ETHERCAT_WRITES,
        ..plain(Protocol::Ethercat)
    },
    Table {
        objects: KNX_WRITES,
        ..plain(Protocol::Knx)
    },
    plain(Protocol::Bsap),
    plain(Protocol::Codesys),
    plain(Protocol::Egd),
    plain(Protocol::Fox),
    plain(Protocol::Genisys),
    plain(Protocol::HartIp),
    plain(Protocol::Hse),
    plain(Protocol::Powerlink),
    plain(Protocol::Rtps),
    plain(Protocol::Synchrophasor),
];

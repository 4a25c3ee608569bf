//! Remote procedures that were not learned: messages and interfaces of a pair, services and programs of
//! Windows that are named in calls.
//!
//! - `rpc_unauthorized_message_type`: types of messages, calls by interface and number, interfaces that
//!   are bound.
//! - `windows_unauthorized_service`: names of services in calls of the service control manager.
//! - `windows_unauthorized_process`: tasks that are registered and run, commands of scheduled jobs, programs
//!   of services, methods called through WMI.
//!
//! T0855, T0866, T0874. What is encrypted names nothing. False positives: tools of administration that are
//! used for the first time: learn the alert.

use crate::engines::codes::dcerpc::{FRAGMENT, PDU};
use sensor_protocols::observation::{Observation, Protocol};

use crate::catalogue::Engine;
use crate::engines::tables::learned::{Kinds, NAME, ObjectRow, OperationRow, Per, Table};
use crate::engines::tables::several::Several;
use crate::engines::tables::{COMMON, When};
use crate::engines::{Aspects, Build, Interest, Protocols, Raises, Rule};

const MESSAGE: &str = "rpc_unauthorized_message_type";
const SERVICE: &str = "windows_unauthorized_service";
const PROCESS: &str = "windows_unauthorized_process";

/// Numbers of interfaces, as the dissector puts them in front of the number of an operation.
const SVCCTL: u32 = 1;
/// `ExecMethod` and `ExecMethodAsync` of `IWbemServices`.
const WMI_METHODS: &[u32] = &[(23 << 16) + 24, (23 << 16) + 25];
/// `NetrJobAdd` of atsvc, `SchRpcRegisterTask` and `SchRpcRun` of `ITaskSchedulerService`.
const TASKS: &[u32] = &[2 << 16, (3 << 16) + 1, (3 << 16) + 12];

const MESSAGES: Table = Table {
    operations: &[
        OperationRow {
            id: PROCESS,
            when: When::Codes(WMI_METHODS),
        },
        OperationRow {
            id: MESSAGE,
            when: When::Holds(|observation| observation.operation.code < FRAGMENT),
        },
    ],
    objects: &[ObjectRow {
        id: MESSAGE,
        when: When::Holds(names_its_interface),
        kinds: Kinds::Only(&["interface"]),
        per: Per::Operation,
    }],
    ..Table::of(Protocol::DceRpc)
};

const NAMES: Table = Table {
    objects: &[
        ObjectRow {
            id: PROCESS,
            when: When::Codes(TASKS),
            kinds: Kinds::Only(&[NAME]),
            per: Per::Channel,
        },
        ObjectRow {
            id: PROCESS,
            when: When::Any,
            kinds: Kinds::Only(&["program"]),
            per: Per::Channel,
        },
        ObjectRow {
            id: SERVICE,
            when: When::Holds(|observation| observation.operation.code >> 16 == SVCCTL),
            kinds: Kinds::Only(&[NAME]),
            per: Per::Channel,
        },
    ],
    ..Table::of(Protocol::DceRpc)
};

/// Whether the code of the operation does not say which interface it is about.
fn names_its_interface(observation: &Observation<'_>) -> bool {
    let code = observation.operation.code;
    code >= PDU || code >> 16 == 0
}

const TABLES: &[Table] = &[MESSAGES, NAMES];

/// Raises each type of the tables above.
pub const RULE: Rule = Rule {
    engine: Engine::PolicyViolation,
    raises: &[
        Raises {
            id: MESSAGE,
            values: COMMON.operation,
        },
        Raises {
            id: SERVICE,
            values: COMMON.object,
        },
        Raises {
            id: PROCESS,
            values: COMMON.operation,
        },
    ],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::One(Protocol::DceRpc),
            aspects: Aspects::REQUEST.or(Aspects::ONE_WAY),
        },
        new: |setup| Box::new(Several::new(TABLES, setup)),
    },
};

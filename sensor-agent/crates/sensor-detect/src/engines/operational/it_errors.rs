//! Web and remote procedure servers that refuse, one row each.
//!
//! T0869, T0855. Off by default, as in the reference. False positives: links that lead nowhere, calls that
//! ask whether something is there. Mute the pair.

use sensor_protocols::observation::Protocol;

use crate::catalogue::Engine;
use crate::engines::tables::{COMMON, ErrorRow, ErrorRule};
use crate::engines::{Build, Raises, Rule};

/// Status codes of the class 4xx that the IANA registry has.
const CLIENT_ERRORS: &[u32] = &[
    400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 411, 412, 413, 414, 415, 416, 417, 418,
    421, 422, 423, 424, 425, 426, 428, 429, 431, 451,
];

const TABLE: &[ErrorRow] = &[
    ErrorRow {
        id: "http_client_error",
        protocol: Protocol::Http,
        errors: CLIENT_ERRORS,
        except: &[],
    },
    ErrorRow {
        id: "rpc_operation_failed",
        protocol: Protocol::DceRpc,
        errors: &[],
        except: &[],
    },
];

/// Raises each type of the table above.
pub const RULE: Rule = Rule {
    engine: Engine::Operational,
    raises: &[
        Raises {
            id: "http_client_error",
            values: COMMON.errors,
        },
        Raises {
            id: "rpc_operation_failed",
            values: COMMON.errors,
        },
    ],
    build: Build::Pair {
        interest: ErrorRule::interest(&[Protocol::Http, Protocol::DceRpc]),
        new: |setup| Box::new(ErrorRule::new(TABLE, &COMMON, setup)),
    },
};

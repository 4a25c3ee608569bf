//! Web traffic that was not learned: methods of a pair, hosts and types of content, SOAP actions.
//!
//! Paths are not learned: applications put identifiers into them, and a baseline of them would
//! never be complete. T0869, T0871, T0846. False positives: updates of the web application, and
//! pages that are called up for the first time: learn the alert.

use sensor_protocols::observation::Protocol;

use crate::catalogue::Engine;
use crate::engines::tables::learned::{Kinds, Learned, ObjectRow, OperationRow, Per, Table};
use crate::engines::tables::{COMMON, When};
use crate::engines::{Build, Raises, Rule};

const TABLE: Table = Table {
    operations: &[OperationRow {
        id: "http_unauthorized_activity",
        when: When::Any,
    }],
    objects: &[
        ObjectRow {
            id: "http_unauthorized_soap_action",
            when: When::Any,
            kinds: Kinds::Only(&["soap_action"]),
            per: Per::Channel,
        },
        ObjectRow {
            id: "http_illegal_communication",
            when: When::Any,
            kinds: Kinds::Only(&["host", "content_type"]),
            per: Per::Channel,
        },
    ],
    ..Table::of(Protocol::Http)
};

/// Raises each type of the table above.
pub const RULE: Rule = Rule {
    engine: Engine::PolicyViolation,
    raises: &[
        Raises {
            id: "http_unauthorized_activity",
            values: COMMON.operation,
        },
        Raises {
            id: "http_unauthorized_soap_action",
            values: COMMON.object,
        },
        Raises {
            id: "http_illegal_communication",
            values: COMMON.object,
        },
    ],
    build: Build::Pair {
        interest: TABLE.interest(),
        new: |setup| Box::new(Learned::new(&TABLE, setup)),
    },
};

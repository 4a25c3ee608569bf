//! SMB 1 transactions that the protocol reserves, one row each.
//!
//! MS-CIFS 2.2.6 and 2.2.7 list subcommands that were never implemented. Why: exploits use them
//! because servers parse them badly. T0866. False positives: none known.

use sensor_protocols::observation::Protocol;

use crate::catalogue::Engine;
use crate::engines::tables::{COMMON, MessageRow, MessageRule, Messages, When};
use crate::engines::{Aspects, Build, Interest, Protocols, Raises, Rule};
use crate::finding::Keyed;

/// TRANSACTION2: FSCTL, IOCTL2, `FIND_NOTIFY_FIRST` and NEXT, `SESSION_SETUP`. Not `SET_FS_INFORMATION`, which
/// MS-CIFS reserves but MS-SMB 2.2.6.4 defines.
const TRANSACTION2: u32 = 0x32;
/// `NT_TRANSACT`: RENAME.
const NT_TRANSACT: u32 = 0xa0;

const ID: &str = "smb_reserved_transaction";

const TABLE: &[MessageRow] = &[
    row(When::Subs(TRANSACTION2, (0x09, 0x0c))),
    row(When::Sub(TRANSACTION2, 0x0e)),
    row(When::Sub(NT_TRANSACT, 0x05)),
];

const fn row(when: When) -> MessageRow {
    MessageRow {
        id: ID,
        messages: Messages::requests(Protocol::Smb, when),
        keyed: Keyed::Pair,
    }
}

/// Raises the type of the table above.
pub const RULE: Rule = Rule {
    engine: Engine::ProtocolViolation,
    raises: &[Raises {
        id: ID,
        values: COMMON.operation,
    }],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::One(Protocol::Smb),
            aspects: Aspects::REQUEST,
        },
        new: |setup| Box::new(MessageRule::new(TABLE, setup)),
    },
};

//! Passwords sent to S7 controllers.
//!
//! Why: with the password whoever sends it may change the program. The dissector keeps nothing of
//! the password itself. T0859, T0812. False positives: engineering work. Mute the pair.

use sensor_protocols::observation::Protocol;

use crate::catalogue::Engine;
use crate::engines::numbers::S7_USERDATA;
use crate::engines::tables::{
    COMMON, ErrorRow, ErrorRule, MessageRow, MessageRule, Messages, When,
};
use crate::engines::{Aspects, Build, Interest, Protocols, Raises, Rule};
use crate::finding::Keyed;

/// Security functions, of which number 1 sends a password.
const SECURITY: u32 = S7_USERDATA | 5;

const SENT: &[MessageRow] = &[MessageRow {
    id: "s7_password_sent",
    messages: Messages::requests(Protocol::S7comm, When::Sub(SECURITY, 1)),
    keyed: Keyed::Pair,
}];

/// Wrong password, in the answer to a job and to userdata.
const REFUSED: &[ErrorRow] = &[ErrorRow {
    id: "s7_password_refused",
    protocol: Protocol::S7comm,
    errors: &[0x0119, 0xd602],
    except: &[],
}];

/// Raises the type of requests.
pub const RULE: Rule = Rule {
    engine: Engine::PolicyViolation,
    raises: &[Raises {
        id: "s7_password_sent",
        values: COMMON.operation,
    }],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::One(Protocol::S7comm),
            aspects: Aspects::REQUEST,
        },
        new: |setup| Box::new(MessageRule::new(SENT, setup)),
    },
};

/// Raises the type of answers.
pub const REFUSAL_RULE: Rule = Rule {
    engine: Engine::PolicyViolation,
    raises: &[Raises {
        id: "s7_password_refused",
        values: COMMON.errors,
    }],
    build: Build::Pair {
        interest: ErrorRule::interest(&[Protocol::S7comm]),
        new: |setup| Box::new(ErrorRule::new(REFUSED, &COMMON, setup)),
    },
};

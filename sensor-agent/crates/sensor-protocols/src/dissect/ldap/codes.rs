//! Operations and results of LDAP by number.
//!
//! Sources: RFC 4511, 4.2 to 4.13 (operations), appendix A (results), RFC 3909 (cancel), RFC 4511 4.1.9.

use crate::dissect::tables::name_of;
use crate::observation::{Operation, OperationClass as Class};

/// Tags of the operations that are read.
pub(super) mod tag {
    pub(in super::super) const BIND: u32 = 0;
    pub(in super::super) const BIND_RESPONSE: u32 = 1;
    pub(in super::super) const UNBIND: u32 = 2;
    pub(in super::super) const SEARCH: u32 = 3;
    pub(in super::super) const ENTRY: u32 = 4;
    pub(in super::super) const MODIFY: u32 = 6;
    pub(in super::super) const ADD: u32 = 8;
    pub(in super::super) const DELETE: u32 = 10;
    pub(in super::super) const MODIFY_DN: u32 = 12;
    pub(in super::super) const COMPARE: u32 = 14;
    pub(in super::super) const ABANDON: u32 = 16;
    pub(in super::super) const REFERENCE: u32 = 19;
    pub(in super::super) const EXTENDED: u32 = 23;
    pub(in super::super) const INTERMEDIATE: u32 = 25;
}

/// The object identifier that asks for TLS (RFC 4511, 4.14.1).
pub(super) const START_TLS: &[u8] = b"1.3.6.1.4.1.1466.20037";

/// The bind goes on.
pub(super) const BIND_IN_PROGRESS: u32 = 14;

/// Results that are no failure: success, comparisons, referral, a bind that goes on.
pub(super) const fn is_success(code: u32) -> bool {
    matches!(code, 0 | 5 | 6 | 10 | BIND_IN_PROGRESS)
}

const RESULTS: &[(u16, &str)] = &[
    (0, "success"),
    (1, "operationsError"),
    (2, "protocolError"),
    (3, "timeLimitExceeded"),
    (4, "sizeLimitExceeded"),
    (5, "compareFalse"),
    (6, "compareTrue"),
    (7, "authMethodNotSupported"),
    (8, "strongerAuthRequired"),
    (10, "referral"),
    (11, "adminLimitExceeded"),
    (12, "unavailableCriticalExtension"),
    (13, "confidentialityRequired"),
    (14, "saslBindInProgress"),
    (16, "noSuchAttribute"),
    (17, "undefinedAttributeType"),
    (18, "inappropriateMatching"),
    (19, "constraintViolation"),
    (20, "attributeOrValueExists"),
    (21, "invalidAttributeSyntax"),
    (32, "noSuchObject"),
    (33, "aliasProblem"),
    (34, "invalidDNSyntax"),
    (36, "aliasDereferencingProblem"),
    (48, "inappropriateAuthentication"),
    (49, "invalidCredentials"),
    (50, "insufficientAccessRights"),
    (51, "busy"),
    (52, "unavailable"),
    (53, "unwillingToPerform"),
    (54, "loopDetect"),
    (64, "namingViolation"),
    (65, "objectClassViolation"),
    (66, "notAllowedOnNonLeaf"),
    (67, "notAllowedOnRDN"),
    (68, "entryAlreadyExists"),
    (69, "objectClassModsProhibited"),
    (71, "affectsMultipleDSAs"),
    (80, "other"),
    (118, "canceled"),
    (119, "noSuchOperation"),
    (120, "tooLate"),
    (121, "cannotCancel"),
];

/// Name of a result.
pub(super) fn result(code: u32) -> &'static str {
    let code = u16::try_from(code).ok();
    code.and_then(|code| name_of(RESULTS, code))
        .unwrap_or("unknown")
}

/// The operation of a tag; a result goes by its request.
pub(super) fn operation(tag: u32) -> Operation {
    let request = match tag {
        1 | 5 | 7 | 9 | 11 | 13 | 15 | 24 => match tag {
            5 => tag::SEARCH,
            _ => tag.saturating_sub(1),
        },
        other => other,
    };
    let (name, class) = match request {
        tag::BIND => ("bind", Class::Auth),
        tag::UNBIND => ("unbind", Class::Session),
        tag::SEARCH => ("search", Class::Discovery),
        tag::ENTRY => ("search_result_entry", Class::Discovery),
        tag::REFERENCE => ("search_result_reference", Class::Discovery),
        tag::MODIFY => ("modify", Class::Config),
        tag::ADD => ("add", Class::Config),
        tag::DELETE => ("delete", Class::Config),
        tag::MODIFY_DN => ("modify_dn", Class::Config),
        tag::COMPARE => ("compare", Class::Read),
        tag::ABANDON => ("abandon", Class::Session),
        tag::EXTENDED => ("extended", Class::Session),
        tag::INTERMEDIATE => ("intermediate", Class::Session),
        _ => ("unknown", Class::Unknown),
    };
    Operation {
        code: request,
        sub: None,
        name,
        class,
    }
}

/// Whether the server sends a tag.
pub(super) const fn is_from_server(tag: u32) -> bool {
    matches!(tag, 1 | 4 | 5 | 7 | 9 | 11 | 13 | 15 | 19 | 24 | 25)
}

/// Whether a tag is the end of an answer.
pub(super) const fn is_result(tag: u32) -> bool {
    matches!(tag, 1 | 5 | 7 | 9 | 11 | 13 | 15 | 24)
}

/// Whether a tag is of an operation that is answered.
pub(super) const fn is_answered(tag: u32) -> bool {
    matches!(tag, 0 | 3 | 6 | 8 | 10 | 12 | 14 | 23)
}

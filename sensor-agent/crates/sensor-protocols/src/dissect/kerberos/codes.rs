//! Messages, errors and encryption types of Kerberos by number.
//!
//! Sources: RFC 4120, 5.10 (messages), 7.5.9 (errors), RFC 4556 3.1.3 (errors of PKINIT); IANA, Kerberos
//! Encryption Type Numbers.

use crate::dissect::tables::name_of;
use crate::observation::{Operation, OperationClass as Class};

/// Tags of messages.
pub(super) mod tag {
    pub(in super::super) const AS_REQUEST: u32 = 10;
    pub(in super::super) const AS_REPLY: u32 = 11;
    pub(in super::super) const TGS_REQUEST: u32 = 12;
    pub(in super::super) const TGS_REPLY: u32 = 13;
    pub(in super::super) const AP_REQUEST: u32 = 14;
    pub(in super::super) const ERROR: u32 = 30;
}

/// Names after RFC 4120, without the prefix of the older ones.
const ERRORS: &[(u16, &str)] = &[
    (1, "KDC_ERR_NAME_EXP"),
    (2, "KDC_ERR_SERVICE_EXP"),
    (3, "KDC_ERR_BAD_PVNO"),
    (4, "KDC_ERR_C_OLD_MAST_KVNO"),
    (5, "KDC_ERR_S_OLD_MAST_KVNO"),
    (6, "KDC_ERR_C_PRINCIPAL_UNKNOWN"),
    (7, "KDC_ERR_S_PRINCIPAL_UNKNOWN"),
    (8, "KDC_ERR_PRINCIPAL_NOT_UNIQUE"),
    (9, "KDC_ERR_NULL_KEY"),
    (10, "KDC_ERR_CANNOT_POSTDATE"),
    (11, "KDC_ERR_NEVER_VALID"),
    (12, "KDC_ERR_POLICY"),
    (13, "KDC_ERR_BADOPTION"),
    (14, "KDC_ERR_ETYPE_NOSUPP"),
    (15, "KDC_ERR_SUMTYPE_NOSUPP"),
    (16, "KDC_ERR_PADATA_TYPE_NOSUPP"),
    (17, "KDC_ERR_TRTYPE_NOSUPP"),
    (18, "KDC_ERR_CLIENT_REVOKED"),
    (19, "KDC_ERR_SERVICE_REVOKED"),
    (20, "KDC_ERR_TGT_REVOKED"),
    (21, "KDC_ERR_CLIENT_NOTYET"),
    (22, "KDC_ERR_SERVICE_NOTYET"),
    (23, "KDC_ERR_KEY_EXPIRED"),
    (24, "KDC_ERR_PREAUTH_FAILED"),
    (25, "KDC_ERR_PREAUTH_REQUIRED"),
    (26, "KDC_ERR_SERVER_NOMATCH"),
    (27, "KDC_ERR_MUST_USE_USER2USER"),
    (28, "KDC_ERR_PATH_NOT_ACCEPTED"),
    (29, "KDC_ERR_SVC_UNAVAILABLE"),
    (31, "KRB_AP_ERR_BAD_INTEGRITY"),
    (32, "KRB_AP_ERR_TKT_EXPIRED"),
    (33, "KRB_AP_ERR_TKT_NYV"),
    (34, "KRB_AP_ERR_REPEAT"),
    (35, "KRB_AP_ERR_NOT_US"),
    (36, "KRB_AP_ERR_BADMATCH"),
    (37, "KRB_AP_ERR_SKEW"),
    (38, "KRB_AP_ERR_BADADDR"),
    (39, "KRB_AP_ERR_BADVERSION"),
    (40, "KRB_AP_ERR_MSG_TYPE"),
    (41, "KRB_AP_ERR_MODIFIED"),
    (42, "KRB_AP_ERR_BADORDER"),
    (44, "KRB_AP_ERR_BADKEYVER"),
    (45, "KRB_AP_ERR_NOKEY"),
    (46, "KRB_AP_ERR_MUT_FAIL"),
    (47, "KRB_AP_ERR_BADDIRECTION"),
    (48, "KRB_AP_ERR_METHOD"),
    (49, "KRB_AP_ERR_BADSEQ"),
    (50, "KRB_AP_ERR_INAPP_CKSUM"),
    (51, "KRB_AP_PATH_NOT_ACCEPTED"),
    (52, "KRB_ERR_RESPONSE_TOO_BIG"),
    (60, "KRB_ERR_GENERIC"),
    (61, "KRB_ERR_FIELD_TOOLONG"),
    (62, "KDC_ERROR_CLIENT_NOT_TRUSTED"),
    (63, "KDC_ERROR_KDC_NOT_TRUSTED"),
    (64, "KDC_ERROR_INVALID_SIG"),
    (65, "KDC_ERR_KEY_TOO_WEAK"),
    (66, "KDC_ERR_CERTIFICATE_MISMATCH"),
    (67, "KRB_AP_ERR_NO_TGT"),
    (68, "KDC_ERR_WRONG_REALM"),
    (69, "KRB_AP_ERR_USER_TO_USER_REQUIRED"),
    (70, "KDC_ERR_CANT_VERIFY_CERTIFICATE"),
    (71, "KDC_ERR_INVALID_CERTIFICATE"),
    (72, "KDC_ERR_REVOKED_CERTIFICATE"),
    (73, "KDC_ERR_REVOCATION_STATUS_UNKNOWN"),
    (74, "KDC_ERR_REVOCATION_STATUS_UNAVAILABLE"),
    (75, "KDC_ERR_CLIENT_NAME_MISMATCH"),
    (76, "KDC_ERR_KDC_NAME_MISMATCH"),
];

/// Name of an error.
pub(super) fn error(code: u32) -> &'static str {
    let code = u16::try_from(code).ok();
    code.and_then(|code| name_of(ERRORS, code))
        .unwrap_or("unknown")
}

/// Whether an encryption type is weak: DES, and RC4 whose key is the hash of the password.
pub(super) const fn is_weak(encryption: u32) -> bool {
    matches!(encryption, 1..=3 | 23 | 24)
}

/// The operation of a tag.
pub(super) fn operation(tag: u32) -> Operation {
    let (name, class) = match tag {
        10 | 11 => ("as_exchange", Class::Auth),
        12 | 13 => ("tgs_exchange", Class::Auth),
        14 | 15 => ("ap_exchange", Class::Auth),
        20 => ("safe", Class::Session),
        21 => ("private", Class::Session),
        22 => ("credential", Class::Auth),
        30 => ("error", Class::Auth),
        _ => ("unknown", Class::Unknown),
    };
    // A reply goes by its request.
    let code = match tag {
        11 | 13 | 15 => tag.saturating_sub(1),
        other => other,
    };
    Operation {
        code,
        sub: None,
        name,
        class,
    }
}

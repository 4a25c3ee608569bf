//! Status codes of NT and of SMB1's own error classes.
//!
//! Source: MS-ERREF 2.3.1 (NTSTATUS), those that servers of SMB and of remote procedures send; MS-CIFS
//! 2.2.2.4 (error classes and codes).

use crate::observation::Outcome;

/// The sign-in goes on: MS-SMB2 3.2.5.3.
pub(super) const MORE_PROCESSING_REQUIRED: u32 = 0xc000_0016;
/// The answer comes later: MS-SMB2 3.2.5.1.5.
pub(super) const PENDING: u32 = 0x0000_0103;

/// In ascending order.
const STATUS: &[(u32, &str)] = &[
    (0x0000_0000, "STATUS_SUCCESS"),
    (0x0000_0103, "STATUS_PENDING"),
    (0x0000_0104, "STATUS_REPARSE"),
    (0x0000_0105, "STATUS_MORE_ENTRIES"),
    (0x0000_0106, "STATUS_NOT_ALL_ASSIGNED"),
    (0x0000_0107, "STATUS_SOME_NOT_MAPPED"),
    (0x0000_0108, "STATUS_OPLOCK_BREAK_IN_PROGRESS"),
    (0x0000_010b, "STATUS_NOTIFY_CLEANUP"),
    (0x0000_010c, "STATUS_NOTIFY_ENUM_DIR"),
    (0x4000_0000, "STATUS_OBJECT_NAME_EXISTS"),
    (0x8000_0005, "STATUS_BUFFER_OVERFLOW"),
    (0x8000_0006, "STATUS_NO_MORE_FILES"),
    (0x8000_000d, "STATUS_PARTIAL_COPY"),
    (0x8000_0011, "STATUS_DEVICE_BUSY"),
    (0x8000_001a, "STATUS_NO_MORE_ENTRIES"),
    (0x8000_002d, "STATUS_STOPPED_ON_SYMLINK"),
    (0xc000_0001, "STATUS_UNSUCCESSFUL"),
    (0xc000_0002, "STATUS_NOT_IMPLEMENTED"),
    (0xc000_0003, "STATUS_INVALID_INFO_CLASS"),
    (0xc000_0004, "STATUS_INFO_LENGTH_MISMATCH"),
    (0xc000_0005, "STATUS_ACCESS_VIOLATION"),
    (0xc000_0008, "STATUS_INVALID_HANDLE"),
    (0xc000_000b, "STATUS_INVALID_CID"),
    (0xc000_000d, "STATUS_INVALID_PARAMETER"),
    (0xc000_000e, "STATUS_NO_SUCH_DEVICE"),
    (0xc000_000f, "STATUS_NO_SUCH_FILE"),
    (0xc000_0010, "STATUS_INVALID_DEVICE_REQUEST"),
    (0xc000_0011, "STATUS_END_OF_FILE"),
    (0xc000_0012, "STATUS_WRONG_VOLUME"),
    (0xc000_0013, "STATUS_NO_MEDIA_IN_DEVICE"),
    (0xc000_0016, "STATUS_MORE_PROCESSING_REQUIRED"),
    (0xc000_0017, "STATUS_NO_MEMORY"),
    (0xc000_001e, "STATUS_INVALID_LOCK_SEQUENCE"),
    (0xc000_0021, "STATUS_ALREADY_COMMITTED"),
    (0xc000_0022, "STATUS_ACCESS_DENIED"),
    (0xc000_0023, "STATUS_BUFFER_TOO_SMALL"),
    (0xc000_0024, "STATUS_OBJECT_TYPE_MISMATCH"),
    (0xc000_0033, "STATUS_OBJECT_NAME_INVALID"),
    (0xc000_0034, "STATUS_OBJECT_NAME_NOT_FOUND"),
    (0xc000_0035, "STATUS_OBJECT_NAME_COLLISION"),
    (0xc000_0039, "STATUS_OBJECT_PATH_INVALID"),
    (0xc000_003a, "STATUS_OBJECT_PATH_NOT_FOUND"),
    (0xc000_003b, "STATUS_OBJECT_PATH_SYNTAX_BAD"),
    (0xc000_003c, "STATUS_DATA_OVERRUN"),
    (0xc000_003e, "STATUS_DATA_ERROR"),
    (0xc000_003f, "STATUS_CRC_ERROR"),
    (0xc000_0043, "STATUS_SHARING_VIOLATION"),
    (0xc000_0044, "STATUS_QUOTA_EXCEEDED"),
    (0xc000_0054, "STATUS_FILE_LOCK_CONFLICT"),
    (0xc000_0055, "STATUS_LOCK_NOT_GRANTED"),
    (0xc000_0056, "STATUS_DELETE_PENDING"),
    (0xc000_005e, "STATUS_NO_LOGON_SERVERS"),
    (0xc000_005f, "STATUS_NO_SUCH_LOGON_SESSION"),
    (0xc000_0061, "STATUS_PRIVILEGE_NOT_HELD"),
    (0xc000_0062, "STATUS_INVALID_ACCOUNT_NAME"),
    (0xc000_0063, "STATUS_USER_EXISTS"),
    (0xc000_0064, "STATUS_NO_SUCH_USER"),
    (0xc000_0065, "STATUS_GROUP_EXISTS"),
    (0xc000_0066, "STATUS_NO_SUCH_GROUP"),
    (0xc000_006a, "STATUS_WRONG_PASSWORD"),
    (0xc000_006c, "STATUS_PASSWORD_RESTRICTION"),
    (0xc000_006d, "STATUS_LOGON_FAILURE"),
    (0xc000_006e, "STATUS_ACCOUNT_RESTRICTION"),
    (0xc000_006f, "STATUS_INVALID_LOGON_HOURS"),
    (0xc000_0070, "STATUS_INVALID_WORKSTATION"),
    (0xc000_0071, "STATUS_PASSWORD_EXPIRED"),
    (0xc000_0072, "STATUS_ACCOUNT_DISABLED"),
    (0xc000_0073, "STATUS_NONE_MAPPED"),
    (0xc000_0078, "STATUS_INVALID_SID"),
    (0xc000_007e, "STATUS_RANGE_NOT_LOCKED"),
    (0xc000_007f, "STATUS_DISK_FULL"),
    (0xc000_009a, "STATUS_INSUFFICIENT_RESOURCES"),
    (0xc000_00a2, "STATUS_MEDIA_WRITE_PROTECTED"),
    (0xc000_00a5, "STATUS_BAD_IMPERSONATION_LEVEL"),
    (0xc000_00ab, "STATUS_INSTANCE_NOT_AVAILABLE"),
    (0xc000_00ac, "STATUS_PIPE_NOT_AVAILABLE"),
    (0xc000_00ad, "STATUS_INVALID_PIPE_STATE"),
    (0xc000_00ae, "STATUS_PIPE_BUSY"),
    (0xc000_00af, "STATUS_ILLEGAL_FUNCTION"),
    (0xc000_00b0, "STATUS_PIPE_DISCONNECTED"),
    (0xc000_00b1, "STATUS_PIPE_CLOSING"),
    (0xc000_00b2, "STATUS_PIPE_CONNECTED"),
    (0xc000_00b3, "STATUS_PIPE_LISTENING"),
    (0xc000_00b5, "STATUS_IO_TIMEOUT"),
    (0xc000_00ba, "STATUS_FILE_IS_A_DIRECTORY"),
    (0xc000_00bb, "STATUS_NOT_SUPPORTED"),
    (0xc000_00bc, "STATUS_REMOTE_NOT_LISTENING"),
    (0xc000_00be, "STATUS_BAD_NETWORK_PATH"),
    (0xc000_00bf, "STATUS_NETWORK_BUSY"),
    (0xc000_00c3, "STATUS_INVALID_NETWORK_RESPONSE"),
    (0xc000_00c4, "STATUS_UNEXPECTED_NETWORK_ERROR"),
    (0xc000_00c6, "STATUS_PRINT_QUEUE_FULL"),
    (0xc000_00c9, "STATUS_NETWORK_NAME_DELETED"),
    (0xc000_00ca, "STATUS_NETWORK_ACCESS_DENIED"),
    (0xc000_00cb, "STATUS_BAD_DEVICE_TYPE"),
    (0xc000_00cc, "STATUS_BAD_NETWORK_NAME"),
    (0xc000_00ce, "STATUS_TOO_MANY_SESSIONS"),
    (0xc000_00cf, "STATUS_SHARING_PAUSED"),
    (0xc000_00d0, "STATUS_REQUEST_NOT_ACCEPTED"),
    (0xc000_00d8, "STATUS_CANT_WAIT"),
    (0xc000_00dc, "STATUS_INVALID_SERVER_STATE"),
    (0xc000_00df, "STATUS_NO_SUCH_DOMAIN"),
    (0xc000_00e5, "STATUS_INTERNAL_ERROR"),
    (0xc000_0101, "STATUS_DIRECTORY_NOT_EMPTY"),
    (0xc000_0103, "STATUS_NOT_A_DIRECTORY"),
    (0xc000_011f, "STATUS_TOO_MANY_OPENED_FILES"),
    (0xc000_0120, "STATUS_CANCELLED"),
    (0xc000_0121, "STATUS_CANNOT_DELETE"),
    (0xc000_0123, "STATUS_FILE_DELETED"),
    (0xc000_0128, "STATUS_FILE_CLOSED"),
    (0xc000_0148, "STATUS_INVALID_LEVEL"),
    (0xc000_0155, "STATUS_LOGON_NOT_GRANTED"),
    (0xc000_015b, "STATUS_LOGON_TYPE_NOT_GRANTED"),
    (0xc000_018b, "STATUS_NO_TRUST_SAM_ACCOUNT"),
    (0xc000_018c, "STATUS_TRUSTED_DOMAIN_FAILURE"),
    (0xc000_018d, "STATUS_TRUSTED_RELATIONSHIP_FAILURE"),
    (0xc000_0193, "STATUS_ACCOUNT_EXPIRED"),
    (0xc000_0199, "STATUS_NOLOGON_WORKSTATION_TRUST_ACCOUNT"),
    (0xc000_019a, "STATUS_NOLOGON_SERVER_TRUST_ACCOUNT"),
    (0xc000_019b, "STATUS_DOMAIN_TRUST_INCONSISTENT"),
    (0xc000_019c, "STATUS_FS_DRIVER_REQUIRED"),
    (0xc000_0203, "STATUS_USER_SESSION_DELETED"),
    (0xc000_0205, "STATUS_INSUFF_SERVER_RESOURCES"),
    (0xc000_020c, "STATUS_CONNECTION_DISCONNECTED"),
    (0xc000_020d, "STATUS_CONNECTION_RESET"),
    (0xc000_0224, "STATUS_PASSWORD_MUST_CHANGE"),
    (0xc000_0225, "STATUS_NOT_FOUND"),
    (0xc000_022a, "STATUS_DUPLICATE_OBJECTID"),
    (0xc000_0233, "STATUS_DOMAIN_CONTROLLER_NOT_FOUND"),
    (0xc000_0234, "STATUS_ACCOUNT_LOCKED_OUT"),
    (0xc000_0236, "STATUS_CONNECTION_REFUSED"),
    (0xc000_023c, "STATUS_NETWORK_UNREACHABLE"),
    (0xc000_023d, "STATUS_HOST_UNREACHABLE"),
    (0xc000_0241, "STATUS_CONNECTION_ABORTED"),
    (0xc000_0242, "STATUS_BAD_COMPRESSION_BUFFER"),
    (0xc000_0243, "STATUS_USER_MAPPED_FILE"),
    (0xc000_0257, "STATUS_PATH_NOT_COVERED"),
    (0xc000_026d, "STATUS_DFS_UNAVAILABLE"),
    (0xc000_0275, "STATUS_NOT_A_REPARSE_POINT"),
    (0xc000_035c, "STATUS_NETWORK_SESSION_EXPIRED"),
    (0xc000_0388, "STATUS_DOWNGRADE_DETECTED"),
    (0xc000_0466, "STATUS_SERVER_UNAVAILABLE"),
    (0xc000_0467, "STATUS_FILE_NOT_AVAILABLE"),
    (0xc000_0906, "STATUS_VIRUS_INFECTED"),
    (0xc000_a100, "STATUS_HASH_NOT_SUPPORTED"),
    (0xc05d_0000, "STATUS_SMB_NO_PREAUTH_INTEGRITY_HASH_OVERLAP"),
    (0xc05d_0001, "STATUS_SMB_BAD_CLUSTER_DIALECT"),
];

/// Errors of SMB1 without NT status: class, code, name (MS-CIFS 2.2.2.4), in ascending order.
const CLASSIC: &[((u8, u16), &str)] = &[
    ((1, 1), "ERRbadfunc"),
    ((1, 2), "ERRbadfile"),
    ((1, 3), "ERRbadpath"),
    ((1, 4), "ERRnofids"),
    ((1, 5), "ERRnoaccess"),
    ((1, 6), "ERRbadfid"),
    ((1, 8), "ERRnomem"),
    ((1, 16), "ERRremcd"),
    ((1, 18), "ERRnofiles"),
    ((1, 32), "ERRbadshare"),
    ((1, 33), "ERRlock"),
    ((1, 50), "ERRunsup"),
    ((1, 67), "ERRnosuchshare"),
    ((1, 80), "ERRfilexists"),
    ((1, 87), "ERRinvalidparam"),
    ((1, 124), "ERRunknownlevel"),
    ((1, 230), "ERRbadpipe"),
    ((1, 231), "ERRpipebusy"),
    ((1, 232), "ERRpipeclosing"),
    ((1, 233), "ERRnotconnected"),
    ((1, 234), "ERRmoredata"),
    ((2, 1), "ERRerror"),
    ((2, 2), "ERRbadpw"),
    ((2, 4), "ERRaccess"),
    ((2, 5), "ERRinvtid"),
    ((2, 6), "ERRinvnetname"),
    ((2, 7), "ERRinvdevice"),
    ((2, 22), "ERRunknownsmb"),
    ((2, 64), "ERRbadcmd"),
    ((2, 65), "ERRsrverror"),
    ((2, 81), "ERRtoomanyuids"),
    ((2, 91), "ERRbaduid"),
    ((2, 2239), "ERRaccountExpired"),
    ((2, 2240), "ERRbadClient"),
    ((2, 2241), "ERRbadLogonTime"),
    ((2, 2242), "ERRpasswordExpired"),
    ((3, 19), "ERRnowrite"),
    ((3, 21), "ERRnotready"),
    ((3, 31), "ERRgeneral"),
    ((3, 39), "ERRdiskfull"),
];

/// Name of a status.
pub(in crate::dissect) fn name(status: u32) -> &'static str {
    STATUS
        .binary_search_by_key(&status, |(code, _)| *code)
        .ok()
        .and_then(|at| STATUS.get(at))
        .map_or("unknown", |(_, name)| name)
}

/// How an operation ended by its status. Success, information and warnings are no failures, and a sign-in
/// that goes on, or an answer that comes later, has not ended.
pub(super) fn outcome(status: u32) -> Outcome {
    const ERROR: u32 = 0xc000_0000;
    match status {
        MORE_PROCESSING_REQUIRED | PENDING => Outcome::None,
        code if code & ERROR == ERROR => Outcome::Error {
            code,
            name: name(code),
        },
        _ => Outcome::Ok,
    }
}

/// The same for class and code of SMB1. The error's number is class × 65536 + code.
pub(super) fn classic(class: u8, code: u16) -> Outcome {
    const MORE_DATA: u16 = 234;
    if class == 0 || (class, code) == (1, MORE_DATA) {
        return Outcome::Ok;
    }
    let name = CLASSIC
        .binary_search_by_key(&(class, code), |(key, _)| *key)
        .ok()
        .and_then(|at| CLASSIC.get(at))
        .map_or("unknown", |(_, name)| name);
    Outcome::Error {
        code: u32::from(class) << 16 | u32::from(code),
        name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_in_order_and_large_enough() {
        assert!(STATUS.is_sorted_by_key(|(code, _)| *code));
        assert!(STATUS.len() >= 80);
        assert!(CLASSIC.is_sorted_by_key(|(key, _)| *key));
    }

    #[test]
    fn failures_are_told_from_what_goes_on() {
        let failed = Outcome::Error {
            code: 0xc000_006d,
            name: "STATUS_LOGON_FAILURE",
        };
        assert_eq!(outcome(0xc000_006d), failed);
        assert_eq!(outcome(MORE_PROCESSING_REQUIRED), Outcome::None);
        assert_eq!(outcome(0x8000_0006), Outcome::Ok, "no more files");
        assert_eq!(outcome(0), Outcome::Ok);
        let failed = Outcome::Error {
            code: 0x0002_0002,
            name: "ERRbadpw",
        };
        assert_eq!(classic(2, 2), failed);
        assert_eq!(name(0xc123_4567), "unknown");
    }
}

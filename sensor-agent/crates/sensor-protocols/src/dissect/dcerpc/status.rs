//! How remote procedures fail.
//!
//! Sources: C706, appendix E (status of faults); MS-RPCE 2.2.2.5 (reasons for refusing a bind); MS-ERREF 2.1
//! and 2.2 (results of COM and errors of Windows that these interfaces answer with).

/// Status of a fault, in ascending order.
const FAULTS: &[(u32, &str)] = &[
    (0x0000_0001, "nca_s_fault_other"),
    (0x0000_0005, "nca_s_fault_access_denied"),
    (0x0000_06d8, "nca_s_fault_cant_perform"),
    (0x0000_06f7, "nca_s_fault_ndr"),
    (0x0000_0721, "nca_s_fault_sec_pkg_error"),
    (0x1c00_0001, "nca_s_fault_int_div_by_zero"),
    (0x1c00_0002, "nca_s_fault_addr_error"),
    (0x1c00_0006, "nca_s_fault_invalid_tag"),
    (0x1c00_0007, "nca_s_fault_invalid_bound"),
    (0x1c00_0008, "nca_rpc_version_mismatch"),
    (0x1c00_0009, "nca_unspec_reject"),
    (0x1c00_000b, "nca_who_are_you_failed"),
    (0x1c00_000c, "nca_manager_not_entered"),
    (0x1c00_000d, "nca_s_fault_cancel"),
    (0x1c00_001a, "nca_s_fault_context_mismatch"),
    (0x1c00_001b, "nca_s_fault_remote_no_memory"),
    (0x1c00_001c, "nca_invalid_pres_context_id"),
    (0x1c00_001d, "nca_unsupported_authn_level"),
    (0x1c00_001f, "nca_invalid_checksum"),
    (0x1c00_0024, "nca_s_fault_object_not_found"),
    (0x1c01_0002, "nca_op_rng_error"),
    (0x1c01_0003, "nca_unk_if"),
    (0x1c01_000b, "nca_proto_error"),
    (0x1c01_0013, "nca_out_args_too_big"),
    (0x1c01_0014, "nca_server_too_busy"),
    (0x1c01_0017, "nca_unsupported_type"),
    (0x8001_0108, "RPC_E_DISCONNECTED"),
    (0x8007_0005, "E_ACCESSDENIED"),
    (0x8007_06d1, "RPC_S_PROCNUM_OUT_OF_RANGE"),
    (0x8007_0776, "OR_INVALID_OXID"),
    (0xc002_0030, "RPC_NT_ENTRY_NOT_FOUND"),
];

/// Errors of Windows and results of COM, in ascending order.
const ERRORS: &[(u32, &str)] = &[
    (2, "ERROR_FILE_NOT_FOUND"),
    (3, "ERROR_PATH_NOT_FOUND"),
    (5, "ERROR_ACCESS_DENIED"),
    (6, "ERROR_INVALID_HANDLE"),
    (50, "ERROR_NOT_SUPPORTED"),
    (87, "ERROR_INVALID_PARAMETER"),
    (122, "ERROR_INSUFFICIENT_BUFFER"),
    (123, "ERROR_INVALID_NAME"),
    (124, "ERROR_INVALID_LEVEL"),
    (183, "ERROR_ALREADY_EXISTS"),
    (1051, "ERROR_DEPENDENT_SERVICES_RUNNING"),
    (1053, "ERROR_SERVICE_REQUEST_TIMEOUT"),
    (1056, "ERROR_SERVICE_ALREADY_RUNNING"),
    (1057, "ERROR_INVALID_SERVICE_ACCOUNT"),
    (1058, "ERROR_SERVICE_DISABLED"),
    (1060, "ERROR_SERVICE_DOES_NOT_EXIST"),
    (1061, "ERROR_SERVICE_CANNOT_ACCEPT_CTRL"),
    (1062, "ERROR_SERVICE_NOT_ACTIVE"),
    (1069, "ERROR_SERVICE_LOGON_FAILED"),
    (1072, "ERROR_SERVICE_MARKED_FOR_DELETE"),
    (1073, "ERROR_SERVICE_EXISTS"),
    (1078, "ERROR_DUPLICATE_SERVICE_NAME"),
    (1115, "ERROR_SHUTDOWN_IN_PROGRESS"),
    (2221, "NERR_UserNotFound"),
    (2310, "NERR_NetNameNotFound"),
    (0x8000_4001, "E_NOTIMPL"),
    (0x8000_4002, "E_NOINTERFACE"),
    (0x8000_4005, "E_FAIL"),
    (0x8004_0154, "REGDB_E_CLASSNOTREG"),
    (0x8004_1001, "WBEM_E_FAILED"),
    (0x8004_1002, "WBEM_E_NOT_FOUND"),
    (0x8004_1003, "WBEM_E_ACCESS_DENIED"),
    (0x8004_1010, "WBEM_E_INVALID_CLASS"),
    (0x8004_1017, "WBEM_E_INVALID_QUERY"),
    (0x8004_130f, "SCHED_E_ACCOUNT_INFORMATION_NOT_SET"),
    (0x8007_0002, "ERROR_FILE_NOT_FOUND"),
    (0x8007_0005, "E_ACCESSDENIED"),
    (0x8007_000e, "E_OUTOFMEMORY"),
    (0x8007_0057, "E_INVALIDARG"),
    (0xc004_0004, "OPC_E_BADTYPE"),
    (0xc004_0006, "OPC_E_BADRIGHTS"),
    (0xc004_0007, "OPC_E_UNKNOWNITEMID"),
    (0xc004_0008, "OPC_E_INVALIDITEMID"),
];

/// Reasons for refusing a bind.
const REFUSALS: [&str; 10] = [
    "reason_not_specified",
    "temporary_congestion",
    "local_limit_exceeded",
    "called_paddr_unknown",
    "protocol_version_not_supported",
    "default_context_not_supported",
    "user_data_not_readable",
    "no_psap_available",
    "authentication_type_not_recognized",
    "invalid_checksum",
];

fn find(table: &[(u32, &'static str)], code: u32) -> Option<&'static str> {
    let at = table
        .binary_search_by_key(&code, |(known, _)| *known)
        .ok()?;
    table.get(at).map(|(_, name)| *name)
}

/// Name of the status of a fault.
pub(super) fn fault(code: u32) -> &'static str {
    find(FAULTS, code)
        .or_else(|| find(ERRORS, code))
        .unwrap_or("unknown")
}

/// Name of an error of Windows or a result of COM.
pub(super) fn error(code: u32) -> &'static str {
    find(ERRORS, code).unwrap_or("unknown")
}

/// Name of the reason for refusing a bind.
pub(super) fn refusal(code: u16) -> &'static str {
    REFUSALS
        .get(usize::from(code))
        .copied()
        .unwrap_or("unknown")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_in_order() {
        assert!(FAULTS.is_sorted_by_key(|(code, _)| *code));
        assert!(ERRORS.is_sorted_by_key(|(code, _)| *code));
        assert_eq!(fault(0x1c01_0002), "nca_op_rng_error");
        assert_eq!(fault(0x8000_4005), "E_FAIL");
        assert_eq!(error(7), "unknown");
        assert_eq!(refusal(8), "authentication_type_not_recognized");
    }
}

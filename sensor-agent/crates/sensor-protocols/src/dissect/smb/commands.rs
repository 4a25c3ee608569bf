//! Commands of SMB1 and SMB2, and their second-level codes, by number.
//!
//! Sources: MS-CIFS 2.2.2.1 (commands), 2.2.2.2 (transaction subcommands); MS-SMB2 2.2.1.2 (commands);
//! MS-FSCC 2.3 (FSCTL).

use crate::observation::{Operation, OperationClass as Class};

/// Added to a command of SMB2.
pub const SMB2: u32 = 0x100;

/// Added to the first octet of the protocol identifier of what is no message of its own: an encrypted
/// (FDH) or a compressed (FCH) one.
pub const TRANSFORM: u32 = 0x200;

/// Added to the type of a session packet.
pub const SESSION: u32 = 0x300;

/// Bytes that are no session packet.
pub const UNFRAMED: u32 = 0x3ff;

/// Commands of SMB1.
pub(super) mod smb1 {
    pub(in super::super) const CREATE_DIRECTORY: u8 = 0x00;
    pub(in super::super) const CLOSE: u8 = 0x04;
    pub(in super::super) const CHECK_DIRECTORY: u8 = 0x10;
    pub(in super::super) const LOCKING_ANDX: u8 = 0x24;
    pub(in super::super) const TRANSACTION: u8 = 0x25;
    pub(in super::super) const TRANSACTION_SECONDARY: u8 = 0x26;
    pub(in super::super) const OPEN_ANDX: u8 = 0x2d;
    pub(in super::super) const READ_ANDX: u8 = 0x2e;
    pub(in super::super) const WRITE_ANDX: u8 = 0x2f;
    pub(in super::super) const TRANSACTION2: u8 = 0x32;
    pub(in super::super) const TRANSACTION2_SECONDARY: u8 = 0x33;
    pub(in super::super) const TREE_DISCONNECT: u8 = 0x71;
    pub(in super::super) const NEGOTIATE: u8 = 0x72;
    pub(in super::super) const SESSION_SETUP_ANDX: u8 = 0x73;
    pub(in super::super) const LOGOFF_ANDX: u8 = 0x74;
    pub(in super::super) const TREE_CONNECT_ANDX: u8 = 0x75;
    pub(in super::super) const NT_TRANSACT: u8 = 0xa0;
    pub(in super::super) const NT_TRANSACT_SECONDARY: u8 = 0xa1;
    pub(in super::super) const NT_CREATE_ANDX: u8 = 0xa2;
    pub(in super::super) const NT_CANCEL: u8 = 0xa4;
}

/// Commands of SMB2.
pub(super) mod smb2 {
    pub(in super::super) const NEGOTIATE: u16 = 0;
    pub(in super::super) const SESSION_SETUP: u16 = 1;
    pub(in super::super) const TREE_CONNECT: u16 = 3;
    pub(in super::super) const TREE_DISCONNECT: u16 = 4;
    pub(in super::super) const CREATE: u16 = 5;
    pub(in super::super) const CLOSE: u16 = 6;
    pub(in super::super) const FLUSH: u16 = 7;
    pub(in super::super) const READ: u16 = 8;
    pub(in super::super) const WRITE: u16 = 9;
    pub(in super::super) const LOCK: u16 = 10;
    pub(in super::super) const IOCTL: u16 = 11;
    pub(in super::super) const CANCEL: u16 = 12;
    pub(in super::super) const QUERY_DIRECTORY: u16 = 14;
    pub(in super::super) const CHANGE_NOTIFY: u16 = 15;
    pub(in super::super) const QUERY_INFO: u16 = 16;
    pub(in super::super) const SET_INFO: u16 = 17;
    pub(in super::super) const OPLOCK_BREAK: u16 = 18;
}

/// In ascending order.
const SMB1_COMMANDS: &[(u8, &str, Class)] = &[
    (0x00, "create_directory", Class::File),
    (0x01, "delete_directory", Class::File),
    (0x02, "open", Class::File),
    (0x03, "create", Class::File),
    (0x04, "close", Class::File),
    (0x05, "flush", Class::File),
    (0x06, "delete", Class::File),
    (0x07, "rename", Class::File),
    (0x08, "query_information", Class::File),
    (0x09, "set_information", Class::File),
    (0x0a, "read", Class::File),
    (0x0b, "write", Class::File),
    (0x0c, "lock_byte_range", Class::File),
    (0x0d, "unlock_byte_range", Class::File),
    (0x0e, "create_temporary", Class::File),
    (0x0f, "create_new", Class::File),
    (0x10, "check_directory", Class::File),
    (0x11, "process_exit", Class::Session),
    (0x12, "seek", Class::File),
    (0x13, "lock_and_read", Class::File),
    (0x14, "write_and_unlock", Class::File),
    (0x1a, "read_raw", Class::File),
    (0x1b, "read_mpx", Class::File),
    (0x1c, "read_mpx_secondary", Class::File),
    (0x1d, "write_raw", Class::File),
    (0x1e, "write_mpx", Class::File),
    (0x1f, "write_mpx_secondary", Class::File),
    (0x20, "write_complete", Class::File),
    (0x21, "query_server", Class::Diagnostic),
    (0x22, "set_information2", Class::File),
    (0x23, "query_information2", Class::File),
    (0x24, "locking_andx", Class::File),
    (0x25, "transaction", Class::File),
    (0x26, "transaction_secondary", Class::File),
    (0x27, "ioctl", Class::File),
    (0x28, "ioctl_secondary", Class::File),
    (0x29, "copy", Class::File),
    (0x2a, "move", Class::File),
    (0x2b, "echo", Class::Diagnostic),
    (0x2c, "write_and_close", Class::File),
    (0x2d, "open_andx", Class::File),
    (0x2e, "read_andx", Class::File),
    (0x2f, "write_andx", Class::File),
    (0x30, "new_file_size", Class::File),
    (0x31, "close_and_tree_disconnect", Class::File),
    (0x32, "transaction2", Class::File),
    (0x33, "transaction2_secondary", Class::File),
    (0x34, "find_close2", Class::File),
    (0x35, "find_notify_close", Class::File),
    (0x70, "tree_connect", Class::Session),
    (0x71, "tree_disconnect", Class::Session),
    (0x72, "negotiate", Class::Session),
    (0x73, "session_setup_andx", Class::Auth),
    (0x74, "logoff_andx", Class::Auth),
    (0x75, "tree_connect_andx", Class::Session),
    (0x7e, "security_package_andx", Class::Auth),
    (0x80, "query_information_disk", Class::File),
    (0x81, "search", Class::File),
    (0x82, "find", Class::File),
    (0x83, "find_unique", Class::File),
    (0x84, "find_close", Class::File),
    (0xa0, "nt_transact", Class::File),
    (0xa1, "nt_transact_secondary", Class::File),
    (0xa2, "nt_create_andx", Class::File),
    (0xa4, "nt_cancel", Class::Session),
    (0xa5, "nt_rename", Class::File),
    (0xc0, "open_print_file", Class::File),
    (0xc1, "write_print_file", Class::File),
    (0xc2, "close_print_file", Class::File),
    (0xc3, "get_print_queue", Class::File),
    (0xd8, "read_bulk", Class::File),
    (0xd9, "write_bulk", Class::File),
    (0xda, "write_bulk_data", Class::File),
    (0xfe, "invalid", Class::Unknown),
    (0xff, "no_andx_command", Class::Unknown),
];

/// By number.
const SMB2_COMMANDS: [(&str, Class); 19] = [
    ("negotiate", Class::Session),
    ("session_setup", Class::Auth),
    ("logoff", Class::Auth),
    ("tree_connect", Class::Session),
    ("tree_disconnect", Class::Session),
    ("create", Class::File),
    ("close", Class::File),
    ("flush", Class::File),
    ("read", Class::File),
    ("write", Class::File),
    ("lock", Class::File),
    ("ioctl", Class::File),
    ("cancel", Class::Session),
    ("echo", Class::Diagnostic),
    ("query_directory", Class::File),
    ("change_notify", Class::Event),
    ("query_info", Class::File),
    ("set_info", Class::File),
    ("oplock_break", Class::Event),
];

/// Second-level codes of the transactions: command, code, name of the operation. In ascending order.
const SUBCOMMANDS: &[((u8, u16), &str)] = &[
    ((0x25, 0x0001), "transaction_set_named_pipe_state"),
    ((0x25, 0x0011), "transaction_raw_read_named_pipe"),
    ((0x25, 0x0021), "transaction_query_named_pipe_state"),
    ((0x25, 0x0022), "transaction_query_named_pipe_info"),
    ((0x25, 0x0023), "transaction_peek_named_pipe"),
    ((0x25, 0x0026), "transaction_transact_named_pipe"),
    ((0x25, 0x0031), "transaction_raw_write_named_pipe"),
    ((0x25, 0x0036), "transaction_read_named_pipe"),
    ((0x25, 0x0037), "transaction_write_named_pipe"),
    ((0x25, 0x0053), "transaction_wait_named_pipe"),
    ((0x25, 0x0054), "transaction_call_named_pipe"),
    ((0x32, 0x0000), "transaction2_open"),
    ((0x32, 0x0001), "transaction2_find_first"),
    ((0x32, 0x0002), "transaction2_find_next"),
    ((0x32, 0x0003), "transaction2_query_file_system_information"),
    ((0x32, 0x0004), "transaction2_set_file_system_information"),
    ((0x32, 0x0005), "transaction2_query_path_information"),
    ((0x32, 0x0006), "transaction2_set_path_information"),
    ((0x32, 0x0007), "transaction2_query_file_information"),
    ((0x32, 0x0008), "transaction2_set_file_information"),
    ((0x32, 0x0009), "transaction2_fsctl"),
    ((0x32, 0x000a), "transaction2_ioctl"),
    ((0x32, 0x000b), "transaction2_find_notify_first"),
    ((0x32, 0x000c), "transaction2_find_notify_next"),
    ((0x32, 0x000d), "transaction2_create_directory"),
    ((0x32, 0x000e), "transaction2_session_setup"),
    ((0x32, 0x0010), "transaction2_get_dfs_referral"),
    ((0x32, 0x0011), "transaction2_report_dfs_inconsistency"),
    ((0xa0, 0x0001), "nt_transact_create"),
    ((0xa0, 0x0002), "nt_transact_ioctl"),
    ((0xa0, 0x0003), "nt_transact_set_security_descriptor"),
    ((0xa0, 0x0004), "nt_transact_notify_change"),
    ((0xa0, 0x0005), "nt_transact_rename"),
    ((0xa0, 0x0006), "nt_transact_query_security_descriptor"),
    ((0xa0, 0x0007), "nt_transact_get_user_quota"),
    ((0xa0, 0x0008), "nt_transact_set_user_quota"),
];

/// Control codes of SMB2 IOCTL that servers know.
const CONTROLS: &[(u32, &str)] = &[
    (0x0006_0194, "ioctl_dfs_get_referrals"),
    (0x0006_01b0, "ioctl_dfs_get_referrals_ex"),
    (0x0009_009c, "ioctl_get_object_id"),
    (0x0009_00a4, "ioctl_set_reparse_point"),
    (0x0009_00a8, "ioctl_get_reparse_point"),
    (0x0009_00ac, "ioctl_delete_reparse_point"),
    (0x0009_00c0, "ioctl_create_or_get_object_id"),
    (0x0009_00c4, "ioctl_set_sparse"),
    (0x0009_4cf7, "ioctl_query_allocated_ranges"),
    (0x0009_80c8, "ioctl_set_zero_data"),
    (0x0011_0018, "ioctl_pipe_wait"),
    (0x0011_400c, "ioctl_pipe_peek"),
    (0x0011_c017, "ioctl_pipe_transceive"),
    (0x0014_0078, "ioctl_request_resume_key"),
    (0x0014_0204, "ioctl_validate_negotiate_info"),
    (0x0014_01bb, "ioctl_srv_read_hash"),
    (0x0014_01d4, "ioctl_lmr_request_resiliency"),
    (0x0014_01fc, "ioctl_query_network_interface_info"),
    (0x0014_4064, "ioctl_enumerate_snapshots"),
    (0x0014_40f2, "ioctl_copychunk"),
    (0x0014_80f2, "ioctl_copychunk_write"),
];

/// The control code that writes to a pipe and reads its answer.
pub(super) const PIPE_TRANSCEIVE: u32 = 0x0011_c017;

/// The subcommand that does the same in SMB1.
pub(super) const TRANSACT_NAMED_PIPE: u16 = 0x0026;

/// An operation of SMB1. A transaction goes by its subcommand.
pub(super) fn smb1_operation(command: u8, sub: Option<u16>) -> Operation {
    let row = SMB1_COMMANDS
        .binary_search_by_key(&command, |(code, ..)| *code)
        .ok()
        .and_then(|at| SMB1_COMMANDS.get(at));
    let (name, class) = row.map_or(("unknown", Class::Unknown), |(_, name, class)| {
        (*name, *class)
    });
    let is_transaction = matches!(command, 0x25 | 0x32 | 0xa0);
    let known = sub
        .filter(|_| is_transaction)
        .map(|sub| subcommand(command, sub));
    Operation {
        code: u32::from(command),
        sub: sub.map(u32::from),
        name: known.unwrap_or(name),
        class,
    }
}

fn subcommand(command: u8, sub: u16) -> &'static str {
    SUBCOMMANDS
        .binary_search_by_key(&(command, sub), |(key, _)| *key)
        .ok()
        .and_then(|at| SUBCOMMANDS.get(at))
        .map_or("unknown", |(_, name)| name)
}

/// An operation of SMB2. `sub` is the control code of an IOCTL, and type × 256 + class of information.
pub(super) fn smb2_operation(command: u16, sub: Option<u32>) -> Operation {
    let row = SMB2_COMMANDS.get(usize::from(command));
    let (name, class) = row.copied().unwrap_or(("unknown", Class::Unknown));
    let name = match (command, sub) {
        (smb2::IOCTL, Some(code)) => control(code),
        (smb2::SET_INFO, Some(0x010d)) => "set_info_disposition",
        (smb2::SET_INFO, Some(0x010a)) => "set_info_rename",
        _ => name,
    };
    Operation {
        code: SMB2.saturating_add(u32::from(command)),
        sub,
        name,
        class,
    }
}

/// Drivers add codes of their own, so one without a name is still a control.
fn control(code: u32) -> &'static str {
    CONTROLS
        .iter()
        .find(|(known, _)| *known == code)
        .map_or("ioctl", |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_in_order() {
        assert!(SMB1_COMMANDS.is_sorted_by_key(|(code, ..)| *code));
        assert!(SUBCOMMANDS.is_sorted_by_key(|(key, _)| *key));
    }

    #[test]
    fn transactions_go_by_their_subcommand() {
        let implant = smb1_operation(smb1::TRANSACTION2, Some(0x0e));
        assert_eq!((implant.code, implant.sub), (0x32, Some(0x0e)));
        assert_eq!(implant.name, "transaction2_session_setup");
        assert_eq!(smb1_operation(0x25, Some(0x99)).name, "unknown");
        assert_eq!(smb1_operation(0x15, None).name, "unknown");
        assert_eq!(smb2_operation(19, None).name, "unknown");
        let pipe = smb2_operation(smb2::IOCTL, Some(PIPE_TRANSCEIVE));
        assert_eq!((pipe.code, pipe.name), (0x10b, "ioctl_pipe_transceive"));
    }
}

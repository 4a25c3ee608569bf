//! Commands and options of Telnet.
//!
//! Sources: RFC 854 and RFC 885 (commands), the IANA registry "Telnet Options".

use crate::dissect::tables::name_of;

pub(super) const IAC: u8 = 255;
pub(super) const SB: u8 = 250;
pub(super) const SE: u8 = 240;
/// Options: terminal type (RFC 1091) and encryption (RFC 2946), start TLS.
pub(super) const TERMINAL_TYPE: u8 = 24;

const COMMANDS: &[(u16, &str)] = &[
    (236, "end_of_file"),
    (237, "suspend"),
    (238, "abort"),
    (239, "end_of_record"),
    (240, "subnegotiation_end"),
    (241, "no_operation"),
    (242, "data_mark"),
    (243, "break"),
    (244, "interrupt_process"),
    (245, "abort_output"),
    (246, "are_you_there"),
    (247, "erase_character"),
    (248, "erase_line"),
    (249, "go_ahead"),
    (250, "subnegotiation"),
    (251, "will"),
    (252, "wont"),
    (253, "do"),
    (254, "dont"),
];

/// Name of a command.
pub(super) fn command_name(code: u8) -> Option<&'static str> {
    name_of(COMMANDS, u16::from(code))
}

const OPTIONS: &[(u16, &str)] = &[
    (0, "binary_transmission"),
    (1, "echo"),
    (2, "reconnection"),
    (3, "suppress_go_ahead"),
    (4, "message_size"),
    (5, "status"),
    (6, "timing_mark"),
    (7, "remote_controlled_trans_and_echo"),
    (8, "output_line_width"),
    (9, "output_page_size"),
    (10, "carriage_return_disposition"),
    (17, "extended_ascii"),
    (18, "logout"),
    (19, "byte_macro"),
    (20, "data_entry_terminal"),
    (21, "supdup"),
    (22, "supdup_output"),
    (23, "send_location"),
    (24, "terminal_type"),
    (25, "end_of_record"),
    (26, "tacacs_user_identification"),
    (27, "output_marking"),
    (28, "terminal_location_number"),
    (29, "regime_3270"),
    (30, "x3_pad"),
    (31, "window_size"),
    (32, "terminal_speed"),
    (33, "remote_flow_control"),
    (34, "linemode"),
    (35, "x_display_location"),
    (36, "environment"),
    (37, "authentication"),
    (38, "encryption"),
    (39, "new_environment"),
    (40, "tn3270e"),
    (42, "charset"),
    (44, "com_port_control"),
    (46, "start_tls"),
    (47, "kermit"),
    (255, "extended_options_list"),
];

/// Name of an option.
pub(super) fn option_name(option: u8) -> Option<&'static str> {
    name_of(OPTIONS, u16::from(option))
}

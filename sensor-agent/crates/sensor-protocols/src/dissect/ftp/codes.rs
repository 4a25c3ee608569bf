//! Commands of FTP.
//!
//! Source: the IANA registry "FTP Commands and Extensions" (RFC 959, 1639, 2228, 2389, 2428, 2640, 3659, 7151).

use crate::observation::OperationClass as Class;

/// What stands behind the verb, as far as it may be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Argument {
    /// Nothing, or nothing that is told.
    None,
    /// A secret: that there is one is told.
    Secret,
    User,
    /// A file that is transferred or changed.
    File,
    /// A directory, or what is listed.
    Path,
    /// A security mechanism.
    Mechanism,
    /// Octets of address and port (RFC 959, 4.1.2).
    Port,
    /// The same for any network protocol (RFC 2428, 2).
    ExtendedPort,
    /// A word whose rest may hold secrets.
    Word,
}

/// A command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Command {
    /// `operation.code`; the protocol has no numbers.
    pub(super) code: u32,
    pub(super) name: &'static str,
    pub(super) class: Class,
    pub(super) argument: Argument,
}

const fn row(code: u32, name: &'static str, class: Class, argument: Argument) -> Command {
    Command {
        code,
        name,
        class,
        argument,
    }
}

/// Of a command that the registry does not have.
pub(super) const UNKNOWN: Command = row(0, "unknown", Class::Unknown, Argument::None);

pub(super) const COMMANDS: &[Command] = &[
    row(1, "USER", Class::Auth, Argument::User),
    row(2, "PASS", Class::Auth, Argument::Secret),
    row(3, "ACCT", Class::Auth, Argument::Secret),
    row(4, "AUTH", Class::Auth, Argument::Mechanism),
    row(5, "ADAT", Class::Auth, Argument::Secret),
    row(6, "PBSZ", Class::Session, Argument::None),
    row(7, "PROT", Class::Session, Argument::Word),
    row(8, "CCC", Class::Session, Argument::None),
    row(9, "CWD", Class::Session, Argument::Path),
    row(10, "CDUP", Class::Session, Argument::None),
    row(11, "SMNT", Class::Session, Argument::Path),
    row(12, "REIN", Class::Session, Argument::None),
    row(13, "QUIT", Class::Session, Argument::None),
    row(14, "PORT", Class::Session, Argument::Port),
    row(15, "PASV", Class::Session, Argument::None),
    row(16, "EPRT", Class::Session, Argument::ExtendedPort),
    row(17, "EPSV", Class::Session, Argument::None),
    row(18, "TYPE", Class::Session, Argument::Word),
    row(19, "STRU", Class::Session, Argument::Word),
    row(20, "MODE", Class::Session, Argument::Word),
    row(21, "RETR", Class::File, Argument::File),
    row(22, "STOR", Class::File, Argument::File),
    row(23, "STOU", Class::File, Argument::File),
    row(24, "APPE", Class::File, Argument::File),
    row(25, "ALLO", Class::File, Argument::None),
    row(26, "REST", Class::File, Argument::None),
    row(27, "RNFR", Class::File, Argument::File),
    row(28, "RNTO", Class::File, Argument::File),
    row(29, "ABOR", Class::Session, Argument::None),
    row(30, "DELE", Class::File, Argument::File),
    row(31, "RMD", Class::File, Argument::Path),
    row(32, "MKD", Class::File, Argument::Path),
    row(33, "PWD", Class::Read, Argument::None),
    row(34, "LIST", Class::Read, Argument::Path),
    row(35, "NLST", Class::Read, Argument::Path),
    row(36, "SITE", Class::Config, Argument::Word),
    row(37, "SYST", Class::Discovery, Argument::None),
    row(38, "STAT", Class::Discovery, Argument::Path),
    row(39, "HELP", Class::Discovery, Argument::Word),
    row(40, "NOOP", Class::Session, Argument::None),
    row(41, "FEAT", Class::Discovery, Argument::None),
    row(42, "OPTS", Class::Session, Argument::Word),
    row(43, "LANG", Class::Session, Argument::Word),
    row(44, "SIZE", Class::Read, Argument::File),
    row(45, "MDTM", Class::Read, Argument::File),
    row(46, "MLST", Class::Read, Argument::Path),
    row(47, "MLSD", Class::Read, Argument::Path),
    row(48, "HOST", Class::Session, Argument::Path),
    row(49, "MIC", Class::Session, Argument::None),
    row(50, "CONF", Class::Session, Argument::None),
    row(51, "ENC", Class::Session, Argument::None),
    row(52, "LPRT", Class::Session, Argument::None),
    row(53, "LPSV", Class::Session, Argument::None),
    row(54, "XCUP", Class::Session, Argument::None),
    row(55, "XCWD", Class::Session, Argument::Path),
    row(56, "XMKD", Class::File, Argument::Path),
    row(57, "XPWD", Class::Read, Argument::None),
    row(58, "XRMD", Class::File, Argument::Path),
    row(59, "CLNT", Class::Session, Argument::Word),
    row(60, "MFMT", Class::File, Argument::File),
    row(61, "HASH", Class::Read, Argument::File),
    row(62, "XCRC", Class::Read, Argument::File),
    row(63, "XMD5", Class::Read, Argument::File),
    row(64, "XSHA1", Class::Read, Argument::File),
];

/// The command with this verb, in any case (RFC 959, 5.3).
pub(super) fn command_of(verb: &[u8]) -> Option<Command> {
    COMMANDS
        .iter()
        .find(|command| verb.eq_ignore_ascii_case(command.name.as_bytes()))
        .copied()
}

/// Negative replies (RFC 959, 4.2; RFC 2228, 5; RFC 2428).
const REPLIES: &[(u16, &str)] = &[
    (421, "service_not_available"),
    (425, "cannot_open_data_connection"),
    (426, "transfer_aborted"),
    (430, "invalid_credential"),
    (431, "security_resource_unavailable"),
    (434, "host_not_available"),
    (450, "file_busy"),
    (451, "local_error"),
    (452, "insufficient_storage"),
    (500, "syntax_error"),
    (501, "syntax_error_in_parameters"),
    (502, "command_not_implemented"),
    (503, "bad_sequence"),
    (504, "parameter_not_implemented"),
    (522, "network_protocol_not_supported"),
    (530, "not_logged_in"),
    (532, "account_needed"),
    (533, "protection_level_denied"),
    (534, "request_denied"),
    (535, "failed_security_check"),
    (536, "protection_level_not_supported"),
    (537, "command_protection_not_supported"),
    (550, "file_unavailable"),
    (551, "page_type_unknown"),
    (552, "storage_exceeded"),
    (553, "file_name_not_allowed"),
];

/// Name of a reply that refuses.
pub(super) fn reply_name(code: u16) -> &'static str {
    crate::dissect::tables::name_of(REPLIES, code).unwrap_or("unknown")
}

//! Caps of FTP.

/// Octets of a line of FTP that are waited for; servers refuse lines of more than 512 to 4096. Of a longer one
/// that much is told, shown as `limit_reached`, and its rest is passed.
pub const FTP_LINE_BYTES: usize = 65_536;

/// Octets told of one text of an FTP command or reply. More is cut, shown as `limit_reached`.
pub const FTP_TEXT_BYTES: usize = 1024;

/// FTP commands waiting for their reply on one connection: clients send one at a time, some a few. The oldest
/// makes room, shown as `limit_reached` on the command.
pub const FTP_OPEN_COMMANDS: usize = 16;

/// Octets of a line of FTP, Telnet or SSH from which on its length is told; programs send shorter ones.
pub const LONG_LINE_BYTES: usize = 4096;

//! Numbers that the dissectors add to codes, so that operations of different kinds never have one
//! code. Detection knows observations only, not dissectors; the tests of the types, which play
//! packets, show that the numbers are the same.

/// CIP: bit of a PCCC command; the rest is the command, the second-level code its function.
pub(super) const PCCC: u32 = 0x1_0000;

/// EtherNet/IP: I/O data, which have no command.
pub(super) const ENIP_IO: u32 = 0x1_0000;

/// S7comm: added to the group of userdata; from [`S7_OTHER`] on are kinds that are not defined.
pub(super) const S7_USERDATA: u32 = 0x100;
pub(super) const S7_OTHER: u32 = 0x200;

/// S7comm-plus: from here on are messages without a function.
pub(super) const S7_PLUS_OTHER: u32 = 0x1_0000;

/// MELSEC: added to the commands of MELSOFT.
pub(super) const MELSOFT: u32 = 0x1_0000;

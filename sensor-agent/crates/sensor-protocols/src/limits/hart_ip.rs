//! Caps of HART-IP.

/// Octets of a HART-IP message that are looked at: the longest direct PDU of HCF_SPEC-85 has 1220 octets;
/// records of an audit log may fill 65 535. Of a longer one the rest is passed over, shown as `limit_reached`.
pub const HART_IP_BYTES: usize = 4096;

/// Commands told of one direct PDU: as many as fit 1220 octets with a few octets of data each. The rest
/// is shown as `limit_reached`.
pub const HART_IP_COMMANDS: usize = 64;

//! Caps of EtherCAT.

/// Datagrams told of one frame: more than 1500 octets have room for, at 12 octets each. A chain that
/// goes on is shown as `limit_reached`.
pub const ETHERCAT_DATAGRAMS: usize = 128;

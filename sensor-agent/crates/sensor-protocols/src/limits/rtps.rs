//! Caps of RTPS.

/// Octets of an RTPS message that are looked at: the largest datagram.
pub const RTPS_MESSAGE: usize = 65_535;

/// Submessages walked over in one RTPS message: more than implementations put into one. What comes behind them is not
/// told, shown as `limit_reached`.
pub const RTPS_SUBMESSAGES: usize = 64;

/// Parameters walked over in one list: more than the discovery has.
pub const RTPS_PARAMETERS: usize = 256;

//! Caps of MELSEC communication.

use std::time::Duration;

/// Octets of a frame that are looked at: a request reads or writes up to 960 words, in ASCII four octets each. Of
/// a longer one the rest is passed over, shown as `limit_reached`.
pub const MELSEC_BYTES: usize = 8192;

/// How long a request in frame 3E over UDP, which has no number, waits for its response when another one follows: a
/// datagram can be lost, and then the responses of all that follow would be taken for those of the one before. A client
/// that asks again so late has given up.
pub const MELSEC_WAIT: Duration = Duration::from_secs(1);

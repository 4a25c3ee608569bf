//! Caps of MELSEC communication.

use std::time::Duration;

/// Octets of a frame that are looked at: a request reads or writes up to 960 words, in ASCII four octets each. Of
/// a longer one the rest is passed over, shown as `limit_reached`.
pub const MELSEC_BYTES: usize = 8192;

/// Requests in frame 3E have no number: their responses are taken in order. A datagram can be lost, octets can be missed,
/// and then each response would be taken for that of the request before. A client that asks again so long after its
/// latest request does not wait for it any more: from there on the order holds again. One unit of the monitoring timer.
pub const MELSEC_WAIT: Duration = Duration::from_millis(250);

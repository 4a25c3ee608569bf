//! Caps of the ISO transport and S7comm.

/// Octets kept of a transport service data unit (ISO 8073) that comes in several TPDUs: the largest
/// TPDU there is. More is cut and shows as `limit_reached`.
pub const COTP_TSDU_BYTES: usize = 8192;

/// S7comm jobs of each side waiting for their acknowledgement on one connection. Partners agree on
/// the number of parallel jobs when they set up communication, 8 for most controllers and 32 for
/// the largest. The oldest makes room, shown as `limit_reached` on the job.
pub const S7COMM_OPEN_JOBS: usize = 32;

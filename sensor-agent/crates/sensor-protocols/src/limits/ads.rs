//! Caps of ADS.

/// Octets of an AMS message that are looked at: headers, and what writes and names have in front. Uploads of
/// symbols take megabytes; the rest is passed over, shown as `limit_reached`.
pub const ADS_BYTES: usize = 8192;

/// Tags of one datagram of discovery: 18 kinds are known, each comes once. More are shown as
/// `limit_reached`.
pub const ADS_TAGS: u32 = 32;

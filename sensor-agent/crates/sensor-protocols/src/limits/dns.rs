//! Caps of DNS.

/// Open queries remembered on one DNS flow. A power of two.
pub const DNS_OPEN_QUERIES: usize = 16;

/// Questions decoded in one DNS message; more are [`LimitReached`](crate::observation::Anomaly).
pub const DNS_QUESTIONS: usize = 32;

/// Addresses reported of one DNS message.
pub const DNS_ANSWERS: usize = 64;

/// Labels and compression pointers of one DNS name: 127 labels fit into the longest name.
pub const DNS_LABELS: usize = 160;

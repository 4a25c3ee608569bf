//! Caps of TLS and its predecessors.

/// Octets kept of a TLS handshake message that comes in several records: certificate chains take 2 to 10 KiB. Of
/// a longer one nothing but its type is told, shown as `limit_reached`.
pub const TLS_HANDSHAKE_BYTES: usize = 32_768;

/// Cipher suites or signature algorithms of one TLS hello that are looked at: clients offer up to some 100. With
/// more there is no fingerprint, shown as `limit_reached`.
pub const TLS_SUITES: usize = 256;

/// Extensions of one TLS hello that are looked at: clients send up to some 25. More show as `limit_reached`.
pub const TLS_EXTENSIONS: usize = 64;

/// Application protocols told of one TLS client hello; browsers offer two.
pub const TLS_ALPN: usize = 8;

/// Octets told of one name in TLS: a DNS name has at most 255. More is cut, shown as `limit_reached`.
pub const TLS_TEXT_BYTES: usize = 256;

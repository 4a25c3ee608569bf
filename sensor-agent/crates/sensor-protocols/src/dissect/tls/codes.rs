//! Numbers of TLS and their names.
//!
//! Source: the IANA registries "TLS Parameters" and "TLS `ExtensionType` Values"; for SSL 2.0 the draft of
//! 1995 (Hickman), for SSL 3.0 RFC 6101.

use crate::dissect::tables::name_of;

/// Content types of records.
pub(super) mod content {
    pub(in super::super) const CHANGE_CIPHER_SPEC: u8 = 20;
    pub(in super::super) const ALERT: u8 = 21;
    pub(in super::super) const HANDSHAKE: u8 = 22;
    pub(in super::super) const APPLICATION_DATA: u8 = 23;
    pub(in super::super) const HEARTBEAT: u8 = 24;
}

/// Handshake messages that are looked into.
pub(super) mod handshake {
    pub(in super::super) const CLIENT_HELLO: u8 = 1;
    pub(in super::super) const SERVER_HELLO: u8 = 2;
    pub(in super::super) const CERTIFICATE: u8 = 11;
}

/// TLS 1.3 as a version.
pub(super) const TLS13: u16 = 0x0304;

/// Name of a record, clear and encrypted.
pub(super) const fn record_name(kind: u8, encrypted: bool) -> &'static str {
    match (kind, encrypted) {
        (content::CHANGE_CIPHER_SPEC, _) => "change_cipher_spec",
        (content::ALERT, false) => "alert",
        (content::ALERT, true) => "encrypted_alert",
        (content::HANDSHAKE, false) => "handshake",
        (content::HANDSHAKE, true) => "encrypted_handshake",
        (content::APPLICATION_DATA, _) => "application_data",
        (content::HEARTBEAT, false) => "heartbeat",
        (content::HEARTBEAT, true) => "encrypted_heartbeat",
        _ => "unknown",
    }
}

const HANDSHAKES: &[(u16, &str)] = &[
    (0, "hello_request"),
    (1, "client_hello"),
    (2, "server_hello"),
    (3, "hello_verify_request"),
    (4, "new_session_ticket"),
    (5, "end_of_early_data"),
    (6, "hello_retry_request"),
    (8, "encrypted_extensions"),
    (9, "request_connection_id"),
    (10, "new_connection_id"),
    (11, "certificate"),
    (12, "server_key_exchange"),
    (13, "certificate_request"),
    (14, "server_hello_done"),
    (15, "certificate_verify"),
    (16, "client_key_exchange"),
    (17, "client_certificate_request"),
    (20, "finished"),
    (21, "certificate_url"),
    (22, "certificate_status"),
    (23, "supplemental_data"),
    (24, "key_update"),
    (25, "compressed_certificate"),
    (26, "ekt_key"),
    (254, "message_hash"),
];

/// Name of a handshake message.
pub(super) fn handshake_name(kind: u8) -> Option<&'static str> {
    name_of(HANDSHAKES, u16::from(kind))
}

const ALERTS: &[(u16, &str)] = &[
    (0, "close_notify"),
    (10, "unexpected_message"),
    (20, "bad_record_mac"),
    (21, "decryption_failed"),
    (22, "record_overflow"),
    (30, "decompression_failure"),
    (40, "handshake_failure"),
    (41, "no_certificate"),
    (42, "bad_certificate"),
    (43, "unsupported_certificate"),
    (44, "certificate_revoked"),
    (45, "certificate_expired"),
    (46, "certificate_unknown"),
    (47, "illegal_parameter"),
    (48, "unknown_ca"),
    (49, "access_denied"),
    (50, "decode_error"),
    (51, "decrypt_error"),
    (52, "too_many_cids_requested"),
    (60, "export_restriction"),
    (70, "protocol_version"),
    (71, "insufficient_security"),
    (80, "internal_error"),
    (86, "inappropriate_fallback"),
    (90, "user_canceled"),
    (100, "no_renegotiation"),
    (109, "missing_extension"),
    (110, "unsupported_extension"),
    (111, "certificate_unobtainable"),
    (112, "unrecognized_name"),
    (113, "bad_certificate_status_response"),
    (114, "bad_certificate_hash_value"),
    (115, "unknown_psk_identity"),
    (116, "certificate_required"),
    (117, "general_error"),
    (120, "no_application_protocol"),
    (121, "ech_required"),
];

/// Name of an alert.
pub(super) fn alert_name(description: u8) -> Option<&'static str> {
    name_of(ALERTS, u16::from(description))
}

/// Name of a version.
pub(super) const fn version_name(version: u16) -> Option<&'static str> {
    Some(match version {
        0x0002 => "SSL 2.0",
        0x0300 => "SSL 3.0",
        0x0301 => "TLS 1.0",
        0x0302 => "TLS 1.1",
        0x0303 => "TLS 1.2",
        TLS13 => "TLS 1.3",
        _ => return None,
    })
}

/// Whether a value is one that clients send to keep servers tolerant (RFC 8701).
pub(super) const fn is_grease(value: u16) -> bool {
    let [high, low] = value.to_be_bytes();
    high == low && low & 0x0f == 0x0a
}

/// Why a cipher suite protects nothing or little: no encryption, keys of 40 bits, no authentication, ciphers that
/// are broken or have blocks of 64 bits (RFC 7465, RFC 5469, RFC 9325).
pub(super) const fn weakness(suite: u16) -> Option<&'static str> {
    Some(match suite {
        0x0000..=0x0002
        | 0x002c..=0x002e
        | 0x003b
        | 0x00b0
        | 0x00b1
        | 0x00b4
        | 0x00b5
        | 0x00b8
        | 0x00b9
        | 0xc001
        | 0xc006
        | 0xc00b
        | 0xc010
        | 0xc015
        | 0xc039..=0xc03b
        | 0xc0b4
        | 0xc0b5 => "null",
        0x0003
        | 0x0006
        | 0x0008
        | 0x000b
        | 0x000e
        | 0x0011
        | 0x0014
        | 0x0017
        | 0x0019
        | 0x0026..=0x002b
        | 0x0060..=0x0065 => "export",
        0x0018
        | 0x001a
        | 0x001b
        | 0x0034
        | 0x003a
        | 0x0046
        | 0x006c
        | 0x006d
        | 0x0089
        | 0x009b
        | 0x00a6
        | 0x00a7
        | 0x00bf
        | 0x00c5
        | 0xc016..=0xc019 => "anonymous",
        0x0004 | 0x0005 | 0x0020 | 0x0024 | 0x0066 | 0x008a | 0x008e | 0x0092 | 0xc002 | 0xc007
        | 0xc00c | 0xc011 | 0xc033 => "rc4",
        0x0009 | 0x000c | 0x000f | 0x0012 | 0x0015 | 0x001e | 0x0022 => "des",
        0x0007
        | 0x000a
        | 0x000d
        | 0x0010
        | 0x0013
        | 0x0016
        | 0x001f
        | 0x0021
        | 0x0023
        | 0x0025
        | 0x008b
        | 0x008f
        | 0x0093
        | 0xc003
        | 0xc008
        | 0xc00d
        | 0xc012
        | 0xc01a..=0xc01c
        | 0xc034 => "64_bit_block",
        _ => return None,
    })
}

//! Packet types, reason codes and Sparkplug messages.

use crate::dissect::message::Row;
use crate::observation::OperationClass::{Auth, Control, Event, Read, Session, Write};
use crate::observation::{OperationClass, Outcome};

/// Packet types (5.0, table 2-1).
pub(super) const PACKETS: &[Row] = &[
    (1, "connect", Session),
    (2, "connack", Session),
    (3, "publish", Write),
    (4, "puback", Session),
    (5, "pubrec", Session),
    (6, "pubrel", Session),
    (7, "pubcomp", Session),
    (8, "subscribe", Read),
    (9, "suback", Read),
    (10, "unsubscribe", Session),
    (11, "unsuback", Session),
    (12, "pingreq", Session),
    (13, "pingresp", Session),
    (14, "disconnect", Session),
    (15, "auth", Auth),
];

/// Return codes of CONNACK in versions 3 (3.1.1, table 3.1).
const RETURN_CODES: [&str; 6] = [
    "accepted",
    "unacceptable_protocol_version",
    "identifier_rejected",
    "server_unavailable",
    "bad_user_name_or_password",
    "not_authorized",
];

/// Reason codes that tell of a failure (5.0, 2.4).
const REASONS: &[(u16, &str)] = &[
    (0x80, "unspecified_error"),
    (0x81, "malformed_packet"),
    (0x82, "protocol_error"),
    (0x83, "implementation_specific_error"),
    (0x84, "unsupported_protocol_version"),
    (0x85, "client_identifier_not_valid"),
    (0x86, "bad_user_name_or_password"),
    (0x87, "not_authorized"),
    (0x88, "server_unavailable"),
    (0x89, "server_busy"),
    (0x8a, "banned"),
    (0x8b, "server_shutting_down"),
    (0x8c, "bad_authentication_method"),
    (0x8d, "keep_alive_timeout"),
    (0x8e, "session_taken_over"),
    (0x8f, "topic_filter_invalid"),
    (0x90, "topic_name_invalid"),
    (0x91, "packet_identifier_in_use"),
    (0x92, "packet_identifier_not_found"),
    (0x93, "receive_maximum_exceeded"),
    (0x94, "topic_alias_invalid"),
    (0x95, "packet_too_large"),
    (0x96, "message_rate_too_high"),
    (0x97, "quota_exceeded"),
    (0x98, "administrative_action"),
    (0x99, "payload_format_invalid"),
    (0x9a, "retain_not_supported"),
    (0x9b, "qos_not_supported"),
    (0x9c, "use_another_server"),
    (0x9d, "server_moved"),
    (0x9e, "shared_subscriptions_not_supported"),
    (0x9f, "connection_rate_exceeded"),
    (0xa0, "maximum_connect_time"),
    (0xa1, "subscription_identifiers_not_supported"),
    (0xa2, "wildcard_subscriptions_not_supported"),
];

/// Outcome by the return code of CONNACK in versions 3.
pub(super) fn returned(code: u8) -> Outcome {
    if code == 0 {
        return Outcome::Ok;
    }
    let name = RETURN_CODES.get(usize::from(code)).copied();
    Outcome::Error {
        code: u32::from(code),
        name: name.unwrap_or("unknown"),
    }
}

/// Outcome by a reason code.
pub(super) fn reason(code: u8) -> Outcome {
    if code < 0x80 {
        return Outcome::Ok;
    }
    Outcome::Error {
        code: u32::from(code),
        name: crate::dissect::tables::name_of(REASONS, u16::from(code)).unwrap_or("unknown"),
    }
}

/// Messages of Sparkplug B by the part of the topic that names them (Sparkplug 3.0.0, 4.1).
pub mod sparkplug {
    use super::{Control, Event, OperationClass, Session};

    /// What stands before group and message in a topic.
    pub const NAMESPACE: &str = "spBv1.0";

    /// Word of the topic, number in `operation.sub`, class.
    pub const MESSAGES: [(&str, u32, OperationClass); 9] = [
        ("NBIRTH", 1, Event),
        ("NDEATH", 2, Event),
        ("DBIRTH", 3, Event),
        ("DDEATH", 4, Event),
        ("NDATA", 5, Event),
        ("DDATA", 6, Event),
        ("NCMD", 7, Control),
        ("DCMD", 8, Control),
        ("STATE", 9, Session),
    ];
}

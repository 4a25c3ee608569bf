//! Submessages (table 8.33, 9.4.5.1.1), entities (table 9.4), parameters (table 9.13) and vendors.

use crate::dissect::message::Row;
use crate::observation::OperationClass::{Event, Session};

pub(super) const PAD: u8 = 0x01;
pub(super) const ACKNACK: u8 = 0x06;
pub(super) const HEARTBEAT: u8 = 0x07;
pub(super) const GAP: u8 = 0x08;
pub(super) const INFO_TS: u8 = 0x09;
pub(super) const NACK_FRAG: u8 = 0x12;
pub(super) const HEARTBEAT_FRAG: u8 = 0x13;
pub(super) const DATA: u8 = 0x15;
pub(super) const DATA_FRAG: u8 = 0x16;

pub(super) const SUBMESSAGES: &[Row] = &[
    (0x02, "data_version_1", Event),
    (0x03, "data_without_key_version_1", Event),
    (0x06, "acknack", Session),
    (0x07, "heartbeat", Session),
    (0x08, "gap", Session),
    (0x12, "nack_frag", Session),
    (0x13, "heartbeat_frag", Session),
    (0x15, "data", Event),
    (0x16, "data_frag", Event),
    (0x30, "secured_body", Session),
    (0x31, "secured_prefix", Session),
    (0x32, "secured_postfix", Session),
    (0x33, "secured_message_prefix", Session),
    (0x34, "secured_message_postfix", Session),
];

/// Submessages that only say how others are to be read.
pub(super) const fn is_context(kind: u8) -> bool {
    matches!(kind, PAD | INFO_TS | 0x0c..=0x0f)
}

/// Writers of the discovery: name, and entity.
pub(super) const fn discovery(writer: u32) -> Option<(&'static str, u32)> {
    match writer {
        0x0001_00c2 => Some(("participant_discovery", writer)),
        0x0000_03c2 => Some(("publication_discovery", writer)),
        0x0000_04c2 => Some(("subscription_discovery", writer)),
        _ => None,
    }
}

/// Encapsulations of parameter lists (10.2.1.2).
pub(super) const PARAMETERS_BIG: u16 = 2;
pub(super) const PARAMETERS_LITTLE: u16 = 3;

pub(super) const SENTINEL: u16 = 1;

/// Names of topic, type and entity.
pub(super) const fn name(kind: u16) -> Option<&'static str> {
    match kind {
        0x05 => Some("topic"),
        0x07 => Some("type"),
        0x62 => Some("participant"),
        _ => None,
    }
}

/// Vendors of implementations, as Wireshark's packet-rtps.c has them.
pub(super) const VENDORS: &[(u16, &str)] = &[
    (0x0101, "Real-Time Innovations"),
    (0x0102, "ADLINK"),
    (0x0103, "Object Computing"),
    (0x0104, "MilSoft"),
    (0x0105, "Kongsberg"),
    (0x0106, "Twin Oaks Computing"),
    (0x0107, "Lakota Technical Solutions"),
    (0x0108, "ICOUP Consulting"),
    (0x0109, "ETRI"),
    (0x010a, "Real-Time Innovations"),
    (0x010b, "ADLINK"),
    (0x010c, "PrismTech"),
    (0x010d, "ADLINK"),
    (0x010e, "Technicolor"),
    (0x010f, "eProsima"),
    (0x0110, "Eclipse"),
    (0x0111, "Gurum Networks"),
];

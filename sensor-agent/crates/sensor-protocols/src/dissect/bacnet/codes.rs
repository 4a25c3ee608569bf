//! Functions of the virtual link, messages of the network layer and services, as data.
//!
//! Sources, by table: ASHRAE 135-2020 annex J.2, annex U.2, clause 6.4, clause 21
//! (`BACnetConfirmedServiceChoice`, `BACnetUnconfirmedServiceChoice`).

use crate::observation::{Operation, OperationClass};
use OperationClass::{
    Auth, Config, Control, Diagnostic, Discovery, Event, File, Read, Session, Unknown, Write,
};

/// Name and class of a code.
pub(super) type Row = (&'static str, OperationClass);

/// Functions of BACnet/IP (J.2), by number.
const LINK: &[Row] = &[
    ("bvlc_result", Session),
    ("write_broadcast_distribution_table", Config),
    ("read_broadcast_distribution_table", Read),
    ("read_broadcast_distribution_table_ack", Read),
    ("forwarded_npdu", Session),
    ("register_foreign_device", Session),
    ("read_foreign_device_table", Read),
    ("read_foreign_device_table_ack", Read),
    ("delete_foreign_device_table_entry", Config),
    ("distribute_broadcast_to_network", Session),
    ("original_unicast_npdu", Session),
    ("original_broadcast_npdu", Session),
    ("secure_bvll", Session),
];

/// Functions of BACnet/IPv6 (U.2), by number.
const LINK_V6: &[Row] = &[
    ("bvlc_result", Session),
    ("original_unicast_npdu", Session),
    ("original_broadcast_npdu", Session),
    ("address_resolution", Discovery),
    ("forwarded_address_resolution", Discovery),
    ("address_resolution_ack", Discovery),
    ("virtual_address_resolution", Discovery),
    ("virtual_address_resolution_ack", Discovery),
    ("forwarded_npdu", Session),
    ("register_foreign_device", Session),
    ("delete_foreign_device_table_entry", Config),
    ("secure_bvll", Session),
    ("distribute_broadcast_to_network", Session),
];

/// Messages of the network layer (6.4), by type.
const NETWORK: &[Row] = &[
    ("who_is_router_to_network", Discovery),
    ("i_am_router_to_network", Discovery),
    ("i_could_be_router_to_network", Discovery),
    ("reject_message_to_network", Event),
    ("router_busy_to_network", Event),
    ("router_available_to_network", Event),
    ("initialize_routing_table", Config),
    ("initialize_routing_table_ack", Config),
    ("establish_connection_to_network", Session),
    ("disconnect_connection_to_network", Session),
    ("challenge_request", Auth),
    ("security_payload", Auth),
    ("security_response", Auth),
    ("request_key_update", Auth),
    ("update_key_set", Auth),
    ("update_distribution_key", Auth),
    ("request_master_key", Auth),
    ("set_master_key", Auth),
    ("what_is_network_number", Discovery),
    ("network_number_is", Discovery),
];

/// Confirmed services, by choice.
const CONFIRMED: &[Row] = &[
    ("acknowledge_alarm", Event),
    ("confirmed_cov_notification", Event),
    ("confirmed_event_notification", Event),
    ("get_alarm_summary", Read),
    ("get_enrollment_summary", Read),
    ("subscribe_cov", Session),
    ("atomic_read_file", File),
    ("atomic_write_file", File),
    ("add_list_element", Write),
    ("remove_list_element", Write),
    ("create_object", Config),
    ("delete_object", Config),
    ("read_property", Read),
    ("read_property_conditional", Read),
    ("read_property_multiple", Read),
    ("write_property", Write),
    ("write_property_multiple", Write),
    ("device_communication_control", Control),
    ("confirmed_private_transfer", Control),
    ("confirmed_text_message", Event),
    ("reinitialize_device", Control),
    ("vt_open", Session),
    ("vt_close", Session),
    ("vt_data", Control),
    ("authenticate", Auth),
    ("request_key", Auth),
    ("read_range", Read),
    ("life_safety_operation", Control),
    ("subscribe_cov_property", Session),
    ("get_event_information", Read),
    ("subscribe_cov_property_multiple", Session),
    ("confirmed_cov_notification_multiple", Event),
    ("confirmed_audit_notification", Event),
    ("audit_log_query", Read),
    ("auth_request", Auth),
];

/// Unconfirmed services, by choice.
const UNCONFIRMED: &[Row] = &[
    ("i_am", Discovery),
    ("i_have", Discovery),
    ("unconfirmed_cov_notification", Event),
    ("unconfirmed_event_notification", Event),
    ("unconfirmed_private_transfer", Control),
    ("unconfirmed_text_message", Event),
    ("time_synchronization", Config),
    ("who_has", Discovery),
    ("who_is", Discovery),
    ("utc_time_synchronization", Config),
    ("write_group", Write),
    ("unconfirmed_cov_notification_multiple", Event),
    ("unconfirmed_audit_notification", Event),
    ("who_am_i", Discovery),
    ("you_are", Config),
];

/// PDUs that name no service (20.1), by type.
const PDUS: &[(u8, Row)] = &[
    (4, ("segment_ack", Session)),
    (5, ("error", Diagnostic)),
    (6, ("reject", Diagnostic)),
    (7, ("abort", Diagnostic)),
];

/// The number spaces of operation codes: added to the number that the standard gives.
pub mod space {
    /// Unconfirmed services; confirmed ones stand at their own number.
    pub const UNCONFIRMED: u32 = 0x100;
    /// Messages of the network layer.
    pub const NETWORK: u32 = 0x200;
    /// PDUs whose service is not known.
    pub const PDU: u32 = 0x300;
    /// A segment of a request or an acknowledgment that goes on, by service.
    pub const SEGMENT: u32 = 0x400;
    /// Functions of BACnet/IP.
    pub const LINK: u32 = 0x1000;
    /// Functions of BACnet/IPv6.
    pub const LINK_V6: u32 = 0x2000;
}

fn row(table: &[Row], code: u8) -> Option<Row> {
    table.get(usize::from(code)).copied()
}

fn operation(space: u32, code: u8, row: Option<Row>) -> Operation {
    let (name, class) = row.unwrap_or(("unknown", Unknown));
    Operation {
        code: space | u32::from(code),
        sub: None,
        name,
        class,
    }
}

pub(super) fn link(ipv6: bool, function: u8) -> Operation {
    let (space, table) = if ipv6 {
        (space::LINK_V6, LINK_V6)
    } else {
        (space::LINK, LINK)
    };
    operation(space, function, row(table, function))
}

/// Messages of vendors, from 80H on, are told as such.
pub(super) fn network(message: u8) -> Operation {
    let known = row(NETWORK, message);
    let vendor = (message >= 0x80).then_some(("vendor_message", Unknown));
    operation(space::NETWORK, message, known.or(vendor))
}

pub(super) fn confirmed(service: u8) -> Operation {
    operation(0, service, row(CONFIRMED, service))
}

pub(super) fn unconfirmed(service: u8) -> Operation {
    operation(space::UNCONFIRMED, service, row(UNCONFIRMED, service))
}

/// A PDU of which no service is known.
pub(super) fn pdu(kind: u8) -> Operation {
    let known = PDUS.iter().find(|(code, _)| *code == kind);
    operation(space::PDU, kind, known.map(|(_, row)| *row))
}

/// A segment that others follow.
pub(super) fn segment(service: u8) -> Operation {
    operation(space::SEGMENT, service, Some(("segment", Session)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stand_at_their_number() {
        assert_eq!(confirmed(12).name, "read_property");
        assert_eq!(confirmed(20).name, "reinitialize_device");
        assert_eq!(confirmed(33).name, "audit_log_query");
        assert_eq!(confirmed(200).name, "unknown");
        assert_eq!(unconfirmed(8).name, "who_is");
        assert_eq!(unconfirmed(14).name, "you_are");
        assert_eq!(network(0x13).name, "network_number_is");
        assert_eq!(network(0x80).name, "vendor_message");
        assert_eq!(link(false, 9).name, "distribute_broadcast_to_network");
        assert_eq!(link(true, 12).name, "distribute_broadcast_to_network");
        assert_eq!(pdu(7).name, "abort");
        assert_eq!(segment(14).code, 0x40e);
    }
}

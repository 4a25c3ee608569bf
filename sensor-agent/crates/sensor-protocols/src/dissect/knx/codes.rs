//! Services, status codes, message codes and services of the application layer.

use crate::dissect::Role;
use crate::dissect::message::Row;
use crate::observation::OperationClass::{
    Auth, Config, Control, Diagnostic, Discovery, Event, Read, Session, Write,
};

/// Services that are looked into (3/8/2, table 1 and the other parts).
pub(super) mod service {
    pub(in crate::dissect::knx) const SEARCH_REQUEST: u16 = 0x0201;
    pub(in crate::dissect::knx) const SEARCH_RESPONSE: u16 = 0x0202;
    pub(in crate::dissect::knx) const DESCRIPTION_REQUEST: u16 = 0x0203;
    pub(in crate::dissect::knx) const DESCRIPTION_RESPONSE: u16 = 0x0204;
    pub(in crate::dissect::knx) const CONNECT_REQUEST: u16 = 0x0205;
    pub(in crate::dissect::knx) const CONNECT_RESPONSE: u16 = 0x0206;
    pub(in crate::dissect::knx) const STATE_REQUEST: u16 = 0x0207;
    pub(in crate::dissect::knx) const STATE_RESPONSE: u16 = 0x0208;
    pub(in crate::dissect::knx) const DISCONNECT_REQUEST: u16 = 0x0209;
    pub(in crate::dissect::knx) const DISCONNECT_RESPONSE: u16 = 0x020a;
    pub(in crate::dissect::knx) const SEARCH_REQUEST_EXTENDED: u16 = 0x020b;
    pub(in crate::dissect::knx) const SEARCH_RESPONSE_EXTENDED: u16 = 0x020c;
    pub(in crate::dissect::knx) const CONFIGURATION_REQUEST: u16 = 0x0310;
    pub(in crate::dissect::knx) const CONFIGURATION_ACK: u16 = 0x0311;
    pub(in crate::dissect::knx) const TUNNELLING_REQUEST: u16 = 0x0420;
    pub(in crate::dissect::knx) const TUNNELLING_ACK: u16 = 0x0421;
    pub(in crate::dissect::knx) const ROUTING_INDICATION: u16 = 0x0530;
    pub(in crate::dissect::knx) const ROUTING_LOST: u16 = 0x0531;
    pub(in crate::dissect::knx) const ROUTING_SYSTEM_BROADCAST: u16 = 0x0533;
    pub(in crate::dissect::knx) const SECURE_WRAPPER: u16 = 0x0950;
    pub(in crate::dissect::knx) const SESSION_STATUS: u16 = 0x0954;
}

pub(super) const SERVICES: &[Row] = &[
    (0x0201, "search_request", Discovery),
    (0x0202, "search_response", Discovery),
    (0x0203, "description_request", Discovery),
    (0x0204, "description_response", Discovery),
    (0x0205, "connect_request", Session),
    (0x0206, "connect_response", Session),
    (0x0207, "connection_state_request", Session),
    (0x0208, "connection_state_response", Session),
    (0x0209, "disconnect_request", Session),
    (0x020a, "disconnect_response", Session),
    (0x020b, "search_request_extended", Discovery),
    (0x020c, "search_response_extended", Discovery),
    (0x0310, "device_configuration_request", Config),
    (0x0311, "device_configuration_ack", Session),
    (0x0420, "tunnelling_request", Event),
    (0x0421, "tunnelling_ack", Session),
    (0x0422, "tunnelling_feature_get", Read),
    (0x0423, "tunnelling_feature_response", Read),
    (0x0424, "tunnelling_feature_set", Config),
    (0x0425, "tunnelling_feature_info", Event),
    (0x0530, "routing_indication", Event),
    (0x0531, "routing_lost_message", Event),
    (0x0532, "routing_busy", Event),
    (0x0533, "routing_system_broadcast", Event),
    (0x0740, "remote_diagnostic_request", Diagnostic),
    (0x0741, "remote_diagnostic_response", Diagnostic),
    (0x0742, "remote_basic_configuration_request", Config),
    (0x0743, "remote_reset_request", Control),
    (0x0950, "secure_wrapper", Session),
    (0x0951, "session_request", Auth),
    (0x0952, "session_response", Auth),
    (0x0953, "session_authenticate", Auth),
    (0x0954, "session_status", Auth),
    (0x0955, "timer_notify", Session),
];

/// Status codes (3/8/2, 5.5; 3/8/3 and 3/8/4). Those that Wireshark's packet-knxip.c does not have, 01H to 04H, 28H,
/// 2DH and 2EH, were compared with open client libraries, not with the standard.
pub(super) const STATUSES: &[(u16, &str)] = &[
    (0x01, "host_protocol_type"),
    (0x02, "version_not_supported"),
    (0x04, "sequence_number"),
    (0x21, "connection_identifier"),
    (0x22, "connection_type"),
    (0x23, "connection_option"),
    (0x24, "no_more_connections"),
    (0x25, "no_more_unique_connections"),
    (0x26, "data_connection"),
    (0x27, "knx_connection"),
    (0x28, "authorisation"),
    (0x29, "tunnelling_layer"),
    (0x2d, "no_tunnelling_address"),
    (0x2e, "connection_in_use"),
];

/// Type of the description block of a device.
pub(super) const DEVICE_INFORMATION: u8 = 1;

/// The request that a response answers.
pub(super) const fn asked_by(service: u16) -> Option<u16> {
    Some(match service {
        service::SEARCH_RESPONSE => service::SEARCH_REQUEST,
        service::DESCRIPTION_RESPONSE => service::DESCRIPTION_REQUEST,
        service::CONNECT_RESPONSE => service::CONNECT_REQUEST,
        service::STATE_RESPONSE => service::STATE_REQUEST,
        service::DISCONNECT_RESPONSE => service::DISCONNECT_REQUEST,
        service::SEARCH_RESPONSE_EXTENDED => service::SEARCH_REQUEST_EXTENDED,
        service::CONFIGURATION_ACK => service::CONFIGURATION_REQUEST,
        service::TUNNELLING_ACK => service::TUNNELLING_REQUEST,
        _ => return None,
    })
}

/// Whether a response to the service is expected.
pub(super) const fn is_asked(service: u16) -> bool {
    matches!(
        service,
        service::SEARCH_REQUEST
            | service::DESCRIPTION_REQUEST
            | service::CONNECT_REQUEST
            | service::STATE_REQUEST
            | service::DISCONNECT_REQUEST
            | service::SEARCH_REQUEST_EXTENDED
            | service::CONFIGURATION_REQUEST
            | service::TUNNELLING_REQUEST
    )
}

/// Who sends a service, where only one end does.
pub(super) const fn sender(service: u16) -> Option<Role> {
    match service {
        service::CONNECT_REQUEST | service::STATE_REQUEST | service::DESCRIPTION_REQUEST => {
            Some(Role::Client)
        }
        service::CONNECT_RESPONSE | service::STATE_RESPONSE | service::DESCRIPTION_RESPONSE => {
            Some(Role::Server)
        }
        _ => None,
    }
}

/// Message codes of cEMI for properties and resets (3/6/3, 4.1.7).
pub(super) const MANAGEMENT: &[Row] = &[
    (0xf0, "reset_indication", Event),
    (0xf1, "reset_request", Control),
    (0xf5, "property_write_confirmation", Config),
    (0xf6, "property_write_request", Config),
    (0xf7, "property_info", Event),
    (0xf8, "function_property_command", Control),
    (0xf9, "function_property_state_read", Read),
    (0xfa, "function_property_confirmation", Read),
    (0xfb, "property_read_confirmation", Read),
    (0xfc, "property_read_request", Read),
];

/// Message codes of cEMI for frames that are not looked into: the bus as a monitor sees it, raw and poll frames
/// (3/6/3, 4.1.5). A raw frame that is sent can hold anything, a write too.
pub(super) const FRAMES: &[Row] = &[
    (0x10, "raw_frame_request", Write),
    (0x13, "poll_data_request", Read),
    (0x25, "poll_data_confirmation", Read),
    (0x2b, "bus_monitor_indication", Event),
    (0x2d, "raw_frame_indication", Event),
    (0x2f, "raw_frame_confirmation", Event),
];

/// Errors of a confirmation about properties (3/7/3, identifiers of cEMI).
pub(super) const PROPERTY_ERRORS: [&str; 10] = [
    "unspecified",
    "out_of_range",
    "above_largest",
    "below_smallest",
    "memory",
    "read_only",
    "illegal_command",
    "no_such_property",
    "type_conflict",
    "no_such_element",
];

/// What a session status tells of a refusal (3/8/9; names as Wireshark's packet-knxip.c has them).
pub(super) const SESSION_REFUSALS: &[(u16, &str)] = &[
    (0x01, "authentication_failed"),
    (0x02, "unauthenticated"),
    (0x03, "timeout"),
];

/// Services of the application layer (3/3/7, table 1; numbers as Wireshark's packet-cemi.c has them); of those with data in their low bits the lowest.
pub(super) const APPLICATION: &[Row] = &[
    (0x000, "group_value_read", Read),
    (0x040, "group_value_response", Read),
    (0x080, "group_value_write", Write),
    (0x0c0, "individual_address_write", Config),
    (0x100, "individual_address_read", Discovery),
    (0x140, "individual_address_response", Discovery),
    (0x180, "adc_read", Read),
    (0x1c0, "adc_response", Read),
    (0x1c8, "system_network_parameter_read", Read),
    (0x1c9, "system_network_parameter_response", Read),
    (0x1ca, "system_network_parameter_write", Config),
    (0x1cc, "property_extended_value_read", Read),
    (0x1cd, "property_extended_value_response", Read),
    (0x1ce, "property_extended_value_write_confirmed", Config),
    (0x1cf, "property_extended_value_write_response", Config),
    (0x1d0, "property_extended_value_write_unconfirmed", Config),
    (0x1d1, "property_extended_value_info_report", Event),
    (0x1d2, "property_extended_description_read", Read),
    (0x1d3, "property_extended_description_response", Read),
    (0x1d4, "function_property_extended_command", Control),
    (0x1d5, "function_property_extended_state_read", Read),
    (0x1d6, "function_property_extended_state_response", Read),
    (0x1fb, "memory_extended_write", Write),
    (0x1fc, "memory_extended_write_response", Write),
    (0x1fd, "memory_extended_read", Read),
    (0x1fe, "memory_extended_read_response", Read),
    (0x200, "memory_read", Read),
    (0x240, "memory_response", Read),
    (0x280, "memory_write", Write),
    (0x2c0, "user_memory_read", Read),
    (0x2c1, "user_memory_response", Read),
    (0x2c2, "user_memory_write", Write),
    (0x2c4, "user_memory_bit_write", Write),
    (0x2c5, "user_manufacturer_info_read", Discovery),
    (0x2c6, "user_manufacturer_info_response", Discovery),
    (0x2c7, "function_property_command", Control),
    (0x2c8, "function_property_state_read", Read),
    (0x2c9, "function_property_state_response", Read),
    (0x300, "device_descriptor_read", Discovery),
    (0x340, "device_descriptor_response", Discovery),
    (0x380, "restart", Control),
    (0x3c0, "routing_table_open", Config),
    (0x3c1, "routing_table_read", Read),
    (0x3c2, "routing_table_response", Read),
    (0x3c3, "routing_table_write", Config),
    (0x3c8, "router_memory_read", Read),
    (0x3c9, "router_memory_response", Read),
    (0x3ca, "router_memory_write", Write),
    (0x3cd, "router_status_read", Read),
    (0x3ce, "router_status_response", Read),
    (0x3cf, "router_status_write", Config),
    (0x3d0, "memory_bit_write", Write),
    (0x3d1, "authorize_request", Auth),
    (0x3d2, "authorize_response", Auth),
    (0x3d3, "key_write", Auth),
    (0x3d4, "key_response", Auth),
    (0x3d5, "property_value_read", Read),
    (0x3d6, "property_value_response", Read),
    (0x3d7, "property_value_write", Config),
    (0x3d8, "property_description_read", Read),
    (0x3d9, "property_description_response", Read),
    (0x3da, "network_parameter_read", Read),
    (0x3db, "network_parameter_response", Read),
    (0x3dc, "individual_address_serial_number_read", Discovery),
    (
        0x3dd,
        "individual_address_serial_number_response",
        Discovery,
    ),
    (0x3de, "individual_address_serial_number_write", Config),
    (0x3e0, "domain_address_write", Config),
    (0x3e1, "domain_address_read", Discovery),
    (0x3e2, "domain_address_response", Discovery),
    (0x3e3, "domain_address_selective_read", Discovery),
    (0x3e4, "network_parameter_write", Config),
    (0x3e5, "link_read", Read),
    (0x3e6, "link_response", Read),
    (0x3e7, "link_write", Config),
    (0x3e8, "group_property_value_read", Read),
    (0x3e9, "group_property_value_response", Read),
    (0x3ea, "group_property_value_write", Write),
    (0x3eb, "group_property_value_info", Event),
    (0x3ec, "domain_address_serial_number_read", Discovery),
    (0x3ed, "domain_address_serial_number_response", Discovery),
    (0x3ee, "domain_address_serial_number_write", Config),
    (0x3f0, "file_stream_info_report", Event),
    (0x3f1, "data_secure", Session),
];

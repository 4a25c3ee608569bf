//! Every rule on one page, in the order in which they work.

use super::{Raises, Rule};
use super::{anomaly, malware, operational, policy_violation, protocol_violation};

/// The rules of all engines.
pub const RULES: &[&Rule] = &[
    &protocol_violation::dnp3_requests::RULE,
    &protocol_violation::exceptions::RULE,
    &protocol_violation::firmware_update::RULE,
    &protocol_violation::function_code::RULE,
    &protocol_violation::iec104_refusals::RULE,
    &protocol_violation::malformed::RULE,
    &protocol_violation::malformed_session::RULE,
    &protocol_violation::port_zero::RULE,
    &policy_violation::cip_settings::RULE,
    &policy_violation::configuration::RULE,
    &policy_violation::firmware::RULE,
    &policy_violation::firmware_change::RULE,
    &policy_violation::internet::RULE,
    &policy_violation::learned::bacnet_routes::RULE,
    &policy_violation::learned::iec104::RULE,
    &policy_violation::learned::modbus::RULE,
    &policy_violation::learned::operations::RULE,
    &policy_violation::learned::enip::RULE,
    &policy_violation::learned::profinet::RULE,
    &policy_violation::learned::s7comm::RULE,
    &policy_violation::learned::s7comm_plus::RULE,
    &policy_violation::name_query::RULE,
    &policy_violation::new_device::RULE,
    &policy_violation::profinet_settings::RULE,
    &policy_violation::programming::RULE,
    &policy_violation::s7_password::RULE,
    &policy_violation::s7_password::REFUSAL_RULE,
    &policy_violation::written_values::RULE,
    &malware::denial_of_service::RULE,
    &malware::eicar::RULE,
    &malware::name_query_burst::RULE,
    &anomaly::address_scan::RULE,
    &anomaly::arp_conflict::RULE,
    &anomaly::arp_rate::RULE,
    &anomaly::arp_scan::RULE,
    &anomaly::bbmd_refusals::RULE,
    &anomaly::icmp_flood::RULE,
    &anomaly::plc_scan::RULE,
    &anomaly::port_scan::RULE,
    &anomaly::probe::RULE,
    &anomaly::profinet_addresses::RULE,
    &anomaly::profinet_names::RULE,
    &anomaly::refusals::RULE,
    &anomaly::restart_rate::RULE,
    &anomaly::sessions::RULE,
    &anomaly::terminations::RULE,
    &anomaly::unexpected_protocol::RULE,
    &operational::commands::RULE,
    &operational::configuration::RULE,
    &operational::device_unresponsive::RULE,
    &operational::ethercat::RULE,
    &operational::failure::RULE,
    &operational::illegal_address::RULE,
    &operational::opcua_events::RULE,
    &operational::modes::RULE,
    &operational::profinet::RULE,
    &operational::refused::RULE,
    &operational::sensor_traffic::RULE,
    &operational::service_failures::RULE,
    &operational::srtp_stop::RULE,
    &operational::unanswered_requests::RULE,
];

/// What each rule raises: the implemented types.
pub fn implemented() -> impl Iterator<Item = &'static Raises> {
    RULES.iter().flat_map(|rule| rule.raises)
}

/// Whether a rule raises the type.
pub fn is_implemented(id: &str) -> bool {
    implemented().any(|raises| raises.id == id)
}

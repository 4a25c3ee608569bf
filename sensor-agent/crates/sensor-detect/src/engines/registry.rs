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
    &policy_violation::credentials::RULE,
    &policy_violation::dhcp_server::RULE,
    &policy_violation::failed_sign_ins::RULE,
    &policy_violation::configuration::RULE,
    &policy_violation::firmware::RULE,
    &policy_violation::firmware_change::RULE,
    &policy_violation::internet::RULE,
    &policy_violation::learned::database::RULE,
    &policy_violation::learned::http::RULE,
    &policy_violation::learned::iec104::RULE,
    &policy_violation::learned::modbus::RULE,
    &policy_violation::learned::rpc::RULE,
    &policy_violation::learned::smb::RULE,
    &policy_violation::learned::snmp::RULE,
    &policy_violation::learned::ssh::RULE,
    &policy_violation::lldp::RULE,
    &policy_violation::learned::enip::RULE,
    &policy_violation::learned::profinet::RULE,
    &policy_violation::learned::s7comm::RULE,
    &policy_violation::learned::s7comm_plus::RULE,
    &policy_violation::name_query::RULE,
    &policy_violation::new_device::RULE,
    &policy_violation::programming::RULE,
    &policy_violation::remote_access::RULE,
    &policy_violation::tls::RULE,
    &policy_violation::user_agent::RULE,
    &malware::denial_of_service::RULE,
    &malware::eicar::RULE,
    &malware::heartbleed::RULE,
    &malware::name_query_burst::RULE,
    &malware::psexec::RULE,
    &malware::service_management::RULE,
    &anomaly::address_scan::RULE,
    &anomaly::arp_conflict::RULE,
    &anomaly::arp_rate::RULE,
    &anomaly::arp_scan::RULE,
    &anomaly::http_headers::RULE,
    &anomaly::icmp_flood::RULE,
    &anomaly::it_rates::RULE,
    &anomaly::long_text::RULE,
    &anomaly::plc_scan::RULE,
    &anomaly::port_scan::RULE,
    &anomaly::probe::RULE,
    &anomaly::refusals::RULE,
    &anomaly::restart_rate::RULE,
    &anomaly::sessions::RULE,
    &anomaly::sign_in_rate::RULE,
    &anomaly::terminations::RULE,
    &anomaly::unexpected_protocol::RULE,
    &operational::backup::RULE,
    &operational::certificate::RULE,
    &operational::commands::RULE,
    &operational::configuration::RULE,
    &operational::device_unresponsive::RULE,
    &operational::dhcp_address::RULE,
    &operational::failure::RULE,
    &operational::illegal_address::RULE,
    &operational::it_errors::RULE,
    &operational::modes::RULE,
    &operational::profinet::RULE,
    &operational::refused::RULE,
    &operational::sensor_traffic::RULE,
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

//! Scans, floods and unusual rates: behaviour that no baseline of single messages shows.

pub mod address_scan;
pub mod arp_conflict;
pub mod arp_rate;
pub mod arp_scan;
pub mod bbmd_refusals;
pub mod http_headers;
pub mod icmp_flood;
pub mod it_rates;
pub mod long_text;
pub mod plc_scan;
pub mod port_scan;
pub mod probe;
pub mod profinet_addresses;
pub mod profinet_names;
pub mod publications;
pub mod publisher_conflict;
pub mod refusals;
pub mod request_flood;
pub mod sessions;
pub mod sign_in_rate;
pub mod telecontrol_counts;
pub mod terminations;
pub mod unexpected_protocol;

mod failed;

pub use plc_scan::is_ot_port;
pub mod bandwidth;
pub mod polling;
pub mod restart_rate;

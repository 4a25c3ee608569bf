//! What is not in the baseline, one table for each protocol.

use sensor_protocols::observation::Protocol;

pub mod bacnet_routes;
pub mod database;
pub mod dnp3;
pub mod enip;
pub mod http;
pub mod iec104;
pub mod mms;
pub mod modbus;
pub mod operations;
pub mod profinet;
pub mod rpc;
pub mod s7comm;
pub mod s7comm_plus;
pub mod smb;
pub mod snmp;
pub mod ssh;

/// Protocols that do not control a plant and yet have a table: their channels are kept.
pub(crate) const CHANNELS_OF_IT: &[Protocol] = &[
    Protocol::Http,
    Protocol::Smb,
    Protocol::DceRpc,
    Protocol::Tds,
    Protocol::Tns,
    Protocol::Snmp,
    Protocol::Ssh,
];

//! Equipment that fails, is silent or was told to stop.

pub mod backup;
pub mod certificate;
pub mod commands;
pub mod configuration;
pub mod device_unresponsive;
pub mod dhcp_address;
pub mod dnp3_messages;
pub mod ethercat;
pub mod failure;
pub mod iec104_messages;
pub mod illegal_address;
pub mod it_errors;
pub mod mms_failure;
pub mod mms_state;
pub mod modes;
pub mod opcua_events;
pub mod outstation_state;
pub mod profinet;
pub mod published;
pub mod refused;
pub mod sensor_traffic;
pub mod service_failures;
pub mod srtp_stop;
pub mod unanswered_requests;

pub use unanswered_requests::Requests;

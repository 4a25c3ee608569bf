//! Equipment that fails, is silent or was told to stop.

pub mod commands;
pub mod device_unresponsive;
pub mod dnp3_messages;
pub mod failure;
pub mod illegal_address;
pub mod outstation_state;
pub mod sensor_traffic;
pub mod unanswered_requests;

pub use unanswered_requests::Requests;

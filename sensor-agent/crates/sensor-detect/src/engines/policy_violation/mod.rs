//! Traffic that is not in the baseline.

pub mod cip_settings;
pub mod configuration;
pub mod firmware;
pub mod firmware_change;
pub mod internet;
pub mod learned;
pub mod name_query;
pub mod new_device;
pub mod profinet_settings;
pub mod programming;
pub mod s7_password;
pub mod written_values;

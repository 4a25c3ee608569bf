//! Traffic that is not in the baseline.

pub mod configuration;
pub mod firmware;
pub mod firmware_change;
pub mod internet;
pub mod learned;
pub mod name_query;
pub mod new_device;
pub mod programming;

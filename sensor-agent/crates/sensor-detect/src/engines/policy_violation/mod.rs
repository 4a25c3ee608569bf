//! Traffic that is not in the baseline.

pub mod configuration;
pub mod firmware;
<<<<<<< HEAD
pub mod group_traffic;
=======
pub mod firmware_change;
>>>>>>> main
pub mod internet;
pub mod learned;
pub mod name_query;
pub mod new_device;
pub mod programming;

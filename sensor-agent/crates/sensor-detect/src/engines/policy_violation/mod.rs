//! Traffic that is not in the baseline.

pub mod cip_settings;
pub mod configuration;
pub mod credentials;
pub mod dhcp_server;
pub mod dnp3_indications;
pub mod dnp3_reach;
pub mod failed_sign_ins;
pub mod firmware;
pub mod firmware_change;
pub mod group_traffic;
pub mod internet;
pub mod learned;
pub mod lldp;
pub mod name_query;
pub mod new_device;
pub mod profinet_settings;
pub mod programming;
pub mod published_settings;
pub mod remote_access;
pub mod tls;
pub mod user_agent;

mod features;
pub mod s7_password;
pub mod written_values;

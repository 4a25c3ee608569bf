//! Published events of captures of controllers and field devices.

use super::{Event, Policy, event};

use sensor_detect::catalogue::Engine::ProtocolViolation as Protocol;
use sensor_detect::catalogue::Engine::{self, Operational};

const SNAP7: &str = "s7comm/icsnpp_snap7.pcap";
const S7IDENT: &str = "s7comm/icsnpp_s7ident.pcap";
const START: &str = "enip/iti_cip_start_plc.pcap";
const STOP: &str = "enip/iti_cip_stop_plc.pcap";
const FIRMWARE: &str = "enip/openics_firmware_change.pcap";
const DOWNLOAD: &str = "enip/openics_reboot_or_download.pcap";
const TIME: &str = "enip/openics_change_time_attempt.pcap";
const MIXED: &str = "enip/icsnpp_enip_cip_example.pcap";
const SET_IP: &str = "profinet/iti_dcp_set_ip.pcap";
const FINS: &str = "fins/icsnpp_omron.pcap";

const ROCKWELL: &[&str] = &["192.168.10.105", "192.168.10.120"];
const LAB: &[&str] = &["192.168.1.69", "192.168.1.30"];

pub(super) const EVENTS: &[Event] = &[
    s7(
        "s7comm/iti_step7_stop.pcapng",
        Operational,
        "s7_stop_command",
        1,
    ),
    s7(
        "s7comm/iti_step7_stop.pcapng",
        Policy,
        "s7_unauthorized_control_function",
        1,
    ),
    s7(
        "s7comm/iti_step7_auth_password.pcapng",
        Policy,
        "s7_unauthorized_user_function",
        1,
    ),
    s7(
        "s7comm/iti_step7_download.pcapng",
        Policy,
        "s7_unauthorized_control_function",
        1,
    ),
    s7(S7IDENT, Policy, "plc_unauthorized_config_read", 5),
    s7(S7IDENT, Policy, "s7_unauthorized_user_function", 5),
    s7(SNAP7, Operational, "s7_stop_command", 1),
    s7(SNAP7, Policy, "s7_unauthorized_control_function", 17),
    s7(SNAP7, Policy, "plc_unauthorized_config_write", 1),
    s7(
        "s7comm/iti_tia_go_online.pcapng",
        Policy,
        "plc_unauthorized_config_read",
        186,
    ),
    s7(
        "s7comm/iti_reading_plc_status.pcap",
        Policy,
        "plc_unauthorized_config_read",
        68,
    ),
    event(START, Policy, "cip_new_class_service", LAB, 1),
    event(STOP, Policy, "cip_new_class_service", LAB, 1),
    event(STOP, Operational, "controller_stop", LAB, 1),
    event(
        "enip/iti_cip_unlock_cpu.pcap",
        Policy,
        "cip_new_class_service",
        ROCKWELL,
        1,
    ),
    event(
        "enip/openics_lock_or_unlock_plc.pcap",
        Policy,
        "cip_new_class_service",
        ROCKWELL,
        6,
    ),
    event(TIME, Policy, "plc_unauthorized_config_write", ROCKWELL, 1),
    event(TIME, Policy, "cip_new_class_service", ROCKWELL, 1),
    event(MIXED, Policy, "plc_unauthorized_config_write", &[], 1),
    event(MIXED, Policy, "enip_new_command", &[], 1),
    event(
        "enip/quickdraw_enip_identity.pcap",
        Policy,
        "enip_new_command",
        &["10.1.1.167"],
        1,
    ),
    event(
        FIRMWARE,
        Protocol,
        "firmware_update_command",
        ROCKWELL,
        5245,
    ),
    event(FIRMWARE, Policy, "cip_new_class_service", ROCKWELL, 5245),
    event(FIRMWARE, Policy, "firmware_change_detected", ROCKWELL, 1),
    event(FIRMWARE, Operational, "controller_reset", ROCKWELL, 1),
    event(FIRMWARE, Operational, "cip_service_failed", ROCKWELL, 1),
    event(
        DOWNLOAD,
        Policy,
        "plc_unauthorized_programming",
        ROCKWELL,
        11,
    ),
    event(DOWNLOAD, Policy, "cip_new_class_service", ROCKWELL, 1),
    event(DOWNLOAD, Operational, "controller_reset", ROCKWELL, 1),
    event(DOWNLOAD, Operational, "controller_stop", ROCKWELL, 1),
    event(DOWNLOAD, Operational, "cip_service_failed", ROCKWELL, 5),
    event(
        "enip/icsnpp_set_attribute.pcapng",
        Policy,
        "plc_unauthorized_config_write",
        &[],
        1,
    ),
    event(SET_IP, Policy, "profinet_unauthorized_frame_type", &[], 2),
    event(FINS, Operational, "controller_stop", &[], 1),
    event(FINS, Policy, "plc_unauthorized_programming", &[], 2),
    event(FINS, Policy, "plc_unauthorized_config_write", &[], 2),
    event(FINS, Policy, "plc_unauthorized_config_read", &[], 3),
    event(
        "fins/quickdraw_omron_controller_read.pcap",
        Policy,
        "plc_unauthorized_config_read",
        &["10.1.1.173", "10.1.1.164"],
        2,
    ),
    event(SET_IP, Policy, "profinet_address_set", &[], 1),
    event(
        "enip/icsnpp_set_attribute.pcapng",
        Policy,
        "cip_identity_written",
        &["10.100.90.51"],
        1,
    ),
    s7(
        "s7comm/iti_step7_auth_password.pcapng",
        Policy,
        "s7_password_sent",
        1,
    ),
    s7(
        "s7comm/iti_libnodave_demo.pcap",
        Policy,
        "s7_unauthorized_memory_access",
        4,
    ),
    s7(SNAP7, Policy, "s7_unauthorized_memory_access", 2),
    event(
        "ads/iti_beckhoff_add_route.pcapng",
        Policy,
        "plc_unauthorized_config_write",
        &["192.168.1.199", "192.168.1.8"],
        2,
    ),
];

const fn s7(capture: &'static str, engine: Engine, id: &'static str, count: u64) -> Event {
    event(capture, engine, id, &[], count)
}

//! CIP object classes, as data. Instances are told under the name of their class.
//!
//! Sources: CIP Volume 1, chapter 5, table 5-1; Volume 5 for the safety objects; Volume 8 for those of
//! CIP Security. The classes of Rockwell controllers are those of *Logix5000 Data Access* (1756-PM020)
//! and of the indicators that MITRE published for CISA (ACID).

/// In ascending order.
const CLASSES: &[(u32, &str)] = &[
    (0x01, "identity"),
    (0x02, "message_router"),
    (0x03, "devicenet"),
    (0x04, "assembly"),
    (0x05, "connection"),
    (0x06, "connection_manager"),
    (0x07, "register"),
    (0x08, "discrete_input_point"),
    (0x09, "discrete_output_point"),
    (0x0a, "analog_input_point"),
    (0x0b, "analog_output_point"),
    (0x0e, "presence_sensing"),
    (0x0f, "parameter"),
    (0x10, "parameter_group"),
    (0x12, "group"),
    (0x1d, "discrete_input_group"),
    (0x1e, "discrete_output_group"),
    (0x1f, "discrete_group"),
    (0x20, "analog_input_group"),
    (0x21, "analog_output_group"),
    (0x22, "analog_group"),
    (0x23, "position_sensor"),
    (0x24, "position_controller_supervisor"),
    (0x25, "position_controller"),
    (0x26, "block_sequencer"),
    (0x27, "command_block"),
    (0x28, "motor_data"),
    (0x29, "control_supervisor"),
    (0x2a, "ac_dc_drive"),
    (0x2b, "acknowledge_handler"),
    (0x2c, "overload"),
    (0x2d, "softstart"),
    (0x2e, "selection"),
    (0x30, "s_device_supervisor"),
    (0x31, "s_analog_sensor"),
    (0x32, "s_analog_actuator"),
    (0x33, "s_single_stage_controller"),
    (0x34, "s_gas_calibration"),
    (0x35, "trip_point"),
    (0x37, "file"),
    (0x38, "s_partial_pressure"),
    (0x39, "safety_supervisor"),
    (0x3a, "safety_validator"),
    (0x3b, "safety_discrete_output_point"),
    (0x3c, "safety_discrete_output_group"),
    (0x3d, "safety_discrete_input_point"),
    (0x3e, "safety_discrete_input_group"),
    (0x3f, "safety_dual_channel_output"),
    (0x40, "s_sensor_calibration"),
    (0x41, "event_log"),
    (0x42, "motion_device_axis"),
    (0x43, "time_sync"),
    (0x44, "modbus"),
    (0x45, "originator_connection_list"),
    (0x46, "modbus_serial_link"),
    (0x47, "device_level_ring"),
    (0x48, "qos"),
    (0x49, "safety_analog_input_point"),
    (0x4a, "safety_analog_input_group"),
    (0x4b, "safety_dual_channel_analog_input"),
    (0x4c, "sercos_iii_link"),
    (0x4d, "target_connection_list"),
    (0x4e, "base_energy"),
    (0x4f, "electrical_energy"),
    (0x50, "non_electrical_energy"),
    (0x51, "base_switch"),
    (0x52, "snmp"),
    (0x53, "power_management"),
    (0x54, "rstp_bridge"),
    (0x55, "rstp_port"),
    (0x56, "prp_hsr_protocol"),
    (0x57, "prp_hsr_nodes_table"),
    (0x58, "safety_feedback"),
    (0x59, "safety_dual_channel_feedback"),
    (0x5a, "safety_stop_functions"),
    (0x5b, "safety_limit_functions"),
    (0x5c, "power_curtailment"),
    (0x5d, "cip_security"),
    (0x5e, "ethernet_ip_security"),
    (0x5f, "certificate_management"),
    (0x64, "program_name"),
    (0x67, "pccc"),
    (0x68, "program"),
    (0x6b, "symbol"),
    (0x6c, "template"),
    (0x8b, "wall_clock_time"),
    (0x8e, "controller_mode"),
    (0xa1, "firmware_memory"),
    (0xac, "controller_program"),
    (0xf0, "controlnet"),
    (0xf1, "controlnet_keeper"),
    (0xf2, "controlnet_scheduling"),
    (0xf3, "connection_configuration"),
    (0xf4, "port"),
    (0xf5, "tcp_ip_interface"),
    (0xf6, "ethernet_link"),
    (0xf7, "componet_link"),
    (0xf8, "componet_repeater"),
];

/// Name of a class; `instance` when it has none here.
pub(super) fn name(class: u32) -> &'static str {
    CLASSES
        .binary_search_by_key(&class, |(known, _)| *known)
        .ok()
        .and_then(|at| CLASSES.get(at))
        .map_or("instance", |(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order_and_every_name_is_told_once() {
        assert!(CLASSES.windows(2).all(|pair| pair[0].0 < pair[1].0));
        let names: std::collections::BTreeSet<&str> = CLASSES.iter().map(|(_, n)| *n).collect();
        assert_eq!(names.len(), CLASSES.len());
        assert_eq!(name(0x39), "safety_supervisor");
        assert_eq!(name(0xf6), "ethernet_link");
        assert_eq!(name(0x72), "instance");
    }
}

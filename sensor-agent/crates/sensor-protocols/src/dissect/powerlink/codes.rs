//! Services, commands and states of POWERLINK by name.
//!
//! Source: EPSG DS 301 V1.3.0, 7.3.1 (NMT commands), 7.1 (states), 6.3 (SDO). It was not at hand: the tables are those
//! that Wireshark's dissector has too (4.0).

use crate::dissect::message::{Row, row};
use crate::observation::OperationClass::{
    self, Config, Control, Event, File, Read, Session, Write,
};

/// Name and class of an NMT command.
pub(super) fn nmt_command(number: u8) -> Option<(&'static str, OperationClass)> {
    row(NMT_COMMANDS, u16::from(number)).map(|(_, name, class)| (*name, *class))
}

/// Name and class of a command of SDO.
pub(super) const fn sdo_command(number: u8) -> Option<(&'static str, OperationClass)> {
    Some(match number {
        0x00 => ("sdo_nil", Session),
        0x01 => ("sdo_write_by_index", Write),
        0x02 => ("sdo_read_by_index", Read),
        0x03 => ("sdo_write_all_by_index", Write),
        0x04 => ("sdo_read_all_by_index", Read),
        0x05 => ("sdo_write_by_name", Write),
        0x06 => ("sdo_read_by_name", Read),
        0x20 => ("sdo_file_write", File),
        0x21 => ("sdo_file_read", File),
        0x31 => ("sdo_write_multiple_by_index", Write),
        0x32 => ("sdo_read_multiple_by_index", Read),
        0x70 => ("sdo_maximum_segment_size", Session),
        _ => return None,
    })
}

/// Whether a number is a state (7.1.2 to 7.1.4).
pub(super) const fn is_state(state: u8) -> bool {
    matches!(
        state,
        0x00 | 0x19 | 0x29 | 0x39 | 0x1c | 0x1d | 0x1e | 0x4d | 0x5d | 0x6d | 0xfd
    )
}

const NMT_COMMANDS: &[Row] = &[
    (0x21, "nmt_start_node", Control),
    (0x22, "nmt_stop_node", Control),
    (0x23, "nmt_enter_pre_operational2", Control),
    (0x24, "nmt_enable_ready_to_operate", Control),
    (0x28, "nmt_reset_node", Control),
    (0x29, "nmt_reset_communication", Control),
    (0x2a, "nmt_reset_configuration", Control),
    (0x2b, "nmt_sw_reset", Control),
    (0x2d, "nmt_dna", Config),
    (0x41, "nmt_start_node_ex", Control),
    (0x42, "nmt_stop_node_ex", Control),
    (0x43, "nmt_enter_pre_operational2_ex", Control),
    (0x44, "nmt_enable_ready_to_operate_ex", Control),
    (0x48, "nmt_reset_node_ex", Control),
    (0x49, "nmt_reset_communication_ex", Control),
    (0x4a, "nmt_reset_configuration_ex", Control),
    (0x4b, "nmt_sw_reset_ex", Control),
    (0x62, "nmt_net_host_name_set", Config),
    (0x63, "nmt_flush_arp_entry", Control),
    (0x80, "nmt_publish_configured_nodes", Event),
    (0x90, "nmt_publish_active_nodes", Event),
    (0x91, "nmt_publish_pre_operational1", Event),
    (0x92, "nmt_publish_pre_operational2", Event),
    (0x93, "nmt_publish_ready_to_operate", Event),
    (0x94, "nmt_publish_operational", Event),
    (0x95, "nmt_publish_stopped", Event),
    (0xa0, "nmt_publish_emergency_new", Event),
    (0xb0, "nmt_publish_time", Event),
    (0xff, "nmt_invalid_service", Event),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_in_order() {
        assert!(NMT_COMMANDS.is_sorted_by(|a, b| a.0 < b.0));
        assert_eq!(nmt_command(0x22).map(|c| c.0), Some("nmt_stop_node"));
    }
}

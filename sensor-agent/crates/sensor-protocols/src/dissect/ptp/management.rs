//! Management messages: what is read, set or commanded in clocks.
//!
//! Source: IEEE 1588-2019, clause 15, tables 59 (identifiers) and 60 (errors). It was not at hand: the tables are those
//! that Wireshark's dissector has too (4.0), but for error 7, which is from memory.

use crate::dissect::cursor::{Cursor, Short};
use crate::dissect::message::{Message, UNKNOWN};
use crate::dissect::tables::name_of;
use crate::observation::{Anomaly, Direction, OperationClass, Outcome};

/// Types of TLVs.
const MANAGEMENT: u16 = 1;
const ERROR_STATUS: u16 = 2;

/// Reads what is behind the header.
pub(super) fn read<'a>(body: &mut Cursor<'a>, message: &mut Message<'a>) -> Result<(), Short> {
    use OperationClass::{Config, Control, Read};
    message.id("target_clock", body.u64_be()?);
    body.skip(2 + 1 + 1)?; // port, boundary hops
    let action = body.u8()? & 0x0f;
    body.skip(1)?;
    let (direction, class) = match action {
        0 => (Direction::Request, Read),
        1 => (Direction::Request, Config),
        2 => (Direction::Response, Read),
        3 => (Direction::Request, Control),
        4 => (Direction::Response, Control),
        _ => {
            message.flag(Anomaly::BadValue);
            (Direction::OneWay, OperationClass::Unknown)
        }
    };
    message.direction = direction;
    message.operation.class = class;
    let action = u32::from(action) << 16;
    message.operation.sub = Some(action);
    if body.is_empty() {
        return Ok(());
    }
    let kind = body.u16_be()?;
    let length = usize::from(body.u16_be()?);
    let mut data = body.sub(length)?;
    let error = (kind == ERROR_STATUS).then(|| data.u16_be()).transpose()?;
    message.expect(matches!(kind, MANAGEMENT | ERROR_STATUS), Anomaly::BadValue);
    let identifier = data.u16_be()?;
    message.operation.sub = Some(action | u32::from(identifier));
    match name_of(IDENTIFIERS, identifier) {
        Some(name) => message.operation.name = name,
        // Of implementations and of profiles (table 59).
        None if matches!(identifier, 0xc000..=0xfffe) => {}
        None => message.flag(Anomaly::ReservedCode),
    }
    message.values = data.rest();
    if direction == Direction::Response {
        message.outcome = match error {
            Some(code) => Outcome::Error {
                code: u32::from(code),
                name: name_of(ERRORS, code).unwrap_or(UNKNOWN),
            },
            None => Outcome::Ok,
        };
    }
    Ok(())
}

const ERRORS: &[(u16, &str)] = &[
    (1, "response too big"),
    (2, "no such identifier"),
    (3, "wrong length"),
    (4, "wrong value"),
    (5, "not settable"),
    (6, "not supported"),
    (7, "unpopulated"),
    (0xfffe, "general error"),
];

const IDENTIFIERS: &[(u16, &str)] = &[
    (0x0000, "null_management"),
    (0x0001, "clock_description"),
    (0x0002, "user_description"),
    (0x0003, "save_in_non_volatile_storage"),
    (0x0004, "reset_non_volatile_storage"),
    (0x0005, "initialize"),
    (0x0006, "fault_log"),
    (0x0007, "fault_log_reset"),
    (0x2000, "default_data_set"),
    (0x2001, "current_data_set"),
    (0x2002, "parent_data_set"),
    (0x2003, "time_properties_data_set"),
    (0x2004, "port_data_set"),
    (0x2005, "priority1"),
    (0x2006, "priority2"),
    (0x2007, "domain"),
    (0x2008, "slave_only"),
    (0x2009, "log_announce_interval"),
    (0x200a, "announce_receipt_timeout"),
    (0x200b, "log_sync_interval"),
    (0x200c, "version_number"),
    (0x200d, "enable_port"),
    (0x200e, "disable_port"),
    (0x200f, "time"),
    (0x2010, "clock_accuracy"),
    (0x2011, "utc_properties"),
    (0x2012, "traceability_properties"),
    (0x2013, "timescale_properties"),
    (0x2014, "unicast_negotiation_enable"),
    (0x2015, "path_trace_list"),
    (0x2016, "path_trace_enable"),
    (0x2017, "grandmaster_cluster_table"),
    (0x2018, "unicast_master_table"),
    (0x2019, "unicast_master_max_table_size"),
    (0x201a, "acceptable_master_table"),
    (0x201b, "acceptable_master_table_enabled"),
    (0x201c, "acceptable_master_max_table_size"),
    (0x201d, "alternate_master"),
    (0x201e, "alternate_time_offset_enable"),
    (0x201f, "alternate_time_offset_name"),
    (0x2020, "alternate_time_offset_max_key"),
    (0x2021, "alternate_time_offset_properties"),
    (0x4000, "tc_default_data_set"),
    (0x4001, "tc_port_data_set"),
    (0x4002, "primary_domain"),
    (0x6000, "delay_mechanism"),
    (0x6001, "log_min_pdelay_req_interval"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_in_order() {
        assert!(IDENTIFIERS.is_sorted_by(|a, b| a.0 < b.0));
        assert_eq!(name_of(IDENTIFIERS, 0x2005), Some("priority1"));
    }
}

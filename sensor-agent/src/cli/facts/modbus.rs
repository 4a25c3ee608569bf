//! Section `modbus`: histograms over the booked messages.

use sensor_protocols::observation::Direction;

use super::booking::{Fields, Row};
use super::report::{self, count};

/// Adds the messages of one frame.
pub(super) fn add(section: &mut report::Modbus, row: &Row) {
    let shown: Vec<Fields> = row.messages.iter().filter_map(|m| m.fields).collect();
    for fields in &shown {
        section.pdus += 1;
        let codes = match row.direction() {
            Some(Direction::Request) => &mut section.request_function_codes,
            Some(_) => &mut section.response_function_codes_exceptions_included,
            None => &mut section.function_codes_of_unknown_direction,
        };
        count(codes, u64::from(fields.function));
        count(&mut section.unit_ids, u64::from(fields.unit));
        count(&mut section.mbap_protocol_ids, fields.protocol);
        if let Some(code) = fields.diagnostic {
            let codes = &mut section.diagnostic_subfunctions_requests_and_responses;
            count(codes, u64::from(code));
        }
        if let Some(kind) = fields.mei {
            let kinds = &mut section.mei_types_requests_and_responses;
            count(kinds, u64::from(kind));
        }
    }
    let failed: Vec<u32> = shown.iter().filter_map(|f| f.exception).collect();
    // Which function failed is certain only if all in this frame did.
    let certain = failed.len() == shown.len();
    for (fields, code) in shown.iter().zip(&failed) {
        let key = if certain {
            format!("{}/{code}", fields.function)
        } else {
            format!("?/{code}")
        };
        count(&mut section.exceptions_function_slash_code, key);
    }
}

//! Section `events`: operations worth an alert or an audit record, by frame.

use std::collections::BTreeMap;

use super::booking::{Fields, PORT, Row};
use super::report::Event;

/// How many frames are listed per event.
const LISTED: usize = 20;

/// Name, whether only frames to port 502 count, and the condition on a message.
type Rule = (&'static str, bool, fn(&Fields) -> bool);

const RULES: &[Rule] = &[
    ("modbus.write", true, |f| {
        matches!(f.function, 5 | 6 | 15 | 16 | 21..=23)
    }),
    ("modbus.force_listen_only", true, |f| {
        f.diagnostic == Some(4)
    }),
    ("modbus.restart_communications", true, |f| {
        f.diagnostic == Some(1)
    }),
    ("modbus.clear_counters", true, |f| f.diagnostic == Some(10)),
    ("modbus.read_device_identification", true, |f| {
        f.mei == Some(14)
    }),
    ("modbus.report_server_id", true, |f| f.function == 17),
    ("modbus.umas_function_90", true, |f| f.function == 90),
    (
        "modbus.function_not_public",
        true,
        |f| matches!(f.function, 0 | 9 | 10 | 13 | 14 | 18 | 19 | 25..=42 | 44..=127),
    ),
    ("modbus.exception", false, |f| f.exception.is_some()),
    ("modbus.wrong_protocol_id", false, |f| f.protocol != 0),
];

/// Adds the events of one frame. Frames come in any order.
pub(super) fn add(events: &mut BTreeMap<&'static str, Event>, row: &Row) {
    for (name, to_server, holds) in RULES {
        let addressed = !to_server || row.destination_port == PORT;
        let mut shown = row.messages.iter().filter_map(|m| m.fields.as_ref());
        if addressed && shown.any(holds) {
            note(events, name, row.frame);
        }
    }
}

/// Adds an event in a frame.
pub(super) fn note(events: &mut BTreeMap<&'static str, Event>, name: &'static str, frame: u64) {
    let event = events.entry(name).or_default();
    event.frames += 1;
    let at = event.first_frames.partition_point(|f| *f < frame);
    event.first_frames.insert(at, frame);
    event.first_frames.truncate(LISTED);
}

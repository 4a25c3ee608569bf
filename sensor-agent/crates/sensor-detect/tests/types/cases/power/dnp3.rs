//! DNP3: master 1 at [`MASTER`], outstation 4 at [`PLC`].

mod tests;

use std::time::Duration;

use sensor_detect::detector::{Command, Mode};

use super::Case;
use crate::world::{MASTER, PLC, Session, World};

pub(crate) const CASES: &[Case] = &[
    (
        "dnp3_obsolete_initialize_data",
        |w| asked(w, 15),
        |w| asked(w, 16),
    ),
    (
        "dnp3_obsolete_save_config",
        |w| asked(w, 19),
        |w| asked(w, 20),
    ),
    (
        "excessive_outstation_restart",
        |w| restarts(w, 10, Duration::from_mins(6)),
        |w| restarts(w, 10, Duration::from_secs(401)),
    ),
    (
        "dnp3_unpermitted_function_code",
        |w| asked(w, 13),
        |w| taught(w, |w| asked(w, 13)),
    ),
    (
        "dnp3_illegal_integrity_scan",
        |w| requests(w, &[INTEGRITY_POLL]),
        |w| requests(w, &[EVENT_POLL]),
    ),
    (
        "dnp3_broadcast_request",
        |w| addressed(w, 0xffff),
        |w| addressed(w, 0xfff0 - 1),
    ),
    (
        "dnp3_unpermitted_iin",
        |w| indicates(w, &[0, NEED_TIME]),
        |w| taught(w, |w| indicates(w, &[0, NEED_TIME])),
    ),
    (
        "dnp3_function_not_supported",
        |w| indicates(w, &[0x0001]),
        |w| indicates(w, &[0x0002]),
    ),
    (
        "dnp3_unknown_object",
        |w| indicates(w, &[0x0002]),
        |w| indicates(w, &[0x0004]),
    ),
    (
        "dnp3_incorrect_parameter",
        |w| indicates(w, &[0x0004]),
        |w| indicates(w, &[0x0001]),
    ),
    (
        "dnp3_reserved_iin",
        |w| indicates(w, &[0, 0x0040, 0x0040]),
        |w| indicates(w, &[0, 0x0020, 0x0020]),
    ),
    (
        "dnp3_illegal_operation",
        |w| requests(w, &[&CLEAR[..7]]),
        |w| requests(w, &[CLEAR]),
    ),
    (
        "dnp3_improper_formatting",
        |w| responds(w, &[0xc0, 129, 0, 0, 1, 2, 0, 0, 3, 1, 1]),
        |w| responds(w, &[0xc0, 129, 0, 0, 1, 2, 0, 0, 1, 1, 1]),
    ),
    (
        "dnp3_master_requested_app_confirm",
        |w| requests(w, &[&[0xe0, 1, 60, 2, 6]]),
        |w| requests(w, &[EVENT_POLL]),
    ),
    (
        "dnp3_operate_without_select",
        |w| requests(w, &[&block(3, 1), &block(4, 2)]),
        |w| requests(w, &[&block(3, 1), &block(4, 1), &block(4, 1)]),
    ),
    (
        "dnp3_unsolicited_response_storm",
        |w| unsolicited(w, 5, 2500),
        |w| unsolicited(w, 5, 2501),
    ),
    ("dnp3_request_flood", |w| flood(w, 32), |w| flood(w, 31)),
    (
        "dnp3_out_of_sequence",
        |w| begins(w, 3, Duration::from_secs(30)),
        |w| begins(w, 3, Duration::from_secs(31)),
    ),
    (
        "outstation_configuration_changed",
        |w| asked(w, 31),
        |w| asked(w, 30),
    ),
    (
        "dnp3_operation_failed",
        |w| operates(w, 2),
        |w| operates(w, 0),
    ),
    (
        "dnp3_authentication_error",
        |w| authenticates(w, 7),
        |w| authenticates(w, 1),
    ),
    (
        "outstation_restarted",
        |w| indicates(w, &[RESTARTED]),
        |w| indicates(w, &[0x2000]),
    ),
    (
        "outstation_restarts_frequently",
        |w| indicates(w, &[RESTARTED, 0, RESTARTED]),
        |w| indicates(w, &[RESTARTED, RESTARTED, RESTARTED]),
    ),
    (
        "outstation_hardware_problem",
        |w| indicates(w, &[0x4000]),
        |w| indicates(w, &[0x2000]),
    ),
    (
        "outstation_event_buffer_overflow",
        |w| indicates(w, &[OVERFLOW]),
        |w| indicates(w, &[0x0010]),
    ),
    (
        "outstation_event_buffer_overflow_continuous",
        |w| indicates(w, &[OVERFLOW, 0, OVERFLOW, 0, OVERFLOW]),
        |w| indicates(w, &[OVERFLOW, 0, OVERFLOW, OVERFLOW]),
    ),
    (
        "outstation_configuration_corrupted",
        |w| indicates(w, &[0x0020]),
        |w| indicates(w, &[0x0010]),
    ),
];

/// Internal indications, first octet high.
const NEED_TIME: u16 = 0x1000;
const RESTARTED: u16 = 0x8000;
const OVERFLOW: u16 = 0x0008;

/// Read of classes 1, 2, 3 and 0.
const INTEGRITY_POLL: &[u8] = &[0xc0, 1, 60, 2, 6, 60, 3, 6, 60, 4, 6, 60, 1, 6];
const EVENT_POLL: &[u8] = &[0xc0, 1, 60, 2, 6, 60, 3, 6, 60, 4, 6];

/// Write of IIN1.7: the master clears the indication of a restart.
const CLEAR: &[u8] = &[0xc0, 2, 80, 1, 0, 7, 7, 0];

/// A link frame between master 1 and an outstation.
fn frame(from_master: bool, outstation: u16, segment: &[u8]) -> Vec<u8> {
    let (control, destination, source) = if from_master {
        (0xc4, outstation, 1)
    } else {
        (0x44, 1, outstation)
    };
    let length = u8::try_from(segment.len() + 5).unwrap();
    let mut frame = vec![0x05, 0x64, length, control];
    frame.extend(destination.to_le_bytes());
    frame.extend(source.to_le_bytes());
    frame.extend(crc(&frame).to_le_bytes());
    for block in segment.chunks(16) {
        frame.extend(block);
        frame.extend(crc(block).to_le_bytes());
    }
    frame
}

/// CRC of IEEE 1815-2012, 9.2.4.4, bit by bit: polynomial 0x3d65, reflected, inverted.
fn crc(bytes: &[u8]) -> u16 {
    let step = |crc: u16, _| {
        if crc & 1 == 0 {
            crc >> 1
        } else {
            crc >> 1 ^ 0xa6bc
        }
    };
    !bytes
        .iter()
        .fold(0, |crc, byte| (0..8).fold(crc ^ u16::from(*byte), step))
}

/// A fragment in one segment.
fn whole(fragment: &[u8]) -> Vec<u8> {
    [&[0xc0], fragment].concat()
}

fn ask(w: &mut World, session: &mut Session, fragment: &[u8]) {
    session.ask(w, &frame(true, 4, &whole(fragment)));
}

fn answer(w: &mut World, session: &mut Session, fragment: &[u8]) {
    session.answer(w, &frame(false, 4, &whole(fragment)));
}

fn dnp3(w: &mut World) -> Session {
    w.session(MASTER, PLC, 20000)
}

/// Traffic that is learned and comes again.
fn taught(w: &mut World, traffic: fn(&mut World)) {
    w.detector.apply(Command::SetMode(Mode::Learning));
    traffic(w);
    w.detector.apply(Command::SetMode(Mode::Operational));
    traffic(w);
}

fn requests(w: &mut World, fragments: &[&[u8]]) {
    let mut session = dnp3(w);
    for fragment in fragments {
        ask(w, &mut session, fragment);
    }
}

/// A request without objects.
fn asked(w: &mut World, function: u8) {
    requests(w, &[&[0xc0, function]]);
}

/// A request that records the time, to an address.
fn addressed(w: &mut World, outstation: u16) {
    dnp3(w).ask(w, &frame(true, outstation, &whole(&[0xc0, 24])));
}

/// Polls and their answers, with these indications, a minute apart.
fn indicates(w: &mut World, indications: &[u16]) {
    let mut session = dnp3(w);
    for indication in indications {
        let [first, second] = indication.to_be_bytes();
        ask(w, &mut session, EVENT_POLL);
        answer(w, &mut session, &[0xc0, 129, first, second]);
        w.pass(Duration::from_mins(1));
    }
}

/// An answer to a poll.
fn responds(w: &mut World, fragment: &[u8]) {
    let mut session = dnp3(w);
    ask(w, &mut session, EVENT_POLL);
    answer(w, &mut session, fragment);
}

/// A control relay output block for point 1 that pulses so often.
fn block(function: u8, pulses: u8) -> Vec<u8> {
    let block = [0x03, pulses, 100, 0, 0, 0, 100, 0, 0, 0, 0];
    [&[0xc0, function, 12, 1, 0x17, 1, 1], block.as_slice()].concat()
}

/// Select, operate, and a status in the answer to the latter.
fn operates(w: &mut World, status: u8) {
    let mut session = dnp3(w);
    ask(w, &mut session, &block(3, 1));
    ask(w, &mut session, &block(4, 1));
    let mut told = block(4, 1);
    told.splice(1..2, [129, 0, 0]);
    *told.last_mut().unwrap() = status;
    answer(w, &mut session, &told);
}

/// A response of secure authentication: group 120 with this variation, code 1.
fn authenticates(w: &mut World, variation: u8) {
    let object = [1, 0, 0, 0, 1, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0];
    let header = [0xc0, 131, 0, 0, 120, variation, 0x5b, 1, 15, 0];
    let mut session = dnp3(w);
    ask(w, &mut session, &[0xc0, 5]);
    answer(w, &mut session, &[header.as_slice(), &object].concat());
}

/// Unsolicited responses without indications.
fn unsolicited(w: &mut World, count: u32, gap: u64) {
    let mut session = dnp3(w);
    for _ in 0..count {
        answer(w, &mut session, &[0xf0, 130, 0, 0]);
        w.pass(Duration::from_millis(gap));
    }
}

/// Requests without answers after one that has one.
fn flood(w: &mut World, count: u32) {
    let mut session = dnp3(w);
    ask(w, &mut session, EVENT_POLL);
    answer(w, &mut session, &[0xc0, 129, 0, 0]);
    for _ in 0..count {
        ask(w, &mut session, &block(3, 1));
    }
}

/// Fragments that begin while another one is not finished.
fn begins(w: &mut World, count: u32, gap: Duration) {
    let mut session = dnp3(w);
    let begin = [&[0x45], EVENT_POLL].concat();
    session.ask(w, &frame(true, 4, &begin));
    for _ in 0..count {
        session.ask(w, &frame(true, 4, &begin));
        w.pass(gap);
    }
}

/// Cold restarts on one connection.
fn restarts(w: &mut World, count: u32, gap: Duration) {
    let mut session = dnp3(w);
    for _ in 0..count {
        ask(w, &mut session, &[0xc0, 13]);
        w.pass(gap);
    }
}

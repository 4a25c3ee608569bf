//! Telecontrol and substations: IEC 60870-5-104, DNP3, GOOSE, sampled values, MMS.

use std::time::Duration;

use super::Case;
use crate::world::{MASTER, PLC, Session, World};

pub(super) const CASES: &[Case] = &[
    (
        "iec104_unpermitted_asdu_type",
        |w| station(w, |w, session| session.ask(w, &command(6))),
        |w| station(w, |_, _| ()),
    ),
    (
        "iec104_illegal_asdu_type",
        |w| rejected(w, 44),
        |w| rejected(w, 45),
    ),
    (
        "iec104_illegal_cot",
        |w| rejected(w, 45),
        |w| rejected(w, 46),
    ),
    (
        "iec104_illegal_common_address",
        |w| rejected(w, 46),
        |w| rejected(w, 47),
    ),
    (
        "iec104_illegal_ioa",
        |w| rejected(w, 47),
        |w| rejected(w, 7),
    ),
    (
        "dnp3_obsolete_initialize_data",
        |w| dnp3(w, 15),
        |w| dnp3(w, 16),
    ),
    (
        "dnp3_obsolete_save_config",
        |w| dnp3(w, 19),
        |w| dnp3(w, 20),
    ),
    (
        "excessive_outstation_restart",
        |w| restarts(w, 10, Duration::from_mins(6)),
        |w| restarts(w, 10, Duration::from_secs(401)),
    ),
];

/// STARTDT and its confirmation on a new connection, then `then`.
fn station(w: &mut World, then: fn(&mut World, &mut Session)) {
    let mut session = w.session(MASTER, PLC, 2404);
    session.ask(w, &[0x68, 4, 0x07, 0, 0, 0]);
    session.answer(w, &[0x68, 4, 0x0b, 0, 0, 0]);
    then(w, &mut session);
}

/// `C_SC_NA_1`, single command, with a cause of transmission, common address 3, object 5.
fn command(cause: u8) -> [u8; 16] {
    [0x68, 14, 0, 0, 0, 0, 45, 1, cause, 0, 3, 0, 5, 0, 0, 1]
}

/// A single command and its confirmation with the causes 44 to 47 negative.
fn rejected(w: &mut World, cause: u8) {
    let mut session = w.session(MASTER, PLC, 2404);
    session.ask(w, &[0x68, 4, 0x07, 0, 0, 0]);
    session.answer(w, &[0x68, 4, 0x0b, 0, 0, 0]);
    session.ask(w, &command(6));
    let negative = if cause >= 44 { 0x40 } else { 0 };
    let mut answer = command(cause | negative);
    // It acknowledges the command.
    answer[4] = 2;
    session.answer(w, &answer);
}

/// A DNP3 request with this function code and no objects, master 1 to outstation 4.
fn dnp3(w: &mut World, function: u8) {
    let mut session = w.session(MASTER, PLC, 20000);
    session.ask(w, &dnp3_request(function));
}

fn dnp3_request(function: u8) -> Vec<u8> {
    let mut frame = vec![0x05, 0x64, 8, 0xc4, 4, 0, 1, 0];
    frame.extend(crc(&frame).to_le_bytes());
    let user = [0xc0, 0xc0, function];
    frame.extend(user);
    frame.extend(crc(&user).to_le_bytes());
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

/// Cold restarts on one connection.
fn restarts(w: &mut World, count: u32, gap: Duration) {
    let mut session = w.session(MASTER, PLC, 20000);
    for _ in 0..count {
        session.ask(w, &dnp3_request(13));
        w.pass(gap);
    }
}

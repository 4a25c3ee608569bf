//! Telecontrol and substations: IEC 60870-5-104, DNP3, GOOSE, sampled values, MMS.

pub(super) mod dnp3;
pub(super) mod mms;
pub(super) mod published;

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
        "iec104_reset_process",
        |w| station(w, |w, session| session.ask(w, &asdu(105, 6, 0))),
        |w| station(w, |w, session| session.ask(w, &asdu(104, 6, 0))),
    ),
    (
        "iec104_command_refused",
        |w| confirmed(w, 0x47),
        |w| confirmed(w, 7),
    ),
    (
        "iec104_out_of_sequence",
        |w| repeated(w, 4, Duration::from_secs(30)),
        |w| repeated(w, 4, Duration::from_secs(31)),
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
    asdu(45, cause, 5)
}

/// An ASDU of common address 3 with one information object of one octet.
fn asdu(type_id: u8, cause: u8, object: u8) -> [u8; 16] {
    [
        0x68, 14, 0, 0, 0, 0, type_id, 1, cause, 0, 3, 0, object, 0, 0, 1,
    ]
}

/// A single command and its confirmation with this cause and P/N.
fn confirmed(w: &mut World, cause: u8) {
    let mut session = w.session(MASTER, PLC, 2404);
    session.ask(w, &[0x68, 4, 0x07, 0, 0, 0]);
    session.answer(w, &[0x68, 4, 0x0b, 0, 0, 0]);
    session.ask(w, &command(6));
    let mut answer = command(cause);
    // It acknowledges the command.
    answer[4] = 2;
    session.answer(w, &answer);
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

/// A command that is sent again under its number, which is the first one three times too many.
fn repeated(w: &mut World, count: u32, gap: Duration) {
    let mut session = w.session(MASTER, PLC, 2404);
    session.ask(w, &[0x68, 4, 0x07, 0, 0, 0]);
    session.answer(w, &[0x68, 4, 0x0b, 0, 0, 0]);
    for _ in 0..count {
        session.ask(w, &command(6));
        w.pass(gap);
    }
}

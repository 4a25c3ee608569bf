//! MMS over TPKT and COTP.

use sensor_detect::detector::{Command, Mode};

use super::Case;
use crate::world::{MASTER, PLC, Session, World};

pub(crate) const CASES: &[Case] = &[
    (
        "mms_unauthorized_service",
        |w| asks(w, IDENTIFY),
        |w| taught(w, IDENTIFY),
    ),
    (
        "mms_unauthorized_program_access",
        |w| asks(w, START),
        |w| taught(w, START),
    ),
    (
        "mms_bad_device_state",
        |w| exchange(w, STATUS, &status(1)),
        |w| exchange(w, STATUS, &status(0)),
    ),
    (
        "mms_service_failed",
        |w| exchange(w, IDENTIFY, DENIED),
        |w| exchange(w, IDENTIFY, &[0xa1, 5, 2, 1, 1, 0xa2, 0]),
    ),
];

/// Confirmed requests with invoke identifier 1 (ISO 9506-2).
const STATUS: &[u8] = &[0xa0, 6, 2, 1, 1, 0x80, 1, 0];
const IDENTIFY: &[u8] = &[0xa0, 5, 2, 1, 1, 0x82, 0];
/// Start of the program invocation `prog`.
const START: &[u8] = b"\xa0\x0c\x02\x01\x01\xbf\x28\x06\x80\x04prog";
const OTHER: &[u8] = b"\xa0\x0c\x02\x01\x01\xbf\x28\x06\x80\x04play";
const STOP: &[u8] = b"\xa0\x0c\x02\x01\x01\xbf\x29\x06\x80\x04prog";
/// Confirmed error: object access denied.
const DENIED: &[u8] = &[0xa2, 10, 0x80, 1, 1, 0xa2, 5, 0xa0, 3, 0x87, 1, 3];

/// Answer to a status request: nothing is restricted, and this physical status.
fn status(physical: u8) -> Vec<u8> {
    vec![0xa1, 11, 2, 1, 1, 0xa0, 6, 0x80, 1, 0, 0x81, 1, physical]
}

/// A PDU in presentation context 3, session tokens, COTP data and TPKT.
fn packet(pdu: &[u8]) -> Vec<u8> {
    let length = |octets: &[u8]| u8::try_from(octets.len()).unwrap();
    let value = [&[2, 1, 3, 0xa0, length(pdu)], pdu].concat();
    let list = [&[0x30, length(&value)], value.as_slice()].concat();
    let data = [&[1, 0, 1, 0, 0x61, length(&list)], list.as_slice()].concat();
    [
        &[3, 0, 0, length(&data) + 7, 2, 0xf0, 0x80],
        data.as_slice(),
    ]
    .concat()
}

/// A transport connection.
fn connected(w: &mut World) -> Session {
    let mut session = w.session(MASTER, PLC, 102);
    session.ask(w, &[3, 0, 0, 11, 6, 0xe0, 0, 0, 0, 1, 0]);
    session.answer(w, &[3, 0, 0, 11, 6, 0xd0, 0, 1, 0, 2, 0]);
    session
}

fn asks(w: &mut World, request: &[u8]) {
    connected(w).ask(w, &packet(request));
}

fn exchange(w: &mut World, request: &[u8], answer: &[u8]) {
    let mut session = connected(w);
    session.ask(w, &packet(request));
    session.answer(w, &packet(answer));
}

fn taught(w: &mut World, request: &[u8]) {
    w.detector.apply(Command::SetMode(Mode::Learning));
    asks(w, request);
    w.detector.apply(Command::SetMode(Mode::Operational));
    asks(w, request);
}

#[test]
fn another_program_is_an_access_of_its_own() {
    let mut w = World::default();
    taught(&mut w, START);
    asks(&mut w, OTHER);
    assert_eq!(w.count("mms_unauthorized_program_access"), 1);
    asks(&mut w, STOP);
    assert_eq!(w.count("mms_unauthorized_program_access"), 2);
    assert_eq!(w.count("mms_unauthorized_service"), 0);
    assert_eq!(w.count("controller_stop"), 1);
}

#[test]
fn a_bad_state_is_reported_when_it_begins() {
    let mut w = World::default();
    let mut session = connected(&mut w);
    for state in [0, 1, 1, 2, 0, 2] {
        session.ask(&mut w, &packet(STATUS));
        session.answer(&mut w, &packet(&status(state)));
    }
    assert_eq!(w.count("mms_bad_device_state"), 3);
}

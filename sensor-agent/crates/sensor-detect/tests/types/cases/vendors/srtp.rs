//! GE SRTP: service requests and what controllers answer.

use super::bytes;
use crate::world::{MASTER, PLC, Session, World};

/// Header up to the service: type, sequence, no text, message type.
fn header(kind: &str, sequence: &str, form: &str) -> String {
    let reserved = "00".repeat(25);
    format!("{kind}00 {sequence}00 0000 {reserved} {form} 00000000 100e0000 0101")
}

fn request(sequence: &str, service: &str) -> Vec<u8> {
    let head = header("02", sequence, "c0");
    let data = "00".repeat(8);
    bytes(&format!("{head} {service} 08 0900 0100 {data}"))
}

fn response(sequence: &str, status: &str, state: &str) -> Vec<u8> {
    let head = header("03", sequence, "d4");
    bytes(&format!("{head} {status} 000000000000 00 02 0000 {state}"))
}

fn open(w: &mut World) -> Session {
    let mut session = w.session(MASTER, PLC, 18_245);
    session.ask(w, &[0; 56]);
    session.answer(w, &bytes(&format!("01{}", "00".repeat(55))));
    session
}

pub(super) fn asks(w: &mut World, service: &str) {
    open(w).ask(w, &request("02", service));
}

/// A request to read the clock and its answer.
pub(super) fn answered(w: &mut World, status: &str) {
    let mut session = open(w);
    session.ask(w, &request("02", "25"));
    session.answer(w, &response("02", status, "0000"));
}

/// The controller is asked for its clock, told to change its state, and asked again; what it says of its state after
/// the change and at the end.
pub(super) fn stopped(w: &mut World, after: &str, end: &str) {
    let mut session = open(w);
    for (sequence, service, state) in [("02", "25", "0000"), ("03", "23", after), ("04", "25", end)]
    {
        session.ask(w, &request(sequence, service));
        session.answer(w, &response(sequence, "0000", state));
    }
}

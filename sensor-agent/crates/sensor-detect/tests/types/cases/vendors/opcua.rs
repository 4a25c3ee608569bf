//! A connection without security, and messages on it that asyncua encoded.

use super::{bytes, hex};
use crate::world::{MASTER, PLC, Session, World};

/// Names of nodes of the same length.
pub(super) const SPEED: &str = "Speed";
pub(super) const START: &str = "Start";

pub(super) const FAULT: &str = "01008d0180004074947bdc010700000000000b800000000000000000";
pub(super) const WRITTEN: &str =
    "0100a40280004074947bdc0107000000000000000000000000000000 02000000 00000000 00000000 ffffffff";

const REQUEST: &str =
    "040100912b967275fae64a8d28b404dc7daf6380004074947bdc010700000000000000ffffffff10270000000000";

/// A chunk of channel 1: its head and what is behind it.
fn framed(head: &str, rest: &[u8]) -> Vec<u8> {
    let size = u32::try_from(rest.len() + 8).unwrap().to_le_bytes();
    [head.as_bytes(), &size, rest].concat()
}

fn chunk(head: &str, number: u32, body: &str) -> Vec<u8> {
    let policy = "http://opcfoundation.org/UA/SecurityPolicy#None";
    let security = if head == "OPNF" {
        let length = u32::try_from(policy.len()).unwrap().to_le_bytes();
        [&length[..], policy.as_bytes(), &[0xff; 8]].concat()
    } else {
        vec![1, 0, 0, 0]
    };
    let number = number.to_le_bytes();
    let body = bytes(body);
    framed(
        head,
        &[&[1, 0, 0, 0], &security[..], &number, &number, &body].concat(),
    )
}

/// No more than the greeting.
pub(super) fn connects(w: &mut World) {
    greeted(w);
}

fn greeted(w: &mut World) -> Session {
    let mut session = w.session(MASTER, PLC, 4840);
    let hello = "00000000 ffff0000 ffff0000 00000000 00000000 18000000 \
        6f70632e7463703a2f2f6c6f63616c686f73743a34383430";
    session.ask(w, &framed("HELF", &bytes(hello)));
    let acknowledge = "00000000 ffff0000 ffff0000 00000000 00000000";
    session.answer(w, &framed("ACKF", &bytes(acknowledge)));
    session
}

fn open(w: &mut World) -> Session {
    let mut session = greeted(w);
    let request = format!("0100be01{REQUEST}000000000000000001000000ffffffffc0270900");
    session.ask(w, &chunk("OPNF", 1, &request));
    let response = "0100c10180004074947bdc01070000000000000000000000000000000000000001000000\
        0100000080004074947bdc01c0270900ffffffff";
    session.answer(w, &chunk("OPNF", 1, response));
    session
}

/// Two values are written: `Pump.` and the name, and `i=5` of the same namespace.
fn write(node: &str) -> String {
    let node = hex(format!("Pump.{node}").as_bytes());
    format!(
        "0100a102{REQUEST}020000000302000a000000{node}0d000000ffffffff0f0b0000000000000c40\
         0000000080004074947bdc0180004074947bdc010102050004000000ffffffff0f0c0100000078\
         0000000080004074947bdc0180004074947bdc01"
    )
}

pub(super) fn writes(w: &mut World, node: &str) {
    open(w).ask(w, &chunk("MSGF", 2, &write(node)));
}

/// A write and its answer.
pub(super) fn answered(w: &mut World, answer: &str) {
    let mut session = open(w);
    session.ask(w, &chunk("MSGF", 2, &write(SPEED)));
    session.answer(w, &chunk("MSGF", 2, answer));
}

/// A publication with three events; the second one has this severity, the others 100 and 500.
pub(super) fn event(w: &mut World, severity: u16) {
    let mut session = open(w);
    let request = format!("01003a03{REQUEST}010000000300000001000000");
    session.ask(w, &chunk("MSGF", 2, &request));
    let one = "050000000f020000000102110100f9070d80004074947bdc011503020000 00656e";
    let severity = hex(&severity.to_le_bytes());
    let answer = format!(
        "01003d0380004074947bdc0107000000000000000000000000000000030000000100000001000000010100\
         000080004074947bdc010300000001002b03012a00000001000000010000000f082a000000000000000000\
         000080004074947bdc0180004074947bdc01000000000100940301a20000000300000002000000\
         {one}09000000646f6f72206f70656e056400\
         02000000{one}0c00000070756d702074726970706564 05{severity}\
         03000000{one}050000006c6174657205f401\
         01003403010500000000000a8000010000000000000000000000"
    );
    session.answer(w, &chunk("MSGF", 2, &answer));
}

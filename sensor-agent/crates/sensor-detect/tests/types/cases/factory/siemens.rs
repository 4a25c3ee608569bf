//! S7comm and S7comm-plus, byte by byte.

use crate::world::{MASTER, PLC, Session, World};

/// An ISO transport connection to a controller.
pub(super) fn connect(w: &mut World) -> Session {
    let tpdu = |code: u8, from: u8, to: u8| {
        let head = [3, 0, 0, 22, 17, code, 0, from, 0, to, 0];
        let parameters = [0xc0, 1, 10, 0xc1, 2, 1, 0, 0xc2, 2, 1, 2];
        [&head[..], &parameters[..]].concat()
    };
    let mut session = w.session(MASTER, PLC, 102);
    session.ask(w, &tpdu(0xe0, 0, 1));
    session.answer(w, &tpdu(0xd0, 1, 2));
    session
}

/// A TSDU in one segment of the transport.
pub(super) fn tsdu(bytes: &[u8]) -> Vec<u8> {
    let total = u16::try_from(7 + bytes.len()).unwrap().to_be_bytes();
    [&[3, 0, total[0], total[1], 2, 0xf0, 0x80], bytes].concat()
}

fn pdu(rosctr: u8, error: &[u8], parameter: &[u8], data: &[u8]) -> Vec<u8> {
    let length = |bytes: &[u8]| u16::try_from(bytes.len()).unwrap().to_be_bytes();
    let (p, d) = (length(parameter), length(data));
    let head = [0x32, rosctr, 0, 0, 0, 7, p[0], p[1], d[0], d[1]];
    tsdu(&[&head, error, parameter, data].concat())
}

/// A job with its parameter and data.
pub(super) fn job(parameter: &[u8], data: &[u8]) -> Vec<u8> {
    pdu(1, &[], parameter, data)
}

/// Its acknowledgement with an error class and code.
pub(super) fn acknowledgement(error: [u8; 2], parameter: &[u8]) -> Vec<u8> {
    pdu(3, &error, parameter, &[])
}

/// A userdata request: group, subfunction and the data part behind its head.
pub(super) fn userdata(group: u8, sub: u8, data: &[u8]) -> Vec<u8> {
    let length = u8::try_from(data.len()).unwrap();
    let head = [0xff, 9, 0, length];
    let parameter = [0, 1, 0x12, 4, 0x11, 0x40 | group, sub, 0];
    pdu(7, &[], &parameter, &[&head, data].concat())
}

pub(super) fn stop() -> Vec<u8> {
    job(
        &[&[0x29, 0, 0, 0, 0, 0, 9], &b"P_PROGRAM"[..]].concat(),
        &[],
    )
}

/// Reads octets of data block 1.
pub(super) fn read_block(first: u8, octets: u8) -> Vec<u8> {
    let item = [0x12, 10, 0x10, 2, 0, octets, 0, 1, 0x84, 0, 0, first << 3];
    job(&[&[4, 1], &item[..]].concat(), &[])
}

/// The system status list with this identifier.
pub(super) fn system_status(list: u8) -> Vec<u8> {
    userdata(4, 1, &[0, list, 0, 0])
}

/// One job or request on a connection of its own.
pub(super) fn ask(w: &mut World, message: &[u8]) {
    connect(w).ask(w, message);
}

/// A stop that is answered with this error.
pub(super) fn stopped(w: &mut World, error: [u8; 2]) {
    let mut session = connect(w);
    session.ask(w, &stop());
    session.answer(w, &acknowledgement(error, &[0x29]));
}

/// A request of S7comm-plus, version 1, with this function, an empty object list and the trailer.
pub(super) fn plus(w: &mut World, function: u16) {
    let function = function.to_be_bytes();
    let head = [0x31, 0, 0, function[0], function[1], 0, 0, 0, 1];
    let body = [&head[..], &[0, 0, 1, 0x20, 0x36, 0, 0, 0, 0]].concat();
    let length = u8::try_from(body.len()).unwrap();
    let message = [&[0x72, 1, 0, length], &body[..], &[0x72, 1, 0, 0]].concat();
    ask(w, &tsdu(&message));
}

/// Reads octets of the flags.
pub(super) fn read_flags(first: u8, octets: u8) -> Vec<u8> {
    let item = [0x12, 10, 0x10, 2, 0, octets, 0, 0, 0x83, 0, 0, first << 3];
    job(&[&[4, 1], &item[..]].concat(), &[])
}

/// Writes a number of four octets of a transport size to flag double word 4.
pub(super) fn write_flags(transport: u8, value: [u8; 4]) -> Vec<u8> {
    let item = [0x12, 10, 0x10, 2, 0, 4, 0, 0, 0x83, 0, 0, 4 << 3];
    let length = if transport == 7 { 4 } else { 32 };
    let data = [&[0, transport, 0, length], &value[..]].concat();
    job(&[&[5, 1], &item[..]].concat(), &data)
}

/// A password, and the answer with this error.
pub(super) fn password(w: &mut World, error: [u8; 2]) {
    let mut session = connect(w);
    session.ask(
        w,
        &userdata(5, 1, &[0x21, 0x3a, 0x1b, 0x1d, 0x6e, 0x68, 0x1b, 0x1d]),
    );
    let parameter = [0, 1, 0x12, 8, 0x12, 0x85, 1, 0, 0, 0, error[0], error[1]];
    session.answer(w, &pdu(7, &[], &parameter, &[10, 0, 0, 0]));
}

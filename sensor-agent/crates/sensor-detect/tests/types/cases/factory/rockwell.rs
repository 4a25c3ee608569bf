//! EtherNet/IP, CIP and PCCC, byte by byte.

use crate::world::{MASTER, PLC, Session, World};

pub(super) const PORT: u16 = 44_818;

/// An encapsulated message in session 1.
pub(super) fn command(code: u16, status: u8, data: &[u8]) -> Vec<u8> {
    let mut bytes = code.to_le_bytes().to_vec();
    bytes.extend(u16::try_from(data.len()).unwrap().to_le_bytes());
    bytes.extend([1, 0, 0, 0, status, 0, 0, 0]);
    bytes.extend([7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    bytes.extend(data);
    bytes
}

/// Send RR Data with a CIP message.
pub(super) fn cip(message: &[u8]) -> Vec<u8> {
    let length = u16::try_from(message.len()).unwrap().to_le_bytes();
    let items = [0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0xb2, 0];
    command(0x6f, 0, &[&items[..], &length, message].concat())
}

/// A service on instance 1 of a class.
pub(super) fn service(code: u8, class: u8, data: &[u8]) -> Vec<u8> {
    [&[code, 2, 0x20, class, 0x24, 1], data].concat()
}

pub(super) fn connect(w: &mut World) -> Session {
    w.session(MASTER, PLC, PORT)
}

/// One service on a connection of its own.
pub(super) fn ask(w: &mut World, code: u8, class: u8, data: &[u8]) {
    connect(w).ask(w, &cip(&service(code, class, data)));
}

/// The same, answered with a general status.
pub(super) fn asked(w: &mut World, (code, class): (u8, u8), status: u8) {
    let mut session = connect(w);
    session.ask(w, &cip(&service(code, class, &[1, 0, 6, 0, 0, 0])));
    session.answer(w, &cip(&[code | 0x80, 0, status, 0]));
}

/// Read Tag of a symbol of four letters.
pub(super) fn read_tag(w: &mut World, name: [u8; 4]) {
    let message = [&[0x4c, 3, 0x91, 4], &name[..], &[1, 0]].concat();
    connect(w).ask(w, &cip(&message));
}

/// Execute PCCC with a function of command 0x0f.
pub(super) fn pccc(w: &mut World, function: u8, data: &[u8]) {
    let head = [7, 0x4d, 0, 1, 2, 3, 4, 0x0f, 0, 1, 0, function];
    ask(w, 0x4b, 0x67, &[&head, data].concat());
}

/// I/O data of a connection.
pub(super) fn io_data(w: &mut World) {
    let head = [2, 0, 2, 0x80, 8, 0, 9, 0, 0, 0, 1, 0, 0, 0];
    let data = [0xb1, 0, 4, 0, 1, 0, 5, 5];
    w.udp((MASTER, 2222), (PLC, 2222), &[&head[..], &data].concat());
}

/// Forward Open with this connection path.
pub(super) fn forward_open(w: &mut World, path: &[u8]) {
    let words = u8::try_from(path.len() / 2).unwrap();
    let identifiers = [
        10, 14, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0x4d, 0, 1, 2, 3, 4, 1, 0, 0, 0,
    ];
    let rates = [
        0x10, 0x27, 0, 0, 0x0a, 0x48, 0x10, 0x27, 0, 0, 0x0a, 0x48, 1, words,
    ];
    ask(w, 0x54, 0x06, &[&identifiers[..], &rates, path].concat());
}

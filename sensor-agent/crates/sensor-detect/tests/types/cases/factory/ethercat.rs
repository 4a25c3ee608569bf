//! EtherCAT frames, byte by byte.

use sensor_protocols::addr::MacAddr;

use crate::world::{MASTER, World, end};

/// A broadcast write of the AL control register.
pub(super) fn al_control(w: &mut World, state: u8) {
    broadcast(w, &[8, 1, 0, 0, 0x20, 0x01, 2, 0, 0, 0, state, 0, 0, 0]);
}

/// A broadcast write of an octet to a register below 256.
pub(super) fn write(w: &mut World, register: u8, value: u8) {
    broadcast(w, &[8, 1, 0, 0, register, 0, 1, 0, 0, 0, value, 0, 0]);
}

fn broadcast(w: &mut World, datagram: &[u8]) {
    let header = [u8::try_from(datagram.len()).unwrap(), 0x10];
    let mut frame = [&header[..], datagram].concat();
    frame.resize(46, 0);
    w.link(end(MASTER, 0).mac, MacAddr::BROADCAST, 0x88a4, &frame);
}

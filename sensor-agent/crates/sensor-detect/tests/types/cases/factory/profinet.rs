//! PROFINET frames, byte by byte.

use crate::world::{MASTER, PLC, World, end};

pub(super) const ETHERTYPE: u16 = 0x8892;

/// Cyclic data of real-time class 1 with a data status.
pub(super) fn cyclic(w: &mut World, cycle: u8, status: u8) {
    let mut frame = vec![0xc0, 0x10];
    frame.extend([0x80; 40]);
    frame.extend([0, cycle, status, 0]);
    w.link(end(MASTER, 0).mac, end(PLC, 0).mac, ETHERTYPE, &frame);
}

/// A DCP message of the service Get or Set, with its blocks.
pub(super) fn dcp(w: &mut World, (service, kind): (u8, u8), blocks: &[u8]) {
    let length = u16::try_from(blocks.len()).unwrap().to_be_bytes();
    let head = [0xfe, 0xfd, service, kind, 1, 0, 0, 1, 0, 0];
    let mut frame = [&head[..], &length, blocks].concat();
    frame.resize(46, 0);
    let (mut from, mut to) = (end(MASTER, 0).mac, end(PLC, 0).mac);
    if kind & 1 != 0 {
        std::mem::swap(&mut from, &mut to);
    }
    w.link(from, to, ETHERTYPE, &frame);
}

/// Set: the option with a block qualifier.
pub(super) fn set(w: &mut World, option: [u8; 2], value: &[u8]) {
    let length = u8::try_from(2 + value.len()).unwrap();
    let head = [option[0], option[1], 0, length, 0, 1];
    dcp(w, (4, 0), &[&head[..], value].concat());
}

/// Set of a name, and the answer with a block error.
pub(super) fn set_name(w: &mut World, error: u8) {
    set(w, [2, 2], b"pump");
    dcp(w, (4, 1), &[5, 4, 0, 3, 2, 2, error]);
}

/// The answer of a station to an Identify, with one block: option, block information and value.
pub(super) fn identified(w: &mut World, station: &str, option: [u8; 2], info: u8, value: &[u8]) {
    let length = u8::try_from(2 + value.len()).unwrap();
    let block = [&[option[0], option[1], 0, length, 0, info], value].concat();
    let blocks = u16::try_from(block.len()).unwrap().to_be_bytes();
    let head = [0xfe, 0xff, 5, 1, 1, 0, 0, 1, 0, 0];
    let mut frame = [&head[..], &blocks, &block].concat();
    frame.resize(46, 0);
    w.link(end(station, 0).mac, end(MASTER, 0).mac, ETHERTYPE, &frame);
}

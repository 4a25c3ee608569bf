//! Frames of stations that speak without IP.

use crate::STEP;
use crate::both::Timed;

/// Stations by number: 0 and 1 have addresses of their own, 2 is a group.
const STATIONS: [[u8; 6]; 3] = [
    [2, 0, 0, 0, 0, 1],
    [2, 0, 0, 0, 0, 2],
    [1, 0x0c, 0xcd, 1, 0, 1],
];

/// What was sent so far.
#[derive(Default)]
pub(crate) struct Wire {
    pub(crate) frames: Vec<Timed>,
}

impl Wire {
    /// Sends a payload from one station to another; `vlan` 0 is no tag.
    pub(crate) fn send(&mut self, ends: [usize; 2], vlan: u16, ethertype: u16, payload: &[u8]) {
        let [from, to] = ends.map(|station| STATIONS[station]);
        let mut frame = [to, from].concat();
        if vlan != 0 {
            frame.extend([0x81, 0]);
            frame.extend((0x8000 | vlan).to_be_bytes());
        }
        frame.extend(ethertype.to_be_bytes());
        frame.extend(payload);
        if frame.len() < 60 {
            frame.resize(60, 0);
        }
        self.push(frame);
    }

    /// The last frame once more.
    pub(crate) fn again(&mut self) {
        if let Some((_, frame)) = self.frames.last().cloned() {
            self.push(frame);
        }
    }

    pub(crate) fn push(&mut self, frame: Vec<u8>) {
        self.frames.push((self.frames.len() as u64 * STEP, frame));
    }
}

/// An element in the basic encoding rules.
pub(crate) fn element(tag: u8, contents: &[u8]) -> Vec<u8> {
    let mut bytes = vec![tag];
    match u8::try_from(contents.len()) {
        Ok(len @ ..=0x7f) => bytes.push(len),
        Ok(len) => bytes.extend([0x81, len]),
        Err(_) => {
            bytes.push(0x82);
            bytes.extend(u16::try_from(contents.len()).unwrap().to_be_bytes());
        }
    }
    bytes.extend(contents);
    bytes
}

/// A number that is not negative, as short as it can be.
pub(crate) fn number(tag: u8, number: u32) -> Vec<u8> {
    let bytes = number.to_be_bytes();
    let zeros = bytes.iter().take(3).take_while(|byte| **byte == 0).count();
    let sign = bytes[zeros] & 0x80 != 0;
    let contents = [&vec![0; usize::from(sign)][..], &bytes[zeros..]].concat();
    element(tag, &contents)
}

/// APPID, length and reserved fields in front of an APDU of IEC 61850.
pub(crate) fn carried(appid: u16, simulated: bool, apdu: &[u8]) -> Vec<u8> {
    let length = u16::try_from(8 + apdu.len()).unwrap();
    let mut payload = [appid.to_be_bytes(), length.to_be_bytes()].concat();
    payload.extend([if simulated { 0x80 } else { 0 }, 0, 0, 0]);
    payload.extend(apdu);
    payload
}

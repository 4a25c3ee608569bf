//! GOOSE (IEC 61850-8-1, 18 and annex A): the retransmissions of a state that does not change.
//!
//! Recognised: a whole `IECGoosePdu` without the simulation flag, `simulation` and `ndsCom` false.
//! Operation: `stNum` and `numDatSetEntries`, and a hash of all else but `sqNum`, the values
//! included: whatever changes is another operation, so that a value that changes without a new
//! `stNum` goes up. Tag: `sqNum`, which counts up by one; the first message of a state, which has 0, goes
//! up. Limits: [`super::hash::LONGEST`] bytes in front
//! of `sqNum` and behind.

use sensor_common::operation::KIND_CYCLIC;

use super::ber::{Element, element, tagged};
use super::hash::Hasher;
use super::{Message, Payload, Shape};

/// APPID, length and two reserved fields (annex C.2).
const HEADER: usize = 8;
/// Tag of `IECGoosePdu`.
const PDU: u8 = 0x61;
const GOCB_REF: u8 = 0x80;
const TIME_ALLOWED_TO_LIVE: u8 = 0x81;
const DAT_SET: u8 = 0x82;
const GO_ID: u8 = 0x83;
const TIME: u8 = 0x84;
const ST_NUM: u8 = 0x85;
const SQ_NUM: u8 = 0x86;
const SIMULATION: u8 = 0x87;
const CONF_REV: u8 = 0x88;
const NDS_COM: u8 = 0x89;
const ENTRIES: u8 = 0x8a;
const ALL_DATA: u8 = 0xab;

/// See [`super::classify`].
#[inline(always)]
pub fn classify(payload: &Payload<'_>, seed: u64, message: &mut Message) -> Shape {
    match recognise(payload, seed, message) {
        Some(()) => Shape::One,
        None => Shape::Whole,
    }
}

#[inline(always)]
fn recognise(payload: &Payload<'_>, seed: u64, message: &mut Message) -> Option<()> {
    // The highest bit of the first reserved field marks a simulated message; nothing else is set.
    let [_, _, high, low, 0, 0, 0, 0] = payload.read::<HEADER>(0)? else {
        return None;
    };
    let length = u16::from_be_bytes([high, low]) as usize;
    // Behind it is only what pads the frame.
    if length > payload.len() {
        return None;
    }
    let pdu = tagged(payload, PDU, HEADER, length)?;
    if pdu.end != length {
        return None;
    }
    let next = |tag: u8, behind: &Element| tagged(payload, tag, behind.end, pdu.end);
    let reference = tagged(payload, GOCB_REF, pdu.start, pdu.end)?;
    let dat_set = next(DAT_SET, &next(TIME_ALLOWED_TO_LIVE, &reference)?)?;
    let mut time = element(payload, dat_set.end, pdu.end)?;
    if time.tag == GO_ID {
        time = element(payload, time.end, pdu.end)?;
    }
    if time.tag != TIME {
        return None;
    }
    let state = next(ST_NUM, &time)?;
    let sequence = next(SQ_NUM, &state)?;
    let simulation = next(SIMULATION, &sequence)?;
    let commissioning = next(NDS_COM, &next(CONF_REV, &simulation)?)?;
    let entries = next(ENTRIES, &commissioning)?;
    let data = next(ALL_DATA, &entries)?;
    if simulation.truth(payload)? || commissioning.truth(payload)? || data.end != pdu.end {
        return None;
    }
    let mut hasher = Hasher::new(seed);
    hasher.bytes(payload, 0, state.end)?;
    hasher.bytes(payload, sequence.end, pdu.end - sequence.end)?;
    let number = running(payload, &sequence)?;
    let state = state.number(payload)?;
    let entries = entries.number(payload)?;
    message.kind = KIND_CYCLIC;
    message.step = 1;
    message.tag = number;
    message.operation = [u64::from(state) << 32 | u64::from(entries), hasher.finish()];
    Some(())
}

/// A sequence number of a message that may follow another: not the first of a state, which has 0, and not
/// negative.
#[inline(always)]
fn running(payload: &Payload<'_>, sequence: &Element) -> Option<u32> {
    let [first] = payload.read::<1>(sequence.start)?;
    let number = sequence.number(payload)?;
    (first & 0x80 == 0 && number != 0).then_some(number)
}

#[cfg(test)]
mod tests {
    use sensor_common::operation::Aggregated::Goose;

    use super::*;
    use crate::operation::Role;
    use crate::operation::testing::{cuts, hex, noise, not_with, one, run, tells_apart};

    /// goose/iti_goose.pcap, frame 1.
    const FRAME: &str = "0001 0091 0000 0000 618186 801a4745446576696365463635302f4c4c4e3024474f\
        2467636230 31 8103009c40 821847454465766963654636 35302f4c4c4e3024474f4f534531 \
        830b463635305f474f4f534531 8408386ebbf34217280a 850101 86010a 870100 880101 890100 8a0108 \
        ab20 83010084030300008301008403030000830100840303000083010084 03030000";
    /// goose/iti_goose_demo.pcap, frame 1: numbers of five bytes.
    const WIDE: &str = "2000 006c 0000 0000 6162 8003313131 81050000002710 8203323232 8303333333 \
        84084dd da51adbe76d00 85050000000001 86050000000001 870100 88050000000001 890100 \
        8a05 000000000a ab1e 830100830100830100830100830100830100830100830100830100830100";
    /// Where `sqNum` lies in [`FRAME`].
    const SEQUENCE: usize = 98;

    #[test]
    fn messages_are_recognised() {
        let message = one(Goose, &hex(FRAME), Role::Client, KIND_CYCLIC);
        assert_eq!(
            (message.tag, message.step, message.sequence_bits),
            (10, 1, 0)
        );
        assert_eq!(message.operation[0], 1 << 32 | 8);
        let wide = one(Goose, &hex(WIDE), Role::Server, KIND_CYCLIC);
        assert_eq!((wide.tag, wide.operation[0]), (1, 1 << 32 | 10));
    }

    #[test]
    fn all_but_the_sequence_number_makes_the_operation() {
        let frame = hex(FRAME);
        for at in (0..frame.len()).filter(|at| *at != SEQUENCE) {
            tells_apart(Goose, &frame, Role::Client, at);
        }
        let first = one(Goose, &frame, Role::Client, KIND_CYCLIC);
        let mut next = frame;
        next[SEQUENCE] = 11;
        let next = one(Goose, &next, Role::Client, KIND_CYCLIC);
        assert_eq!((next.tag, next.operation), (11, first.operation));
    }

    #[test]
    fn simulation_commissioning_and_new_states_go_up() {
        let frame = hex(FRAME);
        for (at, value) in [
            (4, 0x80),
            (101, 1),
            (107, 1),
            (8, 0x60),
            (5, 1),
            (7, 1),
            (SEQUENCE, 0),
            (SEQUENCE, 0x80),
        ] {
            not_with(Goose, &frame, Role::Client, at, value);
        }
        assert_eq!((frame[99], frame[105]), (0x87, 0x89));
    }

    #[test]
    fn padding_does_not_count_and_a_goid_may_be_left_out() {
        let padded = [hex(FRAME), vec![0; 9]].concat();
        let first = one(Goose, &hex(FRAME), Role::Client, KIND_CYCLIC);
        assert_eq!(one(Goose, &padded, Role::Client, KIND_CYCLIC), first);
        let mut without = hex(FRAME);
        without.drain(70..83);
        (without[3], without[10]) = (without[3] - 13, without[10] - 13);
        one(Goose, &without, Role::Client, KIND_CYCLIC);
    }

    #[test]
    fn long_data_goes_up() {
        let mut long = hex(FRAME);
        long.truncate(long.len() - 34);
        long.extend([0xab, 0x82, 0x01, 0x00]);
        long.extend([0x83, 0x01, 0x00, 0x00].repeat(64));
        let pdu = u8::try_from(long.len() - 11 - 256).expect("below 256");
        long.splice(8..11, [0x61, 0x82, 1, pdu]);
        let length = u16::try_from(long.len()).expect("short").to_be_bytes();
        long[2..4].copy_from_slice(&length);
        assert_eq!(run(Goose, &long, Role::Client).0, Shape::Whole);
    }

    #[test]
    fn cuts_and_noise() {
        for text in [FRAME, WIDE] {
            cuts(Goose, &hex(text), Role::Client);
            noise(Goose, &hex(text));
        }
    }
}

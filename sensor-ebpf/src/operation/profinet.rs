//! PROFINET RT (IEC 61158-6-10, 4.3 and 4.7): cyclic process data of the classes 1 to 3.
//!
//! Recognised: frame identifiers of cyclic data whose trailer says that provider and data are good.
//! Operation: frame identifier, length, data status and transfer status. Tag: cycle counter, which
//! grows by a step of the provider's own (send clock and reduction ratio). Discovery, alarms, time
//! and fragments are whole. Limit: a payload of [`super::MOST`] bytes.

use sensor_common::operation::KIND_CYCLIC;

use super::{Message, Payload, STEP_OWN, Shape};

/// Cycle counter, data status, transfer status, the last bytes of the frame.
const TRAILER: usize = 4;
/// Frame identifier, at least one byte of data, trailer.
const SHORTEST: usize = 2 + 1 + TRAILER;
/// Bits of the data status that say good: valid, provider runs, no problem indicated.
const GOOD: u8 = 0x34;
/// Redundancy and state of the data status, which may be either.
const EITHER: u8 = 0x03;
const CYCLE_COUNTER_BITS: u8 = 16;

/// See [`super::classify`].
#[inline(always)]
pub fn classify(payload: &Payload<'_>, message: &mut Message) -> Shape {
    match recognise(payload, message) {
        Some(()) => Shape::One,
        None => Shape::Whole,
    }
}

#[inline(always)]
fn recognise(payload: &Payload<'_>, message: &mut Message) -> Option<()> {
    let identifier = payload.read::<2>(0)?;
    if !is_cyclic(u16::from_be_bytes(identifier)) || payload.len() < SHORTEST {
        return None;
    }
    let [c0, c1, data, transfer] = payload.read::<TRAILER>(payload.len() - TRAILER)?;
    if data & !EITHER != GOOD || transfer != 0 {
        return None;
    }
    let [f0, f1] = identifier;
    let [l0, l1] = (payload.len() as u16).to_be_bytes();
    message.kind = KIND_CYCLIC;
    message.sequence_bits = CYCLE_COUNTER_BITS;
    message.step = STEP_OWN;
    message.tag = u32::from(u16::from_be_bytes([c0, c1]));
    message.operation = [
        u64::from_be_bytes([0, 0, f0, f1, l0, l1, data, transfer]),
        0,
    ];
    Some(())
}

/// Cyclic data of RT class 3, 2 and 1, one receiver or many.
#[inline(always)]
const fn is_cyclic(identifier: u16) -> bool {
    matches!(identifier, 0x0100..=0xfbff)
}

#[cfg(test)]
mod tests {
    use sensor_common::operation::Aggregated::Profinet;

    use super::*;
    use crate::operation::Role;
    use crate::operation::testing::{
        cuts, hex, leaves_alone, noise, not_with, one, run, tells_apart,
    };

    /// profinet/icsnpp_io_cm_mixed_1.pcap, frame 495.
    const FRAME: &str = "c000 800000808080000000008000800000000000000000000000000000000000000000000000\
        00000000 c6e0 35 00";
    const COUNTER: u32 = 0xc6e0;

    #[test]
    fn cyclic_data_is_recognised() {
        let message = one(Profinet, &hex(FRAME), Role::Client, KIND_CYCLIC);
        assert_eq!((message.step, message.sequence_bits), (STEP_OWN, 16));
        assert_eq!(message.tag, COUNTER);
    }

    #[test]
    fn identifier_and_states_make_the_operation_and_the_data_does_not() {
        let frame = hex(FRAME);
        let end = frame.len();
        for at in [0, 1, end - 2, end - 1] {
            tells_apart(Profinet, &frame, Role::Client, at);
        }
        for at in 2..end - 2 {
            leaves_alone(Profinet, &frame, Role::Client, at);
        }
        let longer = [&frame[..2], &[0], &frame[2..]].concat();
        let first = one(Profinet, &frame, Role::Client, KIND_CYCLIC);
        let longer = one(Profinet, &longer, Role::Client, KIND_CYCLIC);
        assert_ne!(longer.operation, first.operation);
    }

    #[test]
    fn what_is_not_good_cyclic_data_goes_up() {
        let frame = hex(FRAME);
        let end = frame.len();
        for data in [0x00, 0x31, 0x25, 0x15, 0xb5, 0x75, 0x3d] {
            not_with(Profinet, &frame, Role::Client, end - 2, data);
        }
        not_with(Profinet, &frame, Role::Client, end - 1, 1);
        // Time, alarms, discovery, reserved.
        for high in [0x00, 0xfc, 0xfe, 0xff] {
            not_with(Profinet, &frame, Role::Client, 0, high);
        }
        let long = [&frame[..2], &[0; 600], &frame[2..]].concat();
        assert_eq!(run(Profinet, &long, Role::Client).0, Shape::Whole);
    }

    #[test]
    fn cuts_and_noise() {
        cuts(Profinet, &hex(FRAME), Role::Client);
        noise(Profinet, &hex(FRAME));
    }
}

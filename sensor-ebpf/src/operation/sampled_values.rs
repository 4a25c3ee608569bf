//! Sampled values (IEC 61850-9-2, 8 and annex A; the layout of IEC 61869-9 and of the guideline
//! "9-2 LE" among them).
//!
//! Recognised: a whole `SavPdu` of one to [`UNITS`] units that follow each other, without the
//! simulation flag. Operation: the number of units, and a hash over each of all but sample count
//! and values: identifier, data set, configuration revision, refresh time, synchronisation, rate,
//! length of the values, and whatever stands behind them. For values of eight channels with a
//! quality each (9-2 LE), the qualities too. Tag: `smpCnt` of the first unit, which grows by the
//! number of units; where the count starts again, also between two units, a message goes up. Limits: [`super::hash::LONGEST`] bytes in front of a sample count, 40 behind it and behind the
//! values.

use sensor_common::operation::KIND_CYCLIC;

use super::ber::{Element, element, tagged};
use super::hash::Hasher;
use super::{Message, Payload, Shape};

/// Units (`ASDU`) of a message that are followed.
pub const UNITS: usize = 8;
/// APPID, length and two reserved fields (annex C.2).
const HEADER: usize = 8;
/// Tag of `SavPdu`.
const PDU: u8 = 0x60;
const NUMBER_OF_UNITS: u8 = 0x80;
const SEQUENCE_OF_UNITS: u8 = 0xa2;
const UNIT: u8 = 0x30;
const SV_ID: u8 = 0x80;
const DAT_SET: u8 = 0x81;
const SAMPLE_COUNT: u8 = 0x82;
/// `confRev`, `refrTm`, `smpSynch` and `smpRate`, in this order; two of them may be missing.
const MIDDLE: core::ops::RangeInclusive<u8> = 0x83..=0x86;
const MIDDLE_FIELDS: usize = 4;
const SAMPLE: u8 = 0x87;
/// Values of eight channels of four bytes, with a quality of four bytes behind each.
const CHANNELS: usize = 8;
const CHANNEL: usize = 8;
/// Bytes between sample count and values, and behind those; the fields above take 33.
const FEW: usize = 40;

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
    if length > payload.len() {
        return None;
    }
    let pdu = tagged(payload, PDU, HEADER, length)?;
    let number = tagged(payload, NUMBER_OF_UNITS, pdu.start, pdu.end)?;
    let count = number.number(payload)? as usize;
    let units = tagged(payload, SEQUENCE_OF_UNITS, number.end, pdu.end)?;
    if pdu.end != length || units.end != pdu.end || !(1..=UNITS).contains(&count) {
        return None;
    }
    let stop = payload.forget(count);
    let mut hasher = Hasher::new(seed);
    let mut first = 0;
    let mut expected = 0;
    let mut offset = units.start;
    for index in 0..UNITS {
        if index >= stop {
            break;
        }
        let unit = tagged(payload, UNIT, offset, units.end)?;
        let sample = take_in(payload, &unit, &mut hasher)?;
        if index == 0 {
            first = sample;
        } else if sample != expected {
            return None;
        }
        expected = sample.wrapping_add(1);
        offset = unit.end;
    }
    if offset != units.end {
        return None;
    }
    message.kind = KIND_CYCLIC;
    // Of all bits: a count that starts again does not follow.
    message.sequence_bits = 0;
    message.step = count as u8;
    message.tag = u32::from(first);
    message.operation = [(length as u64) << 8 | count as u64, hasher.finish()];
    Some(())
}

/// Takes in all of a unit but its sample count and values; gives the count.
#[inline(always)]
fn take_in(payload: &Payload<'_>, unit: &Element, hasher: &mut Hasher) -> Option<u16> {
    let identifier = tagged(payload, SV_ID, unit.start, unit.end)?;
    let mut sample = element(payload, identifier.end, unit.end)?;
    if sample.tag == DAT_SET {
        sample = element(payload, sample.end, unit.end)?;
    }
    if sample.tag != SAMPLE_COUNT || sample.len() != 2 {
        return None;
    }
    hasher.bytes(payload, unit.start, sample.start - unit.start)?;
    let mut values = element(payload, sample.end, unit.end)?;
    for _ in 0..MIDDLE_FIELDS {
        if !MIDDLE.contains(&values.tag) {
            break;
        }
        values = element(payload, values.end, unit.end)?;
    }
    if values.tag != SAMPLE {
        return None;
    }
    hasher.few_bytes::<FEW>(payload, sample.end, values.start - sample.end)?;
    if values.len() == CHANNELS * CHANNEL {
        hasher.word(qualities(payload, values.start)?);
    }
    hasher.few_bytes::<FEW>(payload, values.end, unit.end - values.end)?;
    Some(u16::from_be_bytes(payload.read(sample.start)?))
}

/// Every quality bit that is set for one of the channels.
#[inline(always)]
fn qualities(payload: &Payload<'_>, offset: usize) -> Option<u64> {
    let mut all = 0;
    for channel in 0..CHANNELS {
        all |= u32::from_be_bytes(payload.read(offset + channel * CHANNEL + 4)?);
    }
    Some(u64::from(all))
}

#[cfg(test)]
mod tests {
    use sensor_common::operation::Aggregated::SampledValues;

    use super::*;
    use crate::operation::Role;
    use crate::operation::testing::{
        cuts, hex, leaves_alone, noise, not_with, one, run, tells_apart,
    };

    /// sv/seapath_two_streams_50hz.pcap, frame 1.
    const FRAME: &str = "4000 006a 0000 0000 6060 800101 a25b 3059 8008 7376494430303030 82020000 \
        830400000001 850100 8740 0000000000000000 000004c800000000 fffffb3800000000 \
        0000000000000000 00001f7d00000000 fffff04200000000 fffff04200000000 0000000000000000";
    const COUNT: usize = 30;
    const VALUES: usize = 42;

    /// As [`FRAME`], with so many units.
    fn units(count: u8) -> Vec<u8> {
        let unit = hex(FRAME)[15..].to_vec();
        let mut body = vec![0x80, 1, count, 0xa2, 0x82];
        let all = u16::try_from(unit.len() * usize::from(count)).expect("short");
        body.extend(all.to_be_bytes());
        for number in 0..count {
            let mut unit = unit.clone();
            unit[COUNT - 15] = number;
            body.extend(unit);
        }
        let mut frame = hex("4000 0000 0000 0000 6082");
        frame.extend(u16::try_from(body.len()).expect("short").to_be_bytes());
        frame.extend(body);
        let length = u16::try_from(frame.len()).expect("short").to_be_bytes();
        frame[2..4].copy_from_slice(&length);
        frame
    }

    #[test]
    fn messages_are_recognised() {
        let mut frame = hex(FRAME);
        frame[COUNT] = 7;
        let message = one(SampledValues, &frame, Role::Client, KIND_CYCLIC);
        assert_eq!(
            (message.tag, message.step, message.sequence_bits),
            (7, 1, 0)
        );
        for count in [2, 4] {
            let message = one(SampledValues, &units(count), Role::Client, KIND_CYCLIC);
            assert_eq!((message.tag, message.step), (0, count));
        }
    }

    #[test]
    fn values_and_count_do_not_make_the_operation_and_all_else_does() {
        let frame = hex(FRAME);
        for at in 2..frame.len() {
            let value = at >= VALUES && (at - VALUES) % 8 < 4;
            if value || [COUNT, COUNT - 1].contains(&at) {
                leaves_alone(SampledValues, &frame, Role::Client, at);
            } else {
                tells_apart(SampledValues, &frame, Role::Client, at);
            }
        }
    }

    #[test]
    fn simulated_ones_and_units_out_of_order_go_up() {
        not_with(SampledValues, &hex(FRAME), Role::Client, 4, 0x80);
        let two = units(2);
        let second = two.len() - (106 - COUNT);
        assert_eq!(two[second], 1);
        not_with(SampledValues, &two, Role::Client, second, 2);
        // The count starts again.
        not_with(SampledValues, &two, Role::Client, second, 0);
        assert_eq!(run(SampledValues, &units(9), Role::Client).0, Shape::Whole);
    }

    #[test]
    fn cuts_and_noise() {
        for frame in [hex(FRAME), units(2)] {
            cuts(SampledValues, &frame, Role::Client);
            noise(SampledValues, &frame);
        }
    }
}

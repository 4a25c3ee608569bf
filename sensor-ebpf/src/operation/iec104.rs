//! IEC 60870-5-104: process values that the controlled station sends by itself or in answer to an
//! interrogation (IEC 60870-5-104, 5.1; IEC 60870-5-101, 7.2 and 7.3).
//!
//! Recognised: one APDU of I format from the server whose type is a monitored value ([`layout`]),
//! sent periodically, in the background, spontaneously or because a station was interrogated, not
//! as a test and not negative, all of its objects of good quality. Operation: type, number of
//! objects and their form, cause, originator, common address; a hash of all object addresses. All
//! else goes up: commands, what answers them, supervision (S format), control of the link (U format);
//! it is told as [`Shape::Aside`], since the protocol has no request that one response ends. Where
//! transfer is stopped (STOPDT con) no value may follow: [`Shape::Partial`], for nobody but the agent
//! can tell when it is started again. Limit: [`OBJECTS`] objects.
//!
//! Numbers, of every segment of whole APDUs that has any: tag, the first send sequence number N(S) and
//! above it, from bit 16, the last receive sequence number N(R); step, how many APDUs are of I format.

use core::cell::Cell;

use sensor_common::operation::KIND_CYCLIC;

use super::hash::Hasher;
use super::{Message, Payload, Role, Shape, framing};

/// Objects of an ASDU that are followed.
pub const OBJECTS: usize = 32;
/// Start byte and length, then four control fields.
const APCI: usize = 6;
/// What the length field counts of the APCI, and what it may say (5.1).
const LENGTHS: core::ops::RangeInclusive<usize> = 4..=253;
const START: u8 = 0x68;
/// Type, qualifier, cause, originator, common address.
const ASDU: usize = 6;
/// Information object address.
const ADDRESS: usize = 3;
const SEQUENCE_BITS: u8 = 15;
/// Highest bit of the variable structure qualifier: one address, consecutive objects.
const CONSECUTIVE: u8 = 0x80;
/// Quality bits of a measured value: IV, NT, SB, BL and OV (7.2.6.3).
const MEASURED: usize = 0xf1;
/// Quality bits of a point: IV, NT, SB and BL (7.2.6.1).
const POINT: usize = 0xf0;
/// Flags of a counter: IV, CA and CY (7.2.6.9).
const COUNTER: usize = 0xe0;
/// Binary time (7.2.6.18).
const TIME: usize = 7;
/// Numbers from half of all on are behind, not ahead.
const NUMBERS: usize = 1 << SEQUENCE_BITS;
/// First control field of STOPDT con.
const STOPPED: u8 = 0x23;

/// How an object is laid out.
#[derive(Clone, Copy)]
struct Layout {
    /// Bytes in front of the time.
    value: usize,
    /// Bits of the last of them that say something is wrong.
    bad: usize,
    /// One for a double point, whose states 0 and 3 are indeterminate, else zero.
    double: usize,
    /// One with a time, else zero.
    timed: usize,
}

impl Layout {
    /// The same, without the verifier knowing which one it is.
    #[inline(always)]
    fn forgotten(self, payload: &Payload<'_>) -> Self {
        Self {
            value: payload.forget(self.value),
            bad: payload.forget(self.bad),
            double: payload.forget(self.double),
            timed: payload.forget(self.timed),
        }
    }
}

/// See [`super::classify`].
#[inline(always)]
pub fn classify(payload: &Payload<'_>, sender: Role, seed: u64, message: &mut Message) -> Shape {
    let numbers = Numbers::default();
    let shape = framing::shape(payload, |payload, offset| {
        numbers.take(payload, offset)?;
        length(payload, offset)
    });
    if matches!(shape, Shape::Partial) || numbers.broken.get() != 0 {
        return Shape::Partial;
    }
    numbers.tell(message);
    if !matches!(shape, Shape::One) {
        return Shape::Aside;
    }
    if !matches!(sender, Role::Server) {
        return Shape::Aside;
    }
    match recognise(payload, seed, message) {
        Some(()) => Shape::One,
        None => Shape::Aside,
    }
}

/// The numbers of a segment. Without branches: each would double what the verifier has to walk.
#[derive(Default)]
struct Numbers {
    first: Cell<usize>,
    count: Cell<usize>,
    receive: Cell<usize>,
    /// One when there is an N(R), else zero.
    told: Cell<usize>,
    /// Not zero when they do not follow from each other.
    broken: Cell<usize>,
}

impl Numbers {
    /// Takes the control fields of the APDU at `offset`; `None` when transfer is stopped.
    #[inline(always)]
    fn take(&self, payload: &Payload<'_>, offset: usize) -> Option<()> {
        let [_, _, a, b, c, d] = payload.read::<APCI>(offset)?;
        if a == STOPPED {
            return None;
        }
        let information = payload.forget((a as usize & 1) ^ 1);
        let numbered = payload.forget((a as usize & (a as usize >> 1) & 1) ^ 1);
        let send = u16::from_le_bytes([a, b]) as usize >> 1;
        let receive = u16::from_le_bytes([c, d]) as usize >> 1;
        let (count, told) = (self.count.get(), self.told.get());
        let began = count.wrapping_add(7) >> 3;
        let step = send.wrapping_sub(self.first.get().wrapping_add(count)) & (NUMBERS - 1);
        let back = receive.wrapping_sub(self.receive.get()) & (NUMBERS / 2);
        let broken = (step * information * began) | (back * numbered * told);
        self.broken.set(payload.forget(self.broken.get() | broken));
        let first = send * (information & (began ^ 1));
        self.first.set(payload.forget(self.first.get() | first));
        self.count.set(payload.forget(count + information));
        let kept = self.receive.get() * (numbered ^ 1);
        self.receive
            .set(payload.forget(kept | (receive * numbered)));
        self.told.set(payload.forget(told | numbered));
        Some(())
    }

    #[inline(always)]
    fn tell(&self, message: &mut Message) {
        message.tag = (self.first.get() | self.receive.get() << 16) as u32;
        message.step = self.count.get() as u8;
        message.sequence_bits = SEQUENCE_BITS * self.told.get() as u8;
    }
}

/// Bytes of the APDU at `offset`.
#[inline(always)]
fn length(payload: &Payload<'_>, offset: usize) -> Option<usize> {
    let [START, length] = payload.read::<2>(offset)? else {
        return None;
    };
    let length = length as usize;
    LENGTHS.contains(&length).then_some(2 + length)
}

/// The process values of the standard; of the types without time or with the long one.
#[inline(always)]
fn layout(kind: u8) -> Option<Layout> {
    let (value, bad) = match kind {
        // M_SP_NA_1, M_DP_NA_1, M_SP_TB_1, M_DP_TB_1.
        1 | 3 | 30 | 31 => (1, POINT),
        // M_ST_NA_1, M_ST_TB_1.
        5 | 32 => (2, MEASURED),
        // M_BO_NA_1, M_BO_TB_1, M_ME_NC_1, M_ME_TF_1, M_PS_NA_1.
        7 | 13 | 20 | 33 | 36 => (5, MEASURED),
        // M_ME_NA_1, M_ME_NB_1, M_ME_TD_1, M_ME_TE_1.
        9 | 11 | 34 | 35 => (3, MEASURED),
        // M_IT_NA_1, M_IT_TB_1.
        15 | 37 => (5, COUNTER),
        // M_ME_ND_1.
        21 => (2, 0),
        _ => return None,
    };
    Some(Layout {
        value,
        bad,
        double: usize::from(matches!(kind, 3 | 31)),
        timed: usize::from(kind >= 30),
    })
}

#[inline(always)]
fn recognise(payload: &Payload<'_>, seed: u64, message: &mut Message) -> Option<()> {
    let [_, _, s0, _, r0, _] = payload.read::<APCI>(0)?;
    // I format; the lowest bit of N(R) is always clear.
    if (s0 | r0) & 1 != 0 {
        return None;
    }
    let [kind, qualifier, cause, originator, c0, c1] = payload.read::<ASDU>(APCI)?;
    // Cause without the bits "test" and "negative": periodic, background, spontaneous, station
    // interrogated.
    if !matches!(cause, 1 | 2 | 3 | 20) {
        return None;
    }
    let layout = layout(kind)?.forgotten(payload);
    let objects = (qualifier & !CONSECUTIVE) as usize;
    let consecutive = qualifier & CONSECUTIVE != 0;
    if !(1..=OBJECTS).contains(&objects) {
        return None;
    }
    let object = layout.value + layout.timed * TIME;
    let stride = payload.forget(object + if consecutive { 0 } else { ADDRESS });
    let first = payload.forget(APCI + ASDU + if consecutive { ADDRESS } else { 0 });
    if payload.len() != first + objects * stride {
        return None;
    }
    let mut hasher = Hasher::new(seed);
    if consecutive {
        address(payload, APCI + ASDU, &mut hasher)?;
    }
    let mut offset = first;
    let stop = payload.forget(objects);
    for index in 0..OBJECTS {
        if index >= stop {
            break;
        }
        offset = payload.forget(offset);
        if !consecutive {
            address(payload, offset, &mut hasher)?;
        }
        good(payload, offset + stride - object, layout)?;
        offset += stride;
    }
    message.kind = KIND_CYCLIC;
    message.operation = [
        u64::from_be_bytes([0, 0, kind, qualifier, cause, originator, c0, c1]),
        hasher.finish(),
    ];
    Some(())
}

/// Takes in the object address at `offset`.
#[inline(always)]
fn address(payload: &Payload<'_>, offset: usize, hasher: &mut Hasher) -> Option<()> {
    let [a, b, c] = payload.read::<ADDRESS>(offset)?;
    hasher.word(u64::from_le_bytes([a, b, c, 0, 0, 0, 0, 0]));
    Some(())
}

/// Whether the object at `offset` has no bit set that says something is wrong.
#[inline(always)]
fn good(payload: &Payload<'_>, offset: usize, layout: Layout) -> Option<()> {
    let [last] = payload.read::<1>(offset + layout.value - 1)?;
    if last as usize & layout.bad != 0 || (layout.double != 0 && !matches!(last & 3, 1 | 2)) {
        return None;
    }
    if layout.timed != 0 {
        let time = payload.read::<TIME>(offset + layout.value)?;
        if payload.forget(usize::from(exists(time))) == 0 {
            return None;
        }
    }
    Some(())
}

/// Whether a time is one, and not marked invalid: the reader judges it.
#[inline(always)]
fn exists(time: [u8; TIME]) -> bool {
    let [m0, m1, minutes, hours, day, month, year] = time;
    u16::from_le_bytes([m0, m1]) < 60_000
        && minutes & 0xbf < 60
        && hours & 0x1f < 24
        && day & 0x1f != 0
        && (month & 0x0f).wrapping_sub(1) < 12
        && year & 0x7f < 100
}

#[cfg(test)]
mod tests {
    use sensor_common::operation::Aggregated::Iec104;

    use super::*;
    use crate::operation::testing::{
        cuts, hex, leaves_alone, noise, not_with, one, run, tells_apart,
    };

    /// iec104/iti_javarmi_and_iec.pcap, frame 24: one scaled value.
    const SCALED: &str = "68100a0002000b8103000d913f9c00020000";
    /// iec104/zeek_iec104_first.pcap, frame 12, third APDU: four double points; their states
    /// set to on or off.
    const DOUBLE: &str = "681a06000200030414000a0001000001020000020300000104000002";
    /// iec104/zeek_iec104_first.pcap, frame 25, third APDU: a point with time.
    const TIMED: &str = "68154c0008001e0103000a000d000001c75d170884070d";
    /// iec104/zeek_iec104_vectors.pcap, frame 12: seven scaled values.
    const SEVEN: &str = "68345a147c000b0703000c00103000be09001130009009000e30007500002830002509002930\
        007500000f30000f0a002e3000ae0500";
    const ALL: [&str; 4] = [SCALED, DOUBLE, TIMED, SEVEN];

    #[test]
    fn values_are_recognised() {
        let tags = ALL.map(|text| {
            let message = one(Iec104, &hex(text), Role::Server, KIND_CYCLIC);
            assert_eq!((message.step, message.sequence_bits), (1, 15));
            (message.tag & 0xffff, message.tag >> 16)
        });
        assert_eq!(tags, [(5, 1), (3, 1), (38, 4), (0x0a2d, 0x3e)]);
        let mut last = hex(SCALED);
        (last[2], last[3]) = (0xfe, 0xff);
        let tag = one(Iec104, &last, Role::Server, KIND_CYCLIC).tag;
        assert_eq!(tag & 0xffff, 0x7fff);
    }

    #[test]
    fn type_cause_and_addresses_make_the_operation_and_values_do_not() {
        for text in ALL {
            let bytes = hex(text);
            for at in 6..15 {
                tells_apart(Iec104, &bytes, Role::Server, at);
            }
            for at in [3, 5] {
                leaves_alone(Iec104, &bytes, Role::Server, at);
            }
        }
        leaves_alone(Iec104, &hex(SCALED), Role::Server, 15);
        leaves_alone(Iec104, &hex(TIMED), Role::Server, 16);
        let seven = hex(SEVEN);
        for object in 0..7 {
            for at in 0..3 {
                tells_apart(Iec104, &seven, Role::Server, 12 + object * 6 + at);
            }
            leaves_alone(Iec104, &seven, Role::Server, 12 + object * 6 + 4);
        }
    }

    #[test]
    fn bad_quality_goes_up() {
        let scaled = hex(SCALED);
        for bit in [0x80, 0x40, 0x20, 0x10, 0x01] {
            not_with(Iec104, &scaled, Role::Server, 17, bit);
            for object in 0..7 {
                not_with(Iec104, &hex(SEVEN), Role::Server, 17 + object * 6, bit);
            }
        }
        for object in 0..4 {
            for value in [0, 3, 0x11, 0x82] {
                not_with(Iec104, &hex(DOUBLE), Role::Server, 15 + object * 4, value);
            }
        }
        not_with(Iec104, &hex(TIMED), Role::Server, 15, 0x81);
        not_with(Iec104, &hex(TIMED), Role::Server, 18, 0x97);
        for (at, value) in [
            (17, 0xea),
            (18, 60),
            (19, 24),
            (20, 0x80),
            (21, 13),
            (21, 0),
            (22, 100),
        ] {
            not_with(Iec104, &hex(TIMED), Role::Server, at, value);
        }
    }

    #[test]
    fn commands_confirmations_and_other_formats_go_up() {
        let scaled = hex(SCALED);
        for (at, value) in [
            (2, 0x0b),
            (4, 3),
            (8, 0x83),
            (8, 0x43),
            (8, 7),
            (8, 11),
            (8, 5),
        ] {
            not_with(Iec104, &scaled, Role::Server, at, value);
        }
        for kind in (38..=255).chain([0, 2, 4, 6, 8, 10, 12, 14, 16, 17, 18, 19]) {
            not_with(Iec104, &scaled, Role::Server, 6, kind);
        }
        assert_eq!(run(Iec104, &scaled, Role::Client).0, Shape::Aside);
        for text in [
            "680401000400",
            "680443000000",
            "680483000000",
            "680407000000",
        ] {
            assert_eq!(run(Iec104, &hex(text), Role::Server).0, Shape::Aside);
        }
        // iec104/iti_test_dissect_malformed.pcap, frame 110: four APDUs, and a piece of a fifth.
        let several = hex(
            "680401000200680e02000200640107000d91000000146816040002000189140\
            00d911a2700d0808080c080808080681006000200038314000d912a4e00808080",
        );
        assert_eq!(run(Iec104, &several, Role::Server).0, Shape::Aside);
        let piece = [several, vec![0x68]].concat();
        assert_eq!(run(Iec104, &piece, Role::Server).0, Shape::Partial);
    }

    #[test]
    fn numbers_are_told_of_every_segment() {
        let numbers = |text: &str, sender| {
            let (shape, message) = run(Iec104, &hex(text), sender);
            (
                shape,
                message.tag & 0xffff,
                message.tag >> 16,
                message.step,
                message.sequence_bits,
            )
        };
        let supervision = "680401000a00";
        assert_eq!(
            numbers(supervision, Role::Server),
            (Shape::Aside, 0, 5, 0, 15)
        );
        assert_eq!(numbers("680443000000", Role::Server).4, 0);
        let next = SCALED.replacen("0a000200", "0c000400", 1);
        let two = [SCALED, &next].concat();
        assert_eq!(numbers(&two, Role::Client), (Shape::Aside, 5, 2, 2, 15));
        let three = [&two, supervision].concat();
        assert_eq!(numbers(&three, Role::Server), (Shape::Aside, 5, 5, 2, 15));
        let repeated = [SCALED, SCALED].concat();
        assert_eq!(numbers(&repeated, Role::Server).0, Shape::Partial);
        let back = [supervision, SCALED].concat();
        assert_eq!(numbers(&back, Role::Server).0, Shape::Partial);
        assert_eq!(numbers("680423000000", Role::Server).0, Shape::Partial);
    }

    #[test]
    fn more_objects_than_are_followed_go_up() {
        let many = |count: u8| {
            let mut bytes = hex("6800 02000200 0181 14000100 010000");
            bytes.extend(vec![0; usize::from(count)]);
            bytes[1] = 13 + count;
            bytes[7] = 0x80 | count;
            run(Iec104, &bytes, Role::Server).0
        };
        assert_eq!((many(32), many(33)), (Shape::One, Shape::Aside));
    }

    #[test]
    fn cuts_and_noise() {
        for text in ALL {
            cuts(Iec104, &hex(text), Role::Server);
            noise(Iec104, &hex(text));
        }
        assert_eq!(
            run(Iec104, &hex(SCALED)[..9], Role::Server).0,
            Shape::Partial
        );
    }
}

//! The numbers that a write carries, in an order in which ranges can be learned.
//!
//! Data in: a request. Data out: one [`Written`] for each number of it.
//!
//! | protocol | table in the baseline | station | number |
//! |--|--|--|--|
//! | Modbus | `holding_register value` | unit × 65536 + address | the register |
//! | S7comm | table of the area and `unsigned`, `signed` or `real` | number of the octet in the area | see [`Kind`] |

use sensor_protocols::observation::{Object, Observation, Protocol};

use crate::baseline::{Item, Span};
use crate::engines::tables::object_text;

/// Modbus functions that write registers (MODBUS Application Protocol, 6.6, 6.12 and 6.17).
const WRITE_REGISTERS: [u32; 3] = [6, 16, 23];

/// S7comm: write variable.
const WRITE_VARIABLE: u32 = 0x05;

const REGISTERS: &str = "holding_register value";

/// How the octets of a number are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Unsigned,
    /// Two's complement; numbered so that the lowest is 0.
    Signed,
    /// IEEE 754, four octets; numbered in the order of the values.
    Real,
}

/// One number that is written.
pub(super) struct Written {
    /// Table of its range in the baseline.
    pub(super) table: &'static str,
    /// Number of the object in the table.
    pub(super) object: u32,
    pub(super) number: u32,
    kind: Kind,
    /// Octets of the object, for its name.
    octets: u32,
}

/// Areas of S7comm, and their tables by kind.
const AREAS: &[(&str, [&str; 3])] = &[
    (
        "data_block_byte",
        [
            "data_block_byte unsigned",
            "data_block_byte signed",
            "data_block_byte real",
        ],
    ),
    (
        "flag_byte",
        ["flag_byte unsigned", "flag_byte signed", "flag_byte real"],
    ),
    (
        "output_byte",
        [
            "output_byte unsigned",
            "output_byte signed",
            "output_byte real",
        ],
    ),
];

impl Written {
    pub(super) fn item(&self, span: Span) -> Item<'static> {
        Item::Range {
            code: Item::ANY_OPERATION,
            table: self.table,
            span,
        }
    }

    /// The object for people.
    pub(super) fn name(&self, observation: &Observation<'_>) -> String {
        if observation.protocol == Protocol::Modbus {
            let (unit, address) = (self.object >> 16, self.object & 0xffff);
            return format!("holding register {address} of unit {unit}");
        }
        let table = self.table.split(' ').next().unwrap_or_default();
        object_text(&Item::Range {
            code: 0,
            table,
            span: Span {
                station: 0,
                first: self.object,
                last: self.object.saturating_add(self.octets.saturating_sub(1)),
            },
        })
    }

    /// Whether it is a float that stands for no value; its number is outside of those of all values.
    pub(super) fn is_no_number(&self) -> bool {
        self.kind == Kind::Real && real(self.number).is_nan()
    }

    /// A number of the range for people.
    pub(super) fn text(&self, number: u32) -> String {
        match self.kind {
            Kind::Unsigned => number.to_string(),
            Kind::Signed => (number ^ SIGN).cast_signed().to_string(),
            Kind::Real => real(number).to_string(),
        }
    }
}

const SIGN: u32 = 0x8000_0000;

/// The value that [`ordered`] numbered.
fn real(number: u32) -> f32 {
    f32::from_bits(if number & SIGN == 0 {
        !number
    } else {
        number ^ SIGN
    })
}

/// Numbers the values of a float in their order.
fn ordered(bits: u32) -> u32 {
    if bits & SIGN == 0 { bits | SIGN } else { !bits }
}

/// Calls `each` with every number that a request writes.
pub(super) fn written(observation: &Observation<'_>, each: impl FnMut(&Written)) {
    if observation.anomalies.is_malformed() {
        return;
    }
    let code = observation.operation.code;
    if observation.protocol == Protocol::Modbus && WRITE_REGISTERS.contains(&code) {
        registers(observation, each);
    } else if observation.protocol == Protocol::S7comm && code == WRITE_VARIABLE {
        variables(observation, each);
    }
}

/// Registers stand one behind the other; the last object is what is written.
fn registers(observation: &Observation<'_>, mut each: impl FnMut(&Written)) {
    let Some(Object::Range { start, .. }) = observation.objects.last() else {
        return;
    };
    let unit = observation.station.unwrap_or(0);
    for (address, value) in (*start..).zip(observation.values.as_chunks::<2>().0) {
        each(&Written {
            table: REGISTERS,
            object: unit << 16 | address & 0xffff,
            number: u32::from(u16::from_be_bytes(*value)),
            kind: Kind::Unsigned,
            octets: 2,
        });
    }
}

/// Items stand in the order of the objects, each behind return code, transport size and length.
fn variables(observation: &Observation<'_>, mut each: impl FnMut(&Written)) {
    let mut rest = observation.values;
    for object in observation.objects {
        let Some(([_, transport, high, low], data)) = rest.split_first_chunk::<4>() else {
            return;
        };
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        let octets = match transport {
            3..=5 => length.div_ceil(8),
            _ => length,
        };
        let Some((value, behind)) = data.split_at_checked(octets) else {
            return;
        };
        // An item of odd length has a fill octet behind it unless it is the last.
        rest = behind.get(octets % 2..).unwrap_or_default();
        if let Some(written) = variable(object, *transport, value) {
            each(&written);
        }
    }
}

/// The number in one item; `None` for anything else.
fn variable(object: &Object<'_>, transport: u8, value: &[u8]) -> Option<Written> {
    let Object::Range {
        table,
        start,
        count,
    } = *object
    else {
        return None;
    };
    let tables = AREAS.iter().find(|(area, _)| *area == table)?.1;
    let [unsigned, signed, reals] = tables;
    let raw = match *value {
        [a] => u32::from(a),
        [a, b] => u32::from(u16::from_be_bytes([a, b])),
        [a, b, c, d] => u32::from_be_bytes([a, b, c, d]),
        _ => return None,
    };
    let octets = u32::try_from(value.len())
        .ok()
        .filter(|len| *len == count)?;
    let (kind, table, number) = match (transport, octets) {
        // Byte, word, double word; integer; double integer; real.
        (4, _) => (Kind::Unsigned, unsigned, raw),
        (5 | 6, _) => (Kind::Signed, signed, extended(raw, octets) ^ SIGN),
        (7, 4) => (Kind::Real, reals, ordered(raw)),
        _ => return None,
    };
    Some(Written {
        table,
        object: start,
        number,
        kind,
        octets,
    })
}

/// Two's complement of so many octets in four.
fn extended(raw: u32, octets: u32) -> u32 {
    let unused = 32_u32.saturating_sub(octets.saturating_mul(8));
    raw.wrapping_shl(unused)
        .cast_signed()
        .wrapping_shr(unused)
        .cast_unsigned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(transport: u8, value: &[u8]) -> Written {
        let object = Object::Range {
            table: "flag_byte",
            start: 4,
            count: u32::try_from(value.len()).unwrap(),
        };
        variable(&object, transport, value).unwrap()
    }

    #[test]
    fn numbers_are_in_the_order_of_the_values_and_come_back() {
        let integers = [i16::MIN, -7, -1, 0, 1, i16::MAX];
        let numbered = integers.map(|value| number(5, &value.to_be_bytes()));
        assert!(numbered.is_sorted_by(|a, b| a.number < b.number));
        for (written, value) in numbered.iter().zip(integers) {
            assert_eq!(written.text(written.number), value.to_string());
        }
        let reals = [f32::MIN, -1.5, -0.25, 0.0, 0.5, 99.5, f32::INFINITY];
        let numbered = reals.map(|value| number(7, &value.to_be_bytes()));
        assert!(numbered.is_sorted_by(|a, b| a.number < b.number));
        for (written, value) in numbered.iter().zip(reals) {
            assert_eq!(written.text(written.number), value.to_string());
        }
        assert_eq!(number(4, &[0xff, 0xfe]).text(0xfffe), "65534");
        for (nan, beyond) in [(f32::NAN, f32::INFINITY), (-f32::NAN, f32::NEG_INFINITY)] {
            let (nan, beyond) = (
                number(7, &nan.to_be_bytes()),
                number(7, &beyond.to_be_bytes()),
            );
            assert!(nan.is_no_number() && !beyond.is_no_number());
            assert_eq!(nan.text(nan.number), "NaN");
            assert_eq!(
                nan.number > beyond.number,
                beyond.text(beyond.number) == "inf"
            );
        }
    }

    #[test]
    fn what_is_no_single_number_is_not_judged() {
        let object = |count| Object::Range {
            table: "flag_byte",
            start: 4,
            count,
        };
        assert!(variable(&object(3), 4, &[1, 2, 3]).is_none());
        assert!(variable(&object(8), 4, &[1, 2]).is_none());
        assert!(variable(&object(1), 3, &[1]).is_none());
        assert!(variable(&Object::Name("x"), 4, &[1]).is_none());
    }
}

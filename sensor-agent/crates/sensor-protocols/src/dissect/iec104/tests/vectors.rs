//! `zeek_iec104_vectors.expect.json`: APDUs with the value their authors assert for each octet.
//!
//! The layout of the types and the framing put a value at each offset; every assertion that covers
//! octets must be among them. Normalised text of a value is that of the authors.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::bytes;
use crate::dissect::iec104::apci::{self, Control, Framed};
use crate::dissect::iec104::asdu::Asdu;
use crate::dissect::iec104::elements::Part;
use crate::dissect::iec104::types::Layout;

/// By offset and number of octets: what stands there.
type Found = BTreeMap<(usize, usize), String>;

fn u16_at(octets: &[u8], at: usize) -> u16 {
    u16::from_le_bytes(octets[at..at + 2].try_into().unwrap())
}

fn u24_at(octets: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([octets[at], octets[at + 1], octets[at + 2], 0])
}

fn bit(octet: u8, at: u8) -> u8 {
    octet >> at & 1
}

/// Quality bits that single and double point, and the descriptor, have in common.
fn quality(o: u8) -> String {
    format!(
        "bl={} sb={} nt={} iv={}",
        bit(o, 4),
        bit(o, 5),
        bit(o, 6),
        bit(o, 7)
    )
}

/// Text of one element, and offset and length where an assertion has another place.
fn element(part: Part, at: usize, octets: &[u8], found: &mut Found) {
    let o = octets[at];
    let text = match part {
        Part::Siq => format!("iec104::SIQ spi={} {}", bit(o, 0), quality(o)),
        Part::Diq => format!("iec104::DIQ dpi={} {}", o & 3, quality(o)),
        Part::Qds => format!("iec104::QDS ov={} {}", bit(o, 0), quality(o)),
        Part::Qos => format!("iec104::QOS ql={} se={}", o & 0x7f, bit(o, 7)),
        Part::Rco => format!(
            "iec104::RCO rcs={} qu={} se={}",
            o & 3,
            o >> 2 & 0x1f,
            bit(o, 7)
        ),
        Part::Qoi => format!("qoi={o}"),
        Part::Coi => {
            let text = format!("obj_addr=0 coi={} lpc={}", o & 0x7f, bit(o, 7));
            found.insert((at - 3, 4), text);
            return;
        }
        Part::Sva => format!("sva={}", u16_at(octets, at).cast_signed()),
        Part::R32 => {
            let value = f32::from_le_bytes(octets[at..at + 4].try_into().unwrap());
            format!("r32={value}")
        }
        Part::Cp56 => return time(at, octets, found),
        other => panic!("{other:?} is in no vector"),
    };
    found.insert((at, part.len()), text);
}

fn time(at: usize, octets: &[u8], found: &mut Found) {
    let o = |n: usize| octets[at + n];
    for (n, len, text) in [
        (0, 2, format!("ms={}", u16_at(octets, at))),
        (2, 1, format!("minute={} iv={}", o(2) & 0x3f, bit(o(2), 7))),
        (3, 1, format!("hour={} su={}", o(3) & 0x1f, bit(o(3), 7))),
        (4, 1, format!("day={} dow={}", o(4) & 0x1f, o(4) >> 5)),
        (5, 1, format!("month={}", o(5) & 0x0f)),
        (6, 1, format!("year={}", o(6) & 0x7f)),
    ] {
        found.insert((at + n, len), text);
    }
}

fn cause(octet: u8) -> String {
    let name = match octet & 0x3f {
        3 => "Spont",
        4 => "Init",
        6 => "Act",
        7 => "Actcon",
        10 => "Actterm",
        20 => "Inrogen",
        other => panic!("cause {other} is in no vector"),
    };
    format!(
        "cot=CoT::{name} pn={} test={}",
        bit(octet, 6),
        bit(octet, 7)
    )
}

/// Everything in one APDU that starts at `at`; answers its size.
fn apdu(at: usize, octets: &[u8], found: &mut Found) -> usize {
    let Framed::Apdu(apdu) = apci::next(&octets[at..]) else {
        panic!("no APDU at {at}");
    };
    assert!(apdu.control_allowed && apdu.length_allowed());
    found.insert((at, 2), format!("iec104::Apdu len={}", apdu.length));
    let control = match apdu.control {
        Control::I { send, receive } => format!("iec104::Ctrl_i tag=0 ssn={send} rsn={receive}"),
        Control::S { receive } => format!("iec104::Ctrl_s tag=1 rsn={receive}"),
        Control::U { .. } => panic!("no U format in the vectors"),
    };
    found.insert((at + 2, 4), control);
    if !apdu.asdu.is_empty() {
        asdu(at + 6, octets, &Asdu::read(apdu.asdu), found);
    }
    apdu.size
}

fn asdu(at: usize, octets: &[u8], asdu: &Asdu<'_>, found: &mut Found) {
    assert!(asdu.anomalies.is_empty(), "{:?}", asdu.anomalies);
    let (number, sequence) = (octets[at + 1] & 0x7f, bit(octets[at + 1], 7));
    for (n, len, text) in [
        (0, 1, format!("type_id=TypeID::{}", asdu.row.name)),
        (1, 1, format!("nobj={number} sq={sequence}")),
        (2, 1, cause(octets[at + 2])),
        (3, 1, format!("originator_address={}", asdu.originator)),
        (
            4,
            2,
            format!("common_address={}", asdu.common_address.unwrap()),
        ),
    ] {
        found.insert((at + n, len), text);
    }
    let Layout::Fixed(parts) = asdu.row.layout else {
        panic!("only fixed layouts in the vectors");
    };
    let mut at = at + 6;
    for object in 0..number {
        if sequence == 0 || object == 0 {
            let name = if sequence == 1 {
                "base_addr"
            } else {
                "obj_addr"
            };
            found.insert((at, 3), format!("{name}={}", u24_at(octets, at)));
            at += 3;
        }
        for part in parts {
            element(*part, at, octets, found);
            at += part.len();
        }
    }
}

/// The authors print floating point numbers with less digits, and causes in two spellings.
fn agree(asserted: &str, found: &str) -> bool {
    match (asserted.strip_prefix("r32="), found.strip_prefix("r32=")) {
        (Some(a), Some(b)) => {
            let (a, b): (f32, f32) = (a.parse().unwrap(), b.parse().unwrap());
            (a - b).abs() <= 1e-4 * b.abs().max(1.0)
        }
        _ => asserted.eq_ignore_ascii_case(found),
    }
}

#[test]
fn every_octet_has_the_value_its_authors_assert() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../tests/captures/iec104/zeek_iec104_vectors.expect.json");
    let document: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let mut compared = 0;
    for vector in document["vectors"].as_array().unwrap() {
        let octets = bytes(vector["hex"].as_str().unwrap());
        let (mut found, mut at) = (Found::new(), 0);
        while at < octets.len() {
            at += apdu(at, &octets, &mut found);
        }
        for row in vector["expect"].as_array().unwrap() {
            let place = |key: &str| usize::try_from(row[key].as_u64().unwrap()).unwrap();
            let (offset, len) = (place("offset"), place("bytes"));
            let asserted = row["assert"].as_str().unwrap();
            if !asserted.contains('=') {
                continue; // the name of a structure
            }
            let ours = found.get(&(offset, len)).map_or("nothing", String::as_str);
            assert!(
                agree(asserted, ours),
                "{} at {offset}: {asserted}, found {ours}",
                vector["vector"]
            );
            compared += 1;
        }
    }
    assert!(compared >= 440, "only {compared} assertions");
}

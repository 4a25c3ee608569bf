//! The routed profile, with the APDU of `goose/iti_goose.pcap`; no capture here has it.

use super::*;
use crate::dissect::registry::{Decision, decide};
use crate::dissect::{Input, Parsed, ProbeInput, Role};
use crate::observation::{Anomaly, Object, Protocol, Transport};
use crate::time::Timestamp;

/// Octets from hexadecimal digits.
pub(in crate::dissect) fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text
        .chars()
        .filter_map(|c| c.to_digit(16))
        .map(|digit| u8::try_from(digit).unwrap())
        .collect();
    digits
        .chunks(2)
        .map(|pair| pair[0] << 4 | pair[1])
        .collect()
}

/// Random byte strings of up to 200 octets, the same each time.
pub(in crate::dissect) fn noise(count: usize) -> impl Iterator<Item = Vec<u8>> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_be_bytes()[0]
    };
    (0..count).map(move |_| {
        let length = usize::from(next() % 200) + 1;
        (0..length).map(|_| next()).collect()
    })
}

const APDU: &str = "\
    618186801a4745446576696365463635302f4c4c4e3024474f2467636230318103009c408218474544657669\
    6365463635302f4c4c4e3024474f4f534531830b463635305f474f4f5345318408386ebbf34217280a850101\
    86010a8701008801018901008a0108ab20830100840303000083010084030300008301008403030000830100\
    8403030000";
const SAMPLES: &str = "\
    6060800101a25b30598008737649443030303082020000830400000001850100874000000000000000000000\
    04c800000000fffffb3800000000000000000000000000001f7d00000000fffff04200000000fffff0420000\
    00000000000000000000";

/// A session of `version` with one payload element.
fn session(version: u8, kind: u8, apdu: &[u8], counted: usize) -> Vec<u8> {
    let mut bytes = vec![1, 0x40, kind + 0x20, 24, 0x80, 22];
    bytes.extend([0, 0, 0, 0, 0, 0, 0, 1, 0, version]);
    bytes.extend([0; 6]);
    bytes.extend(if version == 1 {
        vec![0, 0, 0, 0, 0, 0]
    } else {
        vec![0, 0, 0, 1, 0]
    });
    let element = u32::try_from(apdu.len() + 6).unwrap();
    bytes.extend(element.to_be_bytes());
    bytes.extend([kind, 0, 0x10, 0x01]);
    bytes.extend(u16::try_from(apdu.len() + counted).unwrap().to_be_bytes());
    bytes.extend(apdu);
    bytes
}

fn run(bytes: &[u8], cut: bool) -> Vec<(Protocol, u32, Vec<u64>, AnomalySet)> {
    let mut dissector = (ROUTED.create)();
    let input = Input {
        time: Timestamp::ZERO,
        frame: 1,
        sender: Role::Client,
        transport: Transport::Udp,
        bytes,
        cut,
        last: false,
    };
    let mut all = Vec::new();
    let parsed = dissector.parse(&input, &mut |facts| {
        let ids = facts.objects.iter().filter_map(|object| {
            if let Object::Id { kind: "appid", id } = object {
                Some(*id)
            } else {
                None
            }
        });
        let operation = facts.operation.code;
        all.push((facts.protocol, operation, ids.collect(), facts.anomalies));
    });
    if all.is_empty() {
        assert_eq!(parsed, Parsed::NotThisProtocol);
    } else {
        assert_eq!(parsed, Parsed::Consumed(bytes.len()));
    }
    all
}

#[test]
fn both_protocols_are_found_by_content_on_any_port() {
    for (kind, apdu, protocol, code) in [
        (0x81, APDU, Protocol::Goose, crate::dissect::goose::MESSAGE),
        (
            0x82,
            SAMPLES,
            Protocol::SampledValues,
            crate::dissect::sv::SAMPLES,
        ),
    ] {
        for version in [1, 2] {
            for counted in [0, 2] {
                let bytes = session(version, kind, &hex(apdu), counted);
                let input = ProbeInput {
                    bytes: &bytes,
                    transport: Transport::Udp,
                    hinted: false,
                    sender: None,
                };
                let decision = decide(&input, (40_000, 40_001));
                assert!(
                    matches!(decision, Decision::Known(entry, _) if entry.protocol == Protocol::Goose)
                );
                let expected = (protocol, code, vec![0x1001], AnomalySet::EMPTY);
                assert_eq!(run(&bytes, false), [expected], "{version} {counted}");
            }
        }
    }
}

#[test]
fn truncated_and_foreign_datagrams() {
    let whole = session(2, 0x81, &hex(APDU), 0);
    for length in 1..whole.len() {
        let told = run(&whole[..length], false);
        if length < 5 {
            assert!(told.is_empty(), "{length}");
        } else {
            let wrong = told.iter().any(|(.., anomalies)| anomalies.is_malformed());
            assert!(wrong, "{length}");
            let cut = run(&whole[..length], true);
            let clean = cut.iter().all(|(.., a)| !a.contains(Anomaly::Truncated));
            assert!(clean, "{length}");
        }
    }
    for bytes in noise(20_000) {
        run(&bytes, false);
        let mut behind = whole[..27].to_vec();
        behind.extend(bytes);
        run(&behind, false);
    }
}

#[test]
fn an_encrypted_payload_is_not_read() {
    let mut bytes = session(2, 0x81, &hex(APDU), 0);
    bytes.splice(26..27, [2, 7, 7]);
    let expected = crate::dissect::goose::SESSION + 0xa1;
    assert_eq!(
        run(&bytes, false),
        [(Protocol::Goose, expected, vec![], AnomalySet::EMPTY)]
    );
}

#[test]
fn payload_elements_are_bounded() {
    let mut bytes = session(1, 0x81, &[], 0);
    let elements = crate::limits::IEC61850_PAYLOADS + 5;
    bytes.truncate(28);
    bytes.extend(u32::try_from(elements * 6).unwrap().to_be_bytes());
    bytes.extend([0x81, 0, 0, 1, 0, 0].repeat(elements));
    let told = run(&bytes, false);
    assert_eq!(told.len(), crate::limits::IEC61850_PAYLOADS + 1);
    assert!(told.last().unwrap().3.contains(Anomaly::LimitReached));
}

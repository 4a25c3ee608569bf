//! GOOSE and sampled values, which relays and merging units publish.

mod tests;

use std::time::Duration;

use sensor_protocols::addr::MacAddr;

use super::Case;
use crate::world::World;

pub(crate) const CASES: &[Case] = &[
    (
        "goose_message_type_settings",
        |w| then(w, |m| m.revision = 2),
        |w| then(w, |_| ()),
    ),
    (
        "goose_dataset_changed",
        |w| then(w, |m| m.data_set = "R/LLN0$Other"),
        |w| then(w, |m| m.id = "other"),
    ),
    (
        "goose_needs_commissioning",
        |w| then(w, |m| m.needs_commissioning = true),
        |w| then(w, |m| m.simulated = true),
    ),
    (
        "goose_publisher_restarted",
        |w| then(w, |m| m.numbers = (1, 0)),
        |w| then(w, |m| m.numbers = (1, 2)),
    ),
    (
        "goose_replay",
        |w| then(w, |m| m.numbers = (7, 3)),
        |w| then(w, |m| m.numbers = (7, 4)),
    ),
    (
        "goose_out_of_sequence",
        |w| jumps(w, 3, 30_000),
        |w| jumps(w, 3, 30_001),
    ),
    (
        "publisher_conflict",
        |w| then(w, |m| m.source = OTHER),
        |w| then(w, |m| (m.source, m.appid) = (OTHER, 2)),
    ),
    (
        "simulated_process_data",
        |w| then(w, |m| m.simulated = true),
        |w| then(w, |m| m.needs_commissioning = true),
    ),
    (
        "sv_message_type_settings",
        |w| next(w, |m| m.rate = 256),
        |w| next(w, |_| ()),
    ),
    (
        "sv_dataset_changed",
        |w| next(w, |m| m.revision = 2),
        |w| next(w, |m| m.rate = 256),
    ),
    (
        "sv_out_of_sequence",
        |w| sampled(w, &[UNIT; 11]),
        |w| sampled(w, &[UNIT; 10]),
    ),
];

const SOURCE: u8 = 1;
const OTHER: u8 = 2;

/// What a relay publishes.
#[derive(Clone, Copy)]
struct Goose {
    source: u8,
    appid: u16,
    name: &'static str,
    data_set: &'static str,
    id: &'static str,
    numbers: (u32, u32),
    revision: u8,
    simulated: bool,
    needs_commissioning: bool,
}

const RELAY: Goose = Goose {
    source: SOURCE,
    appid: 1,
    name: "R/LLN0$GO$trip",
    data_set: "R/LLN0$Trip",
    id: "trip",
    numbers: (7, 4),
    revision: 1,
    simulated: false,
    needs_commissioning: false,
};

/// The message that follows.
const AFTER: Goose = Goose {
    numbers: (7, 5),
    ..RELAY
};

/// A stream of a merging unit.
#[derive(Clone, Copy)]
struct Sampled {
    count: u16,
    revision: u8,
    rate: u16,
    simulated: bool,
}

const UNIT: Sampled = Sampled {
    count: 7,
    revision: 1,
    rate: 80,
    simulated: false,
};

const NEXT: Sampled = Sampled { count: 8, ..UNIT };

fn element(tag: u8, contents: &[u8]) -> Vec<u8> {
    let length = u8::try_from(contents.len()).unwrap();
    assert!(length < 0x80, "the short form of the length");
    [&[tag, length], contents].concat()
}

/// APPID, length and reserved octets around an APDU (IEC 61850-8-1, annex C).
fn publish(w: &mut World, source: u8, ethertype: u16, appid: u16, simulated: bool, apdu: &[u8]) {
    let mut payload = appid.to_be_bytes().to_vec();
    payload.extend(u16::try_from(apdu.len() + 8).unwrap().to_be_bytes());
    payload.extend([if simulated { 0x80 } else { 0 }, 0, 0, 0]);
    payload.extend(apdu);
    let source = MacAddr([2, 0, 0, 0, 0, source]);
    let group = MacAddr([1, 0x0c, 0xcd, 1, 0, 1]);
    w.link(source, group, ethertype, &payload);
}

/// GOOSE messages, a millisecond apart, with one entry (IEC 61850-8-1, annex A).
fn goose(w: &mut World, messages: &[Goose]) {
    for message in messages {
        let (state, sequence) = message.numbers;
        let pdu = [
            element(0x80, message.name.as_bytes()),
            element(0x81, &[0x03, 0xe8]),
            element(0x82, message.data_set.as_bytes()),
            element(0x83, message.id.as_bytes()),
            element(0x84, &[0x60, 0, 0, 0, 0, 0, 0, 10]),
            element(0x85, &state.to_be_bytes()),
            element(0x86, &sequence.to_be_bytes()),
            element(0x87, &[u8::from(message.simulated)]),
            element(0x88, &[message.revision]),
            element(0x89, &[u8::from(message.needs_commissioning)]),
            element(0x8a, &[1]),
            element(0xab, &element(0x83, &[1])),
        ];
        let apdu = element(0x61, &pdu.concat());
        let (source, appid) = (message.source, message.appid);
        publish(w, source, 0x88b8, appid, message.simulated, &apdu);
        w.pass(Duration::from_millis(1));
    }
}

/// A message and another one that follows it, but for a change.
fn then(w: &mut World, change: fn(&mut Goose)) {
    let mut after = AFTER;
    change(&mut after);
    goose(w, &[RELAY, after]);
}

/// The same with samples.
fn next(w: &mut World, change: fn(&mut Sampled)) {
    let mut after = NEXT;
    change(&mut after);
    sampled(w, &[UNIT, after]);
}

/// Messages whose sequence number leaves one out.
fn jumps(w: &mut World, count: u32, millis: u64) {
    goose(w, &[RELAY]);
    for jump in 1..=count {
        goose(
            w,
            &[Goose {
                numbers: (7, 4 + 2 * jump),
                ..RELAY
            }],
        );
        // One has passed already.
        w.pass(Duration::from_millis(millis - 1));
    }
}

/// Messages with one ASDU each (IEC 61850-9-2, 8.5.2).
fn sampled(w: &mut World, messages: &[Sampled]) {
    for message in messages {
        let asdu = [
            element(0x80, b"MU1"),
            element(0x81, b"MU1/LLN0$PhsMeas1"),
            element(0x82, &message.count.to_be_bytes()),
            element(0x83, &[0, 0, 0, message.revision]),
            element(0x85, &[1]),
            element(0x86, &message.rate.to_be_bytes()),
            element(0x87, &[0; 64]),
        ];
        let list = element(0xa2, &element(0x30, &asdu.concat()));
        let apdu = element(0x60, &[element(0x80, &[1]), list].concat());
        publish(w, SOURCE, 0x88ba, 0x4000, message.simulated, &apdu);
        w.pass(Duration::from_millis(1));
    }
}

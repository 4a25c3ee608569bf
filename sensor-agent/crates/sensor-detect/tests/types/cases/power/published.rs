//! GOOSE and sampled values, which relays and merging units publish.

use std::time::Duration;

use sensor_detect::detector::{Command, Mode};
use sensor_protocols::addr::MacAddr;

use super::Case;
use crate::world::World;

pub(crate) const CASES: &[Case] = &[
    (
        "goose_message_type_settings",
        |w| {
            goose(
                w,
                &[
                    RELAY,
                    Goose {
                        revision: 2,
                        ..AFTER
                    },
                ],
            )
        },
        |w| goose(w, &[RELAY, AFTER]),
    ),
    (
        "goose_dataset_changed",
        |w| {
            goose(
                w,
                &[
                    RELAY,
                    Goose {
                        data_set: "R/LLN0$Other",
                        ..AFTER
                    },
                ],
            )
        },
        |w| {
            goose(
                w,
                &[
                    RELAY,
                    Goose {
                        id: "other",
                        ..AFTER
                    },
                ],
            )
        },
    ),
    (
        "goose_needs_commissioning",
        |w| {
            goose(
                w,
                &[
                    RELAY,
                    Goose {
                        needs_commissioning: true,
                        ..AFTER
                    },
                ],
            )
        },
        |w| {
            goose(
                w,
                &[
                    RELAY,
                    Goose {
                        simulated: true,
                        ..AFTER
                    },
                ],
            )
        },
    ),
    (
        "goose_publisher_restarted",
        |w| {
            goose(
                w,
                &[
                    RELAY,
                    Goose {
                        numbers: (1, 0),
                        ..RELAY
                    },
                ],
            )
        },
        |w| {
            goose(
                w,
                &[
                    RELAY,
                    Goose {
                        numbers: (1, 2),
                        ..RELAY
                    },
                ],
            )
        },
    ),
    (
        "goose_replay",
        |w| goose(w, &[RELAY, AFTER, RELAY]),
        |w| {
            goose(
                w,
                &[
                    RELAY,
                    AFTER,
                    AFTER,
                    Goose {
                        numbers: (8, 0),
                        ..RELAY
                    },
                ],
            )
        },
    ),
    (
        "goose_out_of_sequence",
        |w| jumps(w, 3, Duration::from_secs(30)),
        |w| jumps(w, 3, Duration::from_secs(31)),
    ),
    (
        "publisher_conflict",
        |w| {
            goose(
                w,
                &[
                    RELAY,
                    Goose {
                        source: OTHER,
                        ..RELAY
                    },
                ],
            )
        },
        |w| {
            goose(
                w,
                &[
                    RELAY,
                    Goose {
                        source: OTHER,
                        appid: 2,
                        ..RELAY
                    },
                ],
            )
        },
    ),
    (
        "simulated_process_data",
        |w| {
            goose(
                w,
                &[
                    RELAY,
                    Goose {
                        simulated: true,
                        ..AFTER
                    },
                ],
            )
        },
        |w| {
            goose(
                w,
                &[
                    RELAY,
                    Goose {
                        needs_commissioning: true,
                        ..AFTER
                    },
                ],
            )
        },
    ),
    (
        "sv_message_type_settings",
        |w| sampled(w, &[UNIT, Sampled { rate: 256, ..NEXT }]),
        |w| sampled(w, &[UNIT, NEXT]),
    ),
    (
        "sv_dataset_changed",
        |w| {
            sampled(
                w,
                &[
                    UNIT,
                    Sampled {
                        revision: 2,
                        ..NEXT
                    },
                ],
            )
        },
        |w| sampled(w, &[UNIT, Sampled { rate: 256, ..NEXT }]),
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

/// Messages whose sequence number leaves one out.
fn jumps(w: &mut World, count: u32, gap: Duration) {
    goose(w, &[RELAY]);
    for jump in 1..=count {
        goose(
            w,
            &[Goose {
                numbers: (7, 4 + 2 * jump),
                ..RELAY
            }],
        );
        w.pass(gap - Duration::from_millis(1));
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

fn mode(w: &mut World, mode: Mode) {
    w.detector.apply(Command::SetMode(mode));
}

/// Without a baseline the first settings are nobody's change; with one they are.
#[test]
fn settings_are_held_against_those_that_were_learned() {
    let mut w = World::default();
    let id = "goose_message_type_settings";
    goose(&mut w, &[RELAY]);
    assert_eq!(w.count(id), 0);
    mode(&mut w, Mode::Learning);
    let mut w = World::default();
    mode(&mut w, Mode::Learning);
    goose(
        &mut w,
        &[
            RELAY,
            Goose {
                revision: 2,
                ..AFTER
            },
        ],
    );
    mode(&mut w, Mode::Operational);
    goose(
        &mut w,
        &[
            RELAY,
            Goose {
                revision: 2,
                ..AFTER
            },
            AFTER,
        ],
    );
    assert_eq!(w.count(id), 0, "both were learned");
    let learned = w.detector.baseline();
    let mut w = World::default();
    w.detector.restore(learned, []);
    goose(&mut w, &[RELAY]);
    assert_eq!(w.count(id), 0);
    let mut changed = World::default();
    changed.detector.restore(w.detector.baseline(), []);
    goose(
        &mut changed,
        &[Goose {
            id: "other",
            ..RELAY
        }],
    );
    assert_eq!(changed.count(id), 1);
    goose(
        &mut changed,
        &[Goose {
            name: "R/LLN0$GO$new",
            ..RELAY
        }],
    );
    assert_eq!(changed.count(id), 1, "a control block that nobody knew");
}

#[test]
fn what_lasts_is_reported_when_it_begins() {
    let lasting = Goose {
        simulated: true,
        needs_commissioning: true,
        ..RELAY
    };
    let mut w = World::default();
    let messages = [4, 5, 6, 7].map(|sequence| Goose {
        numbers: (7, sequence),
        ..lasting
    });
    goose(&mut w, &messages);
    for id in ["simulated_process_data", "goose_needs_commissioning"] {
        assert_eq!(w.count(id), 1, "{id}");
    }
    goose(
        &mut w,
        &[Goose {
            numbers: (7, 8),
            ..RELAY
        }],
    );
    goose(
        &mut w,
        &[Goose {
            numbers: (7, 9),
            ..lasting
        }],
    );
    for id in ["simulated_process_data", "goose_needs_commissioning"] {
        assert_eq!(w.count(id), 2, "{id}");
    }
    sampled(
        &mut w,
        &[Sampled {
            simulated: true,
            ..UNIT
        }],
    );
    assert_eq!(w.count("simulated_process_data"), 3);
}

/// The forged message is ahead of the relay, whose own messages are older from then on.
#[test]
fn a_forged_state_makes_those_of_the_relay_old() {
    let mut w = World::default();
    goose(
        &mut w,
        &[
            RELAY,
            Goose {
                numbers: (9, 0),
                ..RELAY
            },
            AFTER,
        ],
    );
    assert_eq!(w.count("goose_replay"), 1);
    let found = w.first("goose_replay");
    assert_eq!(found.get("latest_state").unwrap().to_string(), "9");
}

#[test]
fn each_source_of_a_publication_is_reported_once() {
    let mut w = World::default();
    for sequence in 4..40 {
        for source in [SOURCE, OTHER] {
            let numbers = (7, sequence);
            goose(
                &mut w,
                &[Goose {
                    source,
                    numbers,
                    ..RELAY
                }],
            );
        }
    }
    assert_eq!(w.count("publisher_conflict"), 1);
    let publisher = w.first("publisher_conflict").get("publisher").unwrap();
    assert_eq!(publisher.to_string(), "02:00:00:00:00:01");
}

/// The same capture again is another capture, whose numbers are lower.
#[test]
fn time_that_ran_back_makes_no_replay() {
    let mut w = World::default();
    goose(&mut w, &[AFTER]);
    w.back(Duration::from_secs(60));
    goose(&mut w, &[RELAY]);
    assert_eq!(w.count("goose_replay"), 0);
}

//! Settings beside a baseline, what lasts, replays.

use sensor_detect::detector::{Command, Mode};

use super::*;

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
    w.back(Duration::from_mins(1));
    goose(&mut w, &[RELAY]);
    assert_eq!(w.count("goose_replay"), 0);
}

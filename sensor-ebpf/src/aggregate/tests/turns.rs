//! Grants, request and response in turn, intervals, numbered sequences.

use super::super::alternation::LATE_NS;
use super::*;
use crate::operation::STEP_OWN;

#[test]
fn granted_reads_and_their_responses_are_counted() {
    let mut world = World::granted();
    for tag in 2..9 {
        assert_eq!(world.ask(tag), Verdict::Count);
        assert_eq!(world.stats.track.open, OPEN_WITHHELD);
        assert_eq!(world.reply(tag), Verdict::Count);
        assert_eq!(world.stats.track.open, OPEN_NONE);
    }
    let mut packets: Vec<(u8, u64, u64, u64)> = world
        .maps
        .operations
        .iter()
        .filter(|(key, _)| key.kind != KIND_ACKNOWLEDGMENT)
        .map(|(key, stats)| {
            let interval = stats.intervals[0];
            (
                key.kind,
                interval.packets,
                interval.min_gap_ns,
                interval.max_gap_ns,
            )
        })
        .collect();
    packets.sort_unstable();
    assert_eq!(
        packets,
        [(KIND_REQUEST, 7, 20, 20), (KIND_RESPONSE, 7, 20, 20)]
    );
    assert!(!world.inspected());
}

#[test]
fn nothing_is_withheld_without_a_grant_or_while_it_is_switched_off() {
    let mut world = World::new();
    for tag in 1..5 {
        assert_eq!(world.ask(tag), Verdict::HandUp);
        assert_eq!(world.stats.track.open, OPEN_HANDED_UP);
        assert_eq!(world.reply(tag), Verdict::HandUp);
    }
    let mut world = World::granted();
    world.settings.flags = 0;
    assert_eq!(world.ask(2), Verdict::HandUp);
    assert!(!world.inspected());
}

#[test]
fn the_response_of_a_request_that_went_up_goes_up() {
    let mut world = World::granted();
    let other = vec![0, 2, 0, 0, 0, 6, 1, 3, 0, 0, 0, 2];
    assert_eq!(world.say(true, other), Verdict::HandUp);
    assert_eq!(world.reply(2), Verdict::HandUp);
    assert_eq!(world.ask(3), Verdict::Count);
}

#[test]
fn an_unknown_response_to_a_withheld_request_carries_it() {
    let mut world = World::granted();
    assert_eq!(world.ask(2), Verdict::Count);
    let longer = vec![0, 2, 0, 0, 0, 7, 1, 3, 4, 0, 7, 0, 7];
    assert_eq!(world.say(false, longer), Verdict::HandUp);
    assert_ne!(world.header.flags & RECORD_OPEN, 0);
    assert_eq!((world.header.open_handle, world.header.open_tag), (7, 2));
    assert_eq!(world.stats.track.open, OPEN_NONE);
    assert!(!world.inspected());
}

#[test]
fn a_late_response_goes_up_and_carries_its_request() {
    for (after, verdict) in [(LATE_NS - 10, Verdict::Count), (LATE_NS, Verdict::HandUp)] {
        let mut world = World::granted();
        world.settings.refresh_ns = u64::MAX;
        assert_eq!(world.ask(2), Verdict::Count);
        world.now += after;
        assert_eq!(world.reply(2), verdict);
        assert_ne!(world.header.flags & RECORD_OPEN, 0);
        assert_eq!(world.ask(3), Verdict::Count, "and the next is counted");
        assert!(!world.inspected());
    }
}

#[test]
fn an_exception_closes_the_request_and_carries_it() {
    let mut world = World::granted();
    assert_eq!(world.ask(2), Verdict::Count);
    assert_eq!(world.say(false, exception(2)), Verdict::HandUp);
    assert_ne!(world.header.flags & RECORD_OPEN, 0);
    assert_eq!(world.ask(3), Verdict::Count);
}

#[test]
fn a_write_goes_up_and_so_does_whatever_answers_it() {
    let mut world = World::granted();
    assert_eq!(world.say(true, write(2)), Verdict::HandUp);
    assert_eq!(world.stats.track.open, OPEN_UNNAMED);
    assert_eq!(world.reply(9), Verdict::HandUp);
    assert_eq!(world.ask(3), Verdict::Count);
    assert!(!world.inspected());
}

#[test]
fn what_does_not_alternate_is_inspected_for_good() {
    let pipelined: [fn(&mut World) -> Verdict; 5] = [
        |world| {
            world.ask(2);
            world.ask(3)
        },
        |world| {
            world.ask(2);
            world.say(true, write(3))
        },
        |world| world.reply(2),
        |world| {
            world.ask(2);
            world.reply(3)
        },
        |world| {
            world.say(true, write(2));
            world.ask(3)
        },
    ];
    for (number, case) in pipelined.into_iter().enumerate() {
        let mut world = World::granted();
        assert_eq!(case(&mut world), Verdict::Inspect, "case {number}");
        for tag in 20..24 {
            assert_eq!(world.ask(tag), Verdict::HandUp, "case {number}");
            assert_eq!(world.reply(tag), Verdict::HandUp, "case {number}");
        }
    }
}

#[test]
fn an_acknowledgment_that_goes_up_takes_the_response_with_it() {
    let mut world = World::granted();
    world
        .maps
        .operations
        .retain(|key, _| key.kind != KIND_ACKNOWLEDGMENT);
    assert_eq!(world.ask(2), Verdict::Count);
    assert_eq!(world.say(false, vec![]), Verdict::HandUp);
    assert_ne!(world.header.flags & RECORD_OPEN, 0);
    assert_eq!(world.stats.track.open, OPEN_HANDED_UP);
    assert_eq!(world.reply(2), Verdict::HandUp);
    assert_eq!(world.header.flags, 0);
    assert_eq!(world.ask(3), Verdict::Count);
}

#[test]
fn known_operations_go_up_when_it_is_their_turn() {
    let mut world = World::granted();
    world.ask(2);
    world.reply(2);
    world.now += world.settings.refresh_ns;
    assert_eq!(world.ask(3), Verdict::Refresh);
    assert_eq!(world.stats.track.open, OPEN_HANDED_UP);
    assert_eq!(world.reply(3), Verdict::HandUp);
    assert_eq!(world.ask(4), Verdict::Count, "its turn is over");
    assert_eq!(world.reply(4), Verdict::Count, "so is that of its response");
}

#[test]
fn a_datagram_whose_checksum_does_not_fit_counts_as_not_granted() {
    let mut world = World::granted();
    world.maps.sound = false;
    assert_eq!(world.ask(2), Verdict::HandUp);
    assert_eq!(world.stats.track.open, OPEN_HANDED_UP);
}

#[test]
fn an_interval_starts_again_with_its_epoch() {
    let mut stats = OperationStats::default();
    count::add(&mut stats, 60, 1000, 6);
    count::add(&mut stats, 70, 1300, 6);
    count::add(&mut stats, 70, 1400, 6);
    let [even, odd] = stats.intervals;
    assert_eq!((even.epoch, even.packets, even.bytes), (6, 3, 200));
    assert_eq!((even.first_ns, even.last_ns), (1000, 1400));
    assert_eq!((even.min_gap_ns, even.max_gap_ns), (100, 300));
    assert_eq!(odd.packets, 0);
    count::add(&mut stats, 60, 2400, 7);
    count::add(&mut stats, 60, 2500, 8);
    let [even, odd] = stats.intervals;
    assert_eq!((odd.epoch, odd.packets, odd.min_gap_ns), (7, 1, 1000));
    assert_eq!((even.epoch, even.packets, even.bytes), (8, 1, 60));
    assert_eq!((even.first_ns, even.max_gap_ns), (2500, 100));
}

/// A world of one cyclic message; the classifiers of this crate are not needed for that.
fn cyclic(world: &mut World, tag: u32, bits: u8, step: u8) -> Verdict {
    does(world, 0, tag, bits, step)
}

/// The same of one operation among several.
fn does(world: &mut World, operation: u64, tag: u32, bits: u8, step: u8) -> Verdict {
    let mut parsed = Parsed::default();
    parsed.class = Class::OtLink;
    let settings = world.settings;
    let arrival = Arrival {
        parsed: &parsed,
        settings: &settings,
        wire_len: 60,
        now_ns: world.now,
    };
    world.work.message = Message {
        tag,
        kind: KIND_CYCLIC,
        protocol: Aggregated::Goose as u8,
        sequence_bits: bits,
        step,
        operation: [operation, 0],
    };
    world.header.direction = 0;
    alternation::recognised(&arrival, &mut world.stats, &mut world.maps, &mut world.work)
}

#[test]
fn a_numbered_sequence_is_counted_while_it_runs_on() {
    let mut world = World::new();
    assert_eq!(cyclic(&mut world, 5, 0, 1), Verdict::HandUp);
    world.grant_last(0, 3);
    for (tag, verdict) in [
        (6, Verdict::Count),
        (7, Verdict::Count),
        (9, Verdict::HandUp),
        (10, Verdict::Count),
        (10, Verdict::HandUp),
        (u32::MAX, Verdict::HandUp),
        (0, Verdict::Count),
    ] {
        assert_eq!(cyclic(&mut world, tag, 0, 1), verdict, "{tag}");
    }
    assert_eq!(cyclic(&mut world, 0x7fff, 15, 1), Verdict::HandUp);
    assert_eq!(cyclic(&mut world, 0, 15, 1), Verdict::Count);
    assert!(!world.inspected());
}

#[test]
fn a_step_of_its_own_is_granted_with_the_operation() {
    let mut world = World::new();
    assert_eq!(cyclic(&mut world, 32, 16, STEP_OWN), Verdict::HandUp);
    assert_eq!(world.work.message.kind, KIND_NONE, "the step is not known");
    assert_eq!(cyclic(&mut world, 64, 16, STEP_OWN), Verdict::HandUp);
    world.grant_last(0, 3);
    assert_eq!(cyclic(&mut world, 96, 16, STEP_OWN), Verdict::Count);
    assert_eq!(cyclic(&mut world, 160, 16, STEP_OWN), Verdict::HandUp);
    assert_eq!(cyclic(&mut world, 192, 16, STEP_OWN), Verdict::Count);
    assert_eq!(cyclic(&mut world, 192, 16, STEP_OWN), Verdict::HandUp);
    assert!(!world.inspected());
}

#[test]
fn what_changes_goes_up_and_so_does_what_comes_back() {
    let mut world = World::new();
    for operation in [0x35, 0x34] {
        assert_eq!(does(&mut world, operation, 5, 0, 1), Verdict::HandUp);
        world.grant_last(0, 3);
    }
    for (operation, verdict) in [
        (0x34, Verdict::Count),
        (0x35, Verdict::HandUp),
        (0x35, Verdict::Count),
        (0x34, Verdict::HandUp),
        (0x34, Verdict::Count),
    ] {
        let tag = world.stats.halves[0].next_cyclic;
        assert_eq!(does(&mut world, operation, tag, 0, 1), verdict, "{tag}");
    }
    // Something that is not recognised may have taken a number.
    let mut parsed = Parsed::default();
    parsed.class = Class::OtLink;
    alternation::unrecognised(&mut world.stats, &parsed, &world.work);
    let tag = world.stats.halves[0].next_cyclic;
    assert_eq!(does(&mut world, 0x34, tag, 0, 1), Verdict::HandUp);
    assert_eq!(does(&mut world, 0x34, tag + 1, 0, 1), Verdict::Count);
}

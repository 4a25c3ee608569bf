//! DNP3: a master that polls outstations, and all that may come between.

mod stations;

use proptest::prelude::*;
use sensor_protocols::counters::Counter;
use sensor_protocols::observation::Protocol;

use crate::both::Both;
use crate::{Rhythm, rhythm};
use stations::{ANOTHER, OUTSTATION, Stations};

const DNP3: [Protocol; 2] = [Protocol::Dnp3; 2];

/// Something that happens on the connection.
#[derive(Clone, Copy, Debug)]
pub(super) enum Event {
    /// Polls of an outstation.
    Polls(u8, u8, u8),
    /// Answered with events, which the master confirms, or does not.
    Events(u8, bool),
    /// Answered in two segments of the transport, each in a segment of TCP or both in one.
    Long(u8, bool),
    /// Sent by itself, and confirmed or not.
    Unsolicited(bool),
    /// The state of the link asked for by master or outstation.
    Link(bool),
    /// A CRC of request or answer does not fit.
    BadCrc(u8, bool),
    /// An unsolicited response and the answer in one segment.
    TwoFrames(u8),
    /// A control that is carried out.
    Operate,
    /// The internal indications of an answer.
    Indications(u8, u8, u8),
    Silent(u8),
    /// A poll sent twice under one number, answered once or twice.
    Again(u8, bool),
    /// An answer to nothing.
    Stray(u8),
    /// An answer of another outstation under the same number.
    Elsewhere(u8),
    /// A frame of the answer in two segments of TCP.
    Split(u8),
    /// The first segment of a fragment that does not go on.
    Abandoned,
    /// A poll that the capture missed.
    Lost(u8),
    /// An answer after a time in which it is none any more.
    Late(u8),
    /// The last segment of TCP once more.
    Repeated,
}

fn event() -> impl Strategy<Value = Event> {
    let pick = 0..4_u8;
    let station = OUTSTATION..=ANOTHER;
    prop_oneof![
        30 => (station.clone(), pick.clone(), 1..20_u8).prop_map(|(s, p, n)| Event::Polls(s, p, n)),
        // Long enough for a flow to be forgiven.
        6 => (station, pick.clone(), 100..200_u8).prop_map(|(s, p, n)| Event::Polls(s, p, n)),
        4 => (pick.clone(), any::<bool>()).prop_map(|(p, c)| Event::Events(p, c)),
        3 => (pick.clone(), any::<bool>()).prop_map(|(p, c)| Event::Long(p, c)),
        4 => any::<bool>().prop_map(Event::Unsolicited),
        3 => any::<bool>().prop_map(Event::Link),
        1 => (pick.clone(), any::<bool>()).prop_map(|(p, c)| Event::BadCrc(p, c)),
        2 => pick.clone().prop_map(Event::TwoFrames),
        2 => Just(Event::Operate),
        3 => (pick.clone(), 0..8_u8, 0..3_u8).prop_map(|(p, a, b)| Event::Indications(p, a, b)),
        1 => pick.clone().prop_map(Event::Silent),
        1 => (pick.clone(), any::<bool>()).prop_map(|(p, c)| Event::Again(p, c)),
        1 => pick.clone().prop_map(Event::Stray),
        1 => pick.clone().prop_map(Event::Elsewhere),
        1 => pick.clone().prop_map(Event::Split),
        1 => Just(Event::Abandoned),
        1 => pick.clone().prop_map(Event::Lost),
        1 => pick.prop_map(Event::Late),
        1 => Just(Event::Repeated),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn withheld_or_not_the_same_is_observed(
        events in proptest::collection::vec(event(), 1..30),
        rhythm in rhythm(),
        closes: bool,
    ) {
        let mut stations = Stations::after(&events);
        if closes {
            stations.close();
        }
        let both = Both::ways(&stations.frames, DNP3, rhythm);
        prop_assert_eq!(both.part, both.full);
    }
}

const RHYTHM: Rhythm = Rhythm {
    grants: 1,
    drains: 100,
    refresh: 0,
    evict: None,
};

#[test]
fn polls_of_several_outstations_are_nearly_all_withheld() {
    let polls =
        (0..4).flat_map(|pick| [OUTSTATION, ANOTHER].map(|station| Event::Polls(station, pick, 3)));
    let polls: Vec<Event> = polls.cycle().take(800).collect();
    let both = Both::ways(&Stations::after(&polls).frames, DNP3, RHYTHM);
    assert_eq!(both.part, both.full);
    assert!(
        both.up() < 30,
        "{} of {} went up",
        both.up(),
        both.program.received
    );
    assert_eq!(both.inspector.counters().get(Counter::TcpGaps), 0);
}

#[test]
fn what_is_lawful_between_polls_ends_no_counting() {
    let between = [
        Event::Events(0, true),
        Event::Long(1, false),
        Event::Long(1, true),
        Event::Unsolicited(true),
        Event::Link(true),
        Event::Link(false),
        Event::TwoFrames(2),
        Event::Operate,
        Event::Indications(3, 1, 0),
    ];
    let events: Vec<Event> = between
        .into_iter()
        .flat_map(|event| [event, Event::Polls(OUTSTATION, 0, 40)])
        .collect();
    let both = Both::ways(&Stations::after(&events).frames, DNP3, RHYTHM);
    assert_eq!(both.part, both.full);
    assert_eq!(both.program.inspected(), 0);
    assert!(
        both.up() < 60,
        "{} of {} went up",
        both.up(),
        both.program.received
    );
}

#[test]
fn an_answer_that_is_too_late_goes_up() {
    let events = [Event::Polls(OUTSTATION, 1, 20), Event::Late(1)];
    let both = Both::ways(&Stations::after(&events).frames, DNP3, RHYTHM);
    assert_eq!(both.part, both.full);
    assert!(both.program.counted > 0);
    let late = |what: &&String| what.contains("unsolicited");
    assert!(
        both.part.messages.keys().any(|what| late(&what)),
        "{:?}",
        both.part
    );
}

#[test]
fn a_forgotten_flow_is_no_loss() {
    for at in [40, 41, 60, 99] {
        let stations = Stations::after(&[Event::Polls(OUTSTATION, 0, 100)]);
        let rhythm = Rhythm {
            evict: Some(at),
            drains: 7,
            ..RHYTHM
        };
        let both = Both::ways(&stations.frames, DNP3, rhythm);
        assert_eq!(both.part.flows, both.full.flows);
        assert_eq!(both.part.counted, both.full.counted);
        assert!(
            both.part.messages.keys().all(|what| what.contains(" {} ")),
            "{:?}",
            both.part
        );
        assert_eq!(both.inspector.counters().get(Counter::TcpGaps), 0);
        assert!(both.program.counted > 0);
    }
}

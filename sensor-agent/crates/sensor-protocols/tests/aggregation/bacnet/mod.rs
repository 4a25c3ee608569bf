//! BACnet/IP: two devices between equal ports that read from each other, and all that may come between.

mod devices;

use proptest::prelude::*;
use sensor_protocols::observation::Protocol;

use crate::both::Both;
use crate::{Rhythm, rhythm};
use devices::Devices;

const BACNET: [Protocol; 2] = [Protocol::Bacnet; 2];
const PORT: u16 = 47_808;

/// Something that happens.
#[derive(Clone, Copy, Debug)]
pub(super) enum Event {
    /// Reads of a property; of several.
    Reads(u8, u8),
    Multiple(u8, u8),
    /// A name that tells who the device is.
    Names,
    /// Refused by an error, a reject, an abort.
    Refused(u8, u8),
    /// Written and acknowledged.
    Writes(u8),
    /// Not answered; sent again and answered once or twice; answered although nobody asked.
    Silent(u8),
    Again(u8, bool),
    Stray(u8),
    /// Something that is not counted, and not answered.
    SilentWrite(u8),
    /// Two at once.
    Both(u8, u8),
    /// The other device asks, while a request is open or not.
    Other(u8, bool),
    /// Announcements and questions to all.
    Announces,
    Asks,
    /// An answer in segments.
    Segments(u8),
    /// To a device behind a router.
    Routed(u8, u8),
    /// An answer that tells of another object; one that comes late.
    Wrong(u8),
    Late(u8),
    /// The last datagram once more.
    Repeated,
}

fn event() -> impl Strategy<Value = Event> {
    let pick = 0..3_u8;
    prop_oneof![
        30 => (pick.clone(), 1..20_u8).prop_map(|(p, n)| Event::Reads(p, n)),
        // Long enough for a flow to be forgiven.
        6 => (pick.clone(), 100..200_u8).prop_map(|(p, n)| Event::Reads(p, n)),
        10 => (pick.clone(), 1..20_u8).prop_map(|(p, n)| Event::Multiple(p, n)),
        2 => Just(Event::Names),
        3 => (pick.clone(), 0..3_u8).prop_map(|(p, n)| Event::Refused(p, n)),
        3 => pick.clone().prop_map(Event::Writes),
        1 => pick.clone().prop_map(Event::Silent),
        1 => (pick.clone(), any::<bool>()).prop_map(|(p, n)| Event::Again(p, n)),
        1 => pick.clone().prop_map(Event::Stray),
        1 => pick.clone().prop_map(Event::SilentWrite),
        1 => (pick.clone(), pick.clone()).prop_map(|(a, b)| Event::Both(a, b)),
        2 => (pick.clone(), any::<bool>()).prop_map(|(p, n)| Event::Other(p, n)),
        3 => Just(Event::Announces),
        2 => Just(Event::Asks),
        2 => pick.clone().prop_map(Event::Segments),
        4 => (pick.clone(), 1..20_u8).prop_map(|(p, n)| Event::Routed(p, n)),
        1 => pick.clone().prop_map(Event::Wrong),
        1 => pick.prop_map(Event::Late),
        1 => Just(Event::Repeated),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn withheld_or_not_the_same_is_observed(
        client in prop_oneof![Just(PORT), Just(50_000)],
        events in proptest::collection::vec(event(), 1..30),
        rhythm in rhythm(),
    ) {
        let devices = Devices::after([client, PORT], &events);
        let both = Both::ways(&devices.frames, BACNET, rhythm);
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
fn reads_are_nearly_all_withheld() {
    let reads = [
        Event::Reads(0, 3),
        Event::Multiple(1, 3),
        Event::Routed(2, 3),
    ];
    let reads: Vec<Event> = reads.into_iter().cycle().take(300).collect();
    for client in [PORT, 50_000] {
        let both = Both::ways(
            &Devices::after([client, PORT], &reads).frames,
            BACNET,
            RHYTHM,
        );
        assert_eq!(both.part, both.full);
        assert!(
            both.up() < 20,
            "{} of {} went up",
            both.up(),
            both.program.received
        );
    }
}

#[test]
fn what_is_lawful_between_reads_ends_no_counting() {
    let between = [
        Event::Names,
        Event::Refused(0, 0),
        Event::Refused(0, 1),
        Event::Refused(0, 2),
        Event::Writes(1),
        Event::Announces,
        Event::Asks,
        Event::Segments(2),
        Event::Other(0, false),
    ];
    let events: Vec<Event> = between
        .into_iter()
        .flat_map(|event| [event, Event::Reads(0, 40)])
        .collect();
    let both = Both::ways(&Devices::after([PORT; 2], &events).frames, BACNET, RHYTHM);
    assert_eq!(both.part, both.full);
    assert_eq!(both.program.inspected(), 0);
    assert!(
        both.up() < 80,
        "{} of {} went up",
        both.up(),
        both.program.received
    );
}

#[test]
fn a_forgotten_flow_is_no_loss() {
    for at in [40, 41, 60, 99] {
        let devices = Devices::after([PORT; 2], &[Event::Reads(0, 100)]);
        let rhythm = Rhythm {
            evict: Some(at),
            drains: 7,
            ..RHYTHM
        };
        let both = Both::ways(&devices.frames, BACNET, rhythm);
        assert_eq!(both.part.flows, both.full.flows);
        assert_eq!(both.part.counted, both.full.counted);
        assert!(
            both.part.messages.keys().all(|what| what.contains(" {} ")),
            "{:?}",
            both.part
        );
        assert!(both.program.counted > 0);
    }
}

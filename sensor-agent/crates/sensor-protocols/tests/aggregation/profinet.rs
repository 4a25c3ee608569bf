//! PROFINET RT: cyclic data of two stations, and all that should not happen.

use proptest::prelude::*;
use sensor_protocols::observation::Protocol;

use crate::both::Both;
use crate::link::Wire;
use crate::{Rhythm, rhythm};

const PROFINET: [Protocol; 2] = [Protocol::Profinet; 2];
const ETHERTYPE: u16 = 0x8892;
const GOOD: u8 = 0x35;

/// One provider of cyclic data.
#[derive(Clone, Debug)]
struct Provider {
    ends: [usize; 2],
    vlan: u16,
    frame_id: u16,
    cycle: u16,
    step: u16,
    status: u8,
    transfer: u8,
    data: usize,
}

impl Provider {
    fn new(number: usize) -> Self {
        Self {
            // The first two send with the same identifier, one to the other.
            ends: [[0, 1], [1, 0], [0, 1]][number],
            vlan: 0,
            frame_id: if number == 2 { 0xc001 } else { 0x8000 },
            cycle: 0xff00,
            step: 32,
            status: GOOD,
            transfer: 0,
            data: 40,
        }
    }

    /// The next frame behind its ethertype.
    fn frame(&mut self) -> Vec<u8> {
        self.cycle = self.cycle.wrapping_add(self.step);
        let [low, high] = self.cycle.to_le_bytes();
        let mut payload = self.frame_id.to_be_bytes().to_vec();
        payload.extend(vec![low; self.data]);
        payload.extend([high, low, self.status, self.transfer]);
        payload
    }
}

/// Something that happens.
#[derive(Clone, Copy, Debug)]
enum Event {
    Runs(usize, u8),
    Turns(usize, usize, u8),
    /// Another send clock; a frame left out; the last frame once more; the counter falls back.
    Step(usize, u16),
    Skips(usize, u16),
    Again,
    Back(usize, u16),
    /// Another data status, transfer status, or length.
    Status(usize, u8),
    Transfer(usize, u8, u8),
    Length(usize, usize),
    /// In another VLAN, or with another identifier, a reserved one among them.
    Elsewhere(usize, u16, u8),
    /// More identifiers than anybody follows.
    Crowd(usize, u8),
    /// Discovery between the two.
    Discovery,
}

fn event() -> impl Strategy<Value = Event> {
    let provider = 0..3_usize;
    let few = 1..5_u8;
    let status = prop_oneof![
        4 => Just(GOOD),
        2 => Just(0x34_u8),
        1 => Just(0x37),
        1 => Just(0x25),
        1 => Just(0x15),
        1 => Just(0x31),
        1 => Just(0xb5),
    ];
    prop_oneof![
        20 => (provider.clone(), 1..40_u8).prop_map(|(p, n)| Event::Runs(p, n)),
        // Long enough for a flow to be trusted again.
        4 => (provider.clone(), 150..250_u8).prop_map(|(p, n)| Event::Runs(p, n)),
        6 => (provider.clone(), provider.clone(), 1..40_u8).prop_map(|(a, b, n)| Event::Turns(a, b, n)),
        2 => (provider.clone(), prop_oneof![Just(32_u16), Just(64), Just(33)])
            .prop_map(|(p, n)| Event::Step(p, n)),
        2 => (provider.clone(), 1..500_u16).prop_map(|(p, n)| Event::Skips(p, n)),
        2 => Just(Event::Again),
        2 => (provider.clone(), prop_oneof![Just(32_u16), Just(100), Just(5000), Just(30_000)])
            .prop_map(|(p, n)| Event::Back(p, n)),
        10 => (provider.clone(), status).prop_map(|(p, s)| Event::Status(p, s)),
        1 => (provider.clone(), 1..3_u8, few.clone()).prop_map(|(p, t, n)| Event::Transfer(p, t, n)),
        1 => (provider.clone(), prop_oneof![Just(40_usize), Just(80)]).prop_map(|(p, n)| Event::Length(p, n)),
        2 => (provider.clone(), prop_oneof![Just(0_u16), Just(0x4000), Just(0x8001)], few)
            .prop_map(|(p, id, n)| Event::Elsewhere(p, id, n)),
        1 => (provider, 4..24_u8).prop_map(|(p, n)| Event::Crowd(p, n)),
        1 => Just(Event::Discovery),
    ]
}

/// Two stations.
struct Stations {
    wire: Wire,
    providers: Vec<Provider>,
}

impl Stations {
    fn after(events: &[Event]) -> Self {
        let mut stations = Self {
            wire: Wire::default(),
            providers: (0..3).map(Provider::new).collect(),
        };
        for event in events {
            stations.happen(*event);
        }
        stations
    }

    fn run(&mut self, at: usize) {
        let provider = &mut self.providers[at];
        let (ends, vlan, payload) = (provider.ends, provider.vlan, provider.frame());
        self.wire.send(ends, vlan, ETHERTYPE, &payload);
    }

    fn runs(&mut self, at: usize, times: u8) {
        for _ in 0..times {
            self.run(at);
        }
    }

    /// Sends so many frames of a provider that is changed for as long.
    fn with(&mut self, at: usize, times: u8, change: impl FnOnce(&mut Provider)) {
        let before = self.providers[at].clone();
        change(&mut self.providers[at]);
        self.runs(at, times);
        let cycle = self.providers[at].cycle;
        self.providers[at] = Provider { cycle, ..before };
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Runs(at, times) => self.runs(at, times),
            Event::Turns(one, other, times) => {
                for _ in 0..times {
                    self.run(one);
                    self.run(other);
                }
            }
            Event::Step(at, step) => self.providers[at].step = step,
            Event::Skips(at, by) => {
                let provider = &mut self.providers[at];
                provider.cycle = provider.cycle.wrapping_add(by);
            }
            Event::Again => self.wire.again(),
            Event::Back(at, by) => {
                let provider = &mut self.providers[at];
                provider.cycle = provider.cycle.wrapping_sub(by);
            }
            Event::Status(at, status) => self.providers[at].status = status,
            Event::Transfer(at, status, times) => {
                self.with(at, times, |provider| provider.transfer = status);
            }
            Event::Length(at, length) => self.providers[at].data = length,
            Event::Elsewhere(at, frame_id, times) => self.with(at, times, |provider| {
                if frame_id == 0 {
                    provider.vlan = 7;
                } else {
                    provider.frame_id = frame_id;
                }
            }),
            Event::Crowd(at, many) => {
                for number in 0..many {
                    self.with(at, 1, |provider| {
                        provider.frame_id = 0xc100 + u16::from(number);
                    });
                }
            }
            Event::Discovery => {
                let get = [0xfe, 0xfd, 3, 0, 0, 0, 0, 1, 0, 0, 0, 2, 2, 2];
                self.wire.send([0, 1], 0, ETHERTYPE, &get);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn withheld_or_not_the_same_is_observed(
        events in proptest::collection::vec(event(), 1..30),
        rhythm in rhythm(),
    ) {
        let both = Both::ways(&Stations::after(&events).wire.frames, PROFINET, rhythm);
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
fn cyclic_data_are_nearly_all_withheld() {
    let events: Vec<Event> = [Event::Turns(0, 1, 100), Event::Runs(2, 50)]
        .into_iter()
        .cycle()
        .take(40)
        .collect();
    let both = Both::ways(&Stations::after(&events).wire.frames, PROFINET, RHYTHM);
    assert_eq!(both.part, both.full);
    assert!(
        both.up() < 20,
        "{} of {} went up",
        both.up(),
        both.program.received
    );
}

#[test]
fn a_change_of_status_is_told_once_each_time() {
    let events: Vec<Event> = [
        Event::Runs(0, 20),
        Event::Status(0, 0x34),
        Event::Runs(0, 20),
        Event::Status(0, GOOD),
    ]
    .into_iter()
    .cycle()
    .take(40)
    .collect();
    let both = Both::ways(&Stations::after(&events).wire.frames, PROFINET, RHYTHM);
    assert_eq!(both.part, both.full);
    let told = |name: &str| -> u64 {
        let of = |(what, _): &(&String, &u64)| what.contains(name) && !what.starts_with("bytes");
        both.part
            .messages
            .iter()
            .filter(of)
            .map(|(_, count)| *count)
            .sum()
    };
    assert_eq!((told("state_backup"), told("state_primary")), (10, 9));
    assert!(
        both.up() < 60,
        "{} of {} went up",
        both.up(),
        both.program.received
    );
}

#[test]
fn a_forgotten_flow_is_no_fault_of_the_provider() {
    for at in [40, 41, 60, 99] {
        let events = [
            Event::Status(1, 0x34),
            Event::Turns(0, 1, 50),
            Event::Runs(0, 50),
        ];
        let rhythm = Rhythm {
            evict: Some(at),
            drains: 7,
            ..RHYTHM
        };
        let both = Both::ways(&Stations::after(&events).wire.frames, PROFINET, rhythm);
        assert_eq!(both.part, both.full);
        assert!(both.program.counted > 0);
    }
}

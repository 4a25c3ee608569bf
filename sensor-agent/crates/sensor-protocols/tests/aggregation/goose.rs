//! GOOSE: control blocks that repeat their state, change it, and all that should not happen.

use proptest::prelude::*;
use sensor_protocols::observation::Protocol;

use crate::both::Both;
use crate::link::{Wire, carried, element, number};
use crate::{Rhythm, rhythm};

const GOOSE: [Protocol; 2] = [Protocol::Goose; 2];
const ETHERTYPE: u16 = 0x88b8;
/// Publisher, and to whom it speaks.
const GROUP: [usize; 2] = [0, 2];

/// One control block.
#[derive(Clone, Debug)]
struct Block {
    name: String,
    appid: u16,
    vlan: u16,
    ends: [usize; 2],
    state: u32,
    sequence: u32,
    revision: u32,
    time_to_live: u32,
    values: Vec<u8>,
    simulated: bool,
    commissioning: bool,
    /// Number of entries, when it is not that of the values.
    stated: Option<u32>,
    /// Contents of the sequence number, when it is none.
    odd_sequence: Option<u8>,
}

impl Block {
    fn new(number: u8) -> Self {
        Self {
            name: format!("relay{number}/LLN0$GO$gcb"),
            // The first two share one.
            appid: u16::from(number / 2 + 1),
            vlan: 0,
            ends: GROUP,
            state: 1,
            sequence: 120,
            revision: 1,
            time_to_live: 2000,
            values: vec![0, 1, 0],
            simulated: false,
            commissioning: false,
            stated: None,
            odd_sequence: None,
        }
    }

    fn message(&self) -> Vec<u8> {
        let truth = |tag, truth| element(tag, &[u8::from(truth)]);
        let values = self.values.iter().map(|value| element(0x83, &[*value]));
        let values: Vec<u8> = values.flatten().collect();
        let entries = u32::try_from(self.values.len()).unwrap();
        let sequence = self.odd_sequence.map_or_else(
            || number(0x86, self.sequence),
            |contents| element(0x86, &[contents]),
        );
        let fields = [
            element(0x80, self.name.as_bytes()),
            number(0x81, self.time_to_live),
            element(0x82, b"relay/LLN0$set"),
            element(0x83, b"id"),
            element(0x84, &[0x60, 0, 0, 0, 0, 0, 0, 0x0a]),
            number(0x85, self.state),
            sequence,
            truth(0x87, self.simulated),
            number(0x88, self.revision),
            truth(0x89, self.commissioning),
            number(0x8a, self.stated.unwrap_or(entries)),
            element(0xab, &values),
        ];
        carried(self.appid, self.simulated, &element(0x61, &fields.concat()))
    }
}

/// Something that happens.
#[derive(Clone, Copy, Debug)]
enum Event {
    /// A block repeats its state.
    Runs(usize, u8),
    /// Two blocks take turns.
    Turns(usize, usize, u8),
    /// A value changes, in a new state; without one.
    Changes(usize),
    ChangesInSilence(usize),
    /// The state as it was before, with the number that is due now, and the present one again.
    FallsBack(usize, u8),
    /// Sequence numbers are left out; the last message comes again.
    Skips(usize, u8),
    Again,
    /// The sequence number is soon as high as it gets, or longer.
    Numbers(usize, u32),
    /// A test set, a block not configured to the end, another revision or time to live.
    Simulates(usize, u8),
    Commissions(usize, u8),
    Revises(usize),
    Lives(usize),
    /// Another number of values.
    Grows(usize),
    /// A message in another VLAN, under another APPID, or from the other end.
    Elsewhere(usize, u8, u8),
    /// A number of entries that is wrong, a sequence number that is negative.
    Malformed(usize, bool),
    /// More publishers than anybody follows.
    Crowd,
}

fn event() -> impl Strategy<Value = Event> {
    let block = 0..3_usize;
    let few = 1..5_u8;
    prop_oneof![
        20 => (block.clone(), 1..30_u8).prop_map(|(b, n)| Event::Runs(b, n)),
        // Long enough for a flow to be trusted again.
        4 => (block.clone(), 150..250_u8).prop_map(|(b, n)| Event::Runs(b, n)),
        6 => (block.clone(), block.clone(), 1..30_u8).prop_map(|(a, b, n)| Event::Turns(a, b, n)),
        8 => block.clone().prop_map(Event::Changes),
        2 => block.clone().prop_map(Event::ChangesInSilence),
        4 => (block.clone(), few.clone()).prop_map(|(b, n)| Event::FallsBack(b, n)),
        2 => (block.clone(), few.clone()).prop_map(|(b, n)| Event::Skips(b, n)),
        2 => Just(Event::Again),
        3 => (block.clone(), prop_oneof![
            Just(u32::MAX - 3),
            Just(0x7d),
            Just(0xfd),
            Just(0x7fff_fffd),
        ]).prop_map(|(b, n)| Event::Numbers(b, n)),
        2 => (block.clone(), few.clone()).prop_map(|(b, n)| Event::Simulates(b, n)),
        1 => (block.clone(), few.clone()).prop_map(|(b, n)| Event::Commissions(b, n)),
        2 => block.clone().prop_map(Event::Revises),
        2 => block.clone().prop_map(Event::Lives),
        2 => block.clone().prop_map(Event::Grows),
        3 => (block.clone(), 0..3_u8, few).prop_map(|(b, p, n)| Event::Elsewhere(b, p, n)),
        2 => (block, any::<bool>()).prop_map(|(b, n)| Event::Malformed(b, n)),
        1 => Just(Event::Crowd),
    ]
}

/// The blocks of a device.
struct Device {
    wire: Wire,
    blocks: Vec<Block>,
}

impl Device {
    fn after(events: &[Event]) -> Self {
        let mut device = Self {
            wire: Wire::default(),
            blocks: (0..3).map(Block::new).collect(),
        };
        for event in events {
            device.happen(*event);
        }
        device
    }

    fn send(&mut self, block: &Block) {
        self.wire
            .send(block.ends, block.vlan, ETHERTYPE, &block.message());
    }

    /// Sends the next message of a block.
    fn run(&mut self, at: usize) {
        let block = &mut self.blocks[at];
        block.sequence = block.sequence.checked_add(1).unwrap_or(1);
        let block = block.clone();
        self.send(&block);
    }

    fn runs(&mut self, at: usize, times: u8) {
        for _ in 0..times {
            self.run(at);
        }
    }

    /// Sends so many messages of a block that is changed for as long.
    fn with(&mut self, at: usize, times: u8, change: impl FnOnce(&mut Block)) {
        let before = self.blocks[at].clone();
        change(&mut self.blocks[at]);
        self.runs(at, times);
        let sequence = self.blocks[at].sequence;
        self.blocks[at] = Block { sequence, ..before };
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
            Event::Changes(at) => {
                let block = &mut self.blocks[at];
                block.state += 1;
                block.sequence = 0;
                block.values[0] ^= 1;
                let block = block.clone();
                self.send(&block);
            }
            Event::ChangesInSilence(at) => self.blocks[at].values[0] ^= 1,
            Event::FallsBack(at, times) => self.with(at, times, |block| {
                block.state = block.state.saturating_sub(1);
                block.values[0] ^= 1;
            }),
            Event::Skips(at, by) => {
                let block = &mut self.blocks[at];
                block.sequence = block.sequence.wrapping_add(u32::from(by));
            }
            Event::Again => self.wire.again(),
            Event::Numbers(at, sequence) => self.blocks[at].sequence = sequence,
            Event::Simulates(at, times) => self.with(at, times, |block| block.simulated = true),
            Event::Commissions(at, times) => {
                self.with(at, times, |block| block.commissioning = true);
            }
            Event::Revises(at) => self.blocks[at].revision += 1,
            Event::Lives(at) => self.blocks[at].time_to_live += 500,
            Event::Grows(at) => self.blocks[at].values.push(1),
            Event::Elsewhere(at, place, times) => self.with(at, times, |block| match place {
                0 => block.vlan = 7,
                1 => block.appid = 9,
                _ => block.ends = [1, 2],
            }),
            Event::Malformed(at, negative) => self.with(at, 1, |block| {
                if negative {
                    block.odd_sequence = Some(0x80);
                } else {
                    block.stated = Some(77);
                }
            }),
            Event::Crowd => {
                for number in 0..70 {
                    let mut block = Block::new(0);
                    block.name = format!("crowd{number}");
                    self.send(&block);
                }
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
        let both = Both::ways(&Device::after(&events).wire.frames, GOOSE, rhythm);
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
fn repetitions_are_nearly_all_withheld() {
    // Two blocks that have an APPID each take turns, and change at times.
    let events = [
        Event::Turns(0, 2, 100),
        Event::Changes(0),
        Event::Changes(2),
    ];
    let events: Vec<Event> = events.into_iter().cycle().take(30).collect();
    let both = Both::ways(&Device::after(&events).wire.frames, GOOSE, RHYTHM);
    assert_eq!(both.part, both.full);
    assert!(
        both.up() < 90,
        "{} of {} went up",
        both.up(),
        both.program.received
    );
}

#[test]
fn a_state_that_comes_back_goes_up_whatever_was_granted_for_it() {
    let events = [
        Event::Runs(0, 50),
        Event::Changes(0),
        Event::Runs(0, 50),
        Event::FallsBack(0, 1),
        Event::Runs(0, 3),
    ];
    // The agent is too slow to withdraw anything in between.
    for grants in [1, 60] {
        let rhythm = Rhythm { grants, ..RHYTHM };
        let both = Both::ways(&Device::after(&events).wire.frames, GOOSE, rhythm);
        assert_eq!(both.part, both.full);
        assert!(both.program.counted > 30);
        let back = both
            .full
            .messages
            .keys()
            .filter(|what| what.contains("out_of_sequence"));
        assert!(back.count() > 0, "{:?}", both.full);
    }
}

#[test]
fn a_forgotten_flow_is_no_fault_of_the_block() {
    for at in [40, 41, 60, 99] {
        let events = [Event::Turns(0, 2, 50), Event::Runs(0, 50)];
        let rhythm = Rhythm {
            evict: Some(at),
            drains: 7,
            ..RHYTHM
        };
        let both = Both::ways(&Device::after(&events).wire.frames, GOOSE, rhythm);
        assert_eq!(both.part, both.full);
        assert!(both.program.counted > 0);
    }
}

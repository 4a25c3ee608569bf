//! Sampled values: streams that count their samples, second by second, and all that should not happen.

use proptest::prelude::*;
use sensor_protocols::observation::Protocol;

use crate::both::Both;
use crate::link::{Wire, carried, element};
use crate::{Rhythm, rhythm};

const SAMPLED_VALUES: [Protocol; 2] = [Protocol::SampledValues; 2];
const ETHERTYPE: u16 = 0x88ba;
/// Merging unit, and to whom it speaks.
const GROUP: [usize; 2] = [0, 2];

/// One stream.
#[derive(Clone, Debug)]
struct Stream {
    name: String,
    appid: u16,
    vlan: u16,
    /// Units of a message, and samples of a second.
    units: usize,
    rate: u16,
    count: u16,
    revision: u32,
    synchronised: u8,
    quality: u8,
    channels: usize,
    simulated: bool,
    /// Another name of every second unit.
    mixed: bool,
}

impl Stream {
    fn new(number: u8) -> Self {
        Self {
            name: format!("unit{number}"),
            appid: 0x4000 + u16::from(number / 2),
            vlan: 0,
            units: 1 + usize::from(number % 2),
            rate: 80,
            count: 70,
            revision: 1,
            synchronised: 2,
            quality: 0,
            channels: 8,
            simulated: false,
            mixed: false,
        }
    }

    fn unit(&self, number: usize, count: u16) -> Vec<u8> {
        let name = if self.mixed && number % 2 == 1 {
            "mixed"
        } else {
            &self.name
        };
        let channel = [0, 0, 1, count.to_be_bytes()[1], 0, 0, 0, self.quality];
        let fields = [
            element(0x80, name.as_bytes()),
            element(0x82, &count.to_be_bytes()),
            element(0x83, &self.revision.to_be_bytes()),
            element(0x85, &[self.synchronised]),
            element(0x87, &channel.repeat(self.channels)),
        ];
        element(0x30, &fields.concat())
    }

    /// The next message.
    fn message(&mut self) -> Vec<u8> {
        let mut units = Vec::new();
        for number in 0..self.units {
            units.extend(self.unit(number, self.count));
            self.count = if self.count + 1 >= self.rate {
                0
            } else {
                self.count + 1
            };
        }
        let count = u8::try_from(self.units).unwrap();
        let body = [element(0x80, &[count]), element(0xa2, &units)].concat();
        carried(self.appid, self.simulated, &element(0x60, &body))
    }
}

/// Something that happens.
#[derive(Clone, Copy, Debug)]
enum Event {
    Runs(usize, u8),
    Turns(usize, usize, u8),
    /// Samples are left out; the last message comes again; the count starts again out of its turn.
    Skips(usize, u16),
    Again,
    Restarts(usize),
    /// Another rate, revision, synchronisation, quality, or number of channels.
    Rate(usize, u16),
    Revises(usize),
    Synchronises(usize),
    Quality(usize, u8),
    Channels(usize, usize),
    /// A test set; several streams in a message; another VLAN, another APPID.
    Simulates(usize, u8),
    Mixes(usize, u8),
    Elsewhere(usize, bool, u8),
    /// More streams than anybody follows.
    Crowd,
}

fn event() -> impl Strategy<Value = Event> {
    let stream = 0..3_usize;
    let few = 1..5_u8;
    prop_oneof![
        20 => (stream.clone(), 1..100_u8).prop_map(|(s, n)| Event::Runs(s, n)),
        // Long enough for a flow to be trusted again.
        4 => (stream.clone(), 150..250_u8).prop_map(|(s, n)| Event::Runs(s, n)),
        6 => (stream.clone(), stream.clone(), 1..50_u8).prop_map(|(a, b, n)| Event::Turns(a, b, n)),
        2 => (stream.clone(), 1..20_u16).prop_map(|(s, n)| Event::Skips(s, n)),
        2 => Just(Event::Again),
        2 => stream.clone().prop_map(Event::Restarts),
        3 => (stream.clone(), prop_oneof![Just(80_u16), Just(81), Just(160), Just(u16::MAX)])
            .prop_map(|(s, n)| Event::Rate(s, n)),
        1 => stream.clone().prop_map(Event::Revises),
        2 => stream.clone().prop_map(Event::Synchronises),
        2 => (stream.clone(), 0..3_u8).prop_map(|(s, n)| Event::Quality(s, n)),
        1 => (stream.clone(), prop_oneof![Just(8_usize), Just(4)]).prop_map(|(s, n)| Event::Channels(s, n)),
        2 => (stream.clone(), few.clone()).prop_map(|(s, n)| Event::Simulates(s, n)),
        2 => (stream.clone(), few.clone()).prop_map(|(s, n)| Event::Mixes(s, n)),
        2 => (stream, any::<bool>(), few).prop_map(|(s, v, n)| Event::Elsewhere(s, v, n)),
        1 => Just(Event::Crowd),
    ]
}

/// The streams of a device.
struct Device {
    wire: Wire,
    streams: Vec<Stream>,
}

impl Device {
    fn after(events: &[Event]) -> Self {
        let mut device = Self {
            wire: Wire::default(),
            streams: (0..3).map(Stream::new).collect(),
        };
        for event in events {
            device.happen(*event);
        }
        device
    }

    fn run(&mut self, at: usize) {
        let stream = &mut self.streams[at];
        let (vlan, payload) = (stream.vlan, stream.message());
        self.wire.send(GROUP, vlan, ETHERTYPE, &payload);
    }

    fn runs(&mut self, at: usize, times: u8) {
        for _ in 0..times {
            self.run(at);
        }
    }

    /// Sends so many messages of a stream that is changed for as long.
    fn with(&mut self, at: usize, times: u8, change: impl FnOnce(&mut Stream)) {
        let before = self.streams[at].clone();
        change(&mut self.streams[at]);
        self.runs(at, times);
        let count = self.streams[at].count;
        self.streams[at] = Stream { count, ..before };
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
            Event::Skips(at, by) => {
                let stream = &mut self.streams[at];
                stream.count = stream.count.saturating_add(by).min(stream.rate - 1);
            }
            Event::Again => self.wire.again(),
            Event::Restarts(at) => self.streams[at].count = 0,
            Event::Rate(at, rate) => {
                let stream = &mut self.streams[at];
                stream.rate = rate;
                stream.count = if rate == u16::MAX {
                    rate - 20
                } else {
                    stream.count.min(rate - 1)
                };
            }
            Event::Revises(at) => self.streams[at].revision += 1,
            Event::Synchronises(at) => self.streams[at].synchronised ^= 1,
            Event::Quality(at, quality) => self.streams[at].quality = quality,
            Event::Channels(at, channels) => self.streams[at].channels = channels,
            Event::Simulates(at, times) => self.with(at, times, |stream| stream.simulated = true),
            Event::Mixes(at, times) => self.with(at, times, |stream| {
                stream.units = 2;
                stream.mixed = true;
            }),
            Event::Elsewhere(at, vlan, times) => self.with(at, times, |stream| {
                if vlan {
                    stream.vlan = 7;
                } else {
                    stream.appid = 0x4100;
                }
            }),
            Event::Crowd => {
                for number in 0..70 {
                    let mut stream = Stream::new(0);
                    stream.name = format!("crowd{number}");
                    let payload = stream.message();
                    self.wire.send(GROUP, 0, ETHERTYPE, &payload);
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn withheld_or_not_the_same_is_observed(
        events in proptest::collection::vec(event(), 1..25),
        rhythm in rhythm(),
    ) {
        let both = Both::ways(&Device::after(&events).wire.frames, SAMPLED_VALUES, rhythm);
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
fn samples_are_nearly_all_withheld() {
    let events: Vec<Event> = [Event::Turns(0, 2, 240)]
        .into_iter()
        .cycle()
        .take(10)
        .collect();
    let both = Both::ways(&Device::after(&events).wire.frames, SAMPLED_VALUES, RHYTHM);
    assert_eq!(both.part, both.full);
    // The first sample of each of thirty seconds, of two streams.
    assert!(
        both.up() < 80,
        "{} of {} went up",
        both.up(),
        both.program.received
    );
}

#[test]
fn streams_in_one_message_count_each_for_itself_and_go_up() {
    let events = [Event::Runs(1, 100), Event::Mixes(1, 4), Event::Runs(1, 3)];
    let both = Both::ways(&Device::after(&events).wire.frames, SAMPLED_VALUES, RHYTHM);
    assert_eq!(both.part, both.full);
    assert!(both.program.counted > 80);
}

#[test]
fn a_forgotten_flow_is_no_fault_of_the_stream() {
    for at in [40, 41, 60, 99] {
        let events = [Event::Turns(0, 2, 60), Event::Runs(0, 50)];
        let rhythm = Rhythm {
            evict: Some(at),
            drains: 7,
            ..RHYTHM
        };
        let both = Both::ways(&Device::after(&events).wire.frames, SAMPLED_VALUES, rhythm);
        assert_eq!(both.part, both.full);
        assert!(both.program.counted > 0);
    }
}

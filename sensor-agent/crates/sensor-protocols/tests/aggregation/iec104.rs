//! IEC 60870-5-104: numbered process values of the server, and all that may come between them.

use proptest::prelude::*;
use sensor_protocols::aggregation::{Aggregated, KIND_CYCLIC, Message};
use sensor_protocols::observation::Protocol;

use crate::dialect::{Dialect, MODBUS};
use crate::talk::Talk;
use crate::{Rhythm, aggregated, in_full, rhythm};

static IEC104: Dialect = Dialect {
    port: 2404,
    spoken: Protocol::Iec104,
    observed: Protocol::Iec104,
    opening: || vec![(1, control(0x07)), (2, control(0x0b))],
    classify: |_, _| None,
    is_whole: |bytes| apdus(bytes).is_some(),
    ..MODBUS
};

/// Numbers have 15 bits.
const MASK: u16 = 0x7fff;
const HALF: u16 = 0x4000;

fn control(functions: u8) -> Vec<u8> {
    vec![0x68, 4, functions, 0, 0, 0]
}

fn apdus(mut bytes: &[u8]) -> Option<Vec<&[u8]>> {
    let mut found = Vec::new();
    while let [0x68, length, ..] = bytes {
        let (apdu, rest) = bytes.split_at_checked(2 + usize::from(*length))?;
        found.push(apdu);
        bytes = rest;
    }
    (bytes.is_empty() && found.len() <= 4).then_some(found)
}

/// V(S) and the last N(R) of both sides, as the kernel program keeps them.
#[derive(Default)]
pub(crate) struct Numbers([Option<(u16, u16)>; 2]);

/// How a segment follows.
pub(crate) enum Follows {
    /// This value, and it is the next.
    Value(Message),
    /// This value, which must go up.
    Moved(Message),
    Aside,
    /// Inspect; whether for good.
    Broken(bool),
}

impl Numbers {
    pub(crate) fn forget(&mut self, own: usize) {
        self.0[own] = None;
    }

    pub(crate) fn due(&self, side: usize) -> Option<u32> {
        self.0[side].map(|(send, receive)| u32::from(send) | u32::from(receive) << 16)
    }

    pub(crate) fn follow(&mut self, payload: &[u8], own: usize) -> Follows {
        let Some(apdus) = apdus(payload) else {
            return Follows::Broken(true);
        };
        let before = self.0[own];
        let (mut first, mut count, mut last, mut bad) = (None, 0, None, false);
        for apdu in &apdus {
            let number = |at: usize| u16::from_le_bytes([apdu[at], apdu[at + 1]]) >> 1;
            if apdu[2] == 0x23 {
                return Follows::Broken(true);
            }
            if apdu[2] & 3 == 3 {
                continue;
            }
            if apdu[2] & 1 == 0 {
                let start = *first.get_or_insert(number(2));
                bad |= number(2) != (start + count) & MASK;
                count += 1;
            }
            bad |= last.is_some_and(|last| behind(number(4), last));
            last = Some(number(4));
        }
        if bad {
            return Follows::Broken(true);
        }
        let Some(receive) = last else {
            return Follows::Aside;
        };
        if let Some(send) = first.or(before.map(|(send, _)| send)) {
            self.0[own] = Some(((send + count) & MASK, receive));
        }
        let broken = before.is_some_and(|(send, acknowledged)| {
            first.is_some_and(|first| first != send) || behind(receive, acknowledged)
        });
        let counted = before.is_some() || first.is_some();
        let unsent = self.0[1 - own].is_some_and(|(sent, _)| behind(sent, receive));
        if broken || (counted && unsent) {
            return Follows::Broken(false);
        }
        match value(apdus[0]).filter(|_| own == 1 && apdus.len() == 1) {
            Some(message) if before.is_some_and(|(_, before)| before == receive) => {
                Follows::Value(message)
            }
            Some(message) => Follows::Moved(message),
            None => Follows::Aside,
        }
    }
}

fn behind(a: u16, b: u16) -> bool {
    a.wrapping_sub(b) & MASK >= HALF
}

/// One scaled value of good quality, sent by itself or interrogated.
fn value(apdu: &[u8]) -> Option<Message> {
    let [
        0x68,
        16,
        s0,
        s1,
        _,
        _,
        11,
        1,
        cause @ (1..=3 | 20),
        0,
        1,
        0,
        address,
        0,
        0,
        _,
        _,
        0,
    ] = apdu
    else {
        return None;
    };
    Some(Message {
        protocol: Aggregated::Iec104,
        kind: KIND_CYCLIC,
        operation: [u64::from(*cause) << 8 | u64::from(*address), 0],
        tag: u32::from(u16::from_le_bytes([*s0, *s1])),
    })
}

pub(crate) fn is_value(payload: &[u8]) -> bool {
    value(payload).is_some()
}

/// Something that happens on the connection.
#[derive(Clone, Copy, Debug)]
enum Event {
    Values(u8, u8),
    /// Of bad quality.
    Doubtful(u8),
    Interrogated(u8),
    /// Two in a segment.
    Burst(u8),
    /// S format of client or server.
    Acknowledge(u8),
    Test,
    /// A command that is confirmed or refused.
    Command(bool),
    /// Numbers left out, and repeated.
    Skip(u8),
    Repeat(u8),
    /// An acknowledgment of what was not sent, or was before.
    Ahead(u8),
    Back(u8),
    /// Values while transfer is stopped.
    Stopped(u8),
    /// A value that the capture missed.
    Lost,
    Split,
    /// The last segment once more.
    Again,
}

fn event() -> impl Strategy<Value = Event> {
    let few = 1..4_u8;
    prop_oneof![
        20 => (0..3_u8, 1..30_u8).prop_map(|(pick, times)| Event::Values(pick, times)),
        // Long enough for a flow to be forgiven.
        4 => (0..3_u8, 150..250_u8).prop_map(|(pick, times)| Event::Values(pick, times)),
        3 => (0..3_u8).prop_map(Event::Doubtful),
        2 => (0..3_u8).prop_map(Event::Interrogated),
        3 => (0..3_u8).prop_map(Event::Burst),
        6 => (1..3_u8).prop_map(Event::Acknowledge),
        3 => Just(Event::Test),
        4 => any::<bool>().prop_map(Event::Command),
        1 => few.clone().prop_map(Event::Skip),
        1 => few.clone().prop_map(Event::Repeat),
        1 => (1..3_u8).prop_map(Event::Ahead),
        1 => (1..3_u8).prop_map(Event::Back),
        1 => few.prop_map(Event::Stopped),
        1 => Just(Event::Lost),
        1 => Just(Event::Split),
        1 => Just(Event::Again),
    ]
}

/// Both stations.
struct Stations {
    talk: Talk,
    /// V(S) of client and server.
    sent: [u16; 2],
    /// N(R) of both, when it is not what the other sent.
    twisted: [i16; 2],
}

impl Stations {
    fn new() -> Self {
        Self {
            talk: Talk::new(&IEC104),
            // Soon to wrap.
            sent: [3, MASK - 20],
            twisted: [0; 2],
        }
    }

    fn receive(&mut self, own: usize) -> [u8; 2] {
        let twisted = std::mem::take(&mut self.twisted[own]);
        let number = self.sent[1 - own].wrapping_add_signed(twisted) & MASK;
        (number << 1).to_le_bytes()
    }

    fn information(&mut self, own: usize, asdu: &[u8]) -> Vec<u8> {
        let [s0, s1] = (self.sent[own] << 1).to_le_bytes();
        let [r0, r1] = self.receive(own);
        self.sent[own] = (self.sent[own] + 1) & MASK;
        let length = u8::try_from(4 + asdu.len()).unwrap();
        [&[0x68, length, s0, s1, r0, r1], asdu].concat()
    }

    fn value(&mut self, pick: u8, cause: u8, quality: u8) -> Vec<u8> {
        let now = u8::try_from(self.talk.segments.len() & 0x7f).unwrap();
        self.information(
            1,
            &[11, 1, cause, 0, 1, 0, 10 + pick, 0, 0, now, pick, quality],
        )
    }

    fn values(&mut self, pick: u8, times: u8) {
        for _ in 0..times {
            let apdu = self.value(pick, 3, 0);
            self.talk.send(2, &apdu);
        }
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Values(pick, times) => self.values(pick, times),
            Event::Doubtful(pick) => {
                let apdu = self.value(pick, 3, 0x80);
                self.talk.send(2, &apdu);
            }
            Event::Interrogated(pick) => {
                let apdu = self.value(pick, 20, 0);
                self.talk.send(2, &apdu);
            }
            Event::Burst(pick) => {
                let two = [self.value(pick, 3, 0), self.value(pick, 3, 0)].concat();
                self.talk.send(2, &two);
            }
            Event::Acknowledge(from) => self.acknowledge(from),
            Event::Test => {
                self.talk.send(1, &control(0x43));
                self.talk.send(2, &control(0x83));
            }
            Event::Command(accepted) => {
                let command = |cause| [45, 1, cause, 0, 1, 0, 99, 0, 0, 1];
                let apdu = self.information(0, &command(6));
                self.talk.send(1, &apdu);
                let apdu = self.information(1, &command(if accepted { 7 } else { 0x47 }));
                self.talk.send(2, &apdu);
            }
            Event::Skip(by) => self.sent[1] = (self.sent[1] + u16::from(by)) & MASK,
            Event::Repeat(by) => self.sent[1] = self.sent[1].wrapping_sub(u16::from(by)) & MASK,
            Event::Ahead(from) => self.twist(from, 2),
            Event::Back(from) => self.twist(from, -2),
            Event::Stopped(times) => {
                for (from, functions) in [(1, 0x13), (2, 0x23)] {
                    self.talk.send(from, &control(functions));
                }
                self.values(0, times);
                for (from, functions) in [(1, 0x07), (2, 0x0b)] {
                    self.talk.send(from, &control(functions));
                }
            }
            Event::Lost => {
                self.values(1, 1);
                self.talk.segments.pop();
            }
            Event::Split => {
                let apdu = self.value(0, 3, 0);
                self.talk.send(2, &apdu[..9]);
                self.talk.send(2, &apdu[9..]);
            }
            Event::Again => {
                let again = self.talk.segments.last().unwrap().clone();
                self.talk.segments.push(again);
            }
        }
    }

    fn acknowledge(&mut self, from: u8) {
        let [r0, r1] = self.receive(usize::from(from - 1));
        self.talk.send(from, &[0x68, 4, 1, 0, r0, r1]);
    }

    /// The next message of a side has an N(R) that is off.
    fn twist(&mut self, from: u8, by: i16) {
        self.twisted[usize::from(from - 1)] = by;
        if from == 1 {
            self.acknowledge(1);
        } else {
            self.values(0, 2);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn withheld_or_not_the_same_is_observed(
        events in proptest::collection::vec(event(), 1..30),
        rhythm in rhythm(),
        closes: bool,
    ) {
        let mut stations = Stations::new();
        for event in &events {
            stations.happen(*event);
        }
        if closes {
            stations.talk.close();
        }
        let full = in_full(&stations.talk);
        let (part, _, _) = aggregated(&stations.talk, rhythm);
        prop_assert_eq!(part, full);
    }
}

#[test]
fn values_are_nearly_all_withheld_whatever_is_acknowledged() {
    let mut stations = Stations::new();
    for n in (0..3).cycle().take(1000) {
        stations.happen(Event::Values(n, 8));
        stations.happen(Event::Acknowledge(1));
    }
    let rhythm = Rhythm {
        grants: 1,
        drains: 100,
        refresh: 0,
        evict: None,
    };
    let (part, kernel, _) = aggregated(&stations.talk, rhythm);
    assert_eq!(part, in_full(&stations.talk));
    let up = kernel.received - kernel.counted;
    assert!(up < 1030, "{up} of {} went up", kernel.received);
}

#[test]
fn a_forgotten_flow_leaves_no_number_out() {
    for at in [40, 41, 60, 99] {
        let mut stations = Stations::new();
        for _ in 0..20 {
            stations.happen(Event::Values(0, 10));
            stations.happen(Event::Acknowledge(1));
        }
        let rhythm = Rhythm {
            grants: 1,
            drains: 7,
            refresh: 0,
            evict: Some(at),
        };
        let (part, kernel, _) = aggregated(&stations.talk, rhythm);
        assert_eq!(part, in_full(&stations.talk));
        assert!(kernel.counted > 0);
    }
}

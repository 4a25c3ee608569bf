//! Two devices and their datagrams.

use super::Event;
use crate::STEP;
use crate::both::Timed;
use crate::support::frames::{address, ethernet, ipv4, udp};

/// Functions of the virtual link: to one device, to all.
const UNICAST: u8 = 0x0a;
const BROADCAST: u8 = 0x0b;
/// Longest time in which an answer is counted.
const LATE: u64 = 11_000_000_000;

/// Both devices; 1 is the one that mostly asks.
pub(super) struct Devices {
    ports: [u16; 2],
    pub(super) frames: Vec<Timed>,
    now: u64,
    invoke: u8,
}

impl Devices {
    pub(super) fn after(ports: [u16; 2], events: &[Event]) -> Self {
        let mut devices = Self {
            ports,
            frames: Vec::new(),
            now: 0,
            invoke: 0,
        };
        for event in events {
            devices.happen(*event);
        }
        devices
    }

    fn send(&mut self, from: u8, function: u8, network: &[u8], apdu: &[u8]) {
        let body = [network, apdu].concat();
        let length = u16::try_from(4 + body.len()).unwrap().to_be_bytes();
        let message = [&[0x81, function], &length[..], &body].concat();
        let mut ports = self.ports;
        if from == 2 {
            ports.reverse();
        }
        let datagram = udp(ports[0], ports[1], &message);
        let packet = ipv4(address(from), address(3 - from), 17, 0, &datagram);
        let mut frame = ethernet(0x0800, &packet);
        // Each device has its own address.
        frame[11] = from;
        self.push(frame);
    }

    fn push(&mut self, frame: Vec<u8>) {
        self.now += STEP;
        self.frames.push((self.now, frame));
    }

    fn ask(&mut self, from: u8, service: u8, parameters: &[u8]) {
        // Soon round.
        self.invoke = (self.invoke + 1) % 8;
        self.ask_again(from, service, parameters);
    }

    fn ask_again(&mut self, from: u8, service: u8, parameters: &[u8]) {
        let head = [0x00, 0x05, self.invoke, service];
        self.send(from, UNICAST, &[1, 4], &[&head, parameters].concat());
    }

    fn answer(&mut self, from: u8, service: u8, parameters: &[u8]) {
        let head = [0x30, self.invoke, service];
        self.send(from, UNICAST, &[1, 0], &[&head, parameters].concat());
    }

    fn value(&self, pick: u8) -> Vec<u8> {
        let now = u8::try_from(self.frames.len() & 0x7f).unwrap();
        [
            &object(pick)[..],
            &[0x19, 85, 0x3e, 0x44, 0x41, 0x20, 0, now, 0x3f],
        ]
        .concat()
    }

    fn read(&mut self, from: u8, pick: u8) {
        self.ask(from, 12, &[&object(pick)[..], &[0x19, 85]].concat());
    }

    fn read_and_answered(&mut self, from: u8, pick: u8) {
        self.read(from, pick);
        let value = self.value(pick);
        self.answer(3 - from, 12, &value);
    }

    fn write(&mut self, pick: u8) {
        let value = [0x19, 85, 0x3e, 0x44, 0x41, 0x20, 0, 0, 0x3f];
        self.ask(1, 15, &[&object(pick)[..], &value].concat());
    }

    fn multiple(&mut self, pick: u8) {
        self.ask(
            1,
            14,
            &[&object(pick)[..], &[0x1e, 0x09, 85, 0x09, 111, 0x1f]].concat(),
        );
        let now = u8::try_from(self.frames.len() & 0x7f).unwrap();
        let mut answer = object(pick).to_vec();
        answer.extend([0x1e, 0x29, 85, 0x4e, 0x44, 0x41, 0x20, 0, now, 0x4f]);
        answer.extend([0x29, 111, 0x4e, 0x82, 4, now & 0x10, 0x4f, 0x1f]);
        self.answer(2, 14, &answer);
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Reads(pick, times) => {
                for _ in 0..times {
                    self.read_and_answered(1, pick);
                }
            }
            Event::Multiple(pick, times) => {
                for _ in 0..times {
                    self.multiple(pick);
                }
            }
            Event::Names => {
                let device = [0x0c, 2, 0, 0, 9, 0x19, 121];
                self.ask(1, 12, &device);
                let name = [&device[..], &[0x3e, 0x75, 5, 0], b"Acme", &[0x3f]].concat();
                self.answer(2, 12, &name);
            }
            Event::Refused(pick, how) => {
                self.read(1, pick);
                let invoke = self.invoke;
                let refusal = match how {
                    0 => vec![0x50, invoke, 12, 0x91, 1, 0x91, 31],
                    1 => vec![0x60, invoke, 9],
                    _ => vec![0x71, invoke, 4],
                };
                self.send(2, UNICAST, &[1, 0], &refusal);
            }
            Event::Writes(pick) => {
                self.write(pick);
                let done = [0x20, self.invoke, 15];
                self.send(2, UNICAST, &[1, 0], &done);
            }
            Event::SilentWrite(pick) => self.write(pick),
            Event::Announces => {
                let i_am = [0x10, 0, 0xc4, 2, 0, 0, 9, 0x22, 5, 0xc4, 0x91, 3, 0x21, 7];
                self.send(2, UNICAST, &[1, 0], &i_am);
            }
            Event::Asks => self.send(1, BROADCAST, &[1, 0x20, 0xff, 0xff, 0, 0xff], &[0x10, 8]),
            Event::Segments(pick) => self.segments(pick),
            Event::Routed(pick, times) => {
                for _ in 0..times {
                    self.routed(pick);
                }
            }
            Event::Repeated => {
                if let Some((_, again)) = self.frames.last().cloned() {
                    self.push(again);
                }
            }
            Event::Silent(_)
            | Event::Again(..)
            | Event::Stray(_)
            | Event::Both(..)
            | Event::Other(..)
            | Event::Wrong(_)
            | Event::Late(_) => self.odd(event),
        }
    }

    /// What devices should not do, or seldom do.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the caller has all other events"
    )]
    fn odd(&mut self, event: Event) {
        match event {
            Event::Silent(pick) => self.read(1, pick),
            Event::Again(pick, twice) => {
                self.read(1, pick);
                self.ask_again(1, 12, &[&object(pick)[..], &[0x19, 85]].concat());
                for _ in 0..=u8::from(twice) {
                    let value = self.value(pick);
                    self.answer(2, 12, &value);
                }
            }
            Event::Stray(pick) => {
                let value = self.value(pick);
                self.answer(2, 12, &value);
            }
            Event::Both(one, other) => {
                self.read(1, one);
                self.read(1, other);
                let value = self.value(other);
                self.answer(2, 12, &value);
                self.invoke = (self.invoke + 7) % 8;
                let value = self.value(one);
                self.answer(2, 12, &value);
                self.invoke = (self.invoke + 1) % 8;
            }
            Event::Other(pick, during) => {
                if during {
                    self.read(1, pick);
                    let asked = self.invoke;
                    self.read_and_answered(2, pick);
                    let next = std::mem::replace(&mut self.invoke, asked);
                    let value = self.value(pick);
                    self.answer(2, 12, &value);
                    self.invoke = next;
                } else {
                    self.read_and_answered(2, pick);
                }
            }
            Event::Wrong(pick) => {
                self.read(1, pick);
                let value = self.value(pick + 1);
                self.answer(2, 12, &value);
            }
            Event::Late(pick) => {
                self.read(1, pick);
                self.now += LATE;
                let value = self.value(pick);
                self.answer(2, 12, &value);
            }
            other => panic!("{other:?} is nothing odd"),
        }
    }

    fn segments(&mut self, pick: u8) {
        self.read(1, pick);
        let invoke = self.invoke;
        let value = self.value(pick);
        let (front, back) = value.split_at(7);
        for (number, more, part) in [(0, 4, front), (1, 0, back)] {
            let head = [0x38 | more, invoke, number, 1, 12];
            self.send(2, UNICAST, &[1, 0], &[&head, part].concat());
            self.send(1, UNICAST, &[1, 0], &[0x40, invoke, number, 1]);
        }
    }

    fn routed(&mut self, pick: u8) {
        self.invoke = (self.invoke + 1) % 8;
        let request = [&[0, 5, self.invoke, 12], &object(pick)[..], &[0x19, 85]].concat();
        self.send(1, UNICAST, &[1, 0x24, 0, 7, 1, 5, 0xff], &request);
        let answer = [&[0x30, self.invoke, 12], &self.value(pick)[..]].concat();
        self.send(2, UNICAST, &[1, 0x08, 0, 7, 1, 5], &answer);
    }
}

/// An analogue input.
fn object(pick: u8) -> [u8; 5] {
    [0x0c, 0, 0, 0, pick]
}

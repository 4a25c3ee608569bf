//! A connection with the stations at its ends: their frames.

use super::Event;
use crate::STEP;
use crate::both::Timed;
use crate::support::frames::{ACK, Connection, FIN, PSH_ACK};

const MASTER: u8 = 1;
pub(super) const OUTSTATION: u8 = 10;
pub(super) const ANOTHER: u8 = 11;
/// Control of the link layer: unconfirmed user data from the master, and from the outstation.
const FROM_MASTER: u8 = 0xc4;
const FROM_OUTSTATION: u8 = 0x44;
const CONFIRM: u8 = 0;
const READ: u8 = 1;
const DIRECT_OPERATE: u8 = 5;
const RESPONSE: u8 = 129;
const UNSOLICITED: u8 = 130;
/// FIR and FIN of transport octet and application control; CON and UNS of the latter.
const WHOLE: u8 = 0xc0;
const CON: u8 = 0x20;
const UNS: u8 = 0x10;
/// Longest time in which an answer is one.
const LATE: u64 = 40_000_000_000;

/// CRC-16/DNP (IEEE 1815-2012, 9.2.4).
fn crc(octets: &[u8]) -> [u8; 2] {
    let crc = octets.iter().fold(0_u16, |crc, octet| {
        (0..8).fold(crc ^ u16::from(*octet), |crc, _| {
            (crc >> 1) ^ if crc & 1 == 1 { 0xa6bc } else { 0 }
        })
    });
    (!crc).to_le_bytes()
}

/// A link frame from the master to a station or back.
fn link(control: u8, station: u8, user: &[u8]) -> Vec<u8> {
    let ends = if control & 0x80 == 0 {
        [MASTER, 0, station, 0]
    } else {
        [station, 0, MASTER, 0]
    };
    let length = u8::try_from(5 + user.len()).unwrap();
    let mut frame = [&[5, 0x64, length, control], &ends[..]].concat();
    frame.extend(crc(&frame));
    for block in user.chunks(16) {
        frame.extend(block);
        frame.extend(crc(block));
    }
    frame
}

/// Object headers of a request; the number picks one of a few.
fn objects(pick: u8) -> Vec<u8> {
    match pick {
        0 => vec![60, 2, 6, 60, 3, 6, 60, 4, 6, 60, 1, 6],
        1 => vec![30, 2, 0, 0, 3],
        2 => vec![1, 2, 0, 0, 7],
        _ => vec![20, 5, 0, 0, 1],
    }
}

/// What answers it: static objects with values that differ each time.
fn values(pick: u8, now: u8) -> Vec<u8> {
    let quality_and = |bytes: usize| [&[1][..], &vec![now; bytes]].concat();
    let (header, each, count) = match pick {
        0 => return [[1, 1, 0, 0, 7, now].as_slice(), &[30, 4, 0, 0, 0, now, 2]].concat(),
        1 => (vec![30, 2, 0, 0, 3], quality_and(2), 4),
        2 => (vec![1, 2, 0, 0, 7], vec![now & 0x80 | 1], 8),
        _ => (vec![20, 5, 0, 0, 1], vec![now; 4], 2),
    };
    [header, each.repeat(count)].concat()
}

/// The connection of a master with two outstations behind one address.
pub(super) struct Stations {
    connection: Connection,
    pub(super) frames: Vec<Timed>,
    now: u64,
    /// Sequence numbers of the application, and of the transport of both.
    application: u8,
    transport: [u8; 2],
}

impl Stations {
    fn new() -> Self {
        let mut stations = Self {
            connection: Connection::new(40_000, 20_000, [1000, u32::MAX - 500]),
            frames: Vec::new(),
            now: 0,
            application: 0,
            transport: [60, 0],
        };
        for segment in stations.connection.handshake() {
            stations.push(segment.frame());
        }
        stations
    }

    pub(super) fn after(events: &[Event]) -> Self {
        let mut stations = Self::new();
        for event in events {
            stations.happen(*event);
        }
        stations
    }

    fn push(&mut self, frame: Vec<u8>) {
        self.now += STEP;
        self.frames.push((self.now, frame));
    }

    fn send(&mut self, from: u8, bytes: &[u8]) {
        let segment = self.connection.send(from, PSH_ACK, bytes);
        self.push(segment.frame());
    }

    pub(super) fn close(&mut self) {
        for from in [1, 2] {
            let segment = self.connection.send(from, FIN | ACK, &[]);
            self.push(segment.frame());
        }
    }

    /// The next number of the transport function.
    fn transport(&mut self, from: u8) -> u8 {
        let number = &mut self.transport[usize::from(from - 1)];
        let now = *number;
        *number = (now + 1) & 0x3f;
        now
    }

    /// A fragment of the application in one link frame.
    fn fragment(&mut self, station: u8, control: u8, function: u8, rest: &[u8]) -> Vec<u8> {
        let (from, layer) = if function < RESPONSE {
            (1, FROM_MASTER)
        } else {
            (2, FROM_OUTSTATION)
        };
        let transport = WHOLE | self.transport(from);
        link(
            layer,
            station,
            &[&[transport, control, function], rest].concat(),
        )
    }

    fn ask(&mut self, station: u8, pick: u8) -> Vec<u8> {
        self.application = (self.application + 1) & 0x0f;
        let control = WHOLE | self.application;
        self.fragment(station, control, READ, &objects(pick))
    }

    fn answer(&mut self, station: u8, pick: u8, indications: [u8; 2]) -> Vec<u8> {
        let now = u8::try_from(self.frames.len() & 0x7f).unwrap();
        let rest = [&indications[..], &values(pick, now)].concat();
        let control = WHOLE | self.application;
        self.fragment(station, control, RESPONSE, &rest)
    }

    fn asked(&mut self, pick: u8) {
        let request = self.ask(OUTSTATION, pick);
        self.send(1, &request);
    }

    fn confirm(&mut self, control: u8) {
        let frame = self.fragment(OUTSTATION, control, CONFIRM, &[]);
        self.send(1, &frame);
    }

    fn poll(&mut self, station: u8, pick: u8, indications: [u8; 2]) {
        let request = self.ask(station, pick);
        self.send(1, &request);
        let answer = self.answer(station, pick, indications);
        self.send(2, &answer);
        if pick == 2 {
            let segment = self.connection.send(1, ACK, &[]);
            self.push(segment.frame());
        }
    }

    fn unsolicited(&mut self) -> Vec<u8> {
        let rest = [0, 0, 2, 1, 0x17, 1, 3, 0x81];
        self.fragment(OUTSTATION, WHOLE | CON | UNS | 4, UNSOLICITED, &rest)
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Polls(station, pick, times) => {
                for _ in 0..times {
                    self.poll(station, pick, [0; 2]);
                }
            }
            Event::Events(pick, confirmed) => self.events(pick, confirmed),
            Event::Long(pick, together) => self.long(pick, together),
            Event::Unsolicited(confirmed) => {
                let frame = self.unsolicited();
                self.send(2, &frame);
                if confirmed {
                    self.confirm(WHOLE | UNS | 4);
                }
            }
            Event::Link(by_master) => {
                let frames = if by_master {
                    [0xc9, 0x0b]
                } else {
                    [0x49, 0x8b]
                };
                for (from, control) in [1, 2].into_iter().zip(frames) {
                    let from = if by_master { from } else { 3 - from };
                    self.send(from, &link(control, OUTSTATION, &[]));
                }
            }
            Event::BadCrc(pick, of_answer) => self.bad_crc(pick, of_answer),
            Event::TwoFrames(pick) => {
                self.asked(pick);
                let both = [self.unsolicited(), self.answer(OUTSTATION, pick, [0; 2])].concat();
                self.send(2, &both);
            }
            Event::Operate => self.operate(),
            Event::Indications(pick, first, second) => {
                let second = [0, 1, 4][usize::from(second)];
                self.poll(OUTSTATION, pick, [1 << first, second]);
            }
            Event::Abandoned => {
                let transport = 0x40 | self.transport(2);
                let user = [transport, WHOLE, RESPONSE, 0, 0];
                self.send(2, &link(FROM_OUTSTATION, OUTSTATION, &user));
            }
            Event::Repeated => {
                let (_, again) = self.frames.last().unwrap().clone();
                self.push(again);
            }
            Event::Silent(_)
            | Event::Again(..)
            | Event::Stray(_)
            | Event::Elsewhere(_)
            | Event::Split(_)
            | Event::Lost(_)
            | Event::Late(_) => self.odd(event),
        }
    }

    /// What a master and its outstations should not do.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the caller has all other events"
    )]
    fn odd(&mut self, event: Event) {
        match event {
            Event::Silent(pick) => self.asked(pick),
            Event::Again(pick, twice) => {
                self.asked(pick);
                let control = WHOLE | self.application;
                let again = self.fragment(OUTSTATION, control, READ, &objects(pick));
                self.send(1, &again);
                for _ in 0..=u8::from(twice) {
                    let answer = self.answer(OUTSTATION, pick, [0; 2]);
                    self.send(2, &answer);
                }
            }
            Event::Stray(pick) => {
                let answer = self.answer(OUTSTATION, pick, [0; 2]);
                self.send(2, &answer);
            }
            Event::Elsewhere(pick) => {
                self.asked(pick);
                for station in [ANOTHER, OUTSTATION] {
                    let answer = self.answer(station, pick, [0; 2]);
                    self.send(2, &answer);
                }
            }
            Event::Split(pick) => {
                self.asked(pick);
                let answer = self.answer(OUTSTATION, pick, [0; 2]);
                self.send(2, &answer[..14]);
                self.send(2, &answer[14..]);
            }
            Event::Lost(pick) => {
                self.asked(pick);
                self.frames.pop();
                let answer = self.answer(OUTSTATION, pick, [0; 2]);
                self.send(2, &answer);
            }
            Event::Late(pick) => {
                self.asked(pick);
                self.now += LATE;
                let answer = self.answer(OUTSTATION, pick, [0; 2]);
                self.send(2, &answer);
            }
            other => panic!("{other:?} is nothing odd"),
        }
    }

    fn events(&mut self, pick: u8, confirmed: bool) {
        self.asked(pick);
        let rest = [0, 0, 2, 1, 0x17, 1, 3, 0x81];
        let control = WHOLE | CON | self.application;
        let answer = self.fragment(OUTSTATION, control, RESPONSE, &rest);
        self.send(2, &answer);
        if confirmed {
            self.confirm(WHOLE | self.application);
        }
    }

    fn long(&mut self, pick: u8, together: bool) {
        self.asked(pick);
        let now = u8::try_from(self.frames.len() & 0x7f).unwrap();
        let fragment = [
            &[WHOLE | self.application, RESPONSE, 0, 0][..],
            &values(pick, now),
        ]
        .concat();
        let (front, back) = fragment.split_at(7);
        let first = [&[0x40 | self.transport(2)], front].concat();
        let last = [&[0x80 | self.transport(2)], back].concat();
        let frames = [first, last].map(|user| link(FROM_OUTSTATION, OUTSTATION, &user));
        if together {
            self.send(2, &frames.concat());
        } else {
            for frame in frames {
                self.send(2, &frame);
            }
        }
    }

    fn bad_crc(&mut self, pick: u8, of_answer: bool) {
        let mut request = self.ask(OUTSTATION, pick);
        let mut answer = self.answer(OUTSTATION, pick, [0; 2]);
        let broken = if of_answer { &mut answer } else { &mut request };
        *broken.last_mut().unwrap() ^= 1;
        self.send(1, &request);
        if of_answer {
            self.send(2, &answer);
        }
    }

    fn operate(&mut self) {
        self.application = (self.application + 1) & 0x0f;
        let control = WHOLE | self.application;
        let block = [12, 1, 0x17, 1, 0, 0x41, 1, 100, 0, 0, 0, 100, 0, 0, 0, 0];
        let request = self.fragment(OUTSTATION, control, DIRECT_OPERATE, &block);
        self.send(1, &request);
        let done = [&[0, 0], &block[..]].concat();
        let answer = self.fragment(OUTSTATION, control, RESPONSE, &done);
        self.send(2, &answer);
    }
}

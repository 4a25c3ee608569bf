//! Every row of the decision, on crafted frames through the real parser: here the world they live in.

mod roles;
mod streams;
mod turns;

use std::collections::HashMap;

use sensor_common::flow::{
    Direction, MARK_LOST, OPEN_HANDED_UP, OPEN_NONE, OPEN_UNNAMED, OPEN_WITHHELD,
};
use sensor_common::operation::{KIND_CYCLIC, KIND_REQUEST, KIND_RESPONSE};
use sensor_common::record::{
    RECORD_OPEN, RECORD_OWN_SEQUENCE, RECORD_PEER_SEQUENCE, RECORD_WITHHELD, RecordHeader,
};
use sensor_common::settings::FLAG_AGGREGATE;

use super::*;
use crate::cursor::Cursor;
use crate::operation::Buffer;
use crate::parse::parse;

const FIN: u8 = 1;
const RST: u8 = 4;
const PSH_ACK: u8 = PSH | ACK;

/// A segment between client and Modbus server.
#[derive(Clone)]
struct Segment {
    to_server: bool,
    flags: u8,
    sequence: u32,
    payload: Vec<u8>,
    mac: u8,
    options: bool,
}

impl Segment {
    fn bytes(&self) -> Vec<u8> {
        let mut frame = vec![2, 2, 2, 2, 2, 2, 0, 0, 0, 0, 0, self.mac, 8, 0];
        let words = if self.options { 6 } else { 5 };
        let total = u16::try_from(words * 4 + 20 + self.payload.len()).unwrap();
        let [high, low] = total.to_be_bytes();
        frame.extend([0x40 | u8::try_from(words).unwrap(), 0, high, low]);
        frame.extend([0, 0, 0x40, 0, 64, 6, 0, 0]);
        let (mut ends, mut ports) = ([[192, 0, 2, 1], [192, 0, 2, 2]], [40000_u16, 502]);
        if !self.to_server {
            ends.reverse();
            ports.reverse();
        }
        frame.extend(ends.concat());
        frame.extend(vec![1; words * 4 - 20]);
        frame.extend(ports.map(u16::to_be_bytes).concat());
        frame.extend(self.sequence.to_be_bytes());
        frame.extend([0, 0, 0, 1, 0x50, self.flags, 0x20, 0, 0, 0, 0, 0]);
        frame.extend(&self.payload);
        frame
    }
}

fn read(tag: u8) -> Vec<u8> {
    vec![0, tag, 0, 0, 0, 6, 1, 3, 0, 0, 0, 1]
}

fn write(tag: u8) -> Vec<u8> {
    vec![0, tag, 0, 0, 0, 6, 1, 6, 0, 0, 0, 1]
}

fn answer(tag: u8) -> Vec<u8> {
    vec![0, tag, 0, 0, 0, 5, 1, 3, 2, 0, 7]
}

fn exception(tag: u8) -> Vec<u8> {
    vec![0, tag, 0, 0, 0, 3, 1, 0x83, 2]
}

/// Maps of the host.
#[derive(Default)]
struct Maps {
    operations: HashMap<OperationKey, OperationStats>,
    flows: u64,
    sound: bool,
    forgiven: Option<u64>,
}

impl Site for Maps {
    fn granted(&mut self, key: &OperationKey) -> Option<&mut OperationStats> {
        self.operations.get_mut(key).filter(|_| self.sound)
    }

    fn is_forgiven(&mut self, flow: u64) -> bool {
        self.forgiven == Some(flow)
    }

    fn fresh_flow(&mut self) -> u64 {
        self.flows += 1;
        self.flows
    }
}

/// One flow and its maps; the sequence numbers are kept right unless a test wants otherwise.
struct World {
    stats: FlowStats,
    maps: Maps,
    work: Work,
    settings: Settings,
    now: u64,
    next: [u32; 2],
    header: RecordHeader,
}

impl World {
    fn new() -> Self {
        let mut stats = FlowStats::EMPTY;
        stats.track.id = 1000;
        Self {
            stats,
            maps: Maps {
                sound: true,
                ..Maps::default()
            },
            work: Work::default(),
            settings: Settings {
                flags: FLAG_AGGREGATE,
                refresh_ns: 1_000_000,
                epoch: 4,
                ..Settings::default()
            },
            now: 100,
            next: [1, 1],
            header: RecordHeader::default(),
        }
    }

    /// A world in which read, its response and acknowledgments are granted.
    fn granted() -> Self {
        let mut world = Self::new();
        for payload in [read(1), answer(1)] {
            let to_server = payload.len() == 12;
            assert_eq!(world.say(to_server, payload), Verdict::HandUp);
            world.grant_last(if to_server { 0 } else { 7 }, if to_server { 7 } else { 8 });
        }
        for direction in [0, 1] {
            let key = OperationKey {
                flow: 1000,
                protocol: Aggregated::Tcp as u8,
                kind: KIND_ACKNOWLEDGMENT,
                direction,
                ..OperationKey::default()
            };
            world.maps.operations.insert(key, granted(9));
        }
        world
    }

    fn grant_last(&mut self, request: u32, handle: u32) {
        let message = self.work.message;
        assert_ne!(message.kind, KIND_NONE);
        let key = OperationKey {
            flow: self.stats.track.id,
            operation: message.operation,
            request,
            protocol: message.protocol,
            kind: message.kind,
            direction: self.header.direction,
            reserved: 0,
        };
        self.maps.operations.insert(key, granted(handle));
    }

    fn frame(&mut self, bytes: &[u8]) -> Verdict {
        let mut parsed = Parsed::default();
        parse(Cursor::new(bytes), &mut parsed).unwrap();
        self.now += 10;
        describe(&self.stats, parsed.direction(), &mut self.header);
        self.header.direction = parsed.direction() as u8;
        let wire_len = u32::try_from(bytes.len()).unwrap();
        let arrival = Arrival {
            parsed: &parsed,
            settings: &self.settings,
            wire_len,
            now_ns: self.now,
        };
        let ports = |index| match index {
            502 => Aggregated::Modbus as u32,
            _ => Aggregated::None as u32,
        };
        if prepare(&arrival, ports, &mut self.work) != Aggregated::None as u32 {
            let mut buffer = Buffer::of(&bytes[usize::from(parsed.payload_offset)..]);
            let len = payload_len(&parsed, wire_len) as usize;
            let payload = Payload::new(&mut buffer, len);
            look_into(Aggregated::Modbus, &payload, 0, &mut self.work);
        }
        let verdict = decide(&arrival, &mut self.stats, &mut self.maps, &mut self.work);
        if verdict != Verdict::Count {
            let payload = payload_len(&parsed, wire_len);
            settle(&mut self.stats, parsed.direction(), payload, true);
        }
        verdict
    }

    fn segment(&self, to_server: bool, payload: Vec<u8>) -> Segment {
        Segment {
            to_server,
            flags: PSH_ACK,
            sequence: self.next[usize::from(to_server)],
            payload,
            mac: if to_server { 1 } else { 2 },
            options: false,
        }
    }

    /// The next piece of a direction.
    fn say(&mut self, to_server: bool, payload: Vec<u8>) -> Verdict {
        let segment = self.segment(to_server, payload);
        let len = u32::try_from(segment.payload.len()).unwrap();
        self.next[usize::from(to_server)] += len;
        self.frame(&segment.bytes())
    }

    fn ask(&mut self, tag: u8) -> Verdict {
        self.say(true, read(tag))
    }

    fn reply(&mut self, tag: u8) -> Verdict {
        self.say(false, answer(tag))
    }

    fn inspected(&self) -> bool {
        self.stats.track.state & TRACK_INSPECT != 0
    }
}

fn granted(handle: u32) -> OperationStats {
    OperationStats {
        handle,
        refreshed_ns: 100,
        ..OperationStats::default()
    }
}

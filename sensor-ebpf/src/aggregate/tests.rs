//! Every row of the decision, on crafted frames through the real parser.

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
}

impl Site for Maps {
    fn port_protocol(&self, index: u32) -> u32 {
        match index {
            502 => Aggregated::Modbus as u32,
            _ => 0,
        }
    }

    fn granted(&mut self, key: &OperationKey) -> Option<&mut OperationStats> {
        self.operations.get_mut(key).filter(|_| self.sound)
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
            frame: Cursor::new(bytes),
            parsed: &parsed,
            settings: &self.settings,
            wire_len,
            now_ns: self.now,
        };
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
fn pieces_of_messages_are_inspected_and_whole_ones_are_not() {
    for (payload, verdict) in [
        (read(2)[..7].to_vec(), Verdict::Inspect),
        ([read(2), read(3)[..5].to_vec()].concat(), Verdict::Inspect),
        ([read(2), read(3)].concat(), Verdict::HandUp),
    ] {
        let mut world = World::granted();
        assert_eq!(world.say(true, payload), verdict);
    }
}

#[test]
fn segments_out_of_their_place_are_inspected() {
    for shift in [-12_i32, -1, 1, 12, i32::MIN] {
        let mut world = World::granted();
        let mut segment = world.segment(true, read(2));
        segment.sequence = segment.sequence.wrapping_add_signed(shift);
        assert_eq!(world.frame(&segment.bytes()), Verdict::Inspect, "{shift}");
        assert!(world.inspected());
    }
}

#[test]
fn acknowledgments_in_their_place_are_counted_and_a_keep_alive_is_not() {
    let mut world = World::granted();
    let mut segment = world.segment(true, vec![]);
    segment.flags = ACK;
    assert_eq!(world.frame(&segment.bytes()), Verdict::Count);
    segment.sequence -= 1;
    assert_eq!(world.frame(&segment.bytes()), Verdict::HandUp);
    assert!(!world.inspected());
    segment.sequence -= 1;
    assert_eq!(world.frame(&segment.bytes()), Verdict::Inspect);
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
fn flags_options_and_other_senders_go_up() {
    for flags in [
        FIN | ACK,
        PSH,
        0,
        ACK | 0x20,
        ACK | 0x40,
        ACK | 0x80,
        PSH_ACK | FIN,
    ] {
        let mut world = World::granted();
        let mut segment = world.segment(true, read(2));
        segment.flags = flags;
        assert_eq!(world.frame(&segment.bytes()), Verdict::HandUp, "{flags:#x}");
        segment.payload.clear();
        segment.sequence = world.next[1];
        segment.flags = flags;
    }
    let mut world = World::granted();
    let mut segment = world.segment(true, read(2));
    segment.options = true;
    assert_eq!(world.frame(&segment.bytes()), Verdict::HandUp);
    let mut world = World::granted();
    let mut segment = world.segment(true, read(2));
    segment.mac = 9;
    assert_eq!(world.frame(&segment.bytes()), Verdict::HandUp);
    assert_eq!(world.stats.track.open, OPEN_UNNAMED);
    // Its own address again is a change too.
    world.next[1] += 12;
    world.reply(2);
    assert_eq!(world.ask(3), Verdict::HandUp);
}

#[test]
fn a_frame_that_breaks_off_goes_up() {
    let whole = World::granted().segment(true, read(2)).bytes();
    for len in 34 + 20..whole.len() {
        let mut world = World::granted();
        let verdict = world.frame(&whole[..len]);
        assert!(!matches!(verdict, Verdict::Count), "{len}");
    }
}

#[test]
fn the_record_says_where_the_streams_stood() {
    let mut world = World::granted();
    let [server, client] = world.next;
    world.ask(2);
    world.reply(2);
    assert_eq!(world.say(true, write(3)), Verdict::HandUp);
    let told = RECORD_WITHHELD | RECORD_OWN_SEQUENCE | RECORD_PEER_SEQUENCE;
    assert_eq!(world.header.flags, told);
    assert_eq!(world.header.own_sequence, client + 12);
    assert_eq!(world.header.peer_sequence, server + 11);
    // The next record has nothing to add.
    world.say(false, write(3));
    assert_eq!(world.header.flags, 0);
}

#[test]
fn what_was_lost_in_the_ring_is_not_told_as_withheld() {
    let mut world = World::granted();
    world.ask(2);
    let direction = Direction::from_u8(world.header.direction);
    settle(&mut world.stats, direction, 12, false);
    assert_eq!(world.stats.track.open, OPEN_WITHHELD);
    assert_ne!(world.stats.track.state & TRACK_WITHHELD, 0);
    world.say(false, exception(2));
    let told = RECORD_WITHHELD | RECORD_OWN_SEQUENCE | RECORD_OPEN;
    assert_eq!(world.header.flags, told, "nothing of the client's stream");
    world.say(true, write(3));
    let half = &world.stats.halves[direction as usize];
    assert_eq!(half.marks & MARK_LOST, 0, "the reader saw the gap");
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
fn a_new_connection_is_a_new_flow() {
    let mut world = World::granted();
    world.ask(2);
    let mut open = world.segment(true, vec![]);
    (open.flags, open.sequence) = (SYN, 5000);
    assert_eq!(world.frame(&open.bytes()), Verdict::HandUp);
    assert_eq!(world.header.flow, 1000);
    assert_ne!(world.header.flags & RECORD_OPEN, 0);
    assert_eq!(world.stats.track.id, 1);
    let mut accept = world.segment(false, vec![]);
    (accept.flags, accept.sequence) = (SYN | ACK, 9000);
    world.frame(&accept.bytes());
    assert_eq!(world.stats.track.id, 1, "the same connection");
    world.next = [9001, 5001];
    assert_eq!(world.ask(3), Verdict::HandUp, "nothing is granted to it");
    assert!(!world.inspected());
}

#[test]
fn the_first_handshake_keeps_its_flow() {
    let mut world = World::new();
    for (to_server, flags) in [(true, SYN), (false, SYN | ACK), (true, ACK)] {
        let mut segment = world.segment(to_server, vec![]);
        segment.flags = flags;
        segment.sequence = if flags == ACK { 2 } else { 1 };
        assert_eq!(world.frame(&segment.bytes()), Verdict::HandUp);
    }
    assert_eq!(world.stats.track.id, 1000);
    assert_eq!(world.stats.halves.map(|half| half.next_sequence), [2, 2]);
}

#[test]
fn syn_and_fin_take_a_number_and_a_reset_takes_none() {
    let mut world = World::granted();
    let client = world.next[1];
    let mut segment = world.segment(true, vec![]);
    segment.flags = RST;
    segment.sequence = 77;
    assert_eq!(world.frame(&segment.bytes()), Verdict::HandUp);
    segment.flags = FIN | ACK;
    segment.sequence = client;
    assert_eq!(world.frame(&segment.bytes()), Verdict::HandUp);
    segment.flags = ACK;
    segment.sequence = client + 1;
    assert_eq!(world.frame(&segment.bytes()), Verdict::Count);
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
fn cyclic(world: &mut World, tag: u32, bits: u8, class: Class) -> Verdict {
    let mut parsed = Parsed::default();
    parsed.class = class;
    let settings = world.settings;
    let arrival = Arrival {
        frame: Cursor::new(&[]),
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
        ..Message::default()
    };
    world.header.direction = 0;
    alternation::recognised(&arrival, &mut world.stats, &mut world.maps, &mut world.work)
}

#[test]
fn a_numbered_sequence_is_counted_while_it_runs_on() {
    let mut world = World::new();
    assert_eq!(cyclic(&mut world, 5, 0, Class::OtLink), Verdict::HandUp);
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
        assert_eq!(cyclic(&mut world, tag, 0, Class::OtLink), verdict, "{tag}");
    }
    assert!(!world.inspected());
    assert_eq!(cyclic(&mut world, 0x7fff, 15, Class::Tcp), Verdict::Inspect);
    assert_eq!(cyclic(&mut world, 0, 15, Class::Tcp), Verdict::Count);
}

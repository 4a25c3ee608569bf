//! The kernel program's own code on maps of the host: parser, classifiers and decision are those
//! that run in the kernel, so that no model of them can be wrong about what they do.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use sensor_common::flow::{Direction, FlowKey, FlowStats, TRACK_INSPECT};
use sensor_common::operation::{Interval, OperationStats};
use sensor_common::ports::AGGREGATED_PORTS;
use sensor_common::record::{
    RECORD_INSPECT, RECORD_OPEN, RECORD_OWN_NUMBER, RECORD_OWN_SEQUENCE, RECORD_PEER_NUMBER,
    RECORD_PEER_SEQUENCE, RECORD_WITHHELD, RecordHeader,
};
use sensor_common::settings::{FLAG_AGGREGATE, Settings};
use sensor_ebpf::aggregate::{
    Arrival, Site, Verdict, Work, decide, describe, look_into, payload_len, prepare, settle,
};
use sensor_ebpf::cursor::Cursor;
use sensor_ebpf::operation::{Buffer, Payload};
use sensor_ebpf::outcome::{Parsed, in_table};
use sensor_ebpf::parse::parse;
use sensor_protocols::aggregation::{
    Aggregated, GrantChange, KernelFacts, Message, OpenRequest, OperationKey, OperationRecord,
};
use sensor_protocols::observation::Transport;
use sensor_protocols::time::Timestamp;

use crate::kernel::{INTERFACE, time_of};

/// Where UDP ports begin in the map of port protocols.
const UDP: u32 = sensor_common::maps::PORT_PROTOCOLS_UDP;

/// Maps of the host.
#[derive(Default)]
struct Maps {
    operations: HashMap<OperationKey, OperationStats>,
    forgiven: HashSet<u64>,
    given: u64,
}

impl Site for Maps {
    fn granted(&mut self, key: &OperationKey) -> Option<&mut OperationStats> {
        self.operations.get_mut(key)
    }

    fn is_forgiven(&mut self, flow: u64) -> bool {
        self.forgiven.contains(&flow)
    }

    fn fresh_flow(&mut self) -> u64 {
        self.given += 1;
        self.given
    }
}

/// The program and its maps.
pub(crate) struct Program {
    settings: Settings,
    flows: HashMap<FlowKey, FlowStats>,
    ports: HashMap<u32, Aggregated>,
    maps: Maps,
    work: Work,
    pub(crate) counted: u64,
    pub(crate) received: u64,
}

impl Program {
    /// `refresh_ns`: how long a known operation may stay out of sight.
    pub(crate) fn new(refresh_ns: u64) -> Self {
        let ports = AGGREGATED_PORTS
            .iter()
            .map(|row| (row.index(), row.protocol));
        Self {
            settings: Settings {
                flags: FLAG_AGGREGATE,
                refresh_ns,
                hash_seed: 0x5eed,
                epoch: 1,
                ..Settings::default()
            },
            flows: HashMap::new(),
            ports: ports.collect(),
            maps: Maps::default(),
            work: Work::default(),
            counted: 0,
            received: 0,
        }
    }

    /// All entries of the flow table were evicted.
    pub(crate) fn evict(&mut self) {
        self.flows.clear();
    }

    /// Flows that are looked at in full.
    pub(crate) fn inspected(&self) -> usize {
        let inspected = |stats: &&FlowStats| stats.track.state & TRACK_INSPECT != 0;
        self.flows.values().filter(inspected).count()
    }

    /// Takes a frame; the facts it goes up with, `None` when it was only counted.
    pub(crate) fn frame(&mut self, bytes: &[u8], time_ns: u64) -> Option<KernelFacts> {
        self.received += 1;
        let mut parsed = Parsed::default();
        let known = parse(Cursor::new(bytes), &mut parsed).is_ok() && in_table(parsed.class);
        let direction = parsed.direction();
        if !known {
            return Some(KernelFacts::new(INTERFACE, 0, direction, time_ns));
        }
        let wire_len = u32::try_from(bytes.len()).unwrap();
        let arrival = Arrival {
            parsed: &parsed,
            settings: &self.settings,
            wire_len,
            now_ns: time_ns,
        };
        let ports = |index| {
            self.ports
                .get(&index)
                .map_or(0, |protocol| *protocol as u32)
        };
        let protocol = prepare(&arrival, ports, &mut self.work);
        if protocol != 0 {
            let mut buffer = Buffer::of(&bytes[usize::from(parsed.payload_offset)..]);
            let payload = Payload::new(&mut buffer, payload_len(&parsed, wire_len) as usize);
            let protocol = Aggregated::from_u8(u8::try_from(protocol).unwrap());
            look_into(protocol, &payload, self.settings.hash_seed, &mut self.work);
        }
        let stats = self.flows.entry(parsed.key).or_insert(FlowStats::EMPTY);
        if stats.track.id == 0 {
            stats.track.id = self.maps.fresh_flow();
        }
        let mut header = RecordHeader::default();
        describe(stats, direction, &mut header);
        let verdict = decide(&arrival, stats, &mut self.maps, &mut self.work);
        if verdict == Verdict::Count {
            self.counted += 1;
            return None;
        }
        if stats.track.state & TRACK_INSPECT != 0 {
            header.flags |= RECORD_INSPECT;
        }
        header.flow = stats.track.id;
        settle(stats, direction, payload_len(&parsed, wire_len), true);
        Some(facts(&header, &self.work, direction, time_ns))
    }

    /// Carries out changes; gives the last records of withdrawn keys.
    pub(crate) fn change(&mut self, changes: &[GrantChange]) -> Vec<OperationRecord> {
        let mut records = Vec::new();
        for change in changes {
            match *change {
                GrantChange::Allow {
                    key,
                    handle,
                    time_ns,
                    ..
                } => {
                    let stats = OperationStats {
                        handle,
                        last_ns: time_ns,
                        refreshed_ns: time_ns,
                        ..OperationStats::default()
                    };
                    assert!(self.maps.operations.insert(key, stats).is_none(), "twice");
                }
                GrantChange::Withdraw { key, handle, .. } => {
                    let stats = self.maps.operations.remove(&key).expect("granted before");
                    assert_eq!(stats.handle, handle);
                    let counted = record(&stats, self.settings.epoch);
                    records.push(OperationRecord {
                        closed: true,
                        ..counted.unwrap_or(OperationRecord::nothing_more(handle))
                    });
                }
                GrantChange::Forgive { flow, .. } => {
                    self.maps.forgiven.insert(flow);
                }
                GrantChange::Forgiven { flow, .. } => {
                    self.maps.forgiven.remove(&flow);
                }
                GrantChange::Port {
                    transport,
                    port,
                    protocol,
                    ..
                } => {
                    let first = if transport == Transport::Udp { UDP } else { 0 };
                    self.ports.insert(first + u32::from(port), protocol);
                }
            }
        }
        records
    }

    /// What was counted since the last drain.
    pub(crate) fn drain(&mut self) -> Vec<OperationRecord> {
        let over = self.settings.epoch;
        self.settings.epoch += 1;
        let stats = self.maps.operations.values();
        let mut records: Vec<_> = stats.filter_map(|stats| record(stats, over)).collect();
        records.sort_unstable_by_key(|record| record.handle);
        records
    }
}

/// What a record says, in the terms of the inspector.
fn facts(header: &RecordHeader, work: &Work, direction: Direction, time_ns: u64) -> KernelFacts {
    let is = |flag| header.flags & flag != 0;
    let told = |flag, number| (is(RECORD_WITHHELD) && is(flag)).then_some(number);
    let message = &work.message;
    KernelFacts {
        message: (message.kind != 0).then_some(Message {
            protocol: Aggregated::from_u8(message.protocol),
            kind: message.kind,
            operation: message.operation,
            tag: message.tag,
        }),
        inspected: is(RECORD_INSPECT),
        withheld: is(RECORD_WITHHELD),
        own_sequence: told(RECORD_OWN_SEQUENCE, header.own_sequence),
        peer_sequence: told(RECORD_PEER_SEQUENCE, header.peer_sequence),
        own_number: told(RECORD_OWN_NUMBER, header.open_tag),
        peer_number: told(RECORD_PEER_NUMBER, header.open_handle),
        open: is(RECORD_OPEN).then(|| OpenRequest {
            handle: header.open_handle,
            tag: header.open_tag,
            time: Timestamp::from_nanos(time_of(header.open_ns)),
            time_ns: header.open_ns,
        }),
        ..KernelFacts::new(INTERFACE, header.flow, direction, time_ns)
    }
}

/// What an entry counted in one interval.
fn record(stats: &OperationStats, epoch: u32) -> Option<OperationRecord> {
    let counted = |interval: &&Interval| interval.epoch == u64::from(epoch) && interval.packets > 0;
    let interval = stats.intervals.iter().find(counted)?;
    Some(OperationRecord {
        handle: stats.handle,
        packets: interval.packets,
        bytes: interval.bytes,
        first: Timestamp::from_nanos(time_of(interval.first_ns)),
        last: Timestamp::from_nanos(time_of(interval.last_ns)),
        last_ns: interval.last_ns,
        min_gap: Duration::from_nanos(interval.min_gap_ns),
        max_gap: Duration::from_nanos(interval.max_gap_ns),
        closed: false,
    })
}

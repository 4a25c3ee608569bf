//! Each rule about granting and withdrawing by itself.

use sensor_protocols::aggregation::{
    Aggregated, Direction, GrantChange, KIND_CYCLIC, KIND_REQUEST, KIND_RESPONSE, KernelFacts,
    Message, OperationRecord,
};
use sensor_protocols::counters::Counter;
use sensor_protocols::frame::{Frame, LinkType};
use sensor_protocols::inspector::Inspector;
use sensor_protocols::limits;
use sensor_protocols::observation::Observation;
use sensor_protocols::time::Timestamp;

use crate::dialect::modbus::{read, values};
use crate::kernel::INTERFACE;
use crate::support::Each;
use crate::support::frames::{Connection, PSH_ACK, Segment};
use crate::{START, STEP};

/// A connection whose frames go up with facts that the test writes.
struct Rig {
    inspector: Inspector,
    connection: Connection,
    frames: u64,
    /// Names of operations with the count they were reported with.
    seen: Vec<(&'static str, u64)>,
}

impl Rig {
    fn on_port(port: u16) -> Self {
        let mut rig = Self {
            inspector: Inspector::default(),
            connection: Connection::new(40_000, port, [1000, 9000]),
            frames: 0,
            seen: Vec::new(),
        };
        for segment in rig.connection.handshake() {
            rig.frame(&segment, |_| {});
        }
        rig
    }

    fn frame(&mut self, segment: &Segment, change: impl FnOnce(&mut KernelFacts)) {
        self.frames += 1;
        let direction = if segment.from == 1 {
            Direction::LowToHigh
        } else {
            Direction::HighToLow
        };
        let mut facts = KernelFacts::new(INTERFACE, 7, direction, self.frames * STEP);
        change(&mut facts);
        let data = segment.frame();
        let frame = Frame {
            time: Timestamp::from_nanos(START + self.frames * STEP),
            number: self.frames,
            link: LinkType::Ethernet,
            wire_len: u32::try_from(data.len()).unwrap(),
            data: &data,
            kernel: Some(&facts),
        };
        let seen = &mut self.seen;
        let mut sink = Each(|o: &Observation<'_>| seen.push((o.operation.name, o.count)));
        self.inspector.frame(&frame, &mut sink);
    }

    fn say(&mut self, from: u8, payload: &[u8], kind: u8, protocol: Aggregated, operation: u64) {
        let tag = u32::from(u16::from_be_bytes([payload[0], payload[1]]));
        let segment = self.connection.send(from, PSH_ACK, payload);
        self.frame(&segment, |facts| {
            facts.message = Some(Message {
                protocol,
                kind,
                operation: [operation, 0],
                tag,
            });
        });
    }

    /// A read and its response, both recognised by the kernel program.
    fn poll(&mut self, transaction: u16, pick: u8) {
        let modbus = Aggregated::Modbus;
        self.say(
            1,
            &read(transaction, pick),
            KIND_REQUEST,
            modbus,
            u64::from(pick),
        );
        let response = values(transaction, pick);
        self.say(2, &response, KIND_RESPONSE, modbus, u64::from(pick));
    }

    /// Kinds of what was allowed since the last call, and how many keys were withdrawn.
    fn changes(&mut self) -> (Vec<u8>, usize) {
        let changes = self.inspector.take_grants();
        let allowed = changes.iter().filter_map(|change| match change {
            GrantChange::Allow { key, .. } => Some(key.kind),
            GrantChange::Withdraw { .. }
            | GrantChange::Forgive { .. }
            | GrantChange::Forgiven { .. }
            | GrantChange::Port { .. } => None,
        });
        let withdrawn = |change: &&GrantChange| matches!(change, GrantChange::Withdraw { .. });
        let withdrawn = changes.iter().filter(withdrawn).count();
        (allowed.collect(), withdrawn)
    }

    fn get(&self, counter: Counter) -> u64 {
        self.inspector.counters().get(counter)
    }
}

#[test]
fn an_exchange_is_granted_once_with_its_acknowledgments() {
    let mut rig = Rig::on_port(502);
    rig.poll(1, 0);
    assert_eq!(rig.changes(), (vec![1, 2, 4, 4], 0));
    rig.poll(2, 0);
    assert_eq!(rig.changes(), (vec![], 0));
    rig.poll(3, 1);
    assert_eq!(rig.changes(), (vec![1, 2], 0), "another register");
    assert_eq!(rig.get(Counter::OperationsHeld), 6);
}

#[test]
fn a_response_is_granted_under_the_request_that_it_answered() {
    let mut rig = Rig::on_port(502);
    rig.poll(1, 0);
    let changes = rig.inspector.take_grants();
    let [
        GrantChange::Allow { handle, key, .. },
        GrantChange::Allow { key: response, .. },
        ..,
    ] = changes[..]
    else {
        panic!("{changes:?}");
    };
    assert_eq!((key.request, response.request), (0, handle));
    assert_eq!((key.direction, response.direction), (0, 1));
}

#[test]
fn what_the_dissector_takes_for_something_else_is_not_granted() {
    let mut rig = Rig::on_port(502);
    let modbus = Aggregated::Modbus;
    // A write that the kernel program takes for a read.
    let write = [0, 1, 0, 0, 0, 6, 1, 6, 0, 1, 0, 9];
    rig.say(1, &write, KIND_REQUEST, modbus, 1);
    rig.say(2, &write, KIND_RESPONSE, modbus, 1);
    // A read that is refused.
    rig.say(1, &read(2, 0), KIND_REQUEST, modbus, 2);
    rig.say(2, &[0, 2, 0, 0, 0, 3, 1, 0x83, 2], KIND_RESPONSE, modbus, 2);
    // A read on a connection that is taken for another protocol.
    rig.say(1, &read(3, 0), KIND_REQUEST, Aggregated::Dnp3, 3);
    rig.say(2, &values(3, 0), KIND_RESPONSE, Aggregated::Dnp3, 3);
    assert_eq!(rig.changes(), (vec![], 0));
}

#[test]
fn an_anomaly_withdraws_everything_for_longer_each_time() {
    let mut rig = Rig::on_port(502);
    rig.poll(1, 0);
    rig.changes();
    rig.say(2, &values(99, 0), KIND_RESPONSE, Aggregated::Modbus, 0);
    assert_eq!(rig.changes(), (vec![], 4), "nobody asked");
    for faults in 0..2 {
        let frames = limits::FLOW_PROBATION << faults;
        for n in 0..frames / 2 {
            rig.poll(u16::try_from(2 + n).unwrap(), 0);
        }
        assert_eq!(rig.changes(), (vec![], 0), "after {faults} more faults");
        rig.poll(1000, 0);
        assert_eq!(rig.changes().0, [1, 2, 4, 4]);
        rig.say(2, &values(99, 0), KIND_RESPONSE, Aggregated::Modbus, 0);
        assert_eq!(rig.changes(), (vec![], 4));
    }
}

#[test]
fn a_flow_that_is_inspected_gives_back_what_it_had() {
    let mut rig = Rig::on_port(502);
    rig.poll(1, 0);
    rig.changes();
    let segment = rig.connection.send(1, PSH_ACK, &read(2, 0));
    rig.frame(&segment, |facts| facts.inspected = true);
    assert_eq!(rig.changes(), (vec![], 4));
}

#[test]
fn the_end_of_a_flow_withdraws_and_its_last_counts_are_told() {
    let mut rig = Rig::on_port(502);
    rig.poll(1, 0);
    let GrantChange::Allow { handle, .. } = rig.inspector.take_grants()[0] else {
        panic!("nothing was granted");
    };
    let seen = &mut rig.seen;
    let mut sink = Each(|o: &Observation<'_>| seen.push((o.operation.name, o.count)));
    rig.inspector.finish(&mut sink);
    assert_eq!(rig.changes(), (vec![], 4));
    rig.seen.clear();
    let record = OperationRecord {
        packets: 5,
        bytes: 500,
        ..OperationRecord::nothing_more(handle)
    };
    let seen = &mut rig.seen;
    let mut sink = Each(|o: &Observation<'_>| seen.push((o.operation.name, o.count)));
    rig.inspector.operation_records(&[record], &mut sink);
    rig.inspector.operation_records(&[record], &mut sink);
    let expected = [("flow_updated", 5), ("read_holding_registers", 5)];
    assert_eq!(rig.seen, expected);
    assert_eq!(rig.get(Counter::OperationStrays), 5, "the same again");
    assert_eq!(rig.get(Counter::OperationsHeld), 3);
}

#[test]
fn what_is_not_repeated_is_withdrawn_after_a_while() {
    let mut rig = Rig::on_port(502);
    rig.poll(1, 0);
    rig.changes();
    let mut sink = Each(|_: &Observation<'_>| {});
    let at = |seconds: u64| Timestamp::from_nanos(START + seconds * 1_000_000_000);
    let idle = limits::OPERATION_IDLE.as_secs();
    rig.inspector.tick(at(idle - 60), &mut sink);
    assert_eq!(rig.changes(), (vec![], 0));
    rig.inspector.tick(at(idle + 1), &mut sink);
    assert_eq!(rig.changes(), (vec![], 4));
    rig.poll(2, 0);
    assert_eq!(rig.changes().0, [1, 2, 4, 4], "and granted again");
}

#[test]
fn a_flow_has_room_for_so_many_operations_and_the_rest_is_counted() {
    let mut rig = Rig::on_port(502);
    let modbus = Aggregated::Modbus;
    for n in 0..2000_u16 {
        rig.say(1, &read(n, 0), KIND_REQUEST, modbus, u64::from(n));
        rig.say(2, &values(n, 0), KIND_RESPONSE, modbus, u64::from(n));
    }
    let held = u64::try_from(limits::FLOW_OPERATIONS).unwrap();
    assert_eq!(rig.get(Counter::OperationsHeld), held);
    assert!(rig.get(Counter::OperationsRefused) > 0);
}

#[test]
fn modbus_on_another_port_is_told_once() {
    let mut rig = Rig::on_port(5020);
    for n in 1..4_u16 {
        for (from, payload) in [(1, read(n, 0)), (2, values(n, 0))] {
            let segment = rig.connection.send(from, PSH_ACK, &payload);
            rig.frame(&segment, |_| {});
        }
    }
    let changes = rig.inspector.take_grants();
    let [GrantChange::Port { port, protocol, .. }] = changes[..] else {
        panic!("{changes:?}");
    };
    assert_eq!((port, protocol), (5020, Aggregated::Modbus));
}

#[test]
fn a_protocol_without_a_dissector_is_granted_on_the_second_exchange() {
    // A port that no dissector is known by, or its absence would be a fault.
    let mut rig = Rig::on_port(48_400);
    let mut exchange = |tag: u8, kinds: (u8, u8)| {
        // Bytes of no protocol that has a dissector.
        let payload = [[0, tag].as_slice(), &[0xff, 0x5a].repeat(20)].concat();
        rig.say(1, &payload, kinds.0, Aggregated::OpcUa, 1);
        rig.say(2, &payload, kinds.1, Aggregated::OpcUa, 2);
        rig.changes().0
    };
    let turn = (KIND_REQUEST, KIND_RESPONSE);
    // The first two segments are probed.
    assert_eq!(exchange(1, turn), Vec::<u8>::new());
    assert_eq!(exchange(2, turn), Vec::<u8>::new());
    assert_eq!(exchange(3, turn), [1, 2, 4, 4]);
    let cyclic = (KIND_CYCLIC, KIND_CYCLIC);
    assert_eq!(exchange(4, cyclic), Vec::<u8>::new());
    assert_eq!(exchange(5, cyclic), [3, 3]);
}

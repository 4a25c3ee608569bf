//! Repeats withheld by a model of the kernel program and booked by the inspector: nothing that an
//! observation says is lost, whatever is withheld.

mod kernel;
mod long;
mod rules;
#[path = "../support/mod.rs"]
mod support;

use proptest::prelude::*;
use sensor_protocols::aggregation::OperationRecord;
use sensor_protocols::counters::Counter;
use sensor_protocols::frame::{Frame, LinkType};
use sensor_protocols::inspector::Inspector;
use sensor_protocols::observation::{Observation, Protocol, flow};
use sensor_protocols::time::Timestamp;

use kernel::{Kernel, Totals, kernel_ns};
use support::Each;
use support::frames::{ACK, Connection, FIN, PSH_ACK, Segment};

const START: u64 = 7_200_000_000_000;
const STEP: u64 = 5_000_000;

/// Something that happens on the connection.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// A read that is answered; the number picks one of a few.
    Poll(u8),
    /// The same, a number of times.
    Polls(u8, u8),
    Write(u8),
    /// A read that is refused.
    Refused(u8),
    /// A read that is never answered.
    Silent(u8),
    /// Two reads before the answers.
    Pipelined(u8, u8),
    /// An answer to nothing.
    Unsolicited(u8),
    /// A response in two segments.
    Split(u8),
    /// A read sent twice with the same bytes.
    Repeated(u8),
    /// A read whose response is a byte short.
    Malformed(u8),
    /// A read that the capture missed.
    Lost(u8),
}

fn step() -> impl Strategy<Value = Step> {
    let pick = 0..4_u8;
    prop_oneof![
        20 => pick.clone().prop_map(Step::Poll),
        20 => (pick.clone(), 2..20_u8).prop_map(|(a, b)| Step::Polls(a, b)),
        // Long enough for a flow to be forgiven.
        4 => (pick.clone(), 100..200_u8).prop_map(|(a, b)| Step::Polls(a, b)),
        3 => pick.clone().prop_map(Step::Write),
        3 => pick.clone().prop_map(Step::Refused),
        2 => pick.clone().prop_map(Step::Silent),
        1 => (pick.clone(), pick.clone()).prop_map(|(a, b)| Step::Pipelined(a, b)),
        1 => pick.clone().prop_map(Step::Unsolicited),
        1 => pick.clone().prop_map(Step::Split),
        1 => pick.clone().prop_map(Step::Repeated),
        1 => pick.clone().prop_map(Step::Malformed),
        1 => pick.prop_map(Step::Lost),
    ]
}

/// A connection between a Modbus client and server.
struct Talk {
    connection: Connection,
    transaction: u16,
    segments: Vec<Segment>,
}

impl Talk {
    fn new() -> Self {
        let mut connection = Connection::new(40_000, 502, [1000, u32::MAX - 500]);
        let segments = connection.handshake();
        Self {
            connection,
            transaction: 0,
            segments,
        }
    }

    fn send(&mut self, from: u8, payload: &[u8]) {
        let segment = self.connection.send(from, PSH_ACK, payload);
        self.segments.push(segment);
    }

    fn acknowledge(&mut self) {
        for from in [1, 2] {
            let segment = self.connection.send(from, ACK, &[]);
            self.segments.push(segment);
        }
    }

    fn request(&mut self, pick: u8) -> u16 {
        self.transaction = self.transaction.wrapping_add(1);
        let bytes = read(self.transaction, pick);
        self.send(1, &bytes);
        self.transaction
    }

    fn poll(&mut self, pick: u8) {
        let transaction = self.request(pick);
        self.send(2, &values(transaction, pick));
        if pick.is_multiple_of(2) {
            self.acknowledge();
        }
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Poll(pick) => self.poll(pick),
            Step::Polls(pick, times) => {
                for _ in 0..times {
                    self.poll(pick);
                }
            }
            Step::Write(pick) => {
                self.transaction += 1;
                let [high, low] = self.transaction.to_be_bytes();
                let write = [high, low, 0, 0, 0, 6, 1, 6, 0, pick, 0, 9];
                self.send(1, &write);
                self.send(2, &write);
            }
            Step::Refused(pick) => {
                let [high, low] = self.request(pick).to_be_bytes();
                self.send(2, &[high, low, 0, 0, 0, 3, 1, 0x83, 2]);
            }
            Step::Silent(pick) => {
                self.request(pick);
            }
            Step::Pipelined(a, b) => {
                let (first, second) = (self.request(a), self.request(b));
                self.send(2, &values(first, a));
                self.send(2, &values(second, b));
            }
            Step::Unsolicited(pick) => self.send(2, &values(0xffff, pick)),
            Step::Split(pick) => {
                let transaction = self.request(pick);
                let bytes = values(transaction, pick);
                self.send(2, &bytes[..9]);
                self.send(2, &bytes[9..]);
            }
            Step::Repeated(pick) => {
                let transaction = self.request(pick);
                let again = self.segments.last().unwrap().clone();
                self.segments.push(again);
                self.send(2, &values(transaction, pick));
            }
            Step::Malformed(pick) => {
                let transaction = self.request(pick);
                let mut bytes = values(transaction, pick);
                bytes[8] += 1;
                self.send(2, &bytes);
            }
            Step::Lost(pick) => {
                let transaction = self.request(pick);
                self.segments.pop();
                self.send(2, &values(transaction, pick));
            }
        }
    }
}

/// A request to read a few registers; `pick` tells which.
fn read(transaction: u16, pick: u8) -> Vec<u8> {
    let [high, low] = transaction.to_be_bytes();
    vec![high, low, 0, 0, 0, 6, 1, 3, 0, pick * 10, 0, 1 + pick / 2]
}

/// Its response, with values that differ each time.
fn values(transaction: u16, pick: u8) -> Vec<u8> {
    let [high, low] = transaction.to_be_bytes();
    let bytes = 2 * (1 + pick / 2);
    let mut message = vec![high, low, 0, 0, 0, 3 + bytes, 1, 3, bytes];
    message.extend((0..bytes).map(|n| low.wrapping_add(n)));
    message
}

/// How the two halves work together.
#[derive(Clone, Copy, Debug)]
struct Rhythm {
    /// Frames between two hand-overs of grants.
    grants: usize,
    /// Frames between two drains.
    drains: usize,
    refresh: u64,
    /// Frame at which the kernel's entry is evicted.
    evict: Option<usize>,
}

fn rhythm() -> impl Strategy<Value = Rhythm> {
    let refresh = prop_oneof![Just(0_u64), 5..50_u64];
    (1..8_usize, 1..60_usize, refresh).prop_map(|(grants, drains, refresh)| Rhythm {
        grants,
        drains,
        refresh,
        evict: None,
    })
}

/// What a run gave.
#[derive(Debug, PartialEq, Eq)]
struct Told {
    /// Messages by what they say.
    messages: Totals,
    /// Frames and bytes by sender.
    flows: Totals,
    /// Messages that the protocol's counters show.
    counted: u64,
}

fn add(told: &mut Told, o: &Observation<'_>) {
    if o.operation == flow::STARTED || o.operation == flow::UPDATED {
        *told
            .flows
            .entry(format!("frames of {}", o.source.port))
            .or_default() += o.count;
        *told
            .flows
            .entry(format!("bytes of {}", o.source.port))
            .or_default() += o.bytes;
        return;
    }
    let latency = o.request.is_some();
    let what = format!(
        "{:?} {:?} {} {:?} {:?} {:?} {latency} from {}",
        o.protocol, o.direction, o.operation.name, o.objects, o.outcome, o.anomalies, o.source.port
    );
    *told.messages.entry(what.clone()).or_default() += o.count;
    *told.messages.entry(format!("bytes of {what}")).or_default() += o.bytes;
}

fn frame_of(bytes: &[u8], number: usize) -> Frame<'_> {
    Frame {
        time: Timestamp::from_nanos(START + number as u64 * STEP),
        number: number as u64 + 1,
        link: LinkType::Ethernet,
        wire_len: u32::try_from(bytes.len()).unwrap(),
        data: bytes,
        kernel: None,
    }
}

fn told() -> Told {
    Told {
        messages: Totals::new(),
        flows: Totals::new(),
        counted: 0,
    }
}

fn in_full(segments: &[Segment]) -> Told {
    let mut inspector = Inspector::default();
    let mut told = told();
    for (number, segment) in segments.iter().enumerate() {
        let bytes = segment.frame();
        inspector.frame(
            &frame_of(&bytes, number),
            &mut Each(|o: &Observation<'_>| add(&mut told, o)),
        );
    }
    inspector.finish(&mut Each(|o: &Observation<'_>| add(&mut told, o)));
    told.counted = inspector.counters().protocol(Protocol::Modbus).messages;
    told
}

/// Runs the segments through kernel and inspector.
fn aggregated(segments: &[Segment], rhythm: Rhythm) -> (Told, Kernel, Inspector) {
    let mut kernel = Kernel::new(rhythm.refresh);
    let mut inspector = Inspector::default();
    let mut told = told();
    for (number, segment) in segments.iter().enumerate() {
        if rhythm.evict == Some(number) {
            kernel.evict();
        }
        let bytes = segment.frame();
        let frame = frame_of(&bytes, number);
        let mut sink = Each(|o: &Observation<'_>| add(&mut told, o));
        let facts = kernel.frame(
            segment,
            bytes.len() as u64,
            kernel_ns(frame.time.as_nanos()),
        );
        if let Some(facts) = &facts {
            let frame = Frame {
                kernel: Some(facts),
                ..frame
            };
            inspector.frame(&frame, &mut sink);
        }
        if number.is_multiple_of(rhythm.drains) {
            inspector.operation_records(&kernel.drain(), &mut sink);
        }
        if number.is_multiple_of(rhythm.grants) {
            let records = kernel.change(&inspector.take_grants());
            inspector.operation_records(&records, &mut sink);
        }
    }
    let mut sink = Each(|o: &Observation<'_>| add(&mut told, o));
    inspector.operation_records(&kernel.drain(), &mut sink);
    inspector.finish(&mut sink);
    let records: Vec<OperationRecord> = kernel.change(&inspector.take_grants());
    inspector.operation_records(&records, &mut sink);
    assert_eq!(inspector.counters().get(Counter::OperationsHeld), 0);
    assert_eq!(inspector.counters().get(Counter::OperationStrays), 0);
    assert_eq!(
        inspector.counters().get(Counter::OperationRepeats),
        kernel.counted
    );
    told.counted = inspector.counters().protocol(Protocol::Modbus).messages;
    (told, kernel, inspector)
}

fn close(talk: &mut Talk) {
    for from in [1, 2] {
        let segment = talk.connection.send(from, FIN | ACK, &[]);
        talk.segments.push(segment);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn withheld_or_not_the_same_is_observed(
        steps in proptest::collection::vec(step(), 1..40),
        rhythm in rhythm(),
        closes: bool,
    ) {
        let mut talk = Talk::new();
        for step in &steps {
            talk.step(*step);
        }
        if closes {
            close(&mut talk);
        }
        let full = in_full(&talk.segments);
        let (part, _, _) = aggregated(&talk.segments, rhythm);
        prop_assert_eq!(part, full);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn a_forgotten_flow_is_no_loss_and_no_count_goes_missing(
        picks in proptest::collection::vec(0..4_u8, 20..80),
        at in 20..150_usize,
        rhythm in rhythm(),
    ) {
        let mut talk = Talk::new();
        for pick in picks {
            talk.step(if pick == 3 { Step::Write(pick) } else { Step::Polls(pick, 3) });
        }
        let full = in_full(&talk.segments);
        let rhythm = Rhythm { evict: Some(at), ..rhythm };
        let (part, kernel, inspector) = aggregated(&talk.segments, rhythm);
        prop_assert_eq!(&part.flows, &full.flows);
        prop_assert_eq!(part.counted, full.counted);
        // The response to a request that was withheld then says nothing about it, and no more.
        prop_assert!(part.messages.keys().all(|what| what.contains(" {} ")), "{:?}", part);
        prop_assert_eq!(inspector.counters().get(Counter::TcpGaps), 0);
        prop_assert!(kernel.counted > 0);
    }
}

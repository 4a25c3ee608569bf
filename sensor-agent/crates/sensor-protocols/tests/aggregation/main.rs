//! Repeats withheld by a model of the kernel program and booked by the inspector: nothing that an
//! observation says is lost, whatever is withheld.

mod bacnet;
mod both;
mod dialect;
mod dnp3;
mod enip;
mod goose;
mod iec104;
mod kernel;
mod link;
mod long;
mod profinet;
mod program;
mod rules;
mod sampled_values;
#[path = "../support/mod.rs"]
mod support;
mod talk;

use proptest::prelude::*;
use sensor_protocols::aggregation::OperationRecord;
use sensor_protocols::aggregation::exemplar::COUNTS;
use sensor_protocols::counters::Counter;
use sensor_protocols::frame::{Frame, LinkType};
use sensor_protocols::inspector::Inspector;
use sensor_protocols::observation::{Object, Observation, Protocol, flow};
use sensor_protocols::time::Timestamp;

use dialect::{Dialect, MODBUS, S7COMM};
use kernel::{Kernel, Totals, kernel_ns};
use support::Each;
use talk::{Step, Talk, step};

/// Those whose messages are requests and responses.
const DIALECTS: &[&Dialect] = &[&MODBUS, &S7COMM, &enip::CONNECTED, &enip::UNCONNECTED];

const START: u64 = 7_200_000_000_000;
const STEP: u64 = 5_000_000;

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
    /// Messages that the protocol's counters show, and packets of the one that carries it.
    counted: [u64; 2],
}

impl Told {
    fn count(&mut self, spoken: Protocol, observed: Protocol, inspector: &Inspector) {
        let counters = inspector.counters();
        self.counted = [
            counters.protocol(observed).messages,
            counters.protocol(spoken).packets,
        ];
    }
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
    let counts =
        |object: &&Object<'_>| matches!(object, Object::Id { kind, .. } if COUNTS.contains(kind));
    let objects: Vec<_> = o.objects.iter().filter(|object| !counts(object)).collect();
    let what = format!(
        "{:?} {:?} {} {:?} {:?} {:?} {:?} {latency} from {}",
        o.protocol,
        o.direction,
        o.operation.name,
        o.operation.sub,
        objects,
        o.outcome,
        o.anomalies,
        o.source.port
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
        counted: [0; 2],
    }
}

fn in_full(talk: &Talk) -> Told {
    let mut inspector = Inspector::default();
    let mut told = told();
    for (number, segment) in talk.segments.iter().enumerate() {
        let bytes = segment.frame();
        inspector.frame(
            &frame_of(&bytes, number),
            &mut Each(|o: &Observation<'_>| add(&mut told, o)),
        );
    }
    inspector.finish(&mut Each(|o: &Observation<'_>| add(&mut told, o)));
    told.count(talk.dialect.spoken, talk.dialect.observed, &inspector);
    told
}

/// Runs the segments through kernel and inspector.
fn aggregated(talk: &Talk, rhythm: Rhythm) -> (Told, Kernel, Inspector) {
    let mut kernel = Kernel::new(talk.dialect, rhythm.refresh);
    let mut inspector = Inspector::default();
    let mut told = told();
    for (number, segment) in talk.segments.iter().enumerate() {
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
    told.count(talk.dialect.spoken, talk.dialect.observed, &inspector);
    (told, kernel, inspector)
}

/// Runs the steps both ways.
fn either_way(
    dialect: &'static Dialect,
    steps: &[Step],
    rhythm: Rhythm,
    closes: bool,
) -> [Told; 2] {
    let mut talk = Talk::new(dialect);
    for step in steps {
        talk.step(*step);
    }
    if closes {
        talk.close();
    }
    [aggregated(&talk, rhythm).0, in_full(&talk)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn withheld_or_not_the_same_is_observed_of_modbus(
        steps in proptest::collection::vec(step(), 1..40),
        rhythm in rhythm(),
        closes: bool,
    ) {
        let [part, full] = either_way(&MODBUS, &steps, rhythm, closes);
        prop_assert_eq!(part, full);
    }

    #[test]
    fn withheld_or_not_the_same_is_observed_of_s7comm(
        steps in proptest::collection::vec(step(), 1..40),
        rhythm in rhythm(),
        closes: bool,
    ) {
        let [part, full] = either_way(&S7COMM, &steps, rhythm, closes);
        prop_assert_eq!(part, full);
    }

    #[test]
    fn withheld_or_not_the_same_is_observed_of_ethernet_ip(
        dialect in prop_oneof![Just(&enip::CONNECTED), Just(&enip::UNCONNECTED)],
        steps in proptest::collection::vec(step(), 1..40),
        rhythm in rhythm(),
        closes: bool,
    ) {
        let [part, full] = either_way(dialect, &steps, rhythm, closes);
        prop_assert_eq!(part, full);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn what_the_program_itself_withholds_is_observed_too(
        dialect in proptest::sample::select(DIALECTS),
        steps in proptest::collection::vec(step(), 1..40),
        rhythm in rhythm(),
        closes: bool,
    ) {
        let mut talk = Talk::new(dialect);
        for step in steps {
            talk.step(step);
        }
        if closes {
            talk.close();
        }
        let frames = talk.segments.iter().zip(0_u64..);
        let frames: Vec<both::Timed> = frames.map(|(s, n)| (n * STEP, s.frame())).collect();
        let both = both::Both::ways(&frames, [dialect.spoken, dialect.observed], rhythm);
        prop_assert_eq!(both.part, both.full);
    }

    #[test]
    fn a_forgotten_flow_is_no_loss_and_no_count_goes_missing(
        dialect in proptest::sample::select(DIALECTS),
        picks in proptest::collection::vec(0..4_u8, 20..80),
        at in 20..150_usize,
        rhythm in rhythm(),
    ) {
        let mut talk = Talk::new(dialect);
        for pick in picks {
            talk.step(if pick == 3 { Step::Write(pick) } else { Step::Polls(pick, 3) });
        }
        let full = in_full(&talk);
        let rhythm = Rhythm { evict: Some(at), ..rhythm };
        let (part, kernel, inspector) = aggregated(&talk, rhythm);
        prop_assert_eq!(&part.flows, &full.flows);
        prop_assert_eq!(part.counted, full.counted);
        // The response to a request that was withheld then says nothing about it, and no more.
        prop_assert!(part.messages.keys().all(|what| what.contains(" {} ")), "{:?}", part);
        prop_assert_eq!(inspector.counters().get(Counter::TcpGaps), 0);
        prop_assert!(kernel.counted > 0);
    }
}

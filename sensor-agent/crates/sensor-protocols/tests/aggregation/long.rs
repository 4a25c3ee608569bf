//! Connections that poll for long.

use sensor_protocols::counters::Counter;
use sensor_protocols::limits;

use crate::dialect::MODBUS;
use crate::{DIALECTS, Rhythm, Step, Talk, aggregated, in_full};

#[test]
fn a_flow_with_a_gap_is_counted_again_after_its_probation() {
    let mut talk = Talk::new(&MODBUS);
    let rhythm = Rhythm {
        grants: 1,
        drains: 10,
        refresh: 0,
        evict: None,
    };
    talk.step(Step::Polls(0, 50));
    talk.step(Step::Lost(0));
    let polls = limits::FLOW_PROBATION / 2;
    talk.step(Step::Polls(0, u8::try_from(polls - 5).unwrap()));
    let (part, kernel, inspector) = aggregated(&talk, rhythm);
    assert!(kernel.inspect, "on probation");
    assert_eq!(inspector.counters().get(Counter::FlowsForgiven), 0);
    assert_eq!(part, in_full(&talk));
    let before = kernel.counted;
    for _ in 0..4 {
        talk.step(Step::Polls(0, 50));
    }
    let (part, kernel, inspector) = aggregated(&talk, rhythm);
    assert!(!kernel.inspect);
    let counted = kernel.counted - before;
    assert!(counted > 4 * 190 - 40, "{counted} counted after it");
    assert_eq!(part, in_full(&talk));
    assert_eq!(inspector.counters().get(Counter::FlowsForgiven), 1);
}

#[test]
fn a_polling_master_is_nearly_all_withheld() {
    for dialect in DIALECTS {
        let mut talk = Talk::new(dialect);
        for n in (0..4).cycle().take(1000) {
            talk.step(Step::Poll(n));
        }
        let rhythm = Rhythm {
            grants: 1,
            drains: 100,
            refresh: 0,
            evict: None,
        };
        let (part, kernel, inspector) = aggregated(&talk, rhythm);
        assert_eq!(part, in_full(&talk));
        let up = kernel.received - kernel.counted;
        assert!(up < 30, "{up} of {} went up", kernel.received);
        assert_eq!(inspector.counters().get(Counter::TcpGaps), 0);
    }
}

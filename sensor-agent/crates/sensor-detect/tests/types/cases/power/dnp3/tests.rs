//! When indications begin, windows, and what makes a request valid.

use sensor_detect::catalogue::catalogue;

use super::*;

#[test]
fn an_indication_that_stays_is_reported_once_and_again_when_it_comes_back() {
    let mut w = World::default();
    indicates(&mut w, &[RESTARTED; 50]);
    assert_eq!(w.count("outstation_restarted"), 1);
    assert_eq!(w.count("outstation_restarts_frequently"), 0);
    indicates(&mut w, &[0, RESTARTED | OVERFLOW, OVERFLOW, OVERFLOW]);
    assert_eq!(w.count("outstation_restarted"), 2);
    assert_eq!(w.count("outstation_event_buffer_overflow"), 1);
}

#[test]
fn an_unsolicited_response_tells_the_same_event() {
    let mut w = World::default();
    let mut session = dnp3(&mut w);
    answer(&mut w, &mut session, &[0xf0, 130, 0x80, 0]);
    ask(&mut w, &mut session, EVENT_POLL);
    answer(&mut w, &mut session, &[0xc0, 129, 0x80, 0]);
    assert_eq!(w.count("outstation_restarted"), 1);
    let found = w.first("outstation_restarted");
    assert_eq!(found.source.unwrap().ip, Some(PLC.parse().unwrap()));
}

/// Occurrences count in the window of the type and not outside of it.
#[test]
fn restarts_are_frequent_within_their_window() {
    for (gap, raised) in [(600, 1), (601, 0)] {
        let mut w = World::default();
        indicates(&mut w, &[RESTARTED, 0]);
        w.pass(Duration::from_secs(gap - 120));
        indicates(&mut w, &[RESTARTED]);
        assert_eq!(w.count("outstation_restarted"), 2);
        assert_eq!(w.count("outstation_restarts_frequently"), raised, "{gap}");
    }
    for (gap, raised) in [(300, 1), (301, 0)] {
        let mut w = World::default();
        for _ in 0..3 {
            indicates(&mut w, &[OVERFLOW, 0]);
            w.pass(Duration::from_secs(gap - 120));
        }
        let found = w.count("outstation_event_buffer_overflow_continuous");
        assert_eq!(found, raised, "{gap}");
    }
}

#[test]
fn all_that_is_refused_in_one_answer_is_reported() {
    let mut w = World::default();
    indicates(&mut w, &[0x0007, 0x0007]);
    for id in [
        "dnp3_function_not_supported",
        "dnp3_unknown_object",
        "dnp3_incorrect_parameter",
    ] {
        assert_eq!(w.count(id), 2, "{id}");
    }
}

/// What is learned while a type is off keeps it silent when it is switched on.
#[test]
fn indications_are_learned_while_their_type_is_off() {
    let mut w = World::default();
    let switch = |w: &mut World, enabled| {
        assert!(
            !catalogue()
                .get("dnp3_unpermitted_iin")
                .unwrap()
                .enabled_by_default
        );
        w.detector.apply(Command::SetEnabled {
            type_id: "dnp3_unpermitted_iin".into(),
            enabled,
        });
    };
    switch(&mut w, false);
    w.detector.apply(Command::SetMode(Mode::Learning));
    indicates(&mut w, &[NEED_TIME]);
    w.detector.apply(Command::SetMode(Mode::Operational));
    switch(&mut w, true);
    indicates(&mut w, &[0, NEED_TIME]);
    assert_eq!(w.count("dnp3_unpermitted_iin"), 0);
    indicates(&mut w, &[NEED_TIME | RESTARTED, RESTARTED]);
    assert_eq!(w.count("dnp3_unpermitted_iin"), 1);
}

#[test]
fn an_operate_needs_its_select_within_minutes_and_on_its_own_connection() {
    let mut w = World::default();
    let mut session = dnp3(&mut w);
    ask(&mut w, &mut session, &block(3, 1));
    w.pass(Duration::from_mins(5));
    ask(&mut w, &mut session, &block(4, 1));
    assert_eq!(w.count("dnp3_operate_without_select"), 0);
    w.pass(Duration::from_secs(1));
    ask(&mut w, &mut session, &block(4, 1));
    assert_eq!(w.count("dnp3_operate_without_select"), 1);
    let mut other = w.session("10.0.0.3", PLC, 20000);
    ask(&mut w, &mut session, &block(3, 1));
    ask(&mut w, &mut other, &block(4, 1));
    assert_eq!(w.count("dnp3_operate_without_select"), 2);
}

#[test]
fn a_stopped_application_stops_a_controller() {
    let mut w = World::default();
    asked(&mut w, 17);
    assert_eq!(w.count("controller_stop"), 0);
    asked(&mut w, 18);
    assert_eq!(w.count("controller_stop"), 1);
}

/// A function that contradicts the direction in the link header, either way.
#[test]
fn a_request_of_an_outstation_and_a_response_of_a_master_are_not_valid() {
    for (from_master, fragment, raised) in [
        (true, &[0xc0, 24][..], 0),
        (false, &[0xc0, 24], 1),
        (false, &[0xc0, 129, 0, 0], 0),
        (true, &[0xc0, 129, 0, 0], 1),
    ] {
        let mut w = World::default();
        dnp3(&mut w).ask(&mut w, &frame(from_master, 4, &whole(fragment)));
        assert_eq!(w.count("dnp3_illegal_operation"), raised, "{fragment:?}");
    }
}

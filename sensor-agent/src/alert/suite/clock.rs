//! Time passing.

use super::*;
use crate::alert::{LearnRequest, MuteRequest, Status};

fn tick<W: World>(world: &mut W, now: Timestamp) -> crate::alert::Elapsed {
    lifecycle()
        .tick(world, now, 100)
        .expect("the repository works")
}

pub(crate) fn quiet_alerts_close_by_themselves<W: World>(world: &mut W) {
    let id = opened(world, &finding(EXCEPTION, 1, 0));
    assert_eq!(tick(world, at(days(90) - 1)).auto_closed, 0);
    world.restart();
    assert_eq!(tick(world, at(days(90))).auto_closed, 1);
    world.restart();
    let closed = alert(world, id);
    assert_eq!(
        (closed.status, closed.last_activity),
        (Status::Closed, at(days(90)))
    );
    assert_eq!(tick(world, at(days(90))).auto_closed, 0);
    assert_eq!(
        story(world, id),
        ["alert_reported opened", "alert_updated auto_closed"]
    );
    assert!(!world.events()[1].actor.is_user());
    let next = opened(world, &finding(EXCEPTION, 1, days(91)));
    assert_eq!(alert(world, next).previous_alert_id, Some(id));
}

pub(crate) fn repeats_restart_the_auto_close_clock<W: World>(world: &mut W) {
    let id = opened(world, &finding(EXCEPTION, 1, 0));
    ingest(world, &finding(EXCEPTION, 1, days(50)));
    world.restart();
    assert_eq!(tick(world, at(days(139))).auto_closed, 0);
    assert_eq!(alert(world, id).status, Status::New);
    assert_eq!(tick(world, at(days(140))).auto_closed, 1);
}

pub(crate) fn reopening_restarts_the_auto_close_clock<W: World>(world: &mut W) {
    let id = opened(world, &finding(EXCEPTION, 1, 0));
    let rules = lifecycle();
    rules
        .set_status(world, id, Status::Closed, &edit(), at(1))
        .expect("closed");
    rules
        .set_status(world, id, Status::New, &edit(), at(days(89)))
        .expect("reopened");
    assert_eq!(tick(world, at(days(100))).auto_closed, 0);
    assert_eq!(tick(world, at(days(179))).auto_closed, 1);
}

pub(crate) fn retention_takes_idle_alerts_and_leaves_pinned_ones<W: World>(world: &mut W) {
    let plain = opened(world, &finding(EXCEPTION, 1, 0));
    let pinned = opened(world, &finding(EXCEPTION, 2, 0));
    let touched = opened(world, &finding(EXCEPTION, 3, 0));
    let rules = lifecycle();
    rules
        .pin(world, pinned, true, &edit(), at(1))
        .expect("pinned");
    for id in [plain, pinned, touched] {
        rules
            .set_status(world, id, Status::Closed, &edit(), at(2))
            .expect("closed");
    }
    rules
        .comment(world, touched, "keep", &edit(), at(days(30)))
        .expect("kept");
    world.restart();
    assert_eq!(tick(world, at(days(90))).deleted, 0);
    let elapsed = tick(world, at(days(90) + 2));
    assert_eq!((elapsed.deleted, elapsed.auto_closed), (1, 0));
    world.restart();
    assert_eq!(world.alert(plain).expect("works"), None);
    assert_eq!(
        story(world, plain).last().map(String::as_str),
        Some("alert_updated deleted")
    );
    assert_eq!(alert(world, pinned).status, Status::Closed);
    assert_eq!(alert(world, touched).status, Status::Closed);
    let next = opened(world, &finding(EXCEPTION, 1, days(91)));
    assert!(next > touched, "numbers are not used twice");
    assert_eq!(
        alert(world, next).previous_alert_id,
        None,
        "the earlier one is gone"
    );
    rules
        .pin(world, pinned, false, &edit(), at(days(91)))
        .expect("pin taken off");
    assert_eq!(tick(world, at(days(181))).deleted, 2);
}

pub(crate) fn without_periods_nothing_is_due<W: World>(world: &mut W) {
    opened(world, &finding(EXCEPTION, 1, 0));
    let never = Lifecycle::new(LifecycleSettings {
        auto_close_after: None,
        retention: None,
        ..LifecycleSettings::default()
    });
    let elapsed = never.tick(world, at(days(4000)), 100).expect("works");
    assert_eq!(elapsed, crate::alert::Elapsed::default());
}

pub(crate) fn mutes_end_at_their_time<W: World>(world: &mut W) {
    let id = opened(world, &finding(EXCEPTION, 1, 0));
    let request = MuteRequest {
        expires: Some(at(100)),
        reason: None,
    };
    lifecycle()
        .mute(world, id, &request, &edit(), at(10))
        .expect("muted");
    assert_eq!(ingest(world, &finding(EXCEPTION, 1, 99)), Ingested::Muted);
    assert_eq!(tick(world, at(99)).mutes_ended, 0);
    let next = opened(world, &finding(EXCEPTION, 1, 100));
    assert_eq!(
        alert(world, next).previous_alert_id,
        Some(id),
        "over at its end, to the second"
    );
    world.restart();
    assert_eq!(tick(world, at(100)).mutes_ended, 1);
    let after = alert(world, id);
    assert_eq!((after.muted, after.status), (false, Status::Closed));
    let told = story(world, id);
    assert_eq!(
        told.last().map(String::as_str),
        Some("alert_updated mute_expired")
    );
    assert_eq!(tick(world, at(101)).mutes_ended, 0);
}

pub(crate) fn learning_ends_at_its_time<W: World>(world: &mut W) {
    let id = opened(world, &finding(FUNCTION_CODE, 43, 0));
    let request = LearnRequest {
        expires: Some(at(100)),
        ..LearnRequest::default()
    };
    lifecycle()
        .learn(world, id, &request, &edit(), at(10))
        .expect("learned");
    assert_eq!(
        ingest(world, &finding(FUNCTION_CODE, 43, 99)),
        Ingested::Learned
    );
    world.restart();
    let elapsed = tick(world, at(100));
    assert_eq!(
        elapsed.unlearned,
        [tuple(CLIENT, SERVER, 43)],
        "the detector has to be told"
    );
    let after = alert(world, id);
    assert_eq!((after.learned, after.status), (false, Status::Closed));
    assert!(!after.violations[0].learned);
    opened(world, &finding(FUNCTION_CODE, 43, 101));
}

pub(crate) fn the_limit_of_a_tick_is_kept_and_said<W: World>(world: &mut W) {
    for code in 0..5 {
        opened(world, &finding(EXCEPTION, code, 0));
    }
    // Filed as quiet since the start, but not quiet: these must not hide the others.
    for code in 0..3 {
        ingest(world, &finding(EXCEPTION, code, days(50)));
    }
    let rules = lifecycle();
    let first = rules.tick(world, at(days(90)), 2).expect("works");
    assert_eq!((first.auto_closed, first.more), (2, true));
    let second = rules.tick(world, at(days(90)), 2).expect("works");
    assert_eq!((second.auto_closed, second.more), (0, false));
}

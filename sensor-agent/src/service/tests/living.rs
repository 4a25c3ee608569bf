//! From a finding to an alert, through people's hands and restarts.

use sensor_detect::baseline::{Tuple, TupleKind};
use sensor_detect::detector::{Device, Mode, Origin};
use sensor_detect::finding::PartyKey;

use super::*;
use crate::alert::suite::{CLIENT, EXCEPTION, FUNCTION_CODE, SERVER, days, finding, tuple};
use crate::alert::{EventType, Operation};

#[test]
fn equal_findings_become_one_alert_with_their_sum() {
    let (dir, hand) = (tempfile::tempdir().expect("a directory"), Hand::new());
    let (service, _) = open(dir.path(), &hand);
    let mut findings: Vec<Finding> = (0..500).map(|n| finding(EXCEPTION, 1, n)).collect();
    findings.extend((0..500).map(|n| finding(EXCEPTION, 2, n)));
    ingest(&service, findings);
    let alerts = all_alerts(&service);
    let counts: Vec<_> = alerts
        .iter()
        .map(|a| (a.id, a.count, a.last_detection))
        .collect();
    assert_eq!(counts, [(2, 500, at(499)), (1, 500, at(499))]);
    assert_eq!(counter(&service, "findings_received", None), 1000);
    assert_eq!(counter(&service, "findings", Some("opened")), 1000);
}

#[test]
fn repeats_reach_the_record_within_about_a_second() {
    let (dir, hand) = (tempfile::tempdir().expect("a directory"), Hand::new());
    let (service, _) = open(dir.path(), &hand);
    ingest(&service, vec![finding(EXCEPTION, 1, 0)]);
    let commits = counter(&service, "store_commits", None);
    for n in 1..=50 {
        ingest(&service, vec![finding(EXCEPTION, 1, n)]);
    }
    eventually("the repeats are written", || {
        service.alert(1).expect("alert").count == 51
    });
    assert_eq!(counter(&service, "findings", Some("repeated")), 50);
    assert!(counter(&service, "store_commits", None) >= commits);
    assert_eq!(service.alert(1).expect("alert").last_detection, at(50));
}

#[test]
fn an_action_sees_repeats_that_are_not_written_yet() {
    let (dir, hand) = (tempfile::tempdir().expect("a directory"), Hand::new());
    let (service, _) = open(dir.path(), &hand);
    ingest(&service, vec![finding(EXCEPTION, 1, 0)]);
    ingest(&service, vec![finding(EXCEPTION, 1, 1)]);
    let closed = service
        .set_status(1, Status::Closed, &by_ada())
        .expect("closed");
    assert_eq!(closed.count, 2);
    assert_eq!(
        service.alert(1).expect("alert"),
        closed,
        "durable when it returns"
    );
}

/// New, learned, unlearned; new, muted, unmuted; closed and new again: with a restart after each.
#[test]
fn the_walk_through_learn_mute_and_close_survives_restarts() {
    let (dir, hand) = (tempfile::tempdir().expect("a directory"), Hand::new());
    let reopen = |service: Service| {
        service.close();
        drop(service);
        let (service, _) = open(dir.path(), &hand);
        let recorder = Arc::new(Recorder::default());
        service.attach_detector(recorder.clone());
        (service, recorder)
    };
    let (service, recorder) = reopen(open(dir.path(), &hand).0);
    ingest(&service, vec![finding(FUNCTION_CODE, 43, 0)]);
    let learned = service
        .learn(1, &LearnRequest::default(), &by_ada())
        .expect("learned");
    assert_eq!((learned.status, learned.learned), (Status::Closed, true));
    let told = std::mem::take(&mut *recorder.commands.lock().expect("no panic"));
    assert_eq!(told, [Command::Learn(tuple(CLIENT, SERVER, 43))]);

    let (service, recorder) = reopen(service);
    ingest(&service, vec![finding(FUNCTION_CODE, 43, 10)]);
    assert_eq!(
        all_alerts(&service).len(),
        1,
        "learned traffic raises nothing"
    );
    let unlearned = service.unlearn(1, &by_ada()).expect("unlearned");
    assert_eq!(unlearned.status, Status::New);
    let told = std::mem::take(&mut *recorder.commands.lock().expect("no panic"));
    assert_eq!(told, [Command::Unlearn(tuple(CLIENT, SERVER, 43))]);

    let (service, _) = reopen(service);
    hand.set(at(20));
    ingest(
        &service,
        vec![finding(FUNCTION_CODE, 43, 20), finding(EXCEPTION, 1, 20)],
    );
    let muted = service
        .mute(2, &MuteRequest::default(), &by_ada())
        .expect("muted");
    assert!(muted.muted);
    let (service, _) = reopen(service);
    assert_eq!(
        service.alert(1).expect("alert").count,
        2,
        "unlearned traffic counts again"
    );
    ingest(&service, vec![finding(EXCEPTION, 1, 30)]);
    let (service, _) = reopen(service);
    let mutes = service.mutes(&ListQuery::default()).expect("mutes");
    assert_eq!((mutes.items.len(), mutes.items[0].hits), (1, 1));
    hand.set(at(35));
    service.unmute(2, &by_ada()).expect("unmuted");
    service
        .set_status(2, Status::Closed, &by_ada())
        .expect("closed");
    let (service, _) = reopen(service);
    ingest(&service, vec![finding(EXCEPTION, 1, 40)]);
    assert_eq!(
        service.alert(3).expect("a new alert").previous_alert_id,
        Some(2)
    );

    assert_told_in_the_timeline(&service);
    assert_eq!(
        service.check_store().expect("a walk").problems,
        Vec::<String>::new()
    );
}

/// Everything that happened to the muted alert, newest first.
fn assert_told_in_the_timeline(service: &Service) {
    let history = service.history(2, &ListQuery::default()).expect("history");
    let told: Vec<_> = history
        .items
        .iter()
        .map(|e| (e.event_type, e.operation))
        .collect();
    assert_eq!(
        told,
        [
            (EventType::AlertUpdated, Some(Operation::StatusChanged)),
            (EventType::AlertUpdated, Some(Operation::Unmuted)),
            (EventType::MutedAlert, None),
            (EventType::AlertUpdated, Some(Operation::Muted)),
            (EventType::AlertReported, Some(Operation::Opened)),
        ]
    );
}

#[test]
fn what_the_detector_learned_comes_back() {
    let (dir, hand) = (tempfile::tempdir().expect("a directory"), Hand::new());
    let (service, first) = open(dir.path(), &hand);
    assert_eq!(
        (first.mode, first.baseline.len(), first.devices.len()),
        (None, 0, 0)
    );
    let device = |id, name: &str| Device {
        id,
        ips: [CLIENT.into()].into(),
        names: [name.to_owned()].into(),
        first_seen: at(1),
        ..Device::default()
    };
    let kept = |code| Learned {
        tuple: tuple(CLIENT, SERVER, code),
        origin: Origin::Traffic,
        first_seen: at(1),
        last_seen: at(2),
        count: 3,
    };
    service.persist_changes(Changes {
        learned: vec![kept(1), kept(2), kept(3)],
        devices: vec![device(1, "hmi"), device(2, "plc")],
        became_operational: vec!["new_asset_detected".into()],
        ..Changes::default()
    });
    service.persist_changes(Changes {
        unlearned: vec![tuple(CLIENT, SERVER, 2)],
        devices: vec![device(2, "plc-7")],
        ..Changes::default()
    });
    service
        .set_mode(Mode::Dynamic, &by_ada().actor)
        .expect("set");
    ingest(&service, vec![finding(FUNCTION_CODE, 43, 5)]);
    service
        .learn(1, &LearnRequest::default(), &by_ada())
        .expect("learned");
    service.close();
    drop(service);

    let (service, restored) = open(dir.path(), &hand);
    assert_eq!(restored.mode, Some(Mode::Dynamic));
    assert_eq!(service.mode(), Mode::Dynamic);
    assert_eq!(restored.devices, [device(1, "hmi"), device(2, "plc-7")]);
    assert_eq!(restored.operational_types, ["new_asset_detected".into()]);
    let tuples: Vec<_> = restored
        .baseline
        .iter()
        .map(|l| (l.tuple.operation, l.origin))
        .collect();
    let expected = [
        (Some(1), Origin::Traffic),
        (Some(3), Origin::Traffic),
        (Some(43), Origin::Operator),
    ];
    assert_eq!(tuples, expected, "with what was learned by hand");
    assert_eq!(restored.admin_token, None, "there is an administrator");
    let alert = service.alert(1).expect("alert");
    assert_eq!(
        alert.source.expect("a source").device_id,
        Some(2),
        "known before the finding"
    );
    let created = service.timeline(&TimelineQuery {
        event_type: vec![EventType::DeviceCreate],
        ..TimelineQuery::default()
    });
    assert_eq!(created.expect("events").items.len(), 2);
    let modes = service.timeline(&TimelineQuery {
        event_type: vec![EventType::UserOperation],
        user_operation: Some(true),
        ..TimelineQuery::default()
    });
    assert_eq!(
        modes.expect("events").items[0].content,
        "mode changed from operational to dynamic"
    );
}

#[test]
fn commands_a_busy_detector_refuses_are_sent_again_in_order() {
    let (dir, hand) = (tempfile::tempdir().expect("a directory"), Hand::new());
    let (service, _) = open(dir.path(), &hand);
    let recorder = Arc::new(Recorder::default());
    recorder.busy.store(true, Ordering::SeqCst);
    service.attach_detector(recorder.clone());
    ingest(&service, vec![finding(FUNCTION_CODE, 43, 0)]);
    service
        .learn(1, &LearnRequest::default(), &by_ada())
        .expect("learned");
    service.unlearn(1, &by_ada()).expect("unlearned");
    assert_eq!(counter(&service, "detector_commands_waiting", None), 2);
    recorder.busy.store(false, Ordering::SeqCst);
    service.publish(LiveStatus::default());
    let told = recorder.commands.lock().expect("no panic").clone();
    let code = tuple(CLIENT, SERVER, 43);
    assert_eq!(told, [Command::Learn(code.clone()), Command::Unlearn(code)]);
    assert_eq!(counter(&service, "detector_commands_waiting", None), 0);
}

#[test]
fn the_clock_closes_deletes_and_unlearns_in_virtual_time() {
    let (dir, hand) = (tempfile::tempdir().expect("a directory"), Hand::new());
    let (service, _) = open(dir.path(), &hand);
    let recorder = Arc::new(Recorder::default());
    service.attach_detector(recorder.clone());
    ingest(
        &service,
        vec![finding(EXCEPTION, 1, 0), finding(FUNCTION_CODE, 43, 0)],
    );
    let learned = all_alerts(&service)
        .iter()
        .find(|a| a.learnable)
        .expect("one")
        .id;
    let request = LearnRequest {
        expires: Some(at(days(1))),
        ..LearnRequest::default()
    };
    service
        .learn(learned, &request, &by_ada())
        .expect("learned");
    hand.set(at(days(1)));
    assert_eq!(service.tick().expect("a tick").unlearned.len(), 1);
    hand.set(at(days(90)));
    let elapsed = service.tick().expect("a tick");
    assert_eq!((elapsed.auto_closed, elapsed.deleted), (1, 0));
    let told = recorder.commands.lock().expect("no panic").clone();
    assert_eq!(
        told.last(),
        Some(&Command::Unlearn(tuple(CLIENT, SERVER, 43)))
    );
    hand.set(at(days(181)));
    assert_eq!(service.tick().expect("a tick").deleted, 2);
    assert_eq!(all_alerts(&service), []);
}

#[test]
fn of_two_clients_with_one_revision_exactly_one_wins() {
    let (dir, hand) = (tempfile::tempdir().expect("a directory"), Hand::new());
    let (service, _) = open(dir.path(), &hand);
    ingest(&service, vec![finding(EXCEPTION, 1, 0)]);
    let edit = Edit {
        expected_revision: Some(1),
        ..by_ada()
    };
    let results: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|n| {
                let (service, edit) = (&service, &edit);
                scope.spawn(move || service.comment(1, &format!("I am {n}"), edit))
            })
            .collect();
        threads
            .into_iter()
            .map(|t| t.join().expect("no panic"))
            .collect()
    });
    let won = results.iter().filter(|result| result.is_ok()).count();
    let lost = results
        .iter()
        .filter(|r| matches!(r, Err(ServiceError::RevisionMismatch { current: 2 })));
    assert_eq!((won, lost.count()), (1, 7));
    assert_eq!(service.comments(1).expect("comments").len(), 1);
}

#[test]
fn a_full_intake_drops_counts_and_says_so() {
    let intake = Intake::default();
    let rooms = intake::FINDINGS as u64;
    let findings = |range: std::ops::Range<u64>| -> Vec<Finding> {
        range
            .map(|n| Finding {
                discriminator: n,
                ..finding(EXCEPTION, 1, 0)
            })
            .collect()
    };
    assert!(intake.add(findings(0..rooms)), "nothing waited before");
    assert!(!intake.add(findings(rooms..rooms + 3)));
    intake.add(findings(0..5));
    assert_eq!((intake.received(), intake.dropped()), (rooms + 8, 3));
    assert_eq!(
        intake.waiting(),
        rooms + 5,
        "repeats of what waits need no room"
    );
    assert_eq!(intake.take().findings.len() as u64, rooms);
    assert!(intake.is_empty());
}

#[test]
fn the_last_word_about_a_tuple_counts() {
    let intake = Intake::default();
    let of = |kind| Tuple {
        kind,
        source: PartyKey::Ip(CLIENT.into()),
        destination: None,
        ..tuple(CLIENT, SERVER, 1)
    };
    let learned = Learned {
        tuple: of(TupleKind::Device),
        origin: Origin::Traffic,
        first_seen: at(0),
        last_seen: at(0),
        count: 1,
    };
    intake.change(Changes {
        learned: vec![learned],
        ..Changes::default()
    });
    intake.change(Changes {
        unlearned: vec![of(TupleKind::Device), of(TupleKind::Scanner)],
        ..Changes::default()
    });
    let waiting = intake.take().baseline;
    assert_eq!(waiting.len(), 2);
    assert!(waiting.values().all(Option::is_none), "{waiting:?}");
}

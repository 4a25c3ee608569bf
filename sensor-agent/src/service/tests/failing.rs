//! Files that fail: damaged, full, failing in the middle of work.

use std::sync::atomic::AtomicBool;

use super::*;
use crate::alert::suite::{EXCEPTION, finding};
use crate::store::{OpenError, sabotage};

#[test]
fn a_full_disk_delays_findings_and_loses_none() {
    let (dir, hand) = (tempfile::tempdir().expect("a directory"), Hand::new());
    let full = Arc::new(AtomicBool::new(false));
    let opened = Service::open_with(settings(dir.path(), &hand), || {
        sabotage::flaky_opener(&full)
    });
    let (service, restored) = opened.expect("the service starts");
    ingest(&service, vec![finding(EXCEPTION, 1, 0)]);

    full.store(true, Ordering::SeqCst);
    let refused = service
        .acknowledge(1, true, &by_ada())
        .expect_err("the disk is full");
    assert_eq!(refused.code(), "store_unavailable");
    service.ingest(vec![finding(EXCEPTION, 2, 1), finding(EXCEPTION, 3, 1)]);
    eventually("health says why", || {
        let health = service.health();
        health.status == HealthStatus::Failing
            && health.checks.iter().any(|check| check.name == "store")
    });
    assert!(counter(&service, "store_failures", None) >= 1);
    assert_eq!(counter(&service, "store_available", None), 0);
    let secret = restored.admin_token.expect("a token");
    assert!(
        service.authenticate(secret.reveal()).is_some(),
        "people can still look"
    );

    full.store(false, Ordering::SeqCst);
    settle(&service);
    let codes: Vec<_> = all_alerts(&service)
        .iter()
        .map(|a| a.key.discriminator)
        .collect();
    assert_eq!(codes, [3, 2, 1]);
    assert!(
        !service.alert(1).expect("alert").acknowledged,
        "a failed call did nothing"
    );
    service
        .acknowledge(1, true, &by_ada())
        .expect("works again");
    assert_eq!(counter(&service, "findings_dropped", None), 0);
    assert_eq!(
        service.check_store().expect("a walk").problems,
        Vec::<String>::new()
    );
}

#[test]
fn a_damaged_database_does_not_keep_the_sensor_from_sensing() {
    let (dir, hand) = (tempfile::tempdir().expect("a directory"), Hand::new());
    let path = dir.path().join(FILE_NAME);
    let text = b"this is not a database at all, and long enough to be looked at. ".repeat(2000);
    std::fs::write(&path, &text).expect("written");
    let (service, restored) = open(dir.path(), &hand);
    let failure = restored.store_failure.expect("it is said").to_string();
    assert!(
        failure.contains("damaged") && failure.contains("move the file away"),
        "{failure}"
    );
    let secret = restored.admin_token.expect("a token for this run");
    assert!(service.authenticate(secret.reveal()).is_some());
    service.ingest(vec![finding(EXCEPTION, 1, 0)]);
    let health = service.health();
    assert_eq!(health.status, HealthStatus::Failing);
    assert_eq!(counter(&service, "findings_received", None), 1);
    assert_eq!(
        std::fs::read(&path).expect("the file"),
        text,
        "nothing was touched"
    );

    std::fs::rename(&path, dir.path().join("old")).expect("moved away");
    settle(&service);
    assert_eq!(
        all_alerts(&service).len(),
        1,
        "what waited is in the new database"
    );
}

#[test]
fn a_database_of_a_newer_version_is_refused_untouched() {
    let (dir, hand) = (tempfile::tempdir().expect("a directory"), Hand::new());
    let (service, _) = open(dir.path(), &hand);
    service.close();
    drop(service);
    let path = dir.path().join(FILE_NAME);
    sabotage::set_schema(&path, 99);

    let before = std::fs::read(&path).expect("the file");
    let error = Service::open(settings(dir.path(), &hand))
        .err()
        .expect("refused");
    let newer = matches!(
        error,
        StartError::Store(OpenError::Newer {
            found: 99,
            known: crate::store::VERSION,
            ..
        })
    );
    assert!(newer, "{error}");
    let text = error.to_string();
    assert!(
        text.contains("schema 99") && text.contains("up to 2"),
        "{text}"
    );
    assert_eq!(std::fs::read(&path).expect("the file"), before);
}

#[test]
fn an_unreadable_record_fails_its_own_call_and_no_other() {
    let (dir, hand) = (tempfile::tempdir().expect("a directory"), Hand::new());
    let (service, _) = open(dir.path(), &hand);
    ingest(
        &service,
        vec![finding(EXCEPTION, 1, 0), finding(EXCEPTION, 2, 0)],
    );
    service.close();
    drop(service);
    sabotage::set_alert(&dir.path().join(FILE_NAME), 1, &[200, 1, 2]);

    let (service, _) = open(dir.path(), &hand);
    let results: Vec<_> = std::thread::scope(|scope| {
        let pin = |id| {
            let service = &service;
            scope.spawn(move || service.pin(id, true, &by_ada()).map(|alert| alert.id))
        };
        let threads = [pin(1), pin(2), pin(1)];
        threads
            .map(|thread| thread.join().expect("no panic"))
            .into()
    });
    let codes: Vec<_> = results
        .iter()
        .map(|result| result.as_ref().map_err(ServiceError::code))
        .collect();
    assert_eq!(
        codes,
        [Err("record_unreadable"), Ok(&2), Err("record_unreadable")]
    );
    let error = results[0].as_ref().expect_err("unreadable").to_string();
    assert!(error.contains("record 1 of table alerts"), "{error}");
    ingest(
        &service,
        vec![finding(EXCEPTION, 1, 1), finding(EXCEPTION, 3, 1)],
    );
    assert_eq!(counter(&service, "findings", Some("record_unreadable")), 1);
    assert_eq!(service.alert(3).expect("alert").key.discriminator, 3);
    hand.set(at(crate::alert::suite::days(91)));
    let elapsed = service.tick().expect("the clock passes it over");
    assert_eq!(elapsed.auto_closed, 2, "the readable ones");
    let report = service.check_store().expect("a walk");
    assert!(
        report.problems[0].contains("alert 1: unknown record version 200"),
        "{report:?}"
    );
}

#[test]
fn the_checker_sees_an_index_that_lacks_an_alert() {
    let (dir, hand) = (tempfile::tempdir().expect("a directory"), Hand::new());
    let (service, _) = open(dir.path(), &hand);
    ingest(&service, vec![finding(EXCEPTION, 1, 0)]);
    service.close();
    drop(service);
    sabotage::unindex_status(&dir.path().join(FILE_NAME), 1);
    let (service, _) = open(dir.path(), &hand);
    let report = service.check_store().expect("a walk");
    let expected = [
        "alert 1: not in BY_STATUS",
        "alerts_by_status has 0 keys, the records call for 1",
    ];
    assert_eq!(report.problems, expected);
}

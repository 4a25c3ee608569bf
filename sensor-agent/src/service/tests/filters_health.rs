//! The part `filters` of the sensor's health.

use super::filters::{Port, attached, configured, exclude_port};
use super::*;
use crate::capture::filter::FilterControl;

/// State and detail of the part `filters` of the sensor's health.
fn health(service: &Service) -> (HealthStatus, String) {
    let checks = service.health().checks;
    let check = checks.into_iter().find(|check| check.name == "filters");
    check
        .map(|check| (check.status, check.detail))
        .expect("the check")
}

#[test]
fn health_says_when_rules_are_not_in_force() {
    let dir = tempfile::tempdir().expect("a directory");
    let (service, ports) = attached(dir.path());
    // The rule of the configuration is not in force on the source that cannot filter.
    let (status, detail) = health(&service);
    assert_eq!(status, HealthStatus::Degraded);
    assert!(detail.contains("eth3 cannot filter"), "{detail}");

    ports[1].stubborn.store(true, Ordering::SeqCst);
    ports[1].refuses.store(true, Ordering::SeqCst);
    service
        .add_filter(&exclude_port(502), &by_ada().actor)
        .expect_err("refused");
    let (status, detail) = health(&service);
    assert_eq!(status, HealthStatus::Degraded);
    assert!(detail.contains("other rules than the list"), "{detail}");
    service.close();
    drop(service);

    let (service, _) = open(dir.path(), &Hand::new());
    assert_eq!(
        health(&service),
        (HealthStatus::Ok, "0 rules are in force".to_owned())
    );
    let port = Arc::<Port>::default();
    port.apply(&configured()).expect("first rules");
    let control = Arc::clone(&port) as Arc<dyn FilterControl>;
    service
        .attach_filters(&configured(), vec![control], Vec::new())
        .expect("attached");
    assert_eq!(
        health(&service),
        (HealthStatus::Ok, "1 rules are in force".to_owned())
    );
    service
        .add_filter(&exclude_port(502), &by_ada().actor)
        .expect("added");
    assert_eq!(health(&service).1, "2 rules are in force");
}

#[test]
fn health_says_when_kept_rules_could_not_be_applied() {
    let dir = tempfile::tempdir().expect("a directory");
    let (service, _) = attached(dir.path());
    service
        .add_filter(&exclude_port(502), &by_ada().actor)
        .expect("added");
    service.close();
    drop(service);
    let (service, _) = open(dir.path(), &Hand::new());
    let port = Arc::<Port>::default();
    port.apply(&configured()).expect("first rules");
    port.stubborn.store(true, Ordering::SeqCst);
    port.refuses.store(true, Ordering::SeqCst);
    let control = Arc::clone(&port) as Arc<dyn FilterControl>;
    service
        .attach_filters(&configured(), vec![control], Vec::new())
        .expect_err("refused");
    let (status, detail) = health(&service);
    assert_eq!(status, HealthStatus::Degraded);
    assert!(detail.contains("are not in force"), "{detail}");
    port.refuses.store(false, Ordering::SeqCst);
    service.remove_filter(1, &by_ada()).expect("removed");
    assert_eq!(health(&service).0, HealthStatus::Ok);
}

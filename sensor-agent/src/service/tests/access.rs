//! Tokens, kept replies and health.

use sensor_detect::catalogue::Engine;
use sensor_detect::detector::{DetectorStatus, EngineState, EngineStatus};

use super::*;
use crate::capture::SourceStatus;
use crate::store::OpenError;

#[test]
fn what_the_sensor_keeps_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let (dir, hand) = (tempfile::tempdir().expect("a directory"), Hand::new());
    let data = dir.path().join("new/data");
    let (service, _) = open(&data, &hand);
    let rights = |path: &Path| {
        let of = std::fs::metadata(path).expect("it exists");
        of.permissions().mode() & 0o777
    };
    assert_eq!(rights(&data), 0o700);
    let files = std::fs::read_dir(&data).expect("a directory");
    let files: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
    assert!(!files.is_empty());
    for file in files {
        assert_eq!(rights(&file), 0o600, "{}", file.display());
    }
    drop(service);
}

#[test]
fn the_first_start_makes_an_administrator_and_the_second_does_not() {
    let (dir, hand) = (tempfile::tempdir().expect("a directory"), Hand::new());
    let (service, restored) = open(dir.path(), &hand);
    let secret = restored.admin_token.expect("a token");
    assert_eq!(secret.reveal().len(), 64);
    let principal = service
        .authenticate(secret.reveal())
        .expect("an administrator");
    assert_eq!(
        (principal.role, principal.name.as_str()),
        (Role::Admin, "admin")
    );
    service.close();
    drop(service);
    let (service, restored) = open(dir.path(), &hand);
    assert_eq!(restored.admin_token, None);
    assert!(
        service.authenticate(secret.reveal()).is_some(),
        "it is still good"
    );
    let file = std::fs::read(dir.path().join(FILE_NAME)).expect("the database");
    let plain = secret.reveal().as_bytes();
    assert!(
        !file.windows(64).any(|part| part == plain),
        "the secret is not kept"
    );
}

#[test]
fn tokens_have_a_role_an_end_and_can_be_revoked() {
    let (dir, hand) = (tempfile::tempdir().expect("a directory"), Hand::new());
    let (service, restored) = open(dir.path(), &hand);
    let ada = by_ada().actor;
    let (info, secret) = service
        .create_token("siem", Role::Viewer, Some(at(60)), &ada)
        .expect("created");
    let principal = service.authenticate(secret.reveal()).expect("known");
    assert_eq!(
        (principal.token_id, principal.role),
        (info.id, Role::Viewer)
    );
    assert_eq!(service.authenticate("0".repeat(64).as_str()), None);
    hand.set(at(60));
    assert_eq!(service.authenticate(secret.reveal()), None, "it is over");
    let (info, secret) = service
        .create_token("soar", Role::Analyst, None, &ada)
        .expect("created");
    service.revoke_token(info.id, &ada).expect("revoked");
    assert_eq!(service.authenticate(secret.reveal()), None);
    let again = service.revoke_token(info.id, &ada).expect_err("gone");
    assert_eq!(again.code(), "not_found");
    let admin = service.authenticate(restored.admin_token.expect("one").reveal());
    let last = service.revoke_token(admin.expect("known").token_id, &ada);
    assert_eq!(last.expect_err("refused").code(), "last_admin_token");
    let nameless = service.create_token(" ", Role::Viewer, None, &ada);
    assert_eq!(nameless.expect_err("refused").code(), "invalid_name");
    let over = service.create_token("x", Role::Viewer, Some(at(60)), &ada);
    assert_eq!(over.expect_err("refused").code(), "expiry_in_the_past");
    assert!(!format!("{secret:?}").contains(secret.reveal()));
}

#[test]
fn replies_are_kept_for_a_day() {
    let (dir, hand) = (tempfile::tempdir().expect("a directory"), Hand::new());
    let (service, _) = open(dir.path(), &hand);
    let reply = KeptReply {
        request: [7; 32],
        status: 201,
        body: b"{}".to_vec(),
    };
    service.keep_reply("key-1", &reply).expect("kept");
    hand.set(at(86_399));
    assert_eq!(service.recall_reply("key-1").expect("read"), Some(reply));
    assert_eq!(service.recall_reply("key-2").expect("read"), None);
    hand.set(at(86_400));
    assert_eq!(service.recall_reply("key-1").expect("read"), None);
}

fn status_of(service: &Service, name: &str) -> (HealthStatus, String) {
    let health = service.health();
    let check = health.checks.into_iter().find(|check| check.name == name);
    let check = check.expect("the check");
    (check.status, check.detail)
}

fn live(hand: &Hand, lost: u64) -> LiveStatus {
    LiveStatus {
        time: hand.clock().now(),
        sources: vec![SourceStatus {
            lost: vec![("ring_full", lost)],
            ..SourceStatus::default()
        }],
        ..LiveStatus::default()
    }
}

#[test]
fn health_names_the_part_and_the_cause() {
    let (dir, hand) = (tempfile::tempdir().expect("a directory"), Hand::new());
    let (service, _) = open(dir.path(), &hand);
    assert_eq!(status_of(&service, "pipeline").0, HealthStatus::Degraded);
    service.publish(live(&hand, 0));
    assert_eq!(service.health().status, HealthStatus::Ok);

    hand.set(at(10));
    service.publish(live(&hand, 4));
    let (status, detail) = status_of(&service, "capture");
    assert_eq!(
        (status, detail.as_str()),
        (HealthStatus::Degraded, "4 frames lost since the start")
    );
    hand.set(at(10 + 300));
    service.publish(live(&hand, 4));
    assert_eq!(
        status_of(&service, "capture").0,
        HealthStatus::Ok,
        "long ago"
    );

    hand.set(at(400));
    assert_eq!(status_of(&service, "pipeline").0, HealthStatus::Failing);
    service.publish(LiveStatus {
        detector: DetectorStatus {
            engines: vec![EngineStatus {
                engine: Engine::Anomaly,
                state: EngineState::Failed,
                failure: Some("overflow".to_owned()),
                panics: 1,
                findings: 0,
                suppressed: 0,
            }],
            ..DetectorStatus::default()
        },
        ..live(&hand, 4)
    });
    let (status, detail) = status_of(&service, "detector");
    assert_eq!(
        (status, detail.as_str()),
        (HealthStatus::Degraded, "anomaly failed: overflow")
    );
    service.close();
    assert_eq!(service.health().status, HealthStatus::Failing);
    assert_eq!(
        service.alert(1).expect_err("closed").code(),
        "store_unavailable"
    );
}

#[test]
fn one_database_serves_one_process() {
    let (dir, hand) = (tempfile::tempdir().expect("a directory"), Hand::new());
    let (_service, _) = open(dir.path(), &hand);
    let second = Service::open(settings(dir.path(), &hand))
        .err()
        .expect("refused");
    assert!(
        matches!(second, StartError::Store(OpenError::InUse { .. })),
        "{second}"
    );
    assert!(second.to_string().contains("another process"), "{second}");
}

#[test]
fn a_directory_that_cannot_be_made_is_named() {
    let hand = Hand::new();
    let error = Service::open(settings(Path::new("/proc/nowhere"), &hand)).err();
    let error = error.expect("refused").to_string();
    assert!(
        error.contains("/proc/nowhere") && error.contains("create it"),
        "{error}"
    );
}

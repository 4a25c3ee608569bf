//! Databases of released schemas still open, with everything in them.
//!
//! `TELLTALE_BLESS=1` writes the fixture of the present schema anew; do so only before that schema
//! is released.

use std::fmt::Write as _;
use std::path::PathBuf;

use sensor_detect::detector::{Device, Origin};

use super::*;
use crate::alert::suite::{CLIENT, EXCEPTION, FUNCTION_CODE, SERVER, SILENCE, finding, tuple};
use crate::alert::tuple_text;
use crate::capture::filter::Action;
use crate::store::VERSION;

fn fixture(version: u32, extension: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/stores");
    root.join(format!("v{version}.{extension}"))
}

/// Something of everything that a database can hold.
fn populate(service: &Service, hand: &Hand) {
    service.persist_changes(Changes {
        learned: vec![Learned {
            tuple: tuple(CLIENT, SERVER, 3),
            origin: Origin::Traffic,
            first_seen: at(1),
            last_seen: at(2),
            count: 12,
        }],
        devices: vec![Device {
            id: 1,
            ips: [CLIENT.into()].into(),
            names: ["hmi".to_owned()].into(),
            vendor: Some("Example".to_owned()),
            ..Device::default()
        }],
        became_operational: vec!["new_asset_detected".into()],
        ..Changes::default()
    });
    let codes = [
        (FUNCTION_CODE, 43),
        (EXCEPTION, 1),
        (EXCEPTION, 2),
        (SILENCE, 0),
    ];
    for (kind, code) in codes {
        ingest(service, vec![finding(kind, code, 5)]);
    }
    ingest(service, vec![finding(FUNCTION_CODE, 8, 6)]);
    hand.set(at(10));
    let edit = by_ada();
    let learn = LearnRequest {
        reason: Some("planned".to_owned()),
        expires: Some(at(1_000_000)),
        violations: Some(vec![0]),
    };
    service.learn(1, &learn, &edit).expect("learned");
    service
        .mute(2, &MuteRequest::default(), &edit)
        .expect("muted");
    service.set_status(3, Status::Active, &edit).expect("set");
    service.comment(3, "looking at it", &edit).expect("kept");
    service.assign(3, Some("grace"), &edit).expect("assigned");
    service.pin(4, true, &edit).expect("pinned");
    service.acknowledge(4, true, &edit).expect("acknowledged");
    service.set_mode(Mode::Dynamic, &edit.actor).expect("set");
    for (what, action) in [
        (MatchText::Vlan(7), Action::Include),
        (
            MatchText::SubnetPair(["10.1.0.0/16".to_owned(), "10.2.0.0/16".to_owned()]),
            Action::Exclude,
        ),
    ] {
        let comment = Some("backups".to_owned());
        let filter = NewFilter {
            what,
            action,
            comment,
        };
        service.add_filter(&filter, &edit.actor).expect("added");
    }
    let reply = KeptReply {
        request: [1; 32],
        status: 200,
        body: b"kept".to_vec(),
    };
    service.keep_reply("key", &reply).expect("kept");
}

/// What the record of an alert holds, field by field: a field that a later version adds, and the
/// texts of its type, which follow the catalogue, change nothing here.
fn describe(alert: &Alert, line: &mut impl FnMut(&str, String)) {
    let what = (&alert.type_id, alert.engine, alert.severity, alert.status);
    line("alert", format!("{} {what:?} {}", alert.id, alert.key));
    line("message", alert.message.clone());
    line(
        "parties",
        format!(
            "{:?} {:?} {:?}",
            alert.protocol, alert.source, alert.destination
        ),
    );
    let seen = (alert.first_detection, alert.last_detection, alert.count);
    let clock = (alert.quiet_since, alert.last_activity, alert.revision);
    line("times", format!("{seen:?} {clock:?}"));
    let can = (alert.learnable, alert.mutable, alert.pcap_available);
    let is = (alert.learned, alert.muted, alert.acknowledged, alert.pinned);
    line("flags", format!("{can:?} {is:?}"));
    let people = (
        &alert.assignee,
        &alert.site,
        &alert.zone,
        alert.previous_alert_id,
    );
    line("people", format!("{people:?} {:?}", alert.comments));
    for held in &alert.violations {
        let tuple = held.tuple.as_ref().map(tuple_text);
        let seen = (
            held.first_detection,
            held.last_detection,
            held.count,
            held.frame,
        );
        let what = (held.discriminator, &held.values, held.learned);
        line("violation", format!("{what:?} {seen:?} {tuple:?}"));
    }
    line("omitted", alert.violations_omitted.to_string());
}

/// Everything in a database, as text.
fn tell(service: &Service, restored: &Restored) -> String {
    let mut text = String::new();
    let mut line = |what: &str, value: String| writeln!(text, "{what} {value}").expect("text");
    for alert in all_alerts(service) {
        describe(&alert, &mut line);
    }
    let list = ListQuery::default();
    for event in service
        .timeline(&TimelineQuery::default())
        .expect("events")
        .items
    {
        line("event", format!("{:?}", (event.id, &event.event)));
    }
    for mute in service.mutes(&list).expect("mutes").items {
        line("mute", format!("{mute:?}"));
    }
    for learned in service.learned(&list).expect("learned").items {
        let about = (
            learned.alert_id,
            &learned.actor.name,
            &learned.reason,
            learned.expires,
        );
        line(
            "learned",
            format!("{} {about:?}", tuple_text(&learned.tuple)),
        );
    }
    for filter in service.filters(&list).expect("filters").items {
        let set = (&filter.comment, filter.created, &filter.created_by);
        let text = format!("{} {} {set:?} {}", filter.id, filter.rule, filter.revision);
        line("filter", text);
    }
    for learned in &restored.baseline {
        line(
            "baseline",
            format!("{} {}", tuple_text(&learned.tuple), learned.count),
        );
    }
    for device in &restored.devices {
        let names: Vec<_> = device.names.iter().collect();
        line(
            "device",
            format!(
                "{} {:?} {names:?} {:?}",
                device.id, device.ips, device.vendor
            ),
        );
    }
    line(
        "mode",
        format!("{:?} {:?}", restored.mode, restored.operational_types),
    );
    for token in service.tokens() {
        line(
            "token",
            format!("{} {} {:?}", token.id, token.name, token.role),
        );
    }
    line(
        "reply",
        format!("{:?}", service.recall_reply("key").expect("read")),
    );
    text
}

fn bless() {
    let dir = tempfile::tempdir().expect("a directory");
    let hand = Hand::new();
    let (service, _) = open(dir.path(), &hand);
    populate(&service, &hand);
    service.close();
    drop(service);
    let target = fixture(VERSION, "redb");
    std::fs::create_dir_all(target.parent().expect("a folder")).expect("made");
    std::fs::copy(dir.path().join(FILE_NAME), target).expect("copied");
    let (service, restored) = open(dir.path(), &hand);
    std::fs::write(fixture(VERSION, "txt"), tell(&service, &restored)).expect("written");
}

#[test]
fn every_released_schema_still_opens_with_everything_in_it() {
    if std::env::var_os("TELLTALE_BLESS").is_some() {
        bless();
    }
    for version in 1..=VERSION {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join(FILE_NAME);
        std::fs::copy(fixture(version, "redb"), &path).expect("a fixture for every schema");
        let hand = Hand::new();
        hand.set(at(20));
        let (service, restored) = open(dir.path(), &hand);
        let expected = std::fs::read_to_string(fixture(version, "txt")).expect("its text");
        let found = tell(&service, &restored);
        for (found, expected) in found.lines().zip(expected.lines()) {
            assert_eq!(found, expected, "schema {version}");
        }
        assert_eq!(
            found.lines().count(),
            expected.lines().count(),
            "schema {version}"
        );
        let report = service.check_store().expect("a walk");
        assert_eq!(report.problems, Vec::<String>::new(), "schema {version}");
    }
}

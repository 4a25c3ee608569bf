//! Findings meeting alerts.

use super::*;
use crate::alert::{EventSeverity, EventType, KnownDevice, Operation, Status, limits};

pub(crate) fn first_finding_opens_a_new_alert<W: World>(world: &mut W) {
    let id = opened(world, &finding(FUNCTION_CODE, 43, 5));
    world.restart();
    let alert = alert(world, id);
    assert_eq!(
        (alert.id, alert.status, alert.revision),
        (1, Status::New, 1)
    );
    assert_eq!(&*alert.type_id, FUNCTION_CODE);
    assert_eq!(
        (alert.first_detection, alert.last_detection),
        (at(5), at(5))
    );
    assert_eq!((alert.count, alert.previous_alert_id), (1, None));
    assert_eq!(alert.title, "Unpermitted Usage of Modbus Function Code");
    assert!(alert.message.contains("10.0.0.1"), "{}", alert.message);
    assert_eq!(alert.site.as_deref(), Some("plant"));
    assert_eq!(alert.zone.as_deref(), Some("line 1"));
    let source = alert.source.expect("a source");
    assert_eq!(source.address().as_deref(), Some("10.0.0.1"));
    assert_eq!((source.port, source.vlan), (Some(40_000), Some(7)));
    assert_eq!(source.mac, Some(MacAddr([2, 0, 0, 0, 0, 1])));
    let [violation] = &alert.violations[..] else {
        panic!("one violation");
    };
    assert_eq!(
        violation.values,
        [("function_code".to_owned(), "43".to_owned())]
    );
    assert_eq!(violation.tuple, Some(tuple(CLIENT, SERVER, 43)));
    assert_eq!(violation.frame, 17);
    let events = world.events();
    let [event] = &events[..] else {
        panic!("one event, not {events:?}");
    };
    assert_eq!(event.event_type, EventType::AlertReported);
    assert_eq!(event.severity, EventSeverity::Alert);
    assert_eq!(event.operation, Some(Operation::Opened));
    assert_eq!((event.alert_id, event.time), (Some(id), at(5)));
    assert!(!event.actor.is_user());
}

pub(crate) fn repeats_move_count_and_last_detection_only<W: World>(world: &mut W) {
    let id = opened(world, &finding(FUNCTION_CODE, 43, 0));
    let before = alert(world, id);
    let mut again = finding(FUNCTION_CODE, 43, 60);
    again.count = 5;
    assert_eq!(ingest(world, &again), Ingested::Repeated(id));
    world.restart();
    assert_eq!(
        ingest(world, &finding(FUNCTION_CODE, 43, 30)),
        Ingested::Repeated(id)
    );
    let after = alert(world, id);
    assert_eq!((after.count, after.last_detection), (7, at(60)));
    assert_eq!(after.violations[0].count, 7);
    assert_eq!(after.status, Status::New);
    assert_eq!(after.first_detection, before.first_detection);
    assert_eq!(after.message, before.message);
    assert_eq!(story(world, id), ["alert_reported opened"]);
}

pub(crate) fn other_violation_joins_an_aggregating_alert<W: World>(world: &mut W) {
    let id = opened(world, &finding(FUNCTION_CODE, 43, 0));
    let other = ingest(world, &finding(FUNCTION_CODE, 8, 10));
    assert_eq!(other, Ingested::ViolationAdded(id));
    world.restart();
    let repeat = ingest(world, &finding(FUNCTION_CODE, 8, 20));
    assert_eq!(repeat, Ingested::Repeated(id));
    let alert = alert(world, id);
    let counts: Vec<_> = alert
        .violations
        .iter()
        .map(|v| (v.discriminator, v.count))
        .collect();
    assert_eq!(counts, [(43, 1), (8, 2)]);
    assert_eq!((alert.count, alert.last_detection), (3, at(20)));
    let told = story(world, id);
    assert_eq!(
        told,
        ["alert_reported opened", "alert_updated violation_added"]
    );
}

pub(crate) fn other_discriminator_opens_another_alert_of_a_plain_type<W: World>(world: &mut W) {
    let first = opened(world, &finding(EXCEPTION, 1, 0));
    let second = opened(world, &finding(EXCEPTION, 2, 1));
    assert_ne!(first, second);
    let alert = alert(world, second);
    assert_eq!(alert.previous_alert_id, None, "it is other traffic");
}

pub(crate) fn violations_have_a_cap_and_what_is_over_it_is_counted<W: World>(world: &mut W) {
    let cap = u32::try_from(limits::VIOLATIONS).expect("small");
    let id = opened(world, &finding(FUNCTION_CODE, 0, 0));
    for code in 1..cap {
        let added = ingest(world, &finding(FUNCTION_CODE, code, 1));
        assert_eq!(added, Ingested::ViolationAdded(id));
    }
    world.restart();
    for code in cap..cap + 3 {
        assert_eq!(
            ingest(world, &finding(FUNCTION_CODE, code, 2)),
            Ingested::Repeated(id)
        );
    }
    let alert = alert(world, id);
    assert_eq!(alert.violations.len(), limits::VIOLATIONS);
    assert_eq!(alert.violations_omitted, 3);
    assert_eq!(alert.count, u64::from(cap) + 3, "the total misses nothing");
}

pub(crate) fn other_devices_open_a_separate_alert<W: World>(world: &mut W) {
    let first = opened(world, &finding(FUNCTION_CODE, 43, 0));
    let second = opened(world, &between(FUNCTION_CODE, SERVER, CLIENT, 43, 1));
    assert_ne!(first, second);
    assert_eq!(alert(world, first).count, 1);
}

pub(crate) fn traffic_after_a_plain_close_opens_a_linked_alert<W: World>(world: &mut W) {
    let first = opened(world, &finding(FUNCTION_CODE, 43, 0));
    let closed = lifecycle().set_status(world, first, Status::Closed, &edit(), at(10));
    let closed = closed.expect("closed");
    world.restart();
    let second = opened(world, &finding(FUNCTION_CODE, 43, 20));
    assert_eq!(alert(world, second).previous_alert_id, Some(first));
    assert_eq!(
        alert(world, first),
        closed,
        "the closed alert is left alone"
    );
}

pub(crate) fn the_reopened_alert_takes_traffic_up_when_no_newer_one_does<W: World>(world: &mut W) {
    let first = opened(world, &finding(FUNCTION_CODE, 43, 0));
    let set = |world: &mut W, id, status| {
        let result = lifecycle().set_status(world, id, status, &edit(), at(10));
        result.expect("status set");
    };
    set(world, first, Status::Closed);
    let second = opened(world, &finding(FUNCTION_CODE, 43, 20));
    set(world, first, Status::Active);
    world.restart();
    let repeat = ingest(world, &finding(FUNCTION_CODE, 43, 30));
    assert_eq!(
        repeat,
        Ingested::Repeated(second),
        "the newer open alert comes first"
    );
    set(world, second, Status::Closed);
    let repeat = ingest(world, &finding(FUNCTION_CODE, 43, 40));
    assert_eq!(repeat, Ingested::Repeated(first));
    assert_eq!(alert(world, first).count, 2);
}

pub(crate) fn long_values_are_cut_visibly<W: World>(world: &mut W) {
    let mut long = finding(FUNCTION_CODE, 43, 0);
    long.value("name", "é".repeat(limits::VALUE_CHARS + 1));
    let id = opened(world, &long);
    let alert = alert(world, id);
    let (_, text) = &alert.violations[0].values[1];
    assert_eq!(text.chars().count(), limits::VALUE_CHARS + 1);
    assert!(text.ends_with("é…"), "{text}");
}

#[test]
fn devices_of_the_inventory_are_named() {
    let mut world = MemoryRepository::new();
    world.update_devices([&sensor_detect::detector::Device {
        id: 4,
        ips: [IpAddr::from(CLIENT)].into(),
        names: ["hmi".to_owned()].into(),
        ..Default::default()
    }]);
    let known = world.device_at(&endpoint(CLIENT, 1)).expect("in memory");
    let device = KnownDevice {
        id: 4,
        name: Some("hmi".to_owned()),
    };
    assert_eq!(known, Some(device));
    let id = opened(&mut world, &finding(FUNCTION_CODE, 43, 0));
    let alert = alert(&mut world, id);
    let source = alert.source.expect("a source");
    assert_eq!(
        (source.device_id, source.name.as_deref()),
        (Some(4), Some("hmi"))
    );
    assert_eq!(alert.destination.expect("a destination").device_id, None);
    assert_eq!(world.events()[0].device_ids, [4]);
}

//! Lists, filters, pages and exports, compared with looking at every record.

use proptest::prelude::*;
use sensor_detect::catalogue::{Engine, Severity};
use sensor_detect::finding::PartyKey;
use sensor_protocols::observation::Protocol;

use super::*;
use crate::alert::suite::{EXCEPTION, FUNCTION_CODE, between};
use crate::alert::{EventSeverity, EventType};

const TYPES: [&str; 4] = [EXCEPTION, FUNCTION_CODE, "eicar_test_file", "port_scan"];

fn party(n: u8) -> [u8; 4] {
    [10, 0, 0, n % 5]
}

/// A service with alerts of every status, type and pair.
fn populated(dir: &Path) -> Service {
    let (service, _) = open(dir, &Hand::new());
    let findings = (0..120u8).map(|n| {
        let kind = TYPES[usize::from(n) % 4];
        between(
            kind,
            party(n / 4),
            party(n / 7 + 1),
            u32::from(n),
            u64::from(n),
        )
    });
    ingest(&service, findings.collect());
    let statuses = Status::ALL.into_iter().cycle();
    for (alert, status) in all_alerts(&service).into_iter().zip(statuses) {
        service
            .set_status(alert.id, status, &by_ada())
            .expect("set");
        if alert.id % 5 == 0 {
            service.acknowledge(alert.id, true, &by_ada()).expect("set");
        }
    }
    service
}

fn some<T>(all: &[T]) -> impl Strategy<Value = Vec<T>> + use<T>
where
    T: Clone + std::fmt::Debug + 'static,
{
    let most = all.len().min(2);
    prop_oneof![
        2 => Just(Vec::new()),
        3 => proptest::sample::subsequence(all.to_vec(), 1..=most),
    ]
}

fn query() -> impl Strategy<Value = AlertQuery> {
    let parties: Vec<PartyKey> = (0..6).map(|n| PartyKey::Ip([10, 0, 0, n].into())).collect();
    let types: Vec<String> = TYPES.iter().map(|id| (*id).to_owned()).collect();
    (
        some(&Status::ALL),
        some(&Severity::ALL),
        some(&Engine::ALL),
        some(&types),
        some(&parties),
        some(&parties),
        some(&parties),
        proptest::option::of(any::<bool>()),
        proptest::option::of((0u64..120, 0u64..60)),
        1usize..9,
    )
        .prop_map(
            |(status, severity, engine, type_id, source, destination, party, ack, span, limit)| {
                AlertQuery {
                    status,
                    severity,
                    engine,
                    type_id,
                    source,
                    destination,
                    party,
                    acknowledged: ack,
                    from: span.map(|(from, _)| at(from)),
                    to: span.map(|(from, length)| at(from + length)),
                    limit: Some(limit),
                    ..AlertQuery::default()
                }
            },
        )
}

/// What a query means, said without indexes.
fn meant(query: &AlertQuery, alert: &Alert) -> bool {
    fn one_of<T: PartialEq>(wanted: &[T], is: &T) -> bool {
        wanted.is_empty() || wanted.contains(is)
    }
    let key = |side: &Option<AlertParty>| side.as_ref().and_then(|p| p.ip).map(PartyKey::Ip);
    let (source, destination) = (key(&alert.source), key(&alert.destination));
    let side = |wanted: &[PartyKey], is: Option<PartyKey>| {
        wanted.is_empty() || is.is_some_and(|is| wanted.contains(&is))
    };
    one_of(&query.status, &alert.status)
        && one_of(&query.severity, &alert.severity)
        && one_of(&query.engine, &alert.engine)
        && one_of(&query.type_id, &alert.type_id.to_string())
        && side(&query.source, source)
        && side(&query.destination, destination)
        && (side(&query.party, source) || side(&query.party, destination))
        && query
            .acknowledged
            .is_none_or(|wish| wish == alert.acknowledged)
        && query.from.is_none_or(|from| alert.last_detection >= from)
        && query.to.is_none_or(|to| alert.last_detection < to)
}

#[test]
fn every_filter_finds_what_it_means_page_by_page_and_newest_first() {
    let dir = tempfile::tempdir().expect("a directory");
    let service = populated(dir.path());
    let all = all_alerts(&service);
    assert!(all.len() > 60, "only {} alerts", all.len());
    proptest!(|(query in query())| {
        let expected: Vec<u64> = all.iter().filter(|a| meant(&query, a)).map(|a| a.id).collect();
        let mut found = Vec::new();
        let mut next = query.clone();
        loop {
            let page = service.alerts(&next).expect("a page");
            prop_assert!(page.items.len() <= query.limit.unwrap_or(usize::MAX));
            found.extend(page.items.iter().map(|alert| alert.id));
            let Some(cursor) = page.next_cursor else { break };
            prop_assert!(!page.items.is_empty());
            next.cursor = Some(cursor.to_string().parse().expect("its own text"));
        }
        prop_assert_eq!(&found, &expected);
        let rows = service.export_alerts(query.clone()).expect("rows");
        let rows: Vec<u64> = rows.map(|row| row.expect("a row").id).collect();
        prop_assert_eq!(&rows, &expected);
    });
}

#[test]
fn text_and_protocol_narrow_too() {
    let dir = tempfile::tempdir().expect("a directory");
    let service = populated(dir.path());
    let find = |text: &str| {
        let query = AlertQuery {
            text: Some(text.to_owned()),
            limit: Some(1000),
            ..AlertQuery::default()
        };
        service.alerts(&query).expect("a page").items
    };
    let found = find("EICAR");
    assert!(!found.is_empty() && found.iter().all(|a| &*a.type_id == "eicar_test_file"));
    let found = find("10.0.0.3");
    assert!(!found.is_empty());
    assert_eq!(find("no such words"), []);
    let none = service.alerts(&AlertQuery {
        protocol: vec![Protocol::Dns],
        ..AlertQuery::default()
    });
    assert_eq!(none.expect("a page").items, []);
}

#[test]
fn alerts_that_come_while_paging_neither_repeat_nor_hide_others() {
    let (dir, hand) = (tempfile::tempdir().expect("a directory"), Hand::new());
    let (service, _) = open(dir.path(), &hand);
    let some = |codes: std::ops::Range<u32>| -> Vec<Finding> {
        codes
            .map(|n| between(EXCEPTION, party(0), party(1), n, 0))
            .collect()
    };
    ingest(&service, some(0..10));
    let query = AlertQuery {
        limit: Some(4),
        ..AlertQuery::default()
    };
    let first = service.alerts(&query).expect("a page");
    ingest(&service, some(10..20));
    let second = service.alerts(&AlertQuery {
        cursor: first.next_cursor.clone(),
        ..query
    });
    let ids = |page: &Page<Alert>| page.items.iter().map(|a| a.id).collect::<Vec<_>>();
    assert_eq!(ids(&first), [10, 9, 8, 7]);
    assert_eq!(ids(&second.expect("a page")), [6, 5, 4, 3]);
}

#[test]
fn bad_cursors_and_limits_are_refused() {
    let dir = tempfile::tempdir().expect("a directory");
    let service = populated(dir.path());
    let code = |query: AlertQuery| service.alerts(&query).expect_err("refused").code();
    let limit = |limit| AlertQuery {
        limit: Some(limit),
        ..AlertQuery::default()
    };
    assert_eq!(code(limit(0)), "invalid_limit");
    assert_eq!(code(limit(1001)), "invalid_limit");
    let events = service.timeline(&TimelineQuery {
        limit: Some(1),
        ..TimelineQuery::default()
    });
    let other = events.expect("a page").next_cursor.expect("more");
    let foreign = AlertQuery {
        cursor: Some(other),
        ..AlertQuery::default()
    };
    assert_eq!(code(foreign), "invalid_cursor");
    for text in ["", "0", "zz", "ff00", "01abc", "é"] {
        assert!(text.parse::<Cursor>().is_err(), "{text}");
    }
}

/// Every event that matches, over pages of seven.
fn collect(service: &Service, query: &TimelineQuery) -> Vec<TimelineEvent> {
    let mut events = Vec::new();
    let mut next = TimelineQuery {
        limit: Some(7),
        ..query.clone()
    };
    loop {
        let page = service.timeline(&next).expect("a page");
        events.extend(page.items);
        match page.next_cursor {
            Some(cursor) => next.cursor = Some(cursor),
            None => return events,
        }
    }
}

type Condition = fn(&TimelineEvent) -> bool;

/// Queries of the timeline, and what each means.
fn timeline_queries() -> Vec<(TimelineQuery, Condition)> {
    let query = |change: fn(&mut TimelineQuery)| {
        let mut query = TimelineQuery::default();
        change(&mut query);
        query
    };
    vec![
        (
            query(|q| q.event_type = vec![EventType::AlertReported]),
            |e| e.event_type == EventType::AlertReported,
        ),
        (query(|q| q.severity = vec![EventSeverity::Notice]), |e| {
            e.severity == EventSeverity::Notice
        }),
        (query(|q| q.alert_id = Some(4)), |e| e.alert_id == Some(4)),
        (query(|q| q.user_operation = Some(false)), |e| {
            !e.actor.is_user()
        }),
        (
            query(|q| (q.from, q.to) = (Some(at(10)), Some(at(50)))),
            |e| e.time >= at(10) && e.time < at(50),
        ),
        (
            query(|q| (q.alert_id, q.to) = (Some(5), Some(at(1)))),
            |e| e.alert_id == Some(5) && e.time < at(1),
        ),
        (query(|q| q.text = Some("ACKNOWLEDGED".to_owned())), |e| {
            e.content.contains("cknowledged")
        }),
    ]
}

#[test]
fn the_timeline_can_be_narrowed_and_paged() {
    let dir = tempfile::tempdir().expect("a directory");
    let service = populated(dir.path());
    let all = collect(&service, &TimelineQuery::default());
    let newest_first = |two: &[TimelineEvent]| (two[0].time, two[0].id) > (two[1].time, two[1].id);
    assert!(all.windows(2).all(newest_first));
    for (query, condition) in timeline_queries() {
        let expected: Vec<_> = all.iter().filter(|e| condition(e)).cloned().collect();
        assert!(!expected.is_empty(), "says nothing: {query:?}");
        assert_eq!(collect(&service, &query), expected, "{query:?}");
    }
    let device = TimelineQuery {
        device_id: Some(5),
        ..TimelineQuery::default()
    };
    assert_eq!(collect(&service, &device), []);
    let none = service.history(9999, &ListQuery::default());
    assert_eq!(none.expect_err("none").code(), "not_found");
}

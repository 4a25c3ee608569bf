//! Filter rules: what is in force on the sources, what is kept, and that both always agree.

use ipnet::IpNet;

use super::*;
use crate::alert::{Edit, Operation};
use crate::capture::CaptureError;
use crate::capture::filter::{Action, FilterControl, FilterRule, Match};

/// A source that remembers its rules, and refuses new ones while told to.
#[derive(Default)]
pub(super) struct Port {
    rules: Mutex<Vec<FilterRule>>,
    pub(super) refuses: std::sync::atomic::AtomicBool,
    /// Goes on refusing, the old rules too.
    pub(super) stubborn: std::sync::atomic::AtomicBool,
    /// Does not tell its hits.
    silent: std::sync::atomic::AtomicBool,
}

impl FilterControl for Port {
    fn source(&self) -> &'static str {
        "eth9"
    }

    fn apply(&self, rules: &[FilterRule]) -> Result<(), CaptureError> {
        let old = self.texts();
        *self.rules.lock().expect("rules") = rules.to_vec();
        // A real one may stop half way, so the new rules stand there all the same.
        if self.refuses.load(Ordering::SeqCst) && old != self.texts() {
            let stubborn = self.stubborn.load(Ordering::SeqCst);
            self.refuses.store(stubborn, Ordering::SeqCst);
            return Err(refused());
        }
        Ok(())
    }

    fn hits(&self, rules: &[Match]) -> Result<Vec<u64>, CaptureError> {
        if self.silent.load(Ordering::SeqCst) {
            return Err(refused());
        }
        let known = self.rules.lock().expect("rules");
        let hits = |what: &Match| u64::from(known.iter().any(|rule| rule.what == *what)) * 5;
        Ok(rules.iter().map(hits).collect())
    }
}

fn refused() -> CaptureError {
    CaptureError::Host {
        kind: "xdp",
        cause: "no memory".to_owned(),
        remedy: "none".to_owned(),
    }
}

impl Port {
    fn texts(&self) -> Vec<String> {
        let rules = self.rules.lock().expect("rules");
        rules.iter().map(ToString::to_string).collect()
    }
}

fn new(what: MatchText, action: Action) -> NewFilter {
    NewFilter {
        what,
        action,
        comment: Some("why".to_owned()),
    }
}

pub(super) fn exclude_port(port: u64) -> NewFilter {
    new(MatchText::Port(port), Action::Exclude)
}

pub(super) fn configured() -> Vec<FilterRule> {
    let net: IpNet = "192.0.2.0/24".parse().expect("a subnet");
    vec![FilterRule {
        what: Match::Subnet(net),
        action: Action::Include,
    }]
}

const CONFIGURED: &str = "include subnet 192.0.2.0/24";

/// A service with two sources that have the configuration's rules, as after opening them.
pub(super) fn attached(dir: &Path) -> (Service, [Arc<Port>; 2]) {
    let (service, _) = open(dir, &Hand::new());
    let ports = [Arc::<Port>::default(), Arc::default()];
    for port in &ports {
        port.apply(&configured()).expect("first rules");
    }
    let controls = ports
        .iter()
        .map(|port| Arc::clone(port) as Arc<dyn FilterControl>);
    service
        .attach_filters(&configured(), controls.collect(), vec!["eth3".to_owned()])
        .expect("attached");
    (service, ports)
}

fn listed(service: &Service) -> Vec<(u64, String)> {
    let page = service.filters(&ListQuery::default()).expect("a page");
    let rows = page.items.into_iter();
    rows.filter(|info| info.origin == FilterOrigin::Api)
        .map(|info| (info.id, info.rule.to_string()))
        .collect()
}

#[test]
fn rules_are_in_force_on_every_source_and_after_a_restart() {
    let dir = tempfile::tempdir().expect("a directory");
    let (service, ports) = attached(dir.path());
    let edit = by_ada();
    let first = service
        .add_filter(&exclude_port(502), &edit.actor)
        .expect("added");
    assert_eq!((first.id, first.hits, first.revision), (1, Some(10), 1));
    let pair = MatchText::SubnetPair(["10.2.0.0/16".to_owned(), "10.1.0.0/16".to_owned()]);
    service
        .add_filter(&new(pair, Action::Exclude), &edit.actor)
        .expect("added");
    let change = FilterEdit {
        action: Some(Action::Include),
        comment: Some(None),
        ..FilterEdit::default()
    };
    let changed = service.change_filter(1, &change, &edit).expect("changed");
    assert_eq!((changed.revision, changed.comment), (2, None));
    let expected = [
        CONFIGURED,
        "include port 502",
        "exclude subnet pair 10.1.0.0/16 and 10.2.0.0/16",
    ];
    assert!(ports.iter().all(|port| port.texts() == expected));
    let before = listed(&service);
    service.close();
    drop(service);
    let (service, ports) = attached(dir.path());
    assert_eq!(listed(&service), before);
    assert!(ports.iter().all(|port| port.texts() == expected));
    service.remove_filter(1, &edit).expect("removed");
    let third = service
        .add_filter(&exclude_port(1), &edit.actor)
        .expect("added");
    assert_eq!(third.id, 3, "ids are not used again");
    let events = service.timeline(&TimelineQuery::default()).expect("events");
    let done: Vec<_> = events
        .items
        .iter()
        .filter_map(|event| event.operation)
        .collect();
    for operation in [
        Operation::FilterCreated,
        Operation::FilterChanged,
        Operation::FilterDeleted,
    ] {
        assert!(done.contains(&operation), "{operation:?}");
    }
    assert!(service.check_store().expect("a walk").problems.is_empty());
}

#[test]
fn a_source_that_refuses_leaves_everything_as_it_was() {
    let dir = tempfile::tempdir().expect("a directory");
    let (service, ports) = attached(dir.path());
    let actor = by_ada().actor;
    service
        .add_filter(&exclude_port(502), &actor)
        .expect("added");
    ports[1].refuses.store(true, Ordering::SeqCst);
    let error = service
        .add_filter(&exclude_port(503), &actor)
        .expect_err("refused");
    assert_eq!(error.code(), "filter_not_applied");
    let expected = [CONFIGURED, "exclude port 502"];
    assert!(ports.iter().all(|port| port.texts() == expected));
    assert_eq!(listed(&service), [(1, "exclude port 502".to_owned())]);
}

#[test]
fn a_full_disk_leaves_everything_as_it_was() {
    let dir = tempfile::tempdir().expect("a directory");
    let full = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let opener = || crate::store::sabotage::flaky_opener(&full);
    let hand = Hand::new();
    let (service, _) = Service::open_with(settings(dir.path(), &hand), opener).expect("open");
    let port = Arc::<Port>::default();
    let control = Arc::clone(&port) as Arc<dyn FilterControl>;
    service
        .attach_filters(&[], vec![control], Vec::new())
        .expect("attached");
    let actor = by_ada().actor;
    service
        .add_filter(&exclude_port(502), &actor)
        .expect("added");
    full.store(true, Ordering::SeqCst);
    service
        .add_filter(&exclude_port(503), &actor)
        .expect_err("the disk is full");
    assert_eq!(port.texts(), ["exclude port 502"]);
    full.store(false, Ordering::SeqCst);
    assert_eq!(listed(&service), [(1, "exclude port 502".to_owned())]);
}

#[test]
fn a_replacement_keeps_what_stays_and_takes_the_rest_away_at_once() {
    let dir = tempfile::tempdir().expect("a directory");
    let (service, ports) = attached(dir.path());
    let edit = by_ada();
    for port in [1, 2, 3] {
        service
            .add_filter(&exclude_port(port), &edit.actor)
            .expect("added");
    }
    let stale = Edit {
        expected_revision: Some(1),
        ..edit.clone()
    };
    let rules = [
        exclude_port(9),
        exclude_port(2),
        new(MatchText::Port(3), Action::Include),
    ];
    let refused = service.replace_filters(&rules, &stale).expect_err("stale");
    assert!(matches!(
        refused,
        ServiceError::RevisionMismatch { current: 3 }
    ));
    let done = service.replace_filters(&rules, &edit).expect("replaced");
    let counts = (
        done.total,
        done.added,
        done.changed,
        done.removed,
        done.revision,
    );
    assert_eq!(counts, (3, 1, 1, 1, 4));
    assert_eq!(
        listed(&service),
        [
            (2, "exclude port 2".to_owned()),
            (3, "include port 3".to_owned()),
            (4, "exclude port 9".to_owned()),
        ]
    );
    let again = service.replace_filters(&rules, &edit).expect("the same");
    assert_eq!(
        (again.added, again.changed, again.removed, again.revision),
        (0, 0, 0, 4)
    );
    service.replace_filters(&[], &edit).expect("emptied");
    assert!(ports.iter().all(|port| port.texts() == [CONFIGURED]));
}

#[test]
fn what_the_configuration_names_cannot_be_set_again_or_changed() {
    let dir = tempfile::tempdir().expect("a directory");
    let (service, _) = attached(dir.path());
    let edit = by_ada();
    let page = service.filters(&ListQuery::default()).expect("a page");
    assert_eq!(page.unfiltered, ["eth3"]);
    let [own] = page.items.as_slice() else {
        panic!("one rule: {page:?}")
    };
    assert_eq!(own.origin, FilterOrigin::Configuration);
    let error = service.remove_filter(own.id, &edit).expect_err("read only");
    assert_eq!(error.code(), "filter_read_only");
    let net = MatchText::Subnet("192.0.2.0/24".to_owned());
    let twice = new(net, Action::Exclude);
    let error = service.add_filter(&twice, &edit.actor).expect_err("twice");
    assert_eq!(error.code(), "filter_duplicate");
    let error = service.replace_filters(&[twice], &edit).expect_err("twice");
    assert_eq!(error.code(), "filter_duplicate");
}

#[test]
fn a_kept_rule_rests_while_the_configuration_names_the_same_thing() {
    let dir = tempfile::tempdir().expect("a directory");
    let (service, _) = open(dir.path(), &Hand::new());
    service
        .attach_filters(&[], Vec::new(), Vec::new())
        .expect("attached");
    let net = MatchText::Subnet("192.0.2.0/24".to_owned());
    service
        .add_filter(&new(net, Action::Exclude), &by_ada().actor)
        .expect("added");
    service.close();
    drop(service);
    let (service, ports) = attached(dir.path());
    assert_eq!(ports[0].texts(), [CONFIGURED]);
    let info = service.filter(1).expect("still kept");
    assert_eq!((info.active, info.hits), (false, Some(0)));
}

#[test]
fn pages_go_over_both_origins_without_gap_or_repetition() {
    let dir = tempfile::tempdir().expect("a directory");
    let (service, _) = attached(dir.path());
    let rules: Vec<_> = (1..=10).map(exclude_port).collect();
    service.replace_filters(&rules, &by_ada()).expect("set");
    let mut list = ListQuery {
        limit: Some(4),
        cursor: None,
    };
    let mut seen = Vec::new();
    loop {
        let page = service.filters(&list).expect("a page");
        assert_eq!(page.total, 11);
        seen.extend(page.items.into_iter().map(|info| info.id));
        list.cursor = page.next_cursor;
        if list.cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen.len(), 11);
    assert_eq!(seen[..10], (1..=10).collect::<Vec<u64>>());
}

#[test]
fn a_change_stands_although_its_hits_cannot_be_read() {
    let dir = tempfile::tempdir().expect("a directory");
    let (service, ports) = attached(dir.path());
    ports[1].silent.store(true, Ordering::SeqCst);
    let added = service
        .add_filter(&exclude_port(502), &by_ada().actor)
        .expect("added");
    assert_eq!((added.active, added.hits), (true, None));
    assert!(ports[1].texts().contains(&"exclude port 502".to_owned()));
    assert_eq!(service.filter(added.id).expect("shown").hits, None);
}

#[test]
fn a_source_that_keeps_what_was_not_to_be_is_named_and_can_be_set_right() {
    let dir = tempfile::tempdir().expect("a directory");
    let (service, ports) = attached(dir.path());
    ports[1].stubborn.store(true, Ordering::SeqCst);
    ports[1].refuses.store(true, Ordering::SeqCst);
    let error = service
        .add_filter(&exclude_port(502), &by_ada().actor)
        .expect_err("refused");
    assert_eq!(error.code(), "filter_not_applied");
    let text = error.to_string();
    assert!(
        text.contains("eth9") && !text.contains("nothing was changed"),
        "{text}"
    );
    ports[1].refuses.store(false, Ordering::SeqCst);
    // The same rules as are kept: set again all the same.
    service.replace_filters(&[], &by_ada()).expect("set right");
    assert!(ports.iter().all(|port| port.texts() == [CONFIGURED]));
}

#[test]
fn kept_rules_that_cannot_be_in_force_are_shown_and_can_be_changed() {
    let dir = tempfile::tempdir().expect("a directory");
    let (service, _) = attached(dir.path());
    for port in [502, 503] {
        service
            .add_filter(&exclude_port(port), &by_ada().actor)
            .expect("added");
    }
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
    assert_eq!(listed(&service).len(), 2);
    assert!(!service.filter(1).expect("shown").active);
    port.refuses.store(false, Ordering::SeqCst);
    service.remove_filter(1, &by_ada()).expect("removed");
    assert_eq!(port.texts(), [CONFIGURED, "exclude port 503"]);
    assert!(service.filter(2).expect("shown").active);
}

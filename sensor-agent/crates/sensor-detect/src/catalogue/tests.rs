//! The catalogue as data: complete, consistent, fit for its rules.

use std::collections::BTreeSet;

use super::render::placeholders;
use super::*;
use crate::engines::registry;

#[test]
fn the_reference_types_are_all_there_and_more() {
    assert_eq!(catalogue().len(), 274);
    let count = |engine| catalogue().iter().filter(|t| t.engine == engine).count();
    // The reference has 89, 38, 27, 25 and 23; the rest are ours.
    assert_eq!(count(Engine::PolicyViolation), 89 + 32);
    assert_eq!(count(Engine::Operational), 38 + 7);
    assert_eq!(count(Engine::Malware), 27 + 1);
    assert_eq!(count(Engine::ProtocolViolation), 25 + 10);
    assert_eq!(count(Engine::Anomaly), 23 + 22);
}

#[test]
fn ids_are_unique_and_found() {
    let ids: BTreeSet<&str> = catalogue().iter().map(|t| &*t.id).collect();
    assert_eq!(ids.len(), catalogue().len());
    for (at, alert_type) in catalogue().iter().enumerate() {
        assert_eq!(usize::from(alert_type.index), at);
        assert_eq!(
            catalogue().get(&alert_type.id).unwrap().index,
            alert_type.index
        );
    }
    assert!(catalogue().get("no_such_type").is_none());
}

#[test]
fn every_type_is_described_and_says_what_to_do() {
    for t in catalogue() {
        assert!(t.description.len() > 20, "{}", t.id);
        assert!(t.message.len() > 15 && t.message.ends_with('.'), "{}", t.id);
        assert!(t.remediation_steps.len() >= 2, "{}", t.id);
        assert!(t.remediation_steps.iter().all(|s| s.len() > 20), "{}", t.id);
        assert!(!t.techniques.is_empty(), "{}", t.id);
        assert!(
            !(t.learnable && t.mutable),
            "{} is learned, not muted",
            t.id
        );
        let reason = t.not_implemented.as_ref();
        assert!(reason.is_none_or(|reason| reason.len() > 10), "{}", t.id);
    }
}

#[test]
fn techniques_exist_and_none_is_deprecated() {
    for t in catalogue() {
        for id in &t.techniques {
            let found = technique(id).unwrap_or_else(|| panic!("{}: no technique {id}", t.id));
            assert!(
                !found.deprecated,
                "{}: {id} {} is deprecated",
                t.id, found.name
            );
        }
    }
    assert!(technique("T0841").unwrap().deprecated);
}

#[test]
fn rules_raise_types_of_their_engine_that_the_catalogue_has() {
    let mut raised = BTreeSet::new();
    for rule in registry::RULES {
        for raises in rule.raises {
            let t = catalogue()
                .get(raises.id)
                .unwrap_or_else(|| panic!("no type {}", raises.id));
            assert_eq!(t.engine, rule.engine, "{}", raises.id);
            assert!(
                raised.insert(raises.id),
                "{} is raised by two rules",
                raises.id
            );
        }
    }
}

#[test]
fn templates_use_only_values_that_their_rule_provides() {
    for raises in registry::implemented() {
        let t = catalogue().get(raises.id).unwrap();
        for name in placeholders(&t.message) {
            let known = COMMON.contains(&name) || raises.values.contains(&name);
            assert!(known, "{}: {{{name}}} is not among its values", t.id);
        }
    }
    let parties = ["source", "destination", "protocol"];
    for t in catalogue().iter().filter(|t| t.not_implemented.is_some()) {
        for name in placeholders(&t.message) {
            assert!(parties.contains(&name), "{}: {{{name}}}", t.id);
        }
    }
}

#[test]
fn thresholds_are_those_of_the_reference() {
    let threshold = |id: &str| {
        let found = catalogue().get(id).unwrap().threshold.unwrap();
        (found.count, found.window.as_secs())
    };
    assert_eq!(threshold("port_scan"), (25, 120));
    assert_eq!(threshold("address_scan"), (50, 120));
    assert_eq!(threshold("address_scan_long"), (50, 600));
    assert_eq!(threshold("arp_address_scan"), (40, 360));
    assert_eq!(threshold("plc_scan"), (10, 120));
    assert_eq!(threshold("denial_of_service_suspicion"), (3000, 60));
    assert_eq!(threshold("excessive_sessions"), (50, 60));
    assert_eq!(threshold("name_query_burst"), (25, 60));
    assert_eq!(threshold("abnormal_exception_pattern"), (20, 3600));
    assert_eq!(threshold("malformed_packets_excessive"), (2, 600));
    assert_eq!(threshold("modbus_device_unresponsive"), (3, 300));
    assert_eq!(threshold("device_unresponsive"), (8, 300));
}

#[test]
fn the_document_names_every_type() {
    let text = document();
    for t in catalogue() {
        assert!(text.contains(&format!("`{}`", t.id)), "{}", t.id);
    }
    assert!(text.contains("T0855 Unauthorized Command Message"));
}

//! The published labels of the captures, as they stand in `tests/captures/labels.json`: what is benign
//! raises nothing once it was learned, operational facts aside; of what is not, no event goes unseen by
//! the engine that the label suggests.

use sensor_detect::catalogue::Engine;
use sensor_detect::detector::{Command, Detector, DetectorSettings, Mode};
use serde_json::Value;

use super::{findings, replay, support};

/// Capture and label.
fn labels() -> Vec<(String, Value)> {
    let text = std::fs::read(support::folder("labels.json")).unwrap();
    let mut labels: Value = serde_json::from_slice(&text).unwrap();
    let captures = labels["captures"].as_object_mut().unwrap();
    assert!(captures.len() > 50, "{} labels", captures.len());
    std::mem::take(captures).into_iter().collect()
}

fn engine(event: &Value) -> Engine {
    serde_json::from_value(event["engine"].clone()).unwrap()
}

#[test]
fn no_event_of_a_label_goes_unseen() {
    for (capture, label) in labels() {
        let Some(events) = label["events"].as_array() else {
            assert_eq!(label["verdict"], "benign", "{capture}");
            continue;
        };
        let found = findings(&capture);
        for event in events {
            let seen = found.iter().any(|finding| {
                let parties = ["source", "target"].iter().all(|party| {
                    let Some(party) = event[party].as_str() else {
                        return true;
                    };
                    super::names(finding, party)
                });
                finding.alert_type.engine == engine(event) && parties
            });
            assert!(seen, "{capture}: {event}");
        }
    }
}

#[test]
fn what_is_labelled_benign_raises_nothing_once_it_was_learned() {
    for (capture, label) in labels() {
        if label["verdict"] != "benign" {
            continue;
        }
        let mut detector = Detector::new(DetectorSettings {
            mode: Mode::Learning,
            ..DetectorSettings::default()
        });
        replay(&mut detector, &capture);
        detector.apply(Command::SetMode(Mode::Operational));
        let mut found = replay(&mut detector, &capture);
        found.retain(|finding| finding.alert_type.engine != Engine::Operational);
        assert!(found.is_empty(), "{capture}: {:?}", found[0].key());
    }
}

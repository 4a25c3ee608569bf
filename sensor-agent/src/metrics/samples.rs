//! Counters that other parts hand over by name: what each is called here, whether it only rises,
//! and what it says.

use sensor_protocols::counters::Counter;

use super::text::{Kind, Page};
use crate::service::CounterSample;

/// Counters of decode, flow and dissect.
pub(super) fn stages(page: &mut Page, samples: &[CounterSample]) {
    families(page, samples, stage);
}

/// Counters of intake, alert stage and store.
pub(super) fn service(page: &mut Page, samples: &[CounterSample]) {
    families(page, samples, of_service);
}

/// Name, kind and help of a family.
struct Family {
    name: String,
    kind: Kind,
    help: String,
}

/// One family per name. Samples of one name may be apart; the format wants them together.
fn families(page: &mut Page, samples: &[CounterSample], describe: fn(&str) -> Family) {
    let mut done: Vec<&str> = Vec::new();
    for sample in samples {
        if done.contains(&sample.name) {
            continue;
        }
        done.push(sample.name);
        let family = describe(sample.name);
        page.family(&family.name, family.kind, &family.help);
        for same in samples.iter().filter(|other| other.name == sample.name) {
            let labels: Vec<(&str, &str)> = same
                .labels
                .iter()
                .map(|(label, value)| (*label, value.as_str()))
                .collect();
            page.sample(&family.name, &labels, same.value);
        }
    }
}

/// Figures of the inspector that go up and down.
const STAGE_GAUGES: [&str; 2] = [Counter::FlowsActive.name(), Counter::ReassemblyBytes.name()];

/// The help of the stage that counts it, else its name in words.
fn stage(name: &str) -> Family {
    let known = Counter::ALL.iter().find(|counter| counter.name() == name);
    let help = known.map_or_else(
        || name.replace('_', " "),
        |counter| counter.help().to_owned(),
    );
    let gauge = STAGE_GAUGES.contains(&name);
    Family {
        name: format!("sensor_inspect_{name}{}", if gauge { "" } else { "_total" }),
        kind: if gauge { Kind::Gauge } else { Kind::Counter },
        help: format!("{help}."),
    }
}

/// Counters of the service: name there, name here, kind, help.
const SERVICE: &[(&str, &str, Kind, &str)] = &[
    (
        "findings_received",
        "sensor_findings_received_total",
        Kind::Counter,
        "Findings handed to the alert stage.",
    ),
    (
        "findings_waiting",
        "sensor_findings_waiting",
        Kind::Gauge,
        "Findings that wait for the alert stage.",
    ),
    (
        "findings_dropped",
        "sensor_findings_dropped_total",
        Kind::Counter,
        "Findings lost before the alert stage.",
    ),
    (
        "findings",
        "sensor_findings_total",
        Kind::Counter,
        "Findings by what the alert stage made of them.",
    ),
    (
        "changes_dropped",
        "sensor_changes_dropped_total",
        Kind::Counter,
        "Changes of inventory and baseline that were not kept.",
    ),
    (
        "detector_commands_waiting",
        "sensor_detector_commands_waiting",
        Kind::Gauge,
        "Commands that the detector has not carried out yet.",
    ),
    (
        "repeats_lost",
        "sensor_repeats_lost_total",
        Kind::Counter,
        "Repetitions that were counted but could not be kept.",
    ),
    (
        "alerts_auto_closed",
        "sensor_alerts_auto_closed_total",
        Kind::Counter,
        "Alerts closed because their traffic stayed away.",
    ),
    (
        "alerts_deleted",
        "sensor_alerts_deleted_total",
        Kind::Counter,
        "Alerts deleted at the end of their retention.",
    ),
    (
        "store_available",
        "sensor_store_up",
        Kind::Gauge,
        "Whether the store takes changes.",
    ),
    (
        "store_commits",
        "sensor_store_commits_total",
        Kind::Counter,
        "Transactions made durable.",
    ),
    (
        "store_calls",
        "sensor_store_calls_total",
        Kind::Counter,
        "Changes asked of the store.",
    ),
    (
        "store_failures",
        "sensor_store_failures_total",
        Kind::Counter,
        "Transactions that failed.",
    ),
    (
        "store_read_failures",
        "sensor_store_read_failures_total",
        Kind::Counter,
        "Reads that failed.",
    ),
    (
        "store_calls_refused",
        "sensor_store_calls_refused_total",
        Kind::Counter,
        "Changes refused because too many waited.",
    ),
    (
        "store_bytes",
        "sensor_store_size_bytes",
        Kind::Gauge,
        "Size of the database file.",
    ),
];

/// A counter that the table does not know is shown all the same; a test keeps the table whole.
fn of_service(name: &str) -> Family {
    let known = SERVICE.iter().find(|(theirs, ..)| *theirs == name);
    match known {
        Some((_, name, kind, help)) => Family {
            name: (*name).to_owned(),
            kind: *kind,
            help: (*help).to_owned(),
        },
        None => Family {
            name: format!("sensor_{name}_total"),
            kind: Kind::Counter,
            help: format!("{}.", name.replace('_', " ")),
        },
    }
}

/// Whether the table describes a counter of the service.
#[cfg(test)]
pub(crate) fn is_described(name: &str) -> bool {
    SERVICE.iter().any(|(theirs, ..)| *theirs == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_of_one_name_stand_together_whatever_their_order() {
        let mut page = Page::default();
        let sample = |protocol: &str, name, value| {
            CounterSample::new(name, value).with("protocol", protocol)
        };
        let samples = [
            sample("modbus", "messages", 1),
            sample("modbus", "malformed", 2),
            sample("dns", "messages", 3),
            CounterSample::new("flows_active", 4),
        ];
        stages(&mut page, &samples);
        assert_eq!(
            page.finish(),
            "# HELP sensor_inspect_messages_total messages.\n\
             # TYPE sensor_inspect_messages_total counter\n\
             sensor_inspect_messages_total{protocol=\"modbus\"} 1\n\
             sensor_inspect_messages_total{protocol=\"dns\"} 3\n\
             # HELP sensor_inspect_malformed_total malformed.\n\
             # TYPE sensor_inspect_malformed_total counter\n\
             sensor_inspect_malformed_total{protocol=\"modbus\"} 2\n\
             # HELP sensor_inspect_flows_active Flows held.\n\
             # TYPE sensor_inspect_flows_active gauge\n\
             sensor_inspect_flows_active 4\n"
        );
    }
}

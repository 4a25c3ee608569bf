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

/// One family per name and set of label names, so that a total and its parts are never mixed in
/// one. Samples of one family may be apart; the format wants them together.
fn families(page: &mut Page, samples: &[CounterSample], describe: fn(&CounterSample) -> Family) {
    let labels = |sample: &CounterSample| -> Vec<&str> {
        sample.labels.iter().map(|(label, _)| *label).collect()
    };
    for (index, sample) in samples.iter().enumerate() {
        let same =
            |other: &&CounterSample| other.name == sample.name && labels(other) == labels(sample);
        if samples.iter().take(index).any(|earlier| same(&earlier)) {
            continue;
        }
        let family = describe(sample);
        page.family(&family.name, family.kind, &family.help);
        for member in samples.iter().filter(same) {
            let labels: Vec<(&str, &str)> = member
                .labels
                .iter()
                .map(|(label, value)| (*label, value.as_str()))
                .collect();
            page.sample(&family.name, &labels, member.value);
        }
    }
}

/// Figures of the inspector that go up and down.
const STAGE_GAUGES: [&str; 3] = [
    Counter::FlowsActive.name(),
    Counter::ReassemblyBytes.name(),
    Counter::OperationsHeld.name(),
];

/// Counters of each protocol: name there, help.
const PER_PROTOCOL: [(&str, &str); 8] = [
    ("packets", "Packets offered to the dissector."),
    ("bytes", "Bytes on the wire of these packets."),
    ("messages", "Messages the dissector reported."),
    (
        "malformed",
        "Messages that break the specification of their protocol.",
    ),
    (
        "unknown_operations",
        "Messages with an operation code that is not known.",
    ),
    (
        "timed_messages",
        "Messages in runs of a dissector that were timed, which are a sample.",
    ),
    ("timed_bytes", "Bytes the dissector took in these runs."),
    (
        "timed_nanoseconds",
        "Time the dissector took for them, in nanoseconds.",
    ),
];

/// Named after the stage, or after the protocol where that is the label. A counter that no table
/// knows says its name in words.
fn stage(sample: &CounterSample) -> Family {
    let name = sample.name;
    let words = || format!("{}.", name.replace('_', " "));
    if sample.labels.iter().any(|(label, _)| *label == "protocol") {
        let known = PER_PROTOCOL.iter().find(|(theirs, _)| *theirs == name);
        return Family {
            name: format!("sensor_protocol_{name}_total"),
            kind: Kind::Counter,
            help: known.map_or_else(words, |(_, help)| (*help).to_owned()),
        };
    }
    let known = Counter::ALL.iter().find(|counter| counter.name() == name);
    let gauge = STAGE_GAUGES.contains(&name);
    Family {
        name: format!("sensor_inspect_{name}{}", if gauge { "" } else { "_total" }),
        kind: if gauge { Kind::Gauge } else { Kind::Counter },
        help: known.map_or_else(words, |counter| format!("{}.", counter.help())),
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
fn of_service(sample: &CounterSample) -> Family {
    let name = sample.name;
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
    fn a_total_and_its_parts_are_families_of_their_own() {
        let mut page = Page::default();
        let sample = |protocol: &str, name, value| {
            CounterSample::new(name, value).with("protocol", protocol)
        };
        let samples = [
            CounterSample::new("bytes", 9),
            sample("modbus", "bytes", 5),
            sample("modbus", "messages", 1),
            sample("dns", "bytes", 4),
            CounterSample::new("flows_active", 4),
            CounterSample::new("operations_held", 3),
        ];
        stages(&mut page, &samples);
        assert_eq!(
            page.finish(),
            "# HELP sensor_inspect_bytes_total Bytes on the wire of these frames.\n\
             # TYPE sensor_inspect_bytes_total counter\n\
             sensor_inspect_bytes_total 9\n\
             # HELP sensor_protocol_bytes_total Bytes on the wire of these packets.\n\
             # TYPE sensor_protocol_bytes_total counter\n\
             sensor_protocol_bytes_total{protocol=\"modbus\"} 5\n\
             sensor_protocol_bytes_total{protocol=\"dns\"} 4\n\
             # HELP sensor_protocol_messages_total Messages the dissector reported.\n\
             # TYPE sensor_protocol_messages_total counter\n\
             sensor_protocol_messages_total{protocol=\"modbus\"} 1\n\
             # HELP sensor_inspect_flows_active Flows held.\n\
             # TYPE sensor_inspect_flows_active gauge\n\
             sensor_inspect_flows_active 4\n\
             # HELP sensor_inspect_operations_held Operations whose repeats it may withhold at this moment.\n\
             # TYPE sensor_inspect_operations_held gauge\n\
             sensor_inspect_operations_held 3\n"
        );
    }
}

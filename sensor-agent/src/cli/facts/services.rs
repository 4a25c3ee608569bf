//! Protocols of which the schema has frames alone: names of hosts, neighbours on a link, groups, logs,
//! discovery, file transfer.

use sensor_protocols::observation::{Observation, Protocol, Transport};

use super::histograms::{Message, Section};

pub(super) const SECTION: Section = Section {
    name: "services",
    protocols: &[
        Protocol::Nbns,
        Protocol::Lldp,
        Protocol::Cdp,
        Protocol::Stp,
        Protocol::Igmp,
        Protocol::Syslog,
        Protocol::Ssdp,
        Protocol::Tftp,
    ],
    ports: &[
        (Transport::Udp, 137),
        (Transport::Udp, 514),
        (Transport::Udp, 1900),
        (Transport::Udp, 69),
    ],
    rule: None,
    read,
};

fn read(observation: &Observation<'_>, message: &mut Message) -> bool {
    // The oracle's names are the identifiers.
    message.layer(observation.protocol.id());
    if observation.protocol == Protocol::Ssdp {
        ssdp(observation, message);
    }
    true
}

/// To the oracle SSDP is HTTP over UDP.
fn ssdp(observation: &Observation<'_>, message: &mut Message) {
    let operation = &observation.operation;
    match operation.name {
        "search" => message.text("http", "methods", "M-SEARCH"),
        "notify" => message.text("http", "methods", "NOTIFY"),
        _ => {}
    }
    if let Some(status) = operation.sub.filter(|_| operation.name == "response") {
        message.number("http", "response_codes", u64::from(status));
    }
}

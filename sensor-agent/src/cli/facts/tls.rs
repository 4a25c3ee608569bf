//! Section `tls`: handshake types, server names and alerts.

use sensor_protocols::dissect::tls::{INCOMPLETE, RECORD, SSL2, UNFRAMED};
use sensor_protocols::observation::{Anomaly, Object, Observation, Protocol, Transport};

use super::histograms::{Message, Section};

/// Content types of alerts and heartbeats.
const ALERT: u32 = RECORD + 21;
const HEARTBEAT: u32 = RECORD + 24;

/// Messages of SSL 2.0 that the oracle shows the type of.
const CLEAR: std::ops::RangeInclusive<u32> = 1..=8;

/// The oracle knows TLS by content on any other port too.
pub(super) const SECTION: Section = Section {
    name: "tls",
    protocols: &[Protocol::Tls],
    ports: &[(Transport::Tcp, 443)],
    rule: None,
    read,
};

fn read(observation: &Observation<'_>, message: &mut Message) -> bool {
    let operation = observation.operation;
    let ports = [observation.source.port, observation.destination.port];
    if matches!(operation.name, UNFRAMED | INCOMPLETE) || ports.contains(&super::rdp::PORT) {
        return false;
    }
    message.layer("tls");
    match operation.code {
        code if code < RECORD => message.number("tls", "handshake_types", u64::from(code)),
        code if CLEAR.contains(&code.wrapping_sub(SSL2)) => {
            message.number("tls", "handshake_types", u64::from(code - SSL2));
        }
        ALERT => {
            if let Some(description) = operation.sub {
                message.number("tls", "alerts", u64::from(description));
            }
        }
        HEARTBEAT => message.malformed(observation.anomalies.contains(Anomaly::BadLength)),
        _ => {}
    }
    if let Some(name) = server_name(observation) {
        message.text("tls", "server_names", name);
    }
    true
}

fn server_name<'a>(observation: &Observation<'a>) -> Option<&'a str> {
    observation.objects.iter().find_map(|object| match object {
        Object::Text {
            kind: "server_name",
            text,
        } => Some(*text),
        Object::Text { .. }
        | Object::Range { .. }
        | Object::Id { .. }
        | Object::Name(_)
        | Object::Address(_) => None,
    })
}

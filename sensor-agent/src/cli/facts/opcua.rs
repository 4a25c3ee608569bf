//! Section `opcua`: types of messages and chunks, services, policies, results, errors of the transport.
//!
//! The oracle shows the number of the type that is sent, where ours is that of the request.

use sensor_protocols::dissect::opcua::{
    ENCRYPTED, FAILED_ITEM, INCOMPLETE, POLICY, SERVICE_FAULT, SERVICE_RESULT, UNFRAMED, codes,
    response_type,
};
use sensor_protocols::observation::{
    Anomaly, Direction, Object, Observation, Outcome, Protocol, Transport,
};

use super::histograms::{Message, Section};

pub(super) const SECTION: Section = Section {
    name: NAME,
    protocols: &[Protocol::OpcUa],
    ports: &[(Transport::Tcp, 4840)],
    rule: Some("opcua"),
    read,
};

const NAME: &str = "opcua";

/// Numbers of requests.
const OPEN_CHANNEL: u32 = 446;
const CLOSE_CHANNEL: u32 = 452;

fn read(observation: &Observation<'_>, message: &mut Message) -> bool {
    let operation = observation.operation;
    if [UNFRAMED, INCOMPLETE].contains(&operation.name) {
        return false;
    }
    message.layer(NAME);
    let response = observation.direction == Direction::Response;
    message.text(NAME, "message_types", kind(operation.code, response));
    let part = operation.sub.and_then(char::from_u32).unwrap_or('F');
    message.text(NAME, "chunk_types", part.encode_utf8(&mut [0; 4]));
    let is_service = operation.code < codes::HELLO;
    if is_service && id(observation, ENCRYPTED).is_none() {
        service(observation, message);
    }
    if operation.code == OPEN_CHANNEL
        && let Some(policy) = policy(observation)
    {
        message.text(NAME, "security_policies", policy);
    }
    if [codes::ERROR, codes::ABORT].contains(&operation.code)
        && let Outcome::Error { code, .. } = observation.outcome
    {
        message.number(NAME, "transport_errors", u64::from(code));
    }
    message.malformed(observation.anomalies.contains(Anomaly::Truncated));
    true
}

/// Type of a message.
const fn kind(code: u32, response: bool) -> &'static str {
    match code {
        codes::HELLO if response => "ACK",
        codes::HELLO => "HEL",
        codes::ERROR => "ERR",
        codes::REVERSE_HELLO => "RHE",
        OPEN_CHANNEL => "OPN",
        CLOSE_CHANNEL => "CLO",
        _ => "MSG",
    }
}

/// Type of what is sent, its result, and the events it is.
fn service(observation: &Observation<'_>, message: &mut Message) {
    let code = observation.operation.code;
    let response = observation.direction == Direction::Response;
    let fault = id(observation, SERVICE_FAULT);
    let number = match fault {
        Some(fault) => fault,
        None if response => u64::from(response_type(code).unwrap_or(code)),
        None => u64::from(code),
    };
    message.number(NAME, "service_node_ids", number);
    if let Some(result) = result(observation) {
        message.number(NAME, "service_results", result);
    }
    for (event, numbers) in EVENTS {
        if numbers.contains(&number) {
            message.event(event);
        }
    }
}

const EVENTS: &[(&str, &[u64])] = &[
    ("opcua.write_request", &[673]),
    ("opcua.call_request", &[712]),
    ("opcua.browse_request", &[527, 533]),
    ("opcua.create_session_request", &[461]),
    ("opcua.node_management_request", &[488, 494, 500, 506]),
    ("opcua.service_fault", &[397]),
];

/// Result of a service in the header of its response.
fn result(observation: &Observation<'_>) -> Option<u64> {
    let told = id(observation, SERVICE_RESULT);
    let item = id(observation, FAILED_ITEM).is_some();
    match observation.outcome {
        Outcome::None => None,
        Outcome::Ok => Some(told.unwrap_or(0)),
        Outcome::Error { .. } if item => Some(told.unwrap_or(0)),
        Outcome::Error { code, .. } => Some(u64::from(code)),
    }
}

fn id(observation: &Observation<'_>, wanted: &str) -> Option<u64> {
    observation.objects.iter().find_map(|object| match *object {
        Object::Id { kind, id } if kind == wanted => Some(id),
        Object::Id { .. }
        | Object::Range { .. }
        | Object::Name(_)
        | Object::Text { .. }
        | Object::Address(_) => None,
    })
}

fn policy<'o>(observation: &'o Observation<'_>) -> Option<&'o str> {
    observation.objects.iter().find_map(|object| match *object {
        Object::Text { kind, text } if kind == POLICY => Some(text),
        Object::Text { .. }
        | Object::Name(_)
        | Object::Id { .. }
        | Object::Range { .. }
        | Object::Address(_) => None,
    })
}

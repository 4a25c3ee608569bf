//! Sections `enip` and `cip`: histograms over the booked messages, and the events of a frame.
//!
//! The oracle repeats some fields in what it shows of the connection manager and a few other classes:
//! the bit that tells requests from replies, and the path of a connection that is closed. Where their number
//! differs from that of the services it cannot tell which of a frame's services are requests.

use std::collections::BTreeMap;

use sensor_protocols::dissect::enip::{GENERAL_STATUS, INCOMPLETE, IO, PCCC, UNFRAMED};
use sensor_protocols::observation::{
    Anomaly, Direction, Object, Observation, Outcome, Protocol, Transport,
};

use super::events::note;
use super::protocols::Protocols;
use super::report::{self, Event, Quality, count};

/// The port the oracle knows the protocol by.
pub(super) const PORT: u16 = 44_818;

const CONNECTION_MANAGER: u64 = 6;
/// Classes that the oracle has a dissector of its own for: it shows the bit of a reply to
/// their own services once more.
/// Safety supervisor, safety validator, Modbus, PCCC, connection configuration.
const WITH_DISSECTOR: [u64; 6] = [CONNECTION_MANAGER, 0x39, 0x3a, 0x44, 0x67, 0xf3];
const FORWARD_CLOSE: u64 = 0x4e;
/// The services of one class begin here.
const FIRST_SPECIFIC: u64 = 0x4b;

/// What the oracle shows of an observation.
#[derive(Clone, Debug)]
pub(super) enum Message {
    Command {
        code: u64,
        status: u64,
        /// To the port of the protocol.
        to_server: bool,
        malformed: bool,
    },
    Implicit,
    Service(Box<Service>),
    Pccc {
        command: Option<u64>,
        function: Option<u64>,
    },
}

/// A CIP service.
#[derive(Clone, Debug)]
pub(super) struct Service {
    code: u64,
    reply: bool,
    /// Of a reply.
    status: Option<u64>,
    classes: Vec<u64>,
    connected: Option<u64>,
    /// It went over a route.
    routed: bool,
    malformed: bool,
}

fn ids<'o>(
    observation: &'o Observation<'_>,
    wanted: &'static str,
) -> impl Iterator<Item = u64> + 'o {
    observation
        .objects
        .iter()
        .filter_map(move |object| match object {
            Object::Id { kind, id } if *kind == wanted => Some(*id),
            Object::Id { .. }
            | Object::Range { .. }
            | Object::Name(_)
            | Object::Address(_)
            | Object::Text { .. } => None,
        })
}

fn error(observation: &Observation<'_>) -> u64 {
    match observation.outcome {
        Outcome::Error { code, .. } => u64::from(code),
        Outcome::None | Outcome::Ok => 0,
    }
}

/// What an observation says of its message; `None` for bytes that are none.
pub(super) fn message(observation: &Observation<'_>) -> Option<Message> {
    let operation = observation.operation;
    if [UNFRAMED, INCOMPLETE].contains(&operation.name) {
        return None;
    }
    let malformed = observation.anomalies.contains(Anomaly::Truncated);
    let code = u64::from(operation.code);
    if observation.protocol == Protocol::Enip {
        return Some(if operation.code == IO {
            Message::Implicit
        } else {
            Message::Command {
                code,
                status: error(observation),
                to_server: observation.destination.port == PORT,
                malformed,
            }
        });
    }
    let reply = observation.direction == Direction::Response;
    if operation.code & PCCC != 0 {
        // The oracle reads the replies no further.
        return Some(Message::Pccc {
            command: (!reply).then(|| u64::from(operation.code & 0xff)),
            function: operation.sub.map(u64::from).filter(|_| !reply),
        });
    }
    let partial = ids(observation, GENERAL_STATUS).next();
    Some(Message::Service(Box::new(Service {
        code,
        reply,
        status: reply.then(|| partial.unwrap_or(error(observation))),
        classes: ids(observation, "class").collect(),
        connected: ids(observation, "connected_class").next(),
        routed: observation.station.is_some() && observation.transport == Transport::Tcp,
        malformed,
    })))
}

/// What the oracle shows of the services of a frame.
#[derive(Default)]
struct Shown {
    services: Vec<u64>,
    /// Whether it is a reply, of each.
    replies: Vec<bool>,
    classes: Vec<u64>,
    statuses: Vec<u64>,
}

impl Shown {
    /// Adds a service; `first` when it lies in no other.
    fn add(&mut self, service: &Service, first: bool) {
        self.services.push(service.code);
        self.replies.push(service.reply);
        self.statuses.extend(service.status);
        let of_manager = service.classes.contains(&CONNECTION_MANAGER);
        let own = |class: &u64| WITH_DISSECTOR.contains(class);
        if service.code >= FIRST_SPECIFIC && service.classes.first().is_some_and(own) {
            self.replies.push(service.reply);
        }
        if first && service.reply && service.routed && !of_manager {
            self.classes.push(CONNECTION_MANAGER);
        }
        self.classes.extend(&service.classes);
        self.classes.extend(service.connected);
        if service.code == FORWARD_CLOSE && of_manager && !service.reply {
            self.classes.extend(service.connected);
        }
    }
}

/// Makes the sections.
pub(super) fn book(
    frames: &BTreeMap<u64, Vec<Message>>,
    protocols: &mut Protocols,
    events: &mut BTreeMap<&'static str, Event>,
    quality: &mut Quality,
) -> (Option<report::Enip>, Option<report::Cip>) {
    let (mut enip, mut cip) = (None, None);
    for (frame, messages) in frames {
        protocols.shown("enip");
        if messages.iter().any(|m| matches!(m, Message::Implicit)) {
            protocols.application("cipio");
        } else {
            protocols.application("enip");
        }
        for message in messages {
            if let Message::Command { code, status, .. } = message {
                let section: &mut report::Enip = enip.get_or_insert_default();
                count(&mut section.commands, *code);
                count(&mut section.status, *status);
            }
        }
        quality.malformed_frames += u64::from(messages.iter().any(is_malformed));
        let shown = shown(messages);
        if !shown.services.is_empty() {
            services(messages, &shown, protocols, cip.get_or_insert_default());
        }
        for name in happened(messages, &shown) {
            note(events, name, *frame);
        }
    }
    (enip, cip)
}

fn is_malformed(message: &Message) -> bool {
    match message {
        Message::Command { malformed, .. } => *malformed,
        Message::Service(service) => service.malformed,
        Message::Implicit | Message::Pccc { .. } => false,
    }
}

fn shown(messages: &[Message]) -> Shown {
    let mut shown = Shown::default();
    let mut first = true;
    for message in messages {
        match message {
            Message::Service(service) => {
                shown.add(service, first);
                first = false;
            }
            Message::Command { .. } => first = true,
            Message::Implicit | Message::Pccc { .. } => {}
        }
    }
    shown
}

fn services(
    messages: &[Message],
    shown: &Shown,
    protocols: &mut Protocols,
    section: &mut report::Cip,
) {
    protocols.application("cip");
    if shown.classes.contains(&CONNECTION_MANAGER) {
        protocols.application("cipcm");
    }
    let mut pccc = false;
    for message in messages {
        if let Message::Pccc { command, function } = message {
            pccc = true;
            if let Some(command) = command {
                count(&mut section.pccc_commands, *command);
            }
            if let Some(function) = function {
                count(&mut section.pccc_functions, *function);
            }
        }
    }
    if pccc {
        protocols.application("cippccc");
    }
    for class in &shown.classes {
        count(&mut section.request_classes, *class);
    }
    for status in &shown.statuses {
        count(&mut section.general_status, *status);
    }
    if shown.services.len() != shown.replies.len() {
        section.services_of_unknown_direction += shown.services.len() as u64;
        return;
    }
    for (service, reply) in shown.services.iter().zip(&shown.replies) {
        let side = if *reply {
            &mut section.response_services
        } else {
            &mut section.request_services
        };
        count(side, *service);
    }
}

/// Event and the services whose request is it.
type Rule = (&'static str, fn(u64) -> bool);

const RULES: &[Rule] = &[
    ("cip.reset_request", |code| code == 5),
    ("cip.start_request", |code| code == 6),
    ("cip.stop_request", |code| code == 7),
    ("cip.set_attribute_request", |code| {
        matches!(code, 2 | 4 | 16)
    }),
    ("cip.create_or_delete_request", |code| matches!(code, 8 | 9)),
];

/// Events of a frame. As in the oracle each condition may hold for another of its messages.
fn happened(messages: &[Message], shown: &Shown) -> Vec<&'static str> {
    const LIST_IDENTITY: u64 = 0x63;
    const REGISTER_SESSION: u64 = 0x65;
    const FIRMWARE: u64 = 161;
    let to_server = |wanted: u64| {
        messages.iter().any(|message| {
            matches!(message, Message::Command { code, to_server: true, .. } if *code == wanted)
        })
    };
    let requests = shown.replies.iter().any(|reply| !reply);
    let service = |holds: &dyn Fn(u64) -> bool| shown.services.iter().any(|code| holds(*code));
    let mut names = Vec::new();
    let mut add = |name, holds: bool| names.extend(holds.then_some(name));
    add("enip.list_identity_request", to_server(LIST_IDENTITY));
    add("enip.register_session_request", to_server(REGISTER_SESSION));
    for (name, code) in RULES {
        add(name, requests && service(code));
    }
    let opens = service(&|code| matches!(code, 84 | 91));
    let manager = shown.classes.contains(&CONNECTION_MANAGER);
    add("cip.forward_open_request", requests && opens && manager);
    let firmware = shown.classes.contains(&FIRMWARE);
    add("cip.firmware_object_request", requests && firmware);
    let failed = shown.statuses.iter().any(|status| *status != 0);
    add("cip.error_status", failed);
    names
}

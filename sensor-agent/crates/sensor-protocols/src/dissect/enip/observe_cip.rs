//! From a CIP message to [`MessageFacts`]: one for each service in it, outer ones first.
//!
//! Data in: the octets of a request or reply, and the request that a reply answers. Data out: calls of
//! the sink.
//!
//! Limits: services lie inside each other [`DEPTH`] deep at most (an unconnected send holds a multiple
//! service packet, which holds services), and [`limits::CIP_SERVICES`] of one message are looked at,
//! however they lie inside each other; what is cut shows as `limit_reached` on the packet it is in.

use super::cip::{Body, Inside, Multiple, Reply, Request};
use super::identity::{Attributes, Texts};
use super::objects::Objects;
use super::pairing::{self, Asked};
use super::pccc::Pccc;
use super::services::{self, class, service};
use super::{observe_pccc, status};
use crate::dissect::cursor::Cursor;
use crate::dissect::{Emit, MessageFacts};
use crate::limits;
use crate::observation::{
    Anomaly, AnomalySet, AnsweredRequest, Direction, Identity, Operation, Outcome, Protocol,
};

/// How deep services lie inside each other.
const DEPTH: u8 = 3;

/// How many more services of one message are looked at. A packet takes room for all it holds before
/// any of them is entered, so that what does not fit shows on the packet itself.
pub(super) struct Room(usize);

impl Room {
    pub(super) const fn new() -> Self {
        Self(limits::CIP_SERVICES)
    }

    /// Room for `wanted` services, or for as many of them as there is.
    fn take(&mut self, wanted: usize) -> usize {
        let given = wanted.min(self.0);
        self.0 = self.0.saturating_sub(given);
        given
    }
}

/// What is inside of a service, and how many of its services are looked at.
#[derive(Clone, Copy)]
struct Entered<'a> {
    inside: Inside<'a>,
    services: usize,
}

impl<'a> Entered<'a> {
    /// Goes in so far as depth and room allow, and whether that is all. A single message takes no room:
    /// the depth bounds it.
    fn of(inside: Inside<'a>, depth: u8, room: &mut Room) -> (Self, bool) {
        let wanted = match inside {
            Inside::Nothing | Inside::Pccc(_) => 0,
            Inside::Message(_) => 1,
            Inside::Services(packet) => usize::from(packet.count),
        };
        let services = match inside {
            _ if depth >= DEPTH => 0,
            Inside::Services(_) => room.take(wanted),
            Inside::Nothing | Inside::Pccc(_) | Inside::Message(_) => wanted,
        };
        (Self { inside, services }, services == wanted)
    }
}

/// Where a request stands.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) depth: u8,
    /// Station behind the device, by the route.
    pub(super) station: Option<u32>,
    /// What the layer around it has to say about it.
    pub(super) anomalies: AnomalySet,
}

impl Place {
    const fn inside(self, station: Option<u32>) -> Self {
        Self {
            depth: self.depth.saturating_add(1),
            station: match station {
                Some(_) => station,
                None => self.station,
            },
            anomalies: AnomalySet::EMPTY,
        }
    }
}

/// Reports a request and what is inside, and keeps what its reply will be told with.
pub(super) fn request(
    bytes: &[u8],
    place: Place,
    room: &mut Room,
    kept: &mut pairing::Request,
    emit: &mut Emit<'_>,
) {
    let message = Request::read(bytes);
    let body = Body::read(&message);
    let asked = asked(&message, &body, place.station);
    let at = kept.len();
    let mut anomalies = place
        .anomalies
        .union(message.anomalies)
        .union(body.anomalies);
    if !kept.keep(asked, &message.path) {
        anomalies.insert(Anomaly::LimitReached);
    }
    let (entered, whole) = Entered::of(body.inside, place.depth, room);
    if !whole {
        anomalies.insert(Anomaly::LimitReached);
    }
    let what = lookup(&asked, !message.path.symbol.is_empty());
    if what.reserved {
        anomalies.insert(Anomaly::ReservedCode);
    }
    let symbol = kept.service(at).and_then(|asked| kept.symbol(asked));
    emit(&MessageFacts {
        station: place.station,
        objects: Objects::of(&asked, symbol).as_slice(),
        values: message.data,
        anomalies,
        size: bytes.len(),
        ..MessageFacts::new(Protocol::Cip, Direction::Request, operation(&asked, &what))
    });
    inside(entered, place.inside(body.station), room, kept, emit);
    let inside = kept.len().saturating_sub(at).saturating_sub(1);
    kept.holds(at, inside);
}

fn inside(
    entered: Entered<'_>,
    place: Place,
    room: &mut Room,
    kept: &mut pairing::Request,
    emit: &mut Emit<'_>,
) {
    match entered.inside {
        Inside::Nothing => {}
        Inside::Message(bytes) => {
            if entered.services == 1 {
                request(bytes, place, room, kept, emit);
            }
        }
        Inside::Services(packet) => {
            for bytes in packet.messages().take(entered.services) {
                request(bytes, place, room, kept, emit);
            }
        }
        Inside::Pccc(bytes) => observe_pccc::command(bytes, place.station, emit),
    }
}

fn asked(message: &Request<'_>, body: &Body<'_>, station: Option<u32>) -> Asked {
    let path = &message.path;
    let connected = body.connected.as_ref();
    let pccc = match body.inside {
        Inside::Pccc(bytes) => Pccc::read(bytes)
            .ok()
            .map(|pccc| (pccc.command, pccc.function)),
        Inside::Nothing | Inside::Message(_) | Inside::Services(_) => None,
    };
    Asked {
        service: message.service,
        class: path.class,
        instance: path.instance,
        inner_class: path.inner_class,
        inner_instance: path.inner_instance,
        attribute: path.attribute,
        member: path.member,
        points: connected.map_or(path.points, |connected| connected.points),
        connected: connected.and_then(|connected| connected.class),
        connected_instance: connected.and_then(|connected| connected.instance),
        station: station.or(connected.and_then(|connected| connected.link)),
        pccc,
        ..Asked::default()
    }
}

fn lookup(asked: &Asked, symbolic: bool) -> services::Service {
    let class = asked.class.or(symbolic.then_some(class::SYMBOL));
    services::lookup(asked.service, class)
}

fn operation(asked: &Asked, what: &services::Service) -> Operation {
    Operation {
        code: u32::from(asked.service),
        sub: asked.class,
        name: what.name,
        class: what.class,
    }
}

/// What a reply is known to answer.
#[derive(Clone, Copy)]
pub(super) struct Answered<'r> {
    pub(super) request: &'r pairing::Request,
    /// Number of the service in it.
    at: usize,
    told: AnsweredRequest,
}

impl<'r> Answered<'r> {
    pub(super) const fn new(request: &'r pairing::Request, told: AnsweredRequest) -> Self {
        Self {
            request,
            at: 0,
            told,
        }
    }

    fn asked(&self) -> Option<&'r Asked> {
        self.request.service(self.at)
    }

    fn at(self, at: usize) -> Self {
        Self { at, ..self }
    }

    /// The service that a reply with this code answers. The message behind an unconnected send is
    /// answered by its own target; the devices on the way answer with the service itself.
    fn answered_by(self, code: u8) -> Self {
        let sent = self.asked().is_some_and(|asked| {
            asked.service == service::UNCONNECTED_SEND
                && asked.class == Some(class::CONNECTION_MANAGER)
        });
        let first = self.at(self.at.saturating_add(1));
        if sent && first.asked().is_some_and(|asked| asked.service == code) {
            first
        } else {
            self
        }
    }
}

/// Reports a reply and what is inside.
pub(super) fn reply(
    bytes: &[u8],
    mut anomalies: AnomalySet,
    answered: Option<Answered<'_>>,
    depth: u8,
    room: &mut Room,
    emit: &mut Emit<'_>,
) {
    let reply = Reply::read(bytes);
    anomalies = anomalies.union(reply.anomalies);
    let answered = answered.map(|answered| answered.answered_by(reply.service));
    let request = answered.map(|answered| answered.told);
    let fits = |answered: &Answered<'_>| {
        answered
            .asked()
            .is_some_and(|asked| asked.service == reply.service)
    };
    if answered.is_some_and(|answered| answered.asked().is_some() && !fits(&answered)) {
        anomalies.insert(Anomaly::Mismatch);
    }
    let answered = answered.filter(fits);
    let nothing = Asked {
        service: reply.service,
        ..Asked::default()
    };
    let asked = answered
        .and_then(|answered| answered.asked())
        .unwrap_or(&nothing);
    let symbol = answered.and_then(|answered| answered.request.symbol(asked));
    if !status::is_defined(reply.status) {
        anomalies.insert(Anomaly::BadValue);
    }
    let packet = packet(&reply, depth, room, &mut anomalies);
    let texts = identity(&reply, asked);
    let what = lookup(asked, symbol.is_some());
    let mut objects = Objects::of(asked, symbol);
    if reply.status == status::PARTIAL_TRANSFER {
        objects.id(super::GENERAL_STATUS, Some(u32::from(reply.status)));
    }
    emit(&MessageFacts {
        station: asked.station,
        objects: objects.as_slice(),
        values: reply.data,
        outcome: outcome(&reply),
        anomalies,
        identity: texts.as_ref().map_or(Identity::NONE, Texts::identity),
        request,
        size: bytes.len(),
        ..MessageFacts::new(Protocol::Cip, Direction::Response, operation(asked, &what))
    });
    if let Some(packet) = packet {
        replies(packet, answered, depth, room, emit);
    } else if asked.class == Some(class::PCCC) && asked.service == service::EXECUTE_PCCC {
        observe_pccc::command_reply(reply.data, asked, request, emit);
    }
}

/// A packet of replies, and how many of them are looked at.
#[derive(Clone, Copy)]
struct Replies<'a> {
    packet: Multiple<'a>,
    services: usize,
}

/// The packet of replies that a reply is. One that failed as a whole carries none.
fn packet<'a>(
    reply: &Reply<'a>,
    depth: u8,
    room: &mut Room,
    anomalies: &mut AnomalySet,
) -> Option<Replies<'a>> {
    const EMBEDDED_ERROR: u8 = 0x1e;
    let carries = matches!(reply.status, 0 | EMBEDDED_ERROR);
    if reply.service != service::MULTIPLE || !carries {
        return None;
    }
    if depth >= DEPTH {
        anomalies.insert(Anomaly::LimitReached);
        return None;
    }
    let Ok(packet) = Multiple::read(reply.data) else {
        anomalies.insert(Anomaly::Truncated);
        return None;
    };
    if !packet.is_ordered() {
        anomalies.insert(Anomaly::BadPointer);
    }
    let wanted = usize::from(packet.count);
    let services = room.take(wanted);
    if services < wanted {
        anomalies.insert(Anomaly::LimitReached);
    }
    Some(Replies { packet, services })
}

/// Replies come in the order of the services of the packet that they answer.
fn replies(
    replies: Replies<'_>,
    answered: Option<Answered<'_>>,
    depth: u8,
    room: &mut Room,
    emit: &mut Emit<'_>,
) {
    let mut next = answered.map(|answered| answered.at(answered.at.saturating_add(1)));
    for bytes in replies.packet.messages().take(replies.services) {
        let kept = next.filter(|next| next.asked().is_some());
        let depth = depth.saturating_add(1);
        reply(bytes, AnomalySet::EMPTY, kept, depth, room, emit);
        next = next.map(|next| {
            let inside = next.asked().map_or(0, |asked| asked.inside);
            next.at(next.at.saturating_add(inside).saturating_add(1))
        });
    }
}

fn outcome(reply: &Reply<'_>) -> Outcome {
    match reply.status {
        0 | status::PARTIAL_TRANSFER => Outcome::Ok,
        failed => Outcome::Error {
            code: u32::from(failed),
            name: status::error_name(failed, reply.extended),
        },
    }
}

/// The identity object tells of the device itself only where no route leads beyond it.
fn identity(reply: &Reply<'_>, asked: &Asked) -> Option<Texts> {
    let all = asked.class == Some(class::IDENTITY)
        && asked.instance == Some(1)
        && asked.service == service::GET_ATTRIBUTES_ALL;
    if !all || asked.station.is_some() || reply.status != 0 {
        return None;
    }
    let attributes = Attributes::read(&mut Cursor::new(reply.data)).ok()?;
    Some(attributes.texts())
}

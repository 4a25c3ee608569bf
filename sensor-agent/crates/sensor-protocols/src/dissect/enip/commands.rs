//! Commands that carry no CIP: lists, sessions, and what the standard reserves.
//!
//! Data in: a message, who sent it, and the state of the connection. Data out: one call of the sink.
//! Source: CIP Volume 2, 2-4.

use super::cpf;
use super::encap::{Message, command};
use super::identity::{self, Attributes, Texts};
use super::observe::{Connection, answer, direction, facts};
use super::pairing::Key;
use crate::dissect::cursor::Cursor;
use crate::dissect::{Emit, Input, MessageFacts, Role};
use crate::observation::{Anomaly, AnomalySet, Direction, Identity, Transport};

/// Version of the encapsulation protocol (2-4).
const VERSION: u16 = 1;

/// Every other command.
pub(super) fn report(
    message: &Message<'_>,
    mut anomalies: AnomalySet,
    input: &Input<'_>,
    connection: &mut Connection,
    emit: &mut Emit<'_>,
) {
    let header = &message.header;
    let direction = direction(header, message.data, input.sender);
    anomalies = anomalies.union(fields(message, direction));
    if is_of_the_other_role(direction, input) {
        anomalies.insert(Anomaly::WrongRole);
    }
    session(message, direction, connection);
    let key = Key::Context(header.command, header.context);
    let mut request = None;
    match direction {
        Direction::Request => {
            if connection.pairing.is_crowded() {
                anomalies.insert(Anomaly::LimitReached);
            }
            let kept = connection.pairing.begin(key, input.time, input.frame);
            connection.pairing.keep(kept);
        }
        // On UDP the request may have been a broadcast, which is another flow.
        Direction::Response => {
            let mut told = AnomalySet::EMPTY;
            let (answered, kept) = answer(key, None, input, connection, &mut told, |_, told| told);
            request = answered;
            if input.transport == Transport::Tcp {
                anomalies = anomalies.union(told);
            }
            if let Some(kept) = kept {
                connection.pairing.done(kept);
            }
        }
        Direction::OneWay => {}
    }
    let texts = texts(message, direction, &mut anomalies);
    emit(&MessageFacts {
        values: message.data,
        request,
        identity: texts.as_ref().map_or(Identity::NONE, Texts::identity),
        ..facts(message, direction, anomalies)
    });
}

/// Only TCP tells the roles for certain.
fn is_of_the_other_role(direction: Direction, input: &Input<'_>) -> bool {
    let by_role = match input.sender {
        Role::Client => Direction::Request,
        Role::Server => Direction::Response,
    };
    input.transport == Transport::Tcp && direction != Direction::OneWay && direction != by_role
}

/// Departures in the data of a command (2-4).
fn fields(message: &Message<'_>, direction: Direction) -> AnomalySet {
    let header = &message.header;
    let mut anomalies = AnomalySet::EMPTY;
    let mut expect = |holds: bool, otherwise| {
        if !holds {
            anomalies.insert(otherwise);
        }
    };
    match header.command {
        command::REGISTER_SESSION => {
            let mut cursor = Cursor::new(message.data);
            match (cursor.u16_le(), cursor.u16_le()) {
                (Ok(version), Ok(options)) => {
                    // A refusal names the version that the target has.
                    expect(version == VERSION, Anomaly::BadVersion);
                    expect(options == 0, Anomaly::BadValue);
                    expect(cursor.is_empty(), Anomaly::TrailingBytes);
                }
                _ => expect(header.status != 0, Anomaly::Truncated),
            }
            let asks = direction == Direction::Request;
            expect(!asks || header.session == 0, Anomaly::BadValue);
        }
        command::UNREGISTER_SESSION => expect(message.data.is_empty(), Anomaly::TrailingBytes),
        _ => {}
    }
    anomalies
}

/// Learns the handle of the session.
fn session(message: &Message<'_>, direction: Direction, connection: &mut Connection) {
    let header = &message.header;
    match header.command {
        command::REGISTER_SESSION if direction == Direction::Response && header.status == 0 => {
            connection.session = Some(header.session);
        }
        command::UNREGISTER_SESSION => connection.session = None,
        _ => {}
    }
}

/// What the reply to a list says about the device.
fn texts(message: &Message<'_>, direction: Direction, anomalies: &mut AnomalySet) -> Option<Texts> {
    let listed = match message.header.command {
        command::LIST_IDENTITY => cpf::item::LIST_IDENTITY,
        command::LIST_SERVICES => cpf::item::LIST_SERVICES,
        _ => return None,
    };
    if direction != Direction::Response || message.data.is_empty() {
        return None;
    }
    let (mut texts, mut odd) = (None, false);
    let read = identity::items(message.data, &mut |item| {
        if item.kind == listed && listed == cpf::item::LIST_IDENTITY {
            match Attributes::of_item(item.data) {
                Ok(attributes) => texts = Some(attributes.texts()),
                Err(_) => odd = true,
            }
        }
    });
    match read {
        Ok(true) if !odd => {}
        Ok(true) => anomalies.insert(Anomaly::BadLength),
        Ok(false) => anomalies.insert(Anomaly::TrailingBytes),
        Err(_) => anomalies.insert(Anomaly::Truncated),
    }
    texts
}

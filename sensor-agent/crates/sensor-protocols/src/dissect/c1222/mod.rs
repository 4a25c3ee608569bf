//! ANSI C12.22: how electricity meters and the hosts that read them exchange tables.
//!
//! Sources: ANSI C12.22-2012 (IEEE 1703-2012), 5.3 (APDU, EPSEM, services) and annex C (UDP and TCP); ANSI
//! C12.19 for tables; X.227 for the elements of the APDU.
//!
//! # What comes out
//! One observation for each service of a message.
//! - `operation.code` is the service; a response has that of the request it answers, or [`RESPONSE`] where that
//!   was not seen. Services that are encrypted are one observation, [`ENCRYPTED`].
//! - `objects`: the node that is asked, as its application title in dotted notation; the `table`, its `offset` or
//!   `index`es; user and `user_id`; where a password is sent in clear `clear_text_password`. `values`: the data of
//!   tables, but of those with passwords and keys (42, 45, 46). A write to table 7, which starts a procedure, is `control`.
//! - `outcome`: `Error` with the response code.
//! - `identity`: the device of an answer to Identification, as its serial number.
//! - A response belongs to the request with its invocation identifier and place in the message.
//!
//! # Limits
//! [`limits::C1222_SERVICES`] services of a message. Segmented messages are told as what they begin with.
//! Authentication values are not checked.

mod apdu;
mod codes;
mod service;
#[cfg(test)]
mod tests;

use super::cursor::Cursor;
use super::framed::{Framed, Spoken, Whole};
use super::message::Message;
use super::message::exchange::Exchanges;
use super::message::framing::Measure;
use super::message::text::Text;
use super::registry::{Entry, Hint};
use super::{Emit, Input, Probe, ProbeInput, Role, ber};
use crate::limits;
use crate::observation::{Anomaly, Direction, OperationClass, Outcome, Protocol, Transport};
use apdu::Apdu;

pub(super) const ENTRY: Entry = Entry {
    protocol: Protocol::C1222,
    hints: &[Hint::Tcp(1153), Hint::Udp(1153)],
    anywhere: &[],
    probe,
    create: || Box::<Framed<C1222>>::default(),
};

/// Operation code of a response whose request was not seen.
pub const RESPONSE: u32 = 0x1_0000;

/// Operation code of services that are encrypted.
pub const ENCRYPTED: u32 = 0x1_0001;

/// Set in the key of a request for a table of passwords or keys.
const SECRET: u64 = 1 << 63;

/// Operation code of a message without services.
pub const EMPTY: u32 = 0x1_0002;

fn probe(input: &ProbeInput<'_>) -> Probe {
    match C1222::measure(input.bytes, input.transport) {
        Measure::Total(_) => Probe::Recognised(input.sender),
        Measure::Need(_) => Probe::Incomplete,
        Measure::Foreign => Probe::Unrecognised,
    }
}

/// One flow.
#[derive(Debug, Default)]
struct C1222 {
    exchanges: Exchanges,
}

impl Spoken for C1222 {
    const PROTOCOL: Protocol = Protocol::C1222;
    const MOST: usize = limits::C1222_MESSAGE;

    fn measure(bytes: &[u8], _: Transport) -> Measure {
        let mut cursor = Cursor::new(bytes);
        let need = Measure::Need(bytes.len().saturating_add(1));
        match cursor.u8() {
            Ok(apdu::TAG) => {}
            Ok(_) => return Measure::Foreign,
            Err(_) => return need,
        }
        let length = match ber::read_length(&mut cursor) {
            Ok(length) => length,
            Err(ber::BerError::Short(_)) => return need,
            Err(_) => return Measure::Foreign,
        };
        match cursor.peek_u8() {
            Some(tag) if apdu::is_element(tag) => {
                let header = u64::try_from(cursor.offset()).unwrap_or(u64::MAX);
                Measure::Total(
                    u64::try_from(length)
                        .unwrap_or(u64::MAX)
                        .saturating_add(header),
                )
            }
            None => need,
            Some(_) => Measure::Foreign,
        }
    }

    fn message(&mut self, whole: &Whole<'_>, input: &Input<'_>, emit: &mut Emit<'_>) {
        let mut apdu = Apdu::read(whole);
        let Some(mut services) = apdu.services.take() else {
            let mut message = whole.begin(Protocol::C1222, Direction::OneWay);
            message.anomalies = message.anomalies.union(apdu.anomalies);
            let (code, name) = if apdu.encrypted {
                (ENCRYPTED, "encrypted_services")
            } else {
                (EMPTY, "no_services")
            };
            message.is(code, name, OperationClass::Session);
            return message.emit(whole.size, emit);
        };
        let called = title(apdu.called);
        let calling = title(apdu.calling);
        let mut first = true;
        for at in 0..limits::C1222_SERVICES {
            let Some(service) = services.next() else {
                break;
            };
            let mut message = whole.begin(Protocol::C1222, Direction::Request);
            if std::mem::take(&mut first) {
                message.anomalies = message.anomalies.union(apdu.anomalies);
            }
            message.anomalies = message.anomalies.union(services.anomalies);
            let last = at == limits::C1222_SERVICES - 1;
            message.expect(!last || services.is_empty(), Anomaly::LimitReached);
            let request = service
                .first()
                .is_some_and(|code| *code >= codes::FIRST_REQUEST);
            let node = if request { &called } else { &calling };
            message.text("node", node.as_str());
            let key = |number: u32| u64::from(number) << 8 | u64::try_from(at).unwrap_or(0);
            if request {
                let key = key(apdu.calling_number);
                self.asked(service, key, &mut message, input);
            } else {
                let key = key(apdu.called_number.unwrap_or(apdu.calling_number));
                self.answered(service, key, &mut message, input);
            }
            message.emit(service.len(), emit);
        }
        if first {
            let mut message = whole.begin(Protocol::C1222, Direction::OneWay);
            message.anomalies = message
                .anomalies
                .union(apdu.anomalies)
                .union(services.anomalies);
            message.is(EMPTY, "no_services", OperationClass::Session);
            message.emit(whole.size, emit);
        }
    }

    fn lost(&mut self, sender: Role) {
        self.exchanges.lost(sender);
    }
}

impl C1222 {
    fn asked<'a>(
        &mut self,
        service: &'a [u8],
        key: u64,
        message: &mut Message<'a>,
        input: &Input<'_>,
    ) {
        let read = service::request(&mut Cursor::new(service), message);
        message.read(read);
        let secret = if service::is_secret(message) {
            SECRET
        } else {
            0
        };
        self.exchanges.ask(key | secret, message, input);
    }

    fn answered<'a>(
        &mut self,
        service: &'a [u8],
        key: u64,
        message: &mut Message<'a>,
        input: &Input<'_>,
    ) {
        message.direction = Direction::Response;
        message.is(RESPONSE, "response", OperationClass::Session);
        let mut cursor = Cursor::new(service);
        message.outcome = codes::outcome(cursor.u8().unwrap_or(0));
        let secret = self.exchanges.answer_if_asked(key | SECRET, message, input);
        let asked = match secret {
            Some(asked) => Some(asked),
            None => self.exchanges.answer(key, message, input),
        };
        if let Some(asked) = asked {
            message.operation = asked.operation;
        }
        if message.outcome == Outcome::Ok {
            let read = service::response(&mut cursor, message);
            message.read(read);
        }
        if secret.is_some() {
            message.values = &[];
        }
    }
}

/// An application title in dotted notation; relative ones begin with a dot.
fn title(title: Option<apdu::Title<'_>>) -> Text<{ limits::C1222_TITLE }> {
    let Some(title) = title else {
        return Text::default();
    };
    Text::of(format_args!("{title}"))
}

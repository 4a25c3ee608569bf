//! Which request a response answers, where a number joins the two.
//!
//! Data in: requests and responses of one flow in their order; either end may ask. Data out: for a
//! response the open request of the other end with the same key.
//!
//! Limits: [`limits::MESSAGE_OPEN_REQUESTS`] open requests of each end; the oldest makes room, flagged
//! `limit_reached`. Responses are judged once a request of their end was answered, until bytes are lost.

use super::Message;
use crate::dissect::open_requests::{Answer, OpenRequests};
use crate::dissect::{Input, Role};
use crate::limits;
use crate::observation::{Anomaly, AnsweredRequest, Object, Operation};
use crate::time::Timestamp;

/// An open request.
#[derive(Clone, Copy, Debug)]
pub(in crate::dissect) struct Asked {
    key: u64,
    pub(in crate::dissect) operation: Operation,
    /// Its first object, unless that is a name.
    pub(in crate::dissect) object: Option<Object<'static>>,
    time: Timestamp,
    frame: u64,
}

type Requests = OpenRequests<Asked, { limits::MESSAGE_OPEN_REQUESTS }>;

/// The open requests of one flow.
#[derive(Debug, Default)]
pub(in crate::dissect) struct Exchanges {
    client: Requests,
    server: Requests,
}

impl Exchanges {
    fn of(&mut self, asker: Role) -> &mut Requests {
        match asker {
            Role::Client => &mut self.client,
            Role::Server => &mut self.server,
        }
    }

    /// Keeps a request of the sender.
    pub(in crate::dissect) fn ask(
        &mut self,
        key: u64,
        message: &mut Message<'_>,
        input: &Input<'_>,
    ) {
        let asked = Asked {
            key,
            operation: message.operation,
            object: message.objects.list().first().and_then(owned),
            time: input.time,
            frame: input.frame,
        };
        let requests = self.of(input.sender);
        // A number that is used again belongs to a request that was given up.
        requests.give_up(|open| open.key == key);
        if requests.keep(asked).is_some() {
            message.flag(Anomaly::LimitReached);
        }
    }

    /// Joins a response of the sender to its request, if that was seen. What the response does not name
    /// it takes from there: operation and object.
    pub(in crate::dissect) fn answer(
        &mut self,
        key: u64,
        message: &mut Message<'_>,
        input: &Input<'_>,
    ) -> Option<Asked> {
        let asked = self.answer_if_asked(key, message, input);
        let requests = self.of(input.sender.peer());
        if asked.is_some() {
            requests.set_complete(true);
        } else if let Answer::Nothing = requests.unmatched() {
            message.flag(Anomaly::Unsolicited);
        }
        asked
    }

    /// The same for what is also sent without being asked for.
    pub(in crate::dissect) fn answer_if_asked(
        &mut self,
        key: u64,
        message: &mut Message<'_>,
        input: &Input<'_>,
    ) -> Option<Asked> {
        let requests = self.of(input.sender.peer());
        let asked = requests.take(|open| open.key == key)?;
        message.request = Some(AnsweredRequest {
            frame: asked.frame,
            latency: input.time.since(asked.time),
        });
        Some(asked)
    }

    /// Joins a response that does not say what it answers to the latest request whose key without its low
    /// octet is `group`.
    pub(in crate::dissect) fn answer_latest(
        &mut self,
        group: u64,
        message: &mut Message<'_>,
        input: &Input<'_>,
    ) -> Option<Asked> {
        let requests = self.of(input.sender.peer());
        let asked = requests.take_latest(|open| open.key >> 8 == group)?;
        message.request = Some(AnsweredRequest {
            frame: asked.frame,
            latency: input.time.since(asked.time),
        });
        Some(asked)
    }

    /// Requests of an end stay without an answer.
    pub(in crate::dissect) fn give_up(&mut self, asker: Role, is: impl Fn(u64) -> bool) {
        let requests = self.of(asker);
        while requests.any(|open| is(open.key)) {
            requests.give_up(|open| is(open.key));
        }
    }

    /// Messages of an end were not seen, and a request may have been among them.
    pub(in crate::dissect) fn lost(&mut self, sender: Role) {
        self.of(sender).set_complete(false);
    }
}

fn owned(object: &Object<'_>) -> Option<Object<'static>> {
    match *object {
        Object::Range {
            table,
            start,
            count,
        } => Some(Object::Range {
            table,
            start,
            count,
        }),
        Object::Id { kind, id } => Some(Object::Id { kind, id }),
        Object::Address(address) => Some(Object::Address(address)),
        Object::Name(_) | Object::Text { .. } => None,
    }
}

//! From a message of the connection itself to an observation: HEL, ACK, ERR, RHE.
//!
//! Data in: a chunk, who sent it, and the state of the connection. Data out: one call of the sink.

use super::body::{Body, Names};
use super::framing::{Chunk, Kind, part};
use super::observe::{Head, faulty, report};
use super::pairing::{Answer, Asked, HELLO};
use super::transport::{self, Agreed};
use super::{Opcua, message};
use crate::dissect::{Emit, Input, Role};
use crate::limits;
use crate::observation::{Anomaly, AnsweredRequest, Direction};

/// Tells a chunk.
pub(super) fn transport(
    state: &mut Opcua,
    chunk: &Chunk<'_>,
    input: &Input<'_>,
    emit: &mut Emit<'_>,
) {
    let mut names: Names = [0; limits::OPCUA_NAME_BYTES];
    let mut body = Body::new(&mut names);
    if chunk.part != part::FINAL {
        body.flag(Anomaly::BadValue);
    }
    let read = transport::read(chunk, &mut body);
    let agreed = faulty(read, &mut body).unwrap_or_default();
    if let Some(result) = body.result {
        message::check_status(result, &mut body);
    }
    let mut head = Head::new(transport::named(chunk.kind), Direction::Request);
    match chunk.kind {
        Kind::Hello => hello(state, input, &mut body),
        Kind::Acknowledge | Kind::Error => {
            head.direction = Direction::Response;
            head.request = acknowledged(state, chunk.kind, agreed, input, &mut body);
        }
        Kind::ReverseHello | Kind::Open | Kind::Close | Kind::Message => {
            head.direction = Direction::OneWay;
            // The end that opened the connection is the server.
            state.reversed = input.sender == Role::Client;
        }
    }
    report(&head, &body, chunk, input, emit);
}

fn hello(state: &mut Opcua, input: &Input<'_>, body: &mut Body<'_>) {
    // The end that did not open the connection asks: the server opened it.
    state.reversed = input.sender == Role::Server;
    state.begin();
    let (code, name, class) = transport::named(Kind::Hello);
    let asked = Asked {
        number: HELLO,
        code,
        name,
        class,
        items: None,
        told: body.told,
        time: input.time,
        frame: input.frame,
    };
    state.pairing.ask(asked);
}

/// An ACK or ERR; the first one answers the HEL.
fn acknowledged(
    state: &mut Opcua,
    kind: Kind,
    agreed: Agreed,
    input: &Input<'_>,
    body: &mut Body<'_>,
) -> Option<AnsweredRequest> {
    if kind == Kind::Acknowledge {
        state.agreed = agreed;
        if state.asks(input.sender) {
            body.flag(Anomaly::WrongRole);
        }
    }
    match state.pairing.answer(HELLO) {
        Answer::To(asked) => Some(asked.request(input.time)),
        Answer::Nothing if kind == Kind::Acknowledge => {
            body.flag(Anomaly::Unsolicited);
            None
        }
        Answer::Nothing | Answer::Unknown => None,
    }
}

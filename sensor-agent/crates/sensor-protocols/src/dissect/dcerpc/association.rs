//! One association: what was bound, and which calls are open.
//!
//! Data in: PDUs of both sides in their order. Data out: one call of the sink each.
//!
//! Limits: [`limits::DCERPC_CONTEXTS`], [`limits::DCERPC_OPEN_CALLS`]; the oldest makes room.

use super::body::{Body, fault, name, operation, report, returned};
use super::interfaces::{self, Returns};
use super::pdu::{Header, Verifier, kind};
use super::uuid::Uuid;
use super::{arguments, pdu, status};
use crate::dissect::cursor::{Cursor, Short};
use crate::dissect::open_requests::{Answer, OpenRequests};
use crate::dissect::{Emit, Role};
use crate::limits;
use crate::observation::{Anomaly, AnsweredRequest, Direction, Operation, Outcome};
use crate::time::Timestamp;

/// The level at which arguments are encrypted (MS-RPCE 2.2.1.1.8).
const PRIVACY: u8 = 6;

/// What carries the octets.
#[derive(Clone, Copy, Debug)]
pub(in crate::dissect) struct Carrier {
    pub(in crate::dissect) time: Timestamp,
    pub(in crate::dissect) frame: u64,
    pub(in crate::dissect) sender: Role,
    /// The end was not captured.
    pub(in crate::dissect) cut: bool,
}

/// A context: an interface in a transfer syntax.
#[derive(Clone, Copy, Debug)]
pub(super) struct Context {
    pub(super) id: u16,
    pub(super) interface: Uuid,
    /// Its transfer syntax, where its arguments can be read: whether it is the one of 64 bits.
    pub(super) wide: Option<bool>,
    pub(super) refused: bool,
}

/// An open call.
#[derive(Clone, Copy, Debug)]
struct Call {
    id: u32,
    operation: Operation,
    returns: Returns,
    interface: Option<Uuid>,
    time: Timestamp,
    frame: u64,
}

/// One association.
#[derive(Debug, Default)]
pub(in crate::dissect) struct Association {
    pub(super) contexts: Vec<Context>,
    /// Identifiers of the contexts of the bind that is not answered yet.
    pub(super) proposed: Vec<u16>,
    calls: OpenRequests<Call, { limits::DCERPC_OPEN_CALLS }>,
    /// Octets of a PDU on a pipe that are still to come, from client and server.
    left: [usize; 2],
}

impl Association {
    /// Octets that are kept for later PDUs.
    pub(in crate::dissect) fn held(&self) -> usize {
        let contexts = self
            .contexts
            .len()
            .saturating_mul(size_of::<Context>())
            .saturating_add(self.proposed.len().saturating_mul(size_of::<u16>()));
        let calls = self.calls.iter().count();
        calls
            .saturating_mul(size_of::<Call>())
            .saturating_add(contexts)
    }

    /// Octets were lost: nothing is known of PDUs that had begun, and calls may be missing.
    pub(in crate::dissect) fn lost(&mut self) {
        self.left = [0, 0];
        self.calls.set_complete(false);
    }

    /// Takes what was written to a pipe or read from it, and `left` octets more that are not there.
    pub(in crate::dissect) fn octets(
        &mut self,
        octets: &[u8],
        left: usize,
        carrier: &Carrier,
        emit: &mut Emit<'_>,
    ) {
        let [client, server] = &mut self.left;
        let behind = match carrier.sender {
            Role::Client => client,
            Role::Server => server,
        };
        let skipped = (*behind).min(octets.len());
        *behind = (*behind).saturating_sub(octets.len().saturating_add(left));
        let mut rest = octets.get(skipped..).unwrap_or_default();
        while let Ok(Some(header)) = Header::read(&mut Cursor::new(rest)) {
            let pdu = rest.get(..header.length).unwrap_or(rest);
            let missing = header.length.saturating_sub(rest.len());
            let part = Carrier {
                cut: carrier.cut || missing > 0,
                ..*carrier
            };
            self.one(pdu, &part, emit);
            if missing > 0 {
                let missing = missing.saturating_sub(left);
                match (&mut self.left, carrier.sender) {
                    ([client, _], Role::Client) => *client = missing,
                    ([_, server], Role::Server) => *server = missing,
                }
            }
            rest = rest.get(pdu.len()..).unwrap_or_default();
        }
    }

    /// Takes one PDU.
    pub(in crate::dissect) fn one(
        &mut self,
        octets: &[u8],
        carrier: &Carrier,
        emit: &mut Emit<'_>,
    ) {
        let mut cursor = Cursor::new(octets);
        let Ok(Some(header)) = Header::read(&mut cursor) else {
            return;
        };
        let mut body = Body::of(&header);
        let whole = octets.len() >= header.length;
        if !whole && !carrier.cut {
            body.flag(Anomaly::Truncated);
        }
        if !header.is_possible() {
            body.flag(Anomaly::BadLength);
        }
        let (stub, verifier) = if whole {
            header.split(cursor.rest())
        } else {
            (cursor.rest(), None)
        };
        let read = self.read(&header, stub, verifier.as_ref(), carrier, &mut body);
        if read.is_err() && whole {
            body.flag(Anomaly::BadLength);
        }
        let server = carrier.sender == Role::Server;
        if pdu::is_from_server(header.kind).is_some_and(|from| from != server) {
            body.flag(Anomaly::WrongRole);
        }
        report(&body, octets.len(), emit);
    }

    fn read(
        &mut self,
        header: &Header,
        stub: &[u8],
        verifier: Option<&Verifier<'_>>,
        carrier: &Carrier,
        body: &mut Body,
    ) -> Result<(), Short> {
        let mut cursor = Cursor::new(stub);
        match header.kind {
            kind::REQUEST if header.is_first() => {
                self.request(header, &mut cursor, verifier, carrier, body)?;
            }
            kind::RESPONSE | kind::FAULT => {
                self.response(header, &mut cursor, verifier, carrier, body)?;
            }
            kind::BIND | kind::ALTER_CONTEXT => {
                if header.kind == kind::BIND {
                    self.contexts.clear();
                    self.calls = OpenRequests::complete();
                }
                self.bind(header.order, &mut cursor, body)?;
            }
            kind::BIND_ACK | kind::ALTER_CONTEXT_RESPONSE => {
                self.accepted(header.order, &mut cursor, body)?;
            }
            kind::BIND_NAK => {
                let reason = header.order.u16(&mut cursor)?;
                body.outcome = Outcome::Error {
                    code: u32::from(reason),
                    name: status::refusal(reason),
                };
            }
            kind::CANCEL | kind::ORPHANED => self.calls.give_up(|call| call.id == header.call),
            _ => {}
        }
        if let Some(verifier) = verifier.filter(|_| header.kind >= kind::BIND) {
            body.sign_in(verifier);
        }
        Ok(())
    }

    /// 12.6.4.9.
    fn request(
        &mut self,
        header: &Header,
        cursor: &mut Cursor<'_>,
        verifier: Option<&Verifier<'_>>,
        carrier: &Carrier,
        body: &mut Body,
    ) -> Result<(), Short> {
        let order = header.order;
        cursor.skip(4)?; // size of all fragments
        let (context, number) = (order.u16(cursor)?, order.u16(cursor)?);
        if header.has_object() {
            cursor.skip(16)?;
        }
        let known = self.contexts.iter().find(|row| row.id == context).copied();
        let uuid = known.map(|context| context.interface);
        let interface = uuid.and_then(interfaces::find);
        body.operation = operation(interface, number);
        if let Some(uuid) = uuid {
            name(uuid, &mut body.told);
        }
        let encrypted = verifier.is_some_and(|verifier| verifier.level >= PRIVACY);
        let wide = known.and_then(|context| context.wide);
        if let (Some(interface), Some(wide), false) = (interface, wide, encrypted) {
            let key = (interface.number, number);
            arguments::read(key, wide, order, cursor.rest(), &mut body.told);
        }
        if let Some(verifier) = verifier {
            body.told.id("auth_level", verifier.level);
        }
        if known.is_some_and(|context| context.refused) {
            body.flag(Anomaly::BadValue);
        }
        let call = Call {
            id: header.call,
            operation: body.operation,
            returns: match interface {
                Some(interface) if !encrypted => interface.returns,
                _ => Returns::Other,
            },
            interface: uuid,
            time: carrier.time,
            frame: carrier.frame,
        };
        self.calls.give_up(|open| open.id == call.id);
        if self.calls.keep(call).is_some() {
            body.flag(Anomaly::LimitReached);
        }
        Ok(())
    }

    /// 12.6.4.10, 12.6.4.7. The last part of an answer says how the call ended.
    fn response(
        &mut self,
        header: &Header,
        cursor: &mut Cursor<'_>,
        verifier: Option<&Verifier<'_>>,
        carrier: &Carrier,
        body: &mut Body,
    ) -> Result<(), Short> {
        let order = header.order;
        if header.is_first() {
            body.operation = operation(None, 0);
            body.operation.name = pdu::name(header.kind);
        }
        cursor.skip(8)?; // size of all fragments, context, cancels
        let Some(call) = self.calls.take(|call| call.id == header.call) else {
            if header.is_first() && matches!(self.calls.unmatched(), Answer::Nothing) {
                body.flag(Anomaly::Unsolicited);
            }
            if header.kind == kind::FAULT {
                body.outcome = fault(order.u32(cursor)?);
            }
            return Ok(());
        };
        body.operation = call.operation;
        body.direction = Direction::Response;
        body.request = Some(AnsweredRequest {
            frame: call.frame,
            latency: carrier.time.since(call.time),
        });
        if let Some(uuid) = call.interface {
            name(uuid, &mut body.told);
        }
        let encrypted = verifier.is_some_and(|verifier| verifier.level >= PRIVACY);
        body.outcome = match header.kind {
            kind::FAULT => fault(order.u32(cursor)?),
            _ if header.is_last() && !encrypted => returned(call.returns, order, cursor.rest()),
            _ => Outcome::Ok,
        };
        if !header.is_last() {
            // The next part belongs to it as well, and says how the call ended.
            let _ = self.calls.keep(call);
        }
        Ok(())
    }
}

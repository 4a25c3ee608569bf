//! Messages of SMB2 and SMB3: header, and the compound that several of them make.
//!
//! Source: MS-SMB2 2.2.1 (header), 3.2.4.1.4 (compounds).

use super::body::{At, Body, Exchange};
use super::commands::{self, smb2};
use super::nbss::Frame;
use super::session::{Asked, Name, Session, TreeId, labelled};
use super::{smb2_requests, smb2_responses, status};
use crate::dissect::cursor::{Cursor, Short};
use crate::dissect::open_requests::Answer;
use crate::dissect::{Emit, Role, dcerpc};
use crate::limits;
use crate::observation::{Anomaly, Direction};

/// Length of the header.
pub(super) const HEADER: usize = 64;

/// Flags (2.2.1.2).
const RESPONSE: u32 = 0x0000_0001;
const ASYNC: u32 = 0x0000_0002;
const RELATED: u32 = 0x0000_0004;

/// Message identifier of what answers no request.
const NOTIFICATION: u64 = u64::MAX;

/// The header.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    size: u16,
    pub(super) status: u32,
    pub(super) command: u16,
    flags: u32,
    next: u32,
    message: u64,
    tree: u32,
    session: u64,
}

impl Header {
    pub(super) fn read(cursor: &mut Cursor<'_>) -> Result<Self, Short> {
        cursor.skip(4)?;
        let size = cursor.u16_le()?;
        cursor.skip(2)?; // credit charge
        let (status, command) = (cursor.u32_le()?, cursor.u16_le()?);
        cursor.skip(2)?; // credits
        let (flags, next) = (cursor.u32_le()?, cursor.u32_le()?);
        let message = cursor.u64_le()?;
        cursor.skip(4)?; // process, or half of the asynchronous identifier
        let (tree, session) = (cursor.u32_le()?, cursor.u64_le()?);
        cursor.skip(16)?; // signature
        Ok(Self {
            size,
            status,
            command,
            flags,
            next,
            message,
            tree,
            session,
        })
    }

    pub(super) const fn is_response(&self) -> bool {
        self.flags & RESPONSE != 0
    }

    /// The tree connection; `None` where the identifier of an asynchronous message stands instead.
    pub(super) const fn tree(&self) -> Option<TreeId> {
        if self.flags & ASYNC == 0 {
            Some((self.session, self.tree))
        } else {
            None
        }
    }
}

/// Whether the rest of a message is content of a file, by its head.
pub(super) fn carries_content(head: &[u8]) -> bool {
    let mut cursor = Cursor::new(head);
    let Ok(header) = Header::read(&mut cursor) else {
        return false;
    };
    let offset = match (header.command, header.is_response()) {
        (smb2::READ, true) if header.status == 0 => cursor.array().ok().map(|[_, _, at]| at.into()),
        (smb2::WRITE, false) => cursor
            .skip(2)
            .and_then(|()| cursor.u16_le())
            .ok()
            .map(usize::from),
        _ => return false,
    };
    let data = offset.and_then(|offset: usize| head.get(offset..));
    header.next == 0 && data.is_some_and(|data| data.len() > 16 && !dcerpc::begins(data))
}

/// What is handed from one message of a compound to the next.
#[derive(Debug, Default)]
pub(super) struct Compound {
    tree: Option<TreeId>,
    /// The file that the message before opened.
    pub(super) opened: Name,
}

/// One message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Message<'a> {
    pub(super) header: &'a Header,
    /// From its header on.
    pub(super) octets: &'a [u8],
    pub(super) tree: Option<TreeId>,
}

impl<'a> Message<'a> {
    /// The parameters, their size field first.
    pub(super) fn parameters(&self) -> Cursor<'a> {
        let mut cursor = Cursor::new(self.octets);
        let _ = cursor.skip(HEADER);
        cursor
    }

    /// The octets at an offset from the header. What lies outside is flagged, where the message is whole.
    pub(super) fn buffer(
        &self,
        offset: usize,
        length: usize,
        body: &mut Body<'_>,
        whole: bool,
    ) -> &'a [u8] {
        let rest = self.octets.get(offset..).unwrap_or_default();
        if length > rest.len() && whole {
            body.flag(Anomaly::BadLength);
        }
        rest.get(..length).unwrap_or(rest)
    }
}

/// Reports the messages of a session packet.
pub(super) fn messages(frame: &Frame<'_>, at: At, session: &mut Session, emit: &mut Emit<'_>) {
    let mut rest = frame.bytes;
    let mut compound = Compound::default();
    for position in 1..=limits::SMB_COMPOUND {
        let Ok(header) = Header::read(&mut Cursor::new(rest)) else {
            return short(rest, frame, emit);
        };
        let mut body = Body::default();
        let next = usize::try_from(header.next).unwrap_or(usize::MAX);
        let possible = next >= HEADER && next < rest.len();
        if header.size != 64 || (next > 0 && !possible) {
            body.flag(Anomaly::BadLength);
        }
        let octets = rest.get(..next).filter(|_| possible).unwrap_or(rest);
        if possible && position == limits::SMB_COMPOUND {
            body.flag(Anomaly::LimitReached);
        }
        let whole = possible || super::smb1::is_whole(frame);
        let tree = if header.flags & RELATED != 0 {
            compound.tree
        } else {
            compound.opened = None;
            header.tree()
        };
        compound.tree = tree;
        let message = Message {
            header: &header,
            octets,
            tree,
        };
        let size = if possible { next } else { beyond(frame, rest) };
        let context = Context {
            frame,
            at,
            size,
            whole,
        };
        if header.is_response() {
            response(&message, body, &context, session, emit);
        } else {
            request(&message, body, &context, &mut compound, session, emit);
        }
        if !possible {
            return;
        }
        rest = rest.get(next..).unwrap_or_default();
    }
}

/// Size of the last message: what is there of it and what is not.
fn beyond(frame: &Frame<'_>, rest: &[u8]) -> usize {
    let before = frame.bytes.len().saturating_sub(rest.len());
    frame.length.saturating_sub(before)
}

/// What the reader of a message needs to know of the packet around it.
#[derive(Clone, Copy, Debug)]
struct Context<'a> {
    frame: &'a Frame<'a>,
    at: At,
    size: usize,
    whole: bool,
}

fn short(rest: &[u8], frame: &Frame<'_>, emit: &mut Emit<'_>) {
    let mut body = Body::default();
    body.flag(Anomaly::Truncated);
    let mut cursor = Cursor::new(rest);
    let command = cursor.skip(12).and_then(|()| cursor.u16_le());
    let operation = commands::smb2_operation(command.unwrap_or(u16::MAX), None);
    body.report(
        &Exchange::new(operation, Direction::OneWay),
        frame,
        rest.len(),
        emit,
    );
}

fn request<'a>(
    message: &Message<'a>,
    mut body: Body<'a>,
    context: &Context<'_>,
    compound: &mut Compound,
    session: &mut Session,
    emit: &mut Emit<'_>,
) {
    let (header, at) = (message.header, context.at);
    if header.command == smb2::NEGOTIATE {
        session.starts();
    }
    let read = smb2_requests::read(message, &mut body, context.whole, compound, session);
    if read.is_err() {
        body.flag(Anomaly::BadLength);
    }
    let operation = commands::smb2_operation(header.command, body.sub);
    if at.sender == Role::Server {
        body.flag(Anomaly::WrongRole);
    }
    let named = header.command != smb2::NEGOTIATE;
    let asked = Asked {
        key: header.message,
        operation,
        label: labelled(body.told.first_name().filter(|_| named)),
        file: body.file,
        start: body.start,
        time: at.time,
        frame: at.frame,
    };
    let expected = header.command != smb2::CANCEL && at.sender == Role::Client;
    if expected && !session.ask(asked) {
        body.flag(Anomaly::LimitReached);
    }
    let exchange = Exchange::new(operation, Direction::Request);
    body.report(&exchange, context.frame, context.size, emit);
    super::calls(&body, context.frame, at, session, emit);
}

fn response<'a>(
    message: &Message<'a>,
    mut body: Body<'a>,
    context: &Context<'_>,
    session: &mut Session,
    emit: &mut Emit<'_>,
) {
    let (header, at) = (message.header, context.at);
    let asked = answered(header, &mut body, session);
    if let Some(asked) = &asked {
        asked.repeat(&mut body.told);
    }
    let outcome = status::outcome(header.status);
    let read = smb2_responses::read(message, &mut body, context.whole, asked.as_ref(), session);
    // A refusal has a body of its own; of one without a body nothing is missed.
    if read.is_err() && header.status == 0 {
        body.flag(Anomaly::BadLength);
    }
    let operation = asked.as_ref().map_or_else(
        || commands::smb2_operation(header.command, None),
        |asked| asked.operation,
    );
    if at.sender == Role::Client {
        body.flag(Anomaly::WrongRole);
    }
    let request = asked.as_ref().map(|asked| asked.answered(at.time));
    let direction = if header.message == NOTIFICATION {
        Direction::OneWay
    } else {
        Direction::Response
    };
    let exchange = Exchange::new(operation, direction).ended(outcome, request);
    body.report(&exchange, context.frame, context.size, emit);
    if let Some(asked) = asked.filter(|_| header.status == status::PENDING) {
        // The final response comes later.
        session.ask(asked);
    }
    super::calls(&body, context.frame, at, session, emit);
}

/// The request that a response answers.
fn answered(header: &Header, body: &mut Body<'_>, session: &mut Session) -> Option<Asked> {
    if header.message == NOTIFICATION {
        return None;
    }
    match session.answer(header.message) {
        Answer::To(asked) => {
            let command = asked.operation.code.saturating_sub(commands::SMB2);
            if command == u32::from(header.command) {
                return Some(asked);
            }
            // A negotiation that began in SMB1 is answered in SMB2.
            body.flag(Anomaly::Mismatch);
            None
        }
        Answer::Nothing if header.command == smb2::NEGOTIATE && header.message == 0 => None,
        Answer::Nothing => {
            body.flag(Anomaly::Unsolicited);
            None
        }
        Answer::Unknown => None,
    }
}

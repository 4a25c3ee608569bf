//! Messages of SMB1: header, and the chain of commands behind it.
//!
//! Source: MS-CIFS 2.2.3 (structure), 2.2.3.4 (chains of commands).

use super::body::{At, Body, Exchange};
use super::commands::{self, smb1};
use super::nbss::{Frame, Missing};
use super::session::{Asked, Session, labelled};
use super::{smb1_requests, smb1_responses, status};
use crate::dissect::cursor::{Cursor, Short};
use crate::dissect::open_requests::Answer;
use crate::dissect::{Emit, Role, dcerpc};
use crate::limits;
use crate::observation::{Anomaly, AnsweredRequest, Direction, Outcome};

/// Length of the header.
pub(super) const HEADER: usize = 32;

/// Bits of the flags (2.2.3.1).
const REPLY: u8 = 0x80;
const UNICODE: u16 = 0x8000;
const NT_STATUS: u16 = 0x4000;

/// The command that ends a chain.
const NONE: u8 = 0xff;

/// The header.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    pub(super) command: u8,
    status: [u8; 4],
    flags: u8,
    flags2: u16,
    pub(super) tree: u16,
    process: u16,
    pub(super) multiplex: u16,
}

impl Header {
    pub(super) fn read(cursor: &mut Cursor<'_>) -> Result<Self, Short> {
        cursor.skip(4)?;
        let (command, status) = (cursor.u8()?, cursor.array()?);
        let (flags, flags2) = (cursor.u8()?, cursor.u16_le()?);
        cursor.skip(12)?; // upper half of the process, signature, reserved
        let (tree, process) = (cursor.u16_le()?, cursor.u16_le()?);
        cursor.skip(2)?; // user
        let multiplex = cursor.u16_le()?;
        Ok(Self {
            command,
            status,
            flags,
            flags2,
            tree,
            process,
            multiplex,
        })
    }

    pub(super) const fn is_reply(&self) -> bool {
        self.flags & REPLY != 0
    }

    pub(super) const fn is_unicode(&self) -> bool {
        self.flags2 & UNICODE != 0
    }

    fn outcome(&self) -> Outcome {
        let [class, _, low, high] = self.status;
        if self.flags2 & NT_STATUS != 0 {
            status::outcome(u32::from_le_bytes(self.status))
        } else {
            status::classic(class, u16::from_le_bytes([low, high]))
        }
    }

    /// What joins a response to its request.
    fn key(&self, command: u8) -> u64 {
        self.conversation() | u64::from(command) << 32
    }

    /// What joins the parts of a transaction.
    pub(super) fn conversation(&self) -> u64 {
        u64::from(self.process) << 16 | u64::from(self.multiplex)
    }
}

/// One command of a message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block<'a> {
    pub(super) header: &'a Header,
    pub(super) command: u8,
    pub(super) message: &'a [u8],
    pub(super) words: &'a [u8],
    pub(super) bytes: &'a [u8],
    /// Where in the message the bytes start: strings of two octets a character are aligned.
    pub(super) bytes_at: usize,
}

impl<'a> Block<'a> {
    /// Reads the block at an offset; false as well when it ends early.
    fn read(
        header: &'a Header,
        command: u8,
        message: &'a [u8],
        at: usize,
    ) -> Result<(Self, bool), Short> {
        let mut cursor = Cursor::new(message);
        cursor.skip(at)?;
        let words = usize::from(cursor.u8()?).saturating_mul(2);
        let words = cursor.take(words)?;
        let count = usize::from(cursor.u16_le()?);
        let bytes_at = cursor.offset();
        let whole = count <= cursor.remaining();
        let bytes = cursor.take(count.min(cursor.remaining()))?;
        let block = Self {
            header,
            command,
            message,
            words,
            bytes,
            bytes_at,
        };
        Ok((block, whole))
    }

    /// Words of the parameters.
    pub(super) const fn count(&self) -> usize {
        self.words.len() / 2
    }

    /// The octets of the message at an offset.
    pub(super) fn data(&self, offset: usize, length: usize) -> &'a [u8] {
        let rest = self.message.get(offset..).unwrap_or_default();
        rest.get(..length).unwrap_or(rest)
    }

    /// Command that follows and where.
    fn next(&self) -> Option<(u8, usize)> {
        let mut words = Cursor::new(self.words);
        let (command, _, offset) = (words.u8().ok()?, words.u8().ok()?, words.u16_le().ok()?);
        Some((command, usize::from(offset)))
    }
}

const fn is_andx(command: u8) -> bool {
    matches!(
        command,
        smb1::LOCKING_ANDX
            | smb1::OPEN_ANDX
            | smb1::READ_ANDX
            | smb1::WRITE_ANDX
            | smb1::SESSION_SETUP_ANDX
            | smb1::LOGOFF_ANDX
            | smb1::TREE_CONNECT_ANDX
            | smb1::NT_CREATE_ANDX
    )
}

/// Whether the rest of a message is content of a file, by its head.
pub(super) fn carries_content(head: &[u8]) -> bool {
    let mut cursor = Cursor::new(head);
    let Ok(header) = Header::read(&mut cursor) else {
        return false;
    };
    let Ok((block, _)) = Block::read(&header, header.command, head, HEADER) else {
        return false;
    };
    let offset = match (header.command, header.is_reply(), block.count()) {
        (smb1::READ_ANDX, true, 12) => smb1_responses::read_offset(block.words),
        (smb1::WRITE_ANDX, false, 12 | 14) => smb1_requests::write_offset(block.words),
        _ => return false,
    };
    let alone = block.next().is_some_and(|(command, _)| command == NONE);
    let data = offset.and_then(|offset| head.get(offset..));
    alone && data.is_some_and(|data| data.len() > 16 && !dcerpc::begins(data))
}

/// Reports a message.
pub(super) fn message(frame: &Frame<'_>, at: At, session: &mut Session, emit: &mut Emit<'_>) {
    let mut cursor = Cursor::new(frame.bytes);
    let Ok(header) = Header::read(&mut cursor) else {
        let mut body = Body::default();
        body.flag(Anomaly::Truncated);
        let operation = commands::smb1_operation(frame.bytes.get(4).copied().unwrap_or(NONE), None);
        let size = frame.length;
        body.report(
            &Exchange::new(operation, Direction::OneWay),
            frame,
            size,
            emit,
        );
        return;
    };
    let (mut command, mut offset) = (header.command, HEADER);
    for position in 1..=limits::SMB_CHAIN {
        let mut body = Body::default();
        let mut next = None;
        if let Ok((block, whole)) = Block::read(&header, command, frame.bytes, offset) {
            if !whole && !frame.skipped {
                body.flag(Anomaly::BadLength);
            }
            if is_andx(command) {
                next = follows(&block, offset, &mut body);
            }
            if position == limits::SMB_CHAIN && next.is_some() {
                body.flag(Anomaly::LimitReached);
            }
            if header.is_reply() {
                response(&block, body, frame, at, session, emit);
            } else {
                request(&block, body, frame, at, session, emit);
            }
        } else {
            body.flag(Anomaly::Truncated);
            bare(&header, command, &body, frame, emit);
        }
        match next {
            Some((following, at)) => (command, offset) = (following, at),
            None => return,
        }
    }
}

/// The command after this one. It must lie ahead, so that a chain ends.
fn follows(block: &Block<'_>, offset: usize, body: &mut Body<'_>) -> Option<(u8, usize)> {
    let (command, at) = block.next()?;
    body.told.id("andx_command", command);
    if command == NONE {
        return None;
    }
    let behind = offset.saturating_add(block.words.len());
    if at <= behind || at >= block.message.len() {
        body.flag(Anomaly::BadValue);
        return None;
    }
    Some((command, at))
}

/// Reports a command whose parameters are not there.
fn bare(header: &Header, command: u8, body: &Body<'_>, frame: &Frame<'_>, emit: &mut Emit<'_>) {
    let operation = commands::smb1_operation(command, None);
    let (direction, outcome) = if header.is_reply() {
        (Direction::Response, header.outcome())
    } else {
        (Direction::Request, Outcome::None)
    };
    let size = frame.length;
    body.report(
        &Exchange::new(operation, direction).ended(outcome, None),
        frame,
        size,
        emit,
    );
}

fn request<'a>(
    block: &Block<'a>,
    mut body: Body<'a>,
    frame: &Frame<'_>,
    at: At,
    session: &mut Session,
    emit: &mut Emit<'_>,
) {
    let header = block.header;
    if block.command == smb1::NEGOTIATE {
        session.starts();
    }
    if smb1_requests::read(block, &mut body, session).is_err() {
        body.flag(Anomaly::BadLength);
    }
    let sub = body.sub.and_then(|sub| u16::try_from(sub).ok());
    let operation = commands::smb1_operation(block.command, sub);
    if at.sender == Role::Server && block.command != smb1::LOCKING_ANDX {
        body.flag(Anomaly::WrongRole);
    }
    let expected = !matches!(
        block.command,
        smb1::NT_CANCEL
            | smb1::TRANSACTION_SECONDARY
            | smb1::TRANSACTION2_SECONDARY
            | smb1::NT_TRANSACT_SECONDARY
    );
    let named = block.command != smb1::NEGOTIATE;
    let asked = Asked {
        key: header.key(block.command),
        operation,
        label: labelled(body.told.first_name().filter(|_| named)),
        file: body.file,
        start: body.start,
        time: at.time,
        frame: at.frame,
    };
    if expected && at.sender == Role::Client && !session.ask(asked) {
        body.flag(Anomaly::LimitReached);
    }
    let size = frame.length;
    let direction = Direction::Request;
    body.report(&Exchange::new(operation, direction), frame, size, emit);
    super::calls(&body, frame, at, session, emit);
}

fn response<'a>(
    block: &Block<'a>,
    mut body: Body<'a>,
    frame: &Frame<'_>,
    at: At,
    session: &mut Session,
    emit: &mut Emit<'_>,
) {
    let header = block.header;
    let outcome = header.outcome();
    let answer = session.answer(header.key(block.command));
    let asked = match answer {
        Answer::To(asked) => Some(asked),
        Answer::Nothing => {
            // Several responses may answer one transaction.
            if session.primary(header.conversation()) != Some(block.command) {
                body.flag(Anomaly::Unsolicited);
            }
            None
        }
        Answer::Unknown => None,
    };
    if let Some(asked) = &asked {
        asked.repeat(&mut body.told);
    }
    let transaction = [smb1::TRANSACTION, smb1::TRANSACTION2, smb1::NT_TRANSACT];
    if transaction.contains(&block.command) {
        // Also of a refusal: an implant answers with another identifier than it was asked with.
        body.told.id("multiplex_id", header.multiplex);
    }
    let failed = matches!(outcome, Outcome::Error { .. });
    let readable = !failed || block.count() > 0;
    if readable && smb1_responses::read(block, &mut body, asked.as_ref(), session).is_err() {
        body.flag(Anomaly::BadLength);
    }
    let operation = asked.as_ref().map_or_else(
        || commands::smb1_operation(block.command, None),
        |asked| asked.operation,
    );
    if at.sender == Role::Client {
        body.flag(Anomaly::WrongRole);
    }
    let request: Option<AnsweredRequest> = asked.as_ref().map(|asked| asked.answered(at.time));
    let size = frame.length;
    let direction = Direction::Response;
    body.report(
        &Exchange::new(operation, direction).ended(outcome, request),
        frame,
        size,
        emit,
    );
    super::calls(&body, frame, at, session, emit);
}

/// Whether the end of a message is there to be judged.
pub(super) fn is_whole(frame: &Frame<'_>) -> bool {
    frame.missing == Missing::Nothing && !frame.skipped
}

//! Messages of the connection itself: HEL, ACK, ERR, RHE (OPC 10000-6, 7.1.2).

use super::body::Body;
use super::framing::{Chunk, Kind};
use super::layout::session::ENDPOINT;
use super::reader::{self, Read};
use crate::dissect::cursor::Cursor;
use crate::observation::{Anomaly, OperationClass};

/// Operation codes, above all numbers of services.
pub mod code {
    /// HEL, and the ACK that answers it.
    pub const HELLO: u32 = 0x1_0001;
    pub const ERROR: u32 = 0x1_0002;
    pub const REVERSE_HELLO: u32 = 0x1_0003;
    pub const CHUNK: u32 = 0x1_0004;
    pub const ABORT: u32 = 0x1_0005;
    pub const ENCRYPTED: u32 = 0x1_0006;
    pub const UNREADABLE: u32 = 0x1_0007;
    /// A type that is no number of the standard namespace.
    pub const FOREIGN: u32 = 0x1_0008;
}

/// Kind of the object that is why a peer gave up, in its words.
pub(super) const REASON: &str = "reason";

/// What an operation is called, and its class.
pub(super) type Named = (u32, &'static str, OperationClass);

const HELLO: Named = (code::HELLO, "hello", OperationClass::Session);
const ERROR: Named = (code::ERROR, "error", OperationClass::Session);
const REVERSE: Named = (
    code::REVERSE_HELLO,
    "reverse_hello",
    OperationClass::Session,
);

/// What a message of the connection is.
pub(super) const fn named(kind: Kind) -> Named {
    match kind {
        Kind::Error => ERROR,
        Kind::ReverseHello => REVERSE,
        Kind::Hello | Kind::Acknowledge | Kind::Open | Kind::Close | Kind::Message => HELLO,
    }
}

/// Longest address (7.1.2.3).
const ADDRESS: usize = 4096;
/// Smallest buffer (7.1.2.3).
const BUFFER: u32 = 8192;

/// The largest chunks that the server takes and sends, of an ACK.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Agreed {
    pub(super) to_server: Option<u32>,
    pub(super) to_client: Option<u32>,
}

/// Reads a message of the connection; answers what an ACK agrees on.
pub(super) fn read<'a>(chunk: &Chunk<'a>, body: &mut Body<'a>) -> Read<Agreed> {
    let mut cursor = Cursor::new(chunk.octets);
    let mut agreed = Agreed::default();
    match chunk.kind {
        Kind::Hello => {
            limits(&mut cursor, body)?;
            address(ENDPOINT, &mut cursor, body)?;
        }
        Kind::Acknowledge => {
            let [receive, send] = limits(&mut cursor, body)?;
            agreed = Agreed {
                to_server: Some(receive),
                to_client: Some(send),
            };
            body.result = Some(0);
        }
        Kind::Error => {
            body.result = Some(cursor.u32_le()?);
            body.text(REASON, reader::text(&mut cursor)?);
        }
        Kind::ReverseHello | Kind::Open | Kind::Close | Kind::Message => {
            address("server_uri", &mut cursor, body)?;
            address(ENDPOINT, &mut cursor, body)?;
        }
    }
    if !cursor.is_empty() {
        body.flag(Anomaly::TrailingBytes);
    }
    Ok(agreed)
}

/// Version and limits: answers the sizes of the buffers to receive and to send.
fn limits(cursor: &mut Cursor<'_>, body: &mut Body<'_>) -> Read<[u32; 2]> {
    let version = cursor.u32_le()?;
    if version != 0 {
        body.id("protocol_version", version);
    }
    let buffers = [cursor.u32_le()?, cursor.u32_le()?];
    if buffers.iter().any(|octets| *octets < BUFFER) {
        body.flag(Anomaly::BadValue);
    }
    cursor.skip(8)?;
    Ok(buffers)
}

fn address<'a>(kind: &'static str, cursor: &mut Cursor<'a>, body: &mut Body<'a>) -> Read<()> {
    let text = reader::text(cursor)?;
    if text.len() > ADDRESS {
        body.flag(Anomaly::BadLength);
    }
    body.text(kind, text);
    Ok(())
}

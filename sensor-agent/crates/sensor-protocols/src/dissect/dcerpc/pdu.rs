//! PDUs of connection-oriented DCE/RPC.
//!
//! Sources: C706, 12.6 (structure, types); MS-RPCE 2.2.2 (extensions).

use super::uuid::{Order, Uuid};
use crate::dissect::cursor::{Cursor, Short};

/// Length of the header that all PDUs have.
pub(super) const HEADER: usize = 16;

/// Types (12.6.4.1).
pub(super) mod kind {
    pub(in super::super) const REQUEST: u8 = 0;
    pub(in super::super) const RESPONSE: u8 = 2;
    pub(in super::super) const FAULT: u8 = 3;
    pub(in super::super) const BIND: u8 = 11;
    pub(in super::super) const BIND_ACK: u8 = 12;
    pub(in super::super) const BIND_NAK: u8 = 13;
    pub(in super::super) const ALTER_CONTEXT: u8 = 14;
    pub(in super::super) const ALTER_CONTEXT_RESPONSE: u8 = 15;
    pub(in super::super) const CANCEL: u8 = 18;
    pub(in super::super) const ORPHANED: u8 = 19;
}

/// Flags (12.6.3.1).
const FIRST: u8 = 0x01;
const LAST: u8 = 0x02;
const OBJECT: u8 = 0x80;

/// Name of a type.
pub(super) const fn name(kind: u8) -> &'static str {
    match kind {
        0 => "request",
        2 => "response",
        3 => "fault",
        11 => "bind",
        12 => "bind_ack",
        13 => "bind_nak",
        14 => "alter_context",
        15 => "alter_context_response",
        16 => "auth3",
        17 => "shutdown",
        18 => "cancel",
        19 => "orphaned",
        20 => "rts",
        _ => "unknown",
    }
}

/// Whether the server sends a type; `None` when either may.
pub(super) const fn is_from_server(kind: u8) -> Option<bool> {
    match kind {
        0 | 11 | 14 | 16 | 18 | 19 => Some(false),
        2 | 3 | 12 | 13 | 15 | 17 => Some(true),
        _ => None,
    }
}

/// The header.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    pub(super) kind: u8,
    flags: u8,
    pub(super) order: Order,
    /// Length of the PDU, this header included.
    pub(super) length: usize,
    /// Length of the proof of who sent it.
    authentication: usize,
    pub(super) call: u32,
}

impl Header {
    /// Reads a header; `None` when the octets are none of a version that exists.
    pub(super) fn read(cursor: &mut Cursor<'_>) -> Result<Option<Self>, Short> {
        let (version, minor) = (cursor.u8()?, cursor.u8()?);
        let (kind, flags) = (cursor.u8()?, cursor.u8()?);
        let [representation, floating, reserved, other] = cursor.array()?;
        let order = match representation >> 4 {
            0 => Order::Big,
            1 => Order::Little,
            _ => return Ok(None),
        };
        // Characters are ASCII or EBCDIC, and there are four kinds of floating point numbers (14.1).
        let known = representation & 0x0f <= 1 && floating <= 3 && reserved == 0 && other == 0;
        let length = usize::from(order.u16(cursor)?);
        let authentication = usize::from(order.u16(cursor)?);
        let call = order.u32(cursor)?;
        let fits = version == 5 && minor <= 1 && kind <= 20 && known && length >= HEADER;
        Ok(fits.then_some(Self {
            kind,
            flags,
            order,
            length,
            authentication,
            call,
        }))
    }

    /// Whether this is the first part of a message, or all of it.
    pub(super) const fn is_first(&self) -> bool {
        self.flags & FIRST != 0
    }

    pub(super) const fn is_last(&self) -> bool {
        self.flags & LAST != 0
    }

    /// Whether the UUID of an object follows the header of a request.
    pub(super) const fn has_object(&self) -> bool {
        self.flags & OBJECT != 0
    }

    /// Whether the lengths can be, as far as the header tells.
    pub(super) const fn is_possible(&self) -> bool {
        self.authentication == 0 || self.authentication.saturating_add(24) <= self.length
    }

    /// Splits what follows the header into body and proof.
    pub(super) fn split<'a>(&self, octets: &'a [u8]) -> (&'a [u8], Option<Verifier<'a>>) {
        const TRAILER: usize = 8;
        if self.authentication == 0 {
            return (octets, None);
        }
        let size = self.authentication.saturating_add(TRAILER);
        let Some((body, trailer)) = octets
            .len()
            .checked_sub(size)
            .and_then(|at| octets.split_at_checked(at))
        else {
            return (octets, None);
        };
        let [kind, level, padding, _, _, _, _, _, token @ ..] = trailer else {
            return (octets, None);
        };
        let end = body.len().saturating_sub(usize::from(*padding));
        let verifier = Verifier {
            kind: *kind,
            level: *level,
            token,
        };
        (body.get(..end).unwrap_or(body), Some(verifier))
    }
}

/// Proof of who sent a PDU (MS-RPCE 2.2.2.11).
#[derive(Clone, Copy, Debug)]
pub(super) struct Verifier<'a> {
    /// Mechanism: 9 SPNEGO, 10 NTLM, 16 Kerberos, 68 Netlogon.
    pub(super) kind: u8,
    /// 1 none, 2 connect, 5 integrity, 6 privacy.
    pub(super) level: u8,
    pub(super) token: &'a [u8],
}

/// An interface or a transfer syntax, with its version.
#[derive(Clone, Copy, Debug)]
pub(super) struct Syntax {
    pub(super) uuid: Uuid,
    pub(super) version: u32,
}

impl Syntax {
    pub(super) fn read(order: Order, cursor: &mut Cursor<'_>) -> Result<Self, Short> {
        let (uuid, version) = (order.uuid(cursor)?, order.u32(cursor)?);
        Ok(Self { uuid, version })
    }
}

/// Whether octets begin with a PDU: its header, and a length that can be.
pub(in crate::dissect) fn begins(octets: &[u8]) -> bool {
    let header = Header::read(&mut Cursor::new(octets));
    matches!(header, Ok(Some(header)) if header.is_possible())
}

//! Packets of TNS.

use crate::dissect::cursor::{Cursor, Short};
use crate::dissect::{Probe, ProbeInput, Role};
use crate::observation::{Operation, OperationClass as Class};

/// Length of the header.
pub(super) const HEADER: usize = 8;

/// Types.
pub(super) mod kind {
    pub(in super::super) const CONNECT: u8 = 1;
    pub(in super::super) const ACCEPT: u8 = 2;
    pub(in super::super) const REFUSE: u8 = 4;
    pub(in super::super) const REDIRECT: u8 = 5;
    pub(in super::super) const DATA: u8 = 6;
    pub(in super::super) const RESEND: u8 = 11;
}

/// The first version whose packets after the accept have lengths of 32 bits.
pub(super) const WIDE: u16 = 315;

/// The header.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    pub(super) kind: u8,
    /// Length of the packet, this header included.
    pub(super) length: usize,
    /// Checksums, which nobody uses.
    checksums: u16,
}

impl Header {
    /// Reads a header; `wide` says that lengths have 32 bits.
    pub(super) fn read(cursor: &mut Cursor<'_>, wide: bool) -> Result<Self, Short> {
        let (length, first) = if wide {
            (usize::try_from(cursor.u32_be()?).unwrap_or(usize::MAX), 0)
        } else {
            (usize::from(cursor.u16_be()?), cursor.u16_be()?)
        };
        let kind = cursor.u8()?;
        cursor.skip(1)?; // flags
        let second = cursor.u16_be()?;
        Ok(Self {
            kind,
            length,
            checksums: first | second,
        })
    }

    /// Whether a sender may send this.
    pub(super) const fn is_possible(&self) -> bool {
        let known = matches!(self.kind, 1..=7 | 9 | 11..=15);
        known && self.length >= HEADER && self.checksums == 0
    }
}

/// The operation of a type.
pub(super) fn operation(kind: u8) -> Operation {
    let (name, class) = match kind {
        1 => ("connect", Class::Session),
        2 => ("accept", Class::Session),
        3 => ("acknowledge", Class::Session),
        4 => ("refuse", Class::Session),
        5 => ("redirect", Class::Session),
        6 => ("data", Class::Read),
        7 => ("null", Class::Session),
        9 => ("abort", Class::Session),
        11 => ("resend", Class::Session),
        12 => ("marker", Class::Session),
        13 => ("attention", Class::Control),
        14 => ("control", Class::Control),
        15 => ("data_descriptor", Class::Session),
        _ => ("unknown", Class::Unknown),
    };
    Operation {
        code: u32::from(kind),
        sub: None,
        name,
        class,
    }
}

/// Name and kind of a function in data (two-task protocol).
pub(super) const fn function(function: u8, number: Option<u8>) -> Option<(&'static str, Class)> {
    Some(match (function, number) {
        (1, _) => ("set_protocol", Class::Session),
        (2, _) => ("set_data_types", Class::Session),
        (3, Some(0x02)) => ("open_cursor", Class::Session),
        (3, Some(0x03 | 0x5e)) => ("execute_statement", Class::Read),
        (3, Some(0x05)) => ("fetch", Class::Read),
        (3, Some(0x09)) => ("logoff", Class::Auth),
        (3, Some(0x0e)) => ("commit", Class::Write),
        (3, Some(0x0f)) => ("rollback", Class::Write),
        (3, Some(0x3b)) => ("version", Class::Discovery),
        (3, Some(0x73)) => ("authenticate", Class::Auth),
        (3, Some(0x76)) => ("authentication_session_key", Class::Auth),
        (3, _) => ("user_function", Class::Unknown),
        (4, _) => ("return_status", Class::Read),
        (5, _) => ("access_user_address_space", Class::Session),
        (6, _) => ("row_header", Class::Read),
        (7, _) => ("row_data", Class::Read),
        (8, _) => ("return_parameter", Class::Read),
        (9, _) => ("end_of_call", Class::Session),
        (0x11, _) => ("piggyback", Class::Session),
        (0xde, _) => ("secure_network_services", Class::Session),
        _ => return None,
    })
}

/// Recognises a connect by its header, its version and its text; on its own ports any packet.
pub(super) fn probe(input: &ProbeInput<'_>) -> Probe {
    let mut cursor = Cursor::new(input.bytes);
    let Ok(header) = Header::read(&mut cursor, false) else {
        let begins = input.hinted && !input.bytes.is_empty();
        return if begins {
            Probe::Incomplete
        } else {
            Probe::Unrecognised
        };
    };
    let sender = match header.kind {
        kind::CONNECT => Some(Role::Client),
        kind::ACCEPT | kind::REFUSE | kind::REDIRECT | kind::RESEND => Some(Role::Server),
        _ => None,
    };
    let fits = header.is_possible() && (input.hinted || opens(&header, input.bytes));
    if fits {
        Probe::Recognised(input.sender.or(sender))
    } else {
        Probe::Unrecognised
    }
}

/// Whether this is a connect whose descriptor is where it says.
fn opens(header: &Header, bytes: &[u8]) -> bool {
    let Some((text, version)) = connect_text(bytes) else {
        return false;
    };
    header.kind == kind::CONNECT && (300..=400).contains(&version) && text.starts_with(b"(")
}

/// Descriptor and version of a connect.
pub(super) fn connect_text(packet: &[u8]) -> Option<(&[u8], u16)> {
    let mut cursor = Cursor::new(packet);
    cursor.skip(HEADER).ok()?;
    let version = cursor.u16_be().ok()?;
    cursor.skip(14).ok()?; // compatible version, options, sizes, order of octets
    let (length, offset) = (cursor.u16_be().ok()?, cursor.u16_be().ok()?);
    let (length, offset) = (usize::from(length), usize::from(offset));
    let text = packet.get(offset..offset.saturating_add(length))?;
    Some((text, version))
}

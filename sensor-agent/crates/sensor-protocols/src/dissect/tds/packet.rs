//! Packets of TDS.
//!
//! Source: MS-TDS 2.2.3.1.

use crate::dissect::cursor::{Cursor, Short};
use crate::dissect::{Probe, ProbeInput, Role};
use crate::observation::{Operation, OperationClass as Class};

/// Length of the header.
pub(super) const HEADER: usize = 8;

/// Types (2.2.3.1.1).
pub(super) mod kind {
    pub(in super::super) const BATCH: u8 = 1;
    pub(in super::super) const CALL: u8 = 3;
    pub(in super::super) const RESULT: u8 = 4;
    pub(in super::super) const LOGIN7: u8 = 16;
    pub(in super::super) const SSPI: u8 = 17;
    pub(in super::super) const PRELOGIN: u8 = 18;
    pub(in super::super) const TLS: u8 = 23;
}

/// The last packet of a message (2.2.3.1.2).
const END: u8 = 0x01;

/// The header.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    pub(super) kind: u8,
    status: u8,
    /// Length of the packet, this header included.
    pub(super) length: usize,
}

impl Header {
    pub(super) fn read(cursor: &mut Cursor<'_>) -> Result<Self, Short> {
        let (kind, status) = (cursor.u8()?, cursor.u8()?);
        let length = usize::from(cursor.u16_be()?);
        cursor.skip(4)?; // process, number, window
        Ok(Self {
            kind,
            status,
            length,
        })
    }

    pub(super) const fn is_last(&self) -> bool {
        self.status & END != 0
    }

    /// Whether a sender may send this.
    pub(super) const fn is_possible(&self) -> bool {
        let known = matches!(self.kind, 1..=4 | 6..=8 | 14..=18);
        known && self.length >= HEADER && self.status & 0xe0 == 0
    }
}

/// The operation of a type.
pub(super) fn operation(kind: u8) -> Operation {
    let (name, class) = match kind {
        1 => ("sql_batch", Class::Read),
        2 => ("login", Class::Auth),
        3 => ("rpc", Class::Read),
        4 => ("tabular_result", Class::Read),
        6 => ("attention", Class::Control),
        7 => ("bulk_load", Class::Write),
        8 => ("federated_authentication", Class::Auth),
        14 => ("transaction_manager", Class::Control),
        15 => ("query", Class::Read),
        16 => ("login7", Class::Auth),
        17 => ("sspi", Class::Auth),
        18 => ("prelogin", Class::Session),
        23 => ("tls", Class::Session),
        _ => ("unknown", Class::Unknown),
    };
    Operation {
        code: u32::from(kind),
        sub: None,
        name,
        class,
    }
}

/// Recognises the start of a connection by its first message on any port; on its own ports by the header
/// of any packet, so that a connection is seen from its middle.
pub(super) fn probe(input: &ProbeInput<'_>) -> Probe {
    let mut cursor = Cursor::new(input.bytes);
    let Ok(header) = Header::read(&mut cursor) else {
        let kind = input.bytes.first().copied().unwrap_or_default();
        let begins = matches!(kind, 1..=4 | 6..=8 | 14..=18) && input.hinted;
        return if begins {
            Probe::Incomplete
        } else {
            Probe::Unrecognised
        };
    };
    let role = if header.kind == kind::RESULT {
        Role::Server
    } else {
        Role::Client
    };
    let fits = header.is_possible() && (input.hinted || opens(&header, &cursor));
    if fits {
        Probe::Recognised(input.sender.or(Some(role)))
    } else {
        Probe::Unrecognised
    }
}

/// Whether this is a pre-login: its first option is the version, with an offset behind the list.
fn opens(header: &Header, cursor: &Cursor<'_>) -> bool {
    let mut options = *cursor;
    let Ok([token, 0, offset, 0, length, next]) = options.array() else {
        return false;
    };
    let (offset, length) = (usize::from(offset), usize::from(length));
    header.kind == kind::PRELOGIN
        && header.is_last()
        && token == 0
        && length == 6
        && matches!(next, 1..=7 | 0xff)
        && offset >= 6
        && HEADER.saturating_add(offset).saturating_add(length) <= header.length
        && header.length <= 4096
}

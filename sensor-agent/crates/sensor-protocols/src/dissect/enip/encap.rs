//! The encapsulation header: where a message starts, where it ends, what it commands.
//!
//! Data in: bytes of one direction, or one datagram. Data out: a [`Message`], or how many octets are
//! missing, or that no message starts here.
//! Source: CIP Volume 2 (EtherNet/IP Adaptation of CIP), 2-3 and 2-4.
//!
//! Limits: none; a message has at most 65 535 octets of data by its length field.

use std::ops::Range;

use crate::dissect::cursor::{Cursor, Short};
use crate::observation::OperationClass;

/// Octets of the header (2-3).
pub(super) const HEADER: usize = 24;

/// Where the first half of the sender context is.
pub(super) const CONTEXT: Range<usize> = 12..16;

/// Most octets of data that a message may have (2-3).
const LONGEST: u16 = 65_511;

/// Commands that the dissector has to know (2-3).
pub(super) mod command {
    pub(in super::super) const NOP: u16 = 0x00;
    pub(in super::super) const LIST_SERVICES: u16 = 0x04;
    pub(in super::super) const LIST_IDENTITY: u16 = 0x63;
    pub(in super::super) const LIST_INTERFACES: u16 = 0x64;
    pub(in super::super) const REGISTER_SESSION: u16 = 0x65;
    pub(in super::super) const UNREGISTER_SESSION: u16 = 0x66;
    pub(in super::super) const SEND_RR_DATA: u16 = 0x6f;
    pub(in super::super) const SEND_UNIT_DATA: u16 = 0x70;
    pub(in super::super) const INDICATE_STATUS: u16 = 0x72;
    pub(in super::super) const CANCEL: u16 = 0x73;
}

/// Code, name, class. 1 to 3 are left to older implementations (2-3).
const COMMANDS: &[(u16, &str, OperationClass)] = {
    use OperationClass::{Discovery, Session, Unknown};
    &[
        (command::NOP, "nop", Session),
        (0x01, "legacy_command", Unknown),
        (0x02, "legacy_command", Unknown),
        (0x03, "legacy_command", Unknown),
        (command::LIST_SERVICES, "list_services", Discovery),
        (command::LIST_IDENTITY, "list_identity", Discovery),
        (command::LIST_INTERFACES, "list_interfaces", Discovery),
        (command::REGISTER_SESSION, "register_session", Session),
        (command::UNREGISTER_SESSION, "unregister_session", Session),
        (command::SEND_RR_DATA, "send_rr_data", Session),
        (command::SEND_UNIT_DATA, "send_unit_data", Session),
        (command::INDICATE_STATUS, "indicate_status", Session),
        (command::CANCEL, "cancel", Session),
    ]
};

/// Status codes (2-3); 0x6a is of CIP Volume 8 (CIP Security).
const STATUSES: &[(u32, &str)] = &[
    (0x00, "success"),
    (0x01, "invalid_command"),
    (0x02, "insufficient_memory"),
    (0x03, "incorrect_data"),
    (0x64, "invalid_session_handle"),
    (0x65, "invalid_length"),
    (0x69, "unsupported_protocol_version"),
    (0x6a, "service_not_allowed_on_port"),
];

/// Name and class of a command; `None` when the standard reserves it.
pub(super) fn named(code: u16) -> Option<(&'static str, OperationClass)> {
    // The two that carry CIP come first: they are nearly all there is.
    match code {
        command::SEND_UNIT_DATA => Some(("send_unit_data", OperationClass::Session)),
        command::SEND_RR_DATA => Some(("send_rr_data", OperationClass::Session)),
        _ => COMMANDS
            .iter()
            .find(|(known, ..)| *known == code)
            .map(|(_, name, class)| (*name, *class)),
    }
}

/// Name of a status; `None` when the standard reserves it.
pub(super) fn status_name(status: u32) -> Option<&'static str> {
    STATUSES
        .iter()
        .find(|(known, _)| *known == status)
        .map(|(_, name)| *name)
}

/// The header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) command: u16,
    /// Octets of data that follow.
    pub(super) length: u16,
    pub(super) session: u32,
    pub(super) status: u32,
    pub(super) context: [u8; 8],
    pub(super) options: u32,
}

impl Header {
    fn read(cursor: &mut Cursor<'_>) -> Result<Self, Short> {
        Ok(Self {
            command: cursor.u16_le()?,
            length: cursor.u16_le()?,
            session: cursor.u32_le()?,
            status: cursor.u32_le()?,
            context: cursor.array()?,
            options: cursor.u32_le()?,
        })
    }

    /// Whether these can be the first octets of a message. One field may be wrong: that is a
    /// message which departs from the standard.
    fn is_plausible(&self) -> bool {
        let (known, status) = (named(self.command).is_some(), self.status_is_known());
        u8::from(known)
            .saturating_add(u8::from(status))
            .saturating_add(u8::from(self.options == 0))
            >= 2
    }

    /// Whether every field has a value that the standard defines.
    pub(super) fn is_flawless(&self) -> bool {
        named(self.command).is_some()
            && self.status_is_known()
            && self.options == 0
            && self.length_allowed()
    }

    pub(super) const fn length_allowed(&self) -> bool {
        self.length <= LONGEST
    }

    fn status_is_known(&self) -> bool {
        self.status == 0 || status_name(self.status).is_some()
    }
}

/// A message, or what the capture has of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Message<'a> {
    pub(super) header: Header,
    pub(super) data: &'a [u8],
}

impl Message<'_> {
    /// Octets of the message that are there.
    pub(super) const fn size(&self) -> usize {
        self.data.len().saturating_add(HEADER)
    }

    pub(super) fn is_whole(&self) -> bool {
        self.data.len() == usize::from(self.header.length)
    }
}

/// What stands at the start of some bytes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Framed<'a> {
    Message(Message<'a>),
    /// A message, so far as can be seen, that has this many octets.
    Incomplete {
        need: usize,
    },
    /// No message starts here.
    Foreign,
}

/// Reads a message from the front.
pub(super) fn next(bytes: &[u8]) -> Framed<'_> {
    let mut cursor = Cursor::new(bytes);
    let Ok(header) = Header::read(&mut cursor) else {
        return if may_start(bytes) {
            Framed::Incomplete { need: HEADER }
        } else {
            Framed::Foreign
        };
    };
    if !header.is_plausible() {
        return Framed::Foreign;
    }
    match cursor.take(usize::from(header.length)) {
        Ok(data) => Framed::Message(Message { header, data }),
        Err(short) => Framed::Incomplete {
            need: HEADER.saturating_add(short.need),
        },
    }
}

/// The message that `bytes` begin with, without its end.
pub(super) fn cut(bytes: &[u8]) -> Option<Message<'_>> {
    let mut cursor = Cursor::new(bytes);
    let header = Header::read(&mut cursor).ok()?;
    header.is_plausible().then(|| Message {
        header,
        data: cursor.take_rest(),
    })
}

/// Whether a header can begin with these octets, fewer than a header has.
fn may_start(bytes: &[u8]) -> bool {
    match *bytes {
        [low, high, ..] => named(u16::from_le_bytes([low, high])).is_some(),
        _ => true,
    }
}

/// Offset of the next octet at which a message without fault can start.
pub(super) fn find(bytes: &[u8]) -> Option<usize> {
    (0..bytes.len()).find(|at| {
        let mut cursor = Cursor::new(bytes.get(*at..).unwrap_or_default());
        Header::read(&mut cursor).is_ok_and(|header| header.is_flawless())
    })
}

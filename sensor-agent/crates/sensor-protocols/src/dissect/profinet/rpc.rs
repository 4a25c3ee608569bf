//! The header of DCE/RPC over datagrams, of which PROFINET IO is a user.
//!
//! Data in: one datagram. Data out: its [`Header`] and the octets behind it.
//! Source: The Open Group C706, DCE 1.1 RPC, 12.5.3 (connectionless PDU structure), with the interfaces
//! that IEC 61158-6-10 defines.

use crate::dissect::cursor::{Cursor, Short};

const VERSION: u8 = 4;

/// Types of PDUs (12.6.1).
pub(super) mod pdu {
    pub(in super::super) const REQUEST: u8 = 0;
    pub(in super::super) const RESPONSE: u8 = 2;
    pub(in super::super) const FAULT: u8 = 3;
    pub(in super::super) const REJECT: u8 = 6;
}

/// Bits of the first flags (12.5.3.1).
const LAST_FRAGMENT: u8 = 0x02;
const FRAGMENT: u8 = 0x04;

/// End of the UUIDs of PROFINET interfaces; the first four octets tell them apart.
const PROFINET: [u8; 8] = [0x82, 0x71, 0x00, 0xa0, 0x24, 0x42, 0xdf, 0x7d];
const PROFINET_MIDDLE: (u16, u16) = (0x6c97, 0x11d1);
const PROFINET_FIRST: u32 = 0xdea0_0000;
/// Object UUIDs of PROFINET begin as its interfaces do, and end in instance, device and vendor.
const OBJECT: [u8; 2] = [0x82, 0x71];
/// The endpoint mapper: C706, appendix O.
const ENDPOINT_MAPPER: Uuid = Uuid {
    low: 0xe1af_8308,
    middle: 0x5d1f,
    high: 0x11c9,
    rest: [0x91, 0xa4, 0x08, 0x00, 0x2b, 0x14, 0xa0, 0xfa],
};

/// A UUID as its fields, whatever the order of octets it came in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Uuid {
    low: u32,
    middle: u16,
    high: u16,
    rest: [u8; 8],
}

/// Who is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Interface {
    /// 1 device, 2 controller, 3 supervisor, 4 parameter server.
    Profinet(u32),
    EndpointMapper,
}

/// Order of octets in the numbers of a message (12.5.3, data representation).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Big,
    Little,
}

impl Order {
    pub(super) fn u16(self, cursor: &mut Cursor<'_>) -> Result<u16, Short> {
        match self {
            Self::Big => cursor.u16_be(),
            Self::Little => cursor.u16_le(),
        }
    }

    pub(super) fn u32(self, cursor: &mut Cursor<'_>) -> Result<u32, Short> {
        match self {
            Self::Big => cursor.u32_be(),
            Self::Little => cursor.u32_le(),
        }
    }

    fn uuid(self, cursor: &mut Cursor<'_>) -> Result<Uuid, Short> {
        Ok(Uuid {
            low: self.u32(cursor)?,
            middle: self.u16(cursor)?,
            high: self.u16(cursor)?,
            rest: cursor.array()?,
        })
    }
}

/// A call: the same in its request, its fragments and its response.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) activity: Uuid,
    pub(super) sequence: u32,
}

/// The header.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    pub(super) kind: u8,
    flags: u8,
    pub(super) order: Order,
    object: Uuid,
    interface: Uuid,
    pub(super) call: Call,
    pub(super) operation: u16,
    /// Octets that follow.
    pub(super) length: u16,
    pub(super) fragment: u16,
}

impl Header {
    /// Reads a header; `None` when the octets are none of DCE/RPC over datagrams.
    pub(super) fn read(cursor: &mut Cursor<'_>) -> Result<Option<Self>, Short> {
        let (version, kind, flags) = (cursor.u8()?, cursor.u8()? & 0x1f, cursor.u8()?);
        if version != VERSION || kind > 10 {
            return Ok(None);
        }
        cursor.skip(1)?; // second flags
        let order = match cursor.u8()? >> 4 {
            0 => Order::Big,
            1 => Order::Little,
            _ => return Ok(None),
        };
        cursor.skip(3)?; // floating point, reserved, serial number
        let (object, interface) = (order.uuid(cursor)?, order.uuid(cursor)?);
        let activity = order.uuid(cursor)?;
        cursor.skip(8)?; // boot time of the server, version of the interface
        let sequence = order.u32(cursor)?;
        let operation = order.u16(cursor)?;
        cursor.skip(4)?; // hints
        let (length, fragment) = (order.u16(cursor)?, order.u16(cursor)?);
        cursor.skip(2)?; // authentication, serial number
        Ok(Some(Self {
            kind,
            flags,
            order,
            object,
            interface,
            call: Call { activity, sequence },
            operation,
            length,
            fragment,
        }))
    }

    /// The interface, if it is one of PROFINET's.
    pub(super) fn interface(&self) -> Option<Interface> {
        let uuid = self.interface;
        if uuid == ENDPOINT_MAPPER {
            return Some(Interface::EndpointMapper);
        }
        let number = uuid.low.wrapping_sub(PROFINET_FIRST);
        let fits = uuid.rest == PROFINET && (uuid.middle, uuid.high) == PROFINET_MIDDLE;
        (fits && (1..=4).contains(&number)).then_some(Interface::Profinet(number))
    }

    /// Device and vendor that the object belongs to: the one that is called.
    pub(super) fn device_and_vendor(&self) -> Option<(u16, u16)> {
        let uuid = self.object;
        let [a, b, _, _, device, low, vendor, end] = uuid.rest;
        let fits = uuid.low == PROFINET_FIRST && [a, b] == OBJECT;
        fits.then_some((
            u16::from_be_bytes([device, low]),
            u16::from_be_bytes([vendor, end]),
        ))
    }

    /// Whether this is a part of a message.
    pub(super) const fn is_fragment(&self) -> bool {
        self.flags & FRAGMENT != 0 && !(self.fragment == 0 && self.is_last())
    }

    pub(super) const fn is_last(&self) -> bool {
        self.flags & LAST_FRAGMENT != 0
    }

    /// Whether the server sends it.
    pub(super) const fn is_from_server(&self) -> Option<bool> {
        match self.kind {
            // Request, ping, acknowledgement, cancel.
            0 | 1 | 7 | 8 => Some(false),
            // Response, fault, working, no call, reject, acknowledgement of a cancel.
            2..=6 | 10 => Some(true),
            _ => None,
        }
    }

    /// Name of a PDU that carries no operation.
    pub(super) const fn name(&self) -> &'static str {
        match self.kind {
            0 => "request",
            1 => "ping",
            2 => "response",
            3 => "fault",
            4 => "working",
            5 => "no_call",
            6 => "reject",
            7 => "acknowledge",
            8 => "cancel",
            9 => "fragment_acknowledge",
            _ => "cancel_acknowledge",
        }
    }
}

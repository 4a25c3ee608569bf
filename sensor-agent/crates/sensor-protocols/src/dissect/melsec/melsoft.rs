//! Frames of the MELSOFT protocol.
//!
//! Data in: the octets of a frame. Data out: its parts. Source: blackhat23-melsoft of Nozomi Networks
//! (header, place of command and reference), `iti_melsoft_129.pcap`.

use crate::dissect::Role;
use crate::dissect::cursor::{Cursor, Short};
use crate::dissect::message::framing::Measure;

/// Octets of the header; its last two are the length of what follows.
const HEADER: usize = 21;

/// Octets of the command header of a request and of a response.
const REQUEST: usize = 0x18;
const RESPONSE: usize = 0x1a;

/// The parts of a frame.
pub(super) struct Frame<'a> {
    pub(super) response: bool,
    pub(super) network: u8,
    pub(super) station: u8,
    /// Of a response.
    pub(super) status: u16,
    pub(super) command: u16,
    pub(super) reference: u16,
    pub(super) data: Cursor<'a>,
}

pub(super) fn measure(bytes: &[u8]) -> Measure {
    let known = matches!(bytes, [0x57, 0 | 1, ..] | [0xd7, 0, ..] | [0x57 | 0xd7]);
    if !known {
        return Measure::Foreign;
    }
    let mut cursor = Cursor::new(bytes);
    let length = cursor
        .skip(HEADER.saturating_sub(2))
        .and_then(|()| cursor.u16_le());
    match length {
        Err(_) => Measure::Need(HEADER),
        Ok(length) if usize::from(length) < REQUEST => Measure::Foreign,
        Ok(length) => {
            let header = u64::try_from(HEADER).unwrap_or(u64::MAX);
            Measure::Total(header.saturating_add(u64::from(length)))
        }
    }
}

pub(super) fn read(bytes: &[u8]) -> Result<Frame<'_>, Short> {
    let mut cursor = Cursor::new(bytes);
    let response = cursor.u8()? == 0xd7;
    cursor.skip(8)?;
    let network = cursor.u8()?;
    let station = cursor.u8()?;
    cursor.skip(10)?;
    let mut head = cursor.sub(if response { RESPONSE } else { REQUEST })?;
    head.skip(4)?;
    let status = head.u16_le()?;
    Ok(Frame {
        response,
        network,
        station,
        status: if response { status } else { 0 },
        command: cursor.u16_be()?,
        reference: cursor.u16_le()?,
        data: cursor,
    })
}

/// Who sends a frame: the type of its command header fits its magic.
pub(super) fn shape(bytes: &[u8]) -> Result<Option<Role>, Short> {
    let mut cursor = Cursor::new(bytes);
    let response = cursor.u8()? == 0xd7;
    cursor.skip(HEADER.saturating_sub(1))?;
    let kind = cursor.u8()?;
    cursor.skip(1)?;
    let remaining = cursor.u8()?;
    let role = if response { Role::Server } else { Role::Client };
    let fits = (kind & 0x80 != 0) == response && matches!(remaining, 0x14..=0x1a);
    Ok(fits.then_some(role))
}

//! SMB in datagrams of `NetBIOS`: announcements and calls for a controller of the domain.
//!
//! Source: RFC 1002, 4.4 (datagram packets), 4.1 (names).

use super::body::{At, Body};
use super::nbss::{self, Frame, Missing};
use super::session::Session;
use super::smb1;
use crate::dissect::cursor::{Cursor, Short};
use crate::dissect::{Emit, Input, Parsed, Probe, ProbeInput, Role};

/// Types of datagrams that carry something (4.4.2).
const DIRECT_UNIQUE: u8 = 0x10;
const BROADCAST: u8 = 0x12;

/// Octets of a name as it is encoded (4.1): length, two for each of 16, end.
const NAME: usize = 34;

/// Recognises a datagram of `NetBIOS` by its type and, where it carries something, by SMB in it.
pub(super) fn probe(input: &ProbeInput<'_>) -> Probe {
    match carried(input.bytes) {
        Ok(smb) if input.hinted && nbss::is_smb(smb) => Probe::Recognised(Some(Role::Client)),
        _ => Probe::Unrecognised,
    }
}

/// What a datagram carries.
fn carried(bytes: &[u8]) -> Result<&[u8], Short> {
    let mut cursor = Cursor::new(bytes);
    let kind = cursor.u8()?;
    cursor.skip(13)?; // flags, identifier, source, length, offset
    if !(DIRECT_UNIQUE..=BROADCAST).contains(&kind) {
        return Ok(&[]);
    }
    for _ in 0..2 {
        skip_name(&mut cursor)?;
    }
    Ok(cursor.rest())
}

/// A name may have a scope behind it.
fn skip_name(cursor: &mut Cursor<'_>) -> Result<(), Short> {
    loop {
        let length = usize::from(cursor.u8()?);
        if length == 0 {
            return Ok(());
        }
        cursor.skip(length)?;
    }
}

/// Takes a datagram.
pub(super) fn parse(input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
    let smb = carried(input.bytes).unwrap_or_default();
    if smb.first() == Some(&nbss::SMB1) && nbss::is_smb(smb) {
        let frame = Frame {
            kind: nbss::MESSAGE,
            bytes: smb,
            length: smb.len(),
            skipped: false,
            missing: if input.cut {
                Missing::NotCaptured
            } else {
                Missing::Nothing
            },
        };
        let at = At {
            time: input.time,
            frame: input.frame,
            sender: Role::Client,
        };
        // Nothing is remembered: datagrams to all are not answered.
        smb1::message(&frame, at, &mut Session::default(), emit);
    }
    Parsed::Consumed(input.bytes.len())
}

/// Tells the called name of a session request, and takes the calling one for the sender's.
pub(super) fn names(bytes: &[u8], body: &mut Body<'_>) {
    let (called, calling) = bytes.split_at_checked(NAME).unwrap_or_default();
    decode(called, body);
    body.told.finish();
    decode(calling, body);
    body.host = body.told.keep();
}

/// First-level encoding (4.1): each octet as two letters from A. The last one says the kind of name.
fn decode(encoded: &[u8], body: &mut Body<'_>) {
    let letters = encoded.get(1..33).unwrap_or_default();
    let mut name = [0_u8; 15];
    for (octet, pair) in name.iter_mut().zip(letters.chunks_exact(2)) {
        let nibble = |at: usize| {
            let letter = pair.get(at).copied().unwrap_or(b'A');
            letter.wrapping_sub(b'A') & 0x0f
        };
        *octet = nibble(0) << 4 | nibble(1);
    }
    body.told.ascii(name.trim_ascii_end());
}

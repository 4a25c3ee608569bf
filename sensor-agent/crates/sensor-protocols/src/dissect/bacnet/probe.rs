//! Does a datagram look like BACnet/IP?
//!
//! Data in: the first datagram of a flow. Data out: yes or no, and which end asks.

use super::apdu::pdu;
use super::bvlc::{self, Link};
use super::npdu::{Npdu, Payload};
use crate::dissect::cursor::Cursor;
use crate::dissect::{Probe, ProbeInput, Role};

/// On the port of BACnet the type decides. Elsewhere the length has to fit, the function has to exist
/// and an NPDU has to be without fault.
pub(super) fn probe(input: &ProbeInput<'_>) -> Probe {
    let Some(link) = Link::read(input.bytes, false) else {
        return Probe::Unrecognised;
    };
    let npdu = link.npdu.map(|bytes| Npdu::read(bytes, false));
    let plausible = link.anomalies.is_empty()
        && npdu.is_none_or(|npdu| npdu.anomalies.is_empty())
        && is_exact(input.bytes);
    if !input.hinted && !plausible {
        return Probe::Unrecognised;
    }
    Probe::Recognised(npdu.and_then(|npdu| asker(&npdu.payload)))
}

/// Whether the length field is that of the datagram.
fn is_exact(bytes: &[u8]) -> bool {
    let mut cursor = Cursor::new(bytes);
    cursor.skip(2).is_ok()
        && cursor
            .u16_be()
            .is_ok_and(|length| usize::from(length) == bytes.len() && bytes.len() >= bvlc::HEADER)
}

/// Role of the sender, where the PDU tells it.
fn asker(payload: &Payload<'_>) -> Option<Role> {
    let Payload::Apdu([first, ..]) = payload else {
        return None;
    };
    match first >> 4 {
        pdu::CONFIRMED_REQUEST => Some(Role::Client),
        pdu::SIMPLE_ACK | pdu::COMPLEX_ACK | pdu::ERROR | pdu::REJECT => Some(Role::Server),
        _ => None,
    }
}

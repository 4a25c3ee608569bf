//! From a message of the network layer to what is told of it.
//!
//! Data in: the message and what carried it. Data out: one call of the sink. Source: ASHRAE 135-2020,
//! clause 6.4. Limit: [`limits::BACNET_OBJECTS`] networks are told of one message.

use super::observe::{Carrier, Told};
use super::{codes, errors};
use crate::dissect::Emit;
use crate::dissect::cursor::{Cursor, Short};
use crate::limits;
use crate::observation::{Anomaly, Direction, Object, OperationClass, Outcome};

/// Message types (table 6-1).
mod kind {
    pub(super) const WHO_IS_ROUTER: u8 = 0;
    pub(super) const I_AM_ROUTER: u8 = 1;
    pub(super) const I_COULD_BE_ROUTER: u8 = 2;
    pub(super) const REJECT: u8 = 3;
    pub(super) const BUSY: u8 = 4;
    pub(super) const AVAILABLE: u8 = 5;
    pub(super) const INITIALIZE: u8 = 6;
    pub(super) const INITIALIZE_ACK: u8 = 7;
    pub(super) const ESTABLISH: u8 = 8;
    pub(super) const DISCONNECT: u8 = 9;
    pub(super) const NUMBER_IS: u8 = 0x13;
    /// Higher ones up to 7FH are reserved.
    pub(super) const LAST: u8 = 0x13;
    pub(super) const VENDOR: u8 = 0x80;
}

/// Reports a message.
pub(super) fn message(
    kind: u8,
    vendor: Option<u16>,
    data: &[u8],
    carrier: &Carrier<'_>,
    emit: &mut Emit<'_>,
) {
    let mut told = Told {
        values: data,
        ..Told::new(Direction::OneWay, codes::network(kind))
    };
    told.operation.sub = vendor.map(u32::from);
    if kind > kind::LAST && kind < kind::VENDOR {
        told.anomalies.insert(Anomaly::ReservedCode);
    }
    // What the keys protect stays with those that hold them.
    if told.operation.class == OperationClass::Auth {
        told.values = &[];
    }
    if parameters(kind, &mut Cursor::new(data), &mut told).is_err() && !carrier.input.cut {
        told.anomalies.insert(Anomaly::Truncated);
    }
    carrier.emit(told, emit);
}

fn parameters(kind: u8, cursor: &mut Cursor<'_>, told: &mut Told<'_, '_>) -> Result<(), Short> {
    match kind {
        // Without a network number all networks are meant.
        kind::WHO_IS_ROUTER if cursor.is_empty() => {}
        kind::WHO_IS_ROUTER | kind::DISCONNECT => network(told, cursor.u16_be()?),
        kind::I_COULD_BE_ROUTER | kind::ESTABLISH | kind::NUMBER_IS => {
            network(told, cursor.u16_be()?);
            cursor.skip(1)?;
        }
        kind::I_AM_ROUTER | kind::BUSY | kind::AVAILABLE => {
            while !cursor.is_empty() {
                network(told, cursor.u16_be()?);
            }
        }
        kind::REJECT => {
            let reason = cursor.u8()?;
            told.outcome = Outcome::Error {
                code: errors::NETWORK | u32::from(reason),
                name: errors::network(reason),
            };
            network(told, cursor.u16_be()?);
        }
        kind::INITIALIZE => routes(cursor, told)?,
        kind::INITIALIZE_ACK if !cursor.is_empty() => routes(cursor, told)?,
        _ => return Ok(()),
    }
    if !cursor.is_empty() {
        told.anomalies.insert(Anomaly::TrailingBytes);
    }
    Ok(())
}

/// Entries of a routing table: network, port, information for the port (6.4.7). None asks for the
/// table.
fn routes(cursor: &mut Cursor<'_>, told: &mut Told<'_, '_>) -> Result<(), Short> {
    let count = cursor.u8()?;
    if count == 0 {
        told.operation.class = OperationClass::Read;
    }
    for _ in 0..count {
        network(told, cursor.u16_be()?);
        cursor.skip(1)?;
        let information = cursor.u8()?;
        cursor.skip(usize::from(information))?;
    }
    Ok(())
}

fn network(told: &mut Told<'_, '_>, number: u16) {
    if told.objects.len() < limits::BACNET_OBJECTS {
        told.objects.push(Object::Id {
            kind: "network",
            id: u64::from(number),
        });
    } else {
        told.anomalies.insert(Anomaly::LimitReached);
    }
}

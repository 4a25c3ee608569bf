//! IGMP: which host wants the traffic of which multicast groups.
//!
//! Source: RFC 1112 (version 1), RFC 2236 (version 2), RFC 3376 (version 3).
//!
//! One packet, one observation. `operation.code` is the type; the second-level code of a query is its
//! version. Objects: the groups; of version 3 each under its `record_type`.
//!
//! Limits: [`limits::IT_OBJECTS`] objects; sources of a group are passed; checksums are not checked.

use std::net::Ipv4Addr;

use super::collected::{Told, operation_of, unknown};
use super::cursor::{Cursor, Short};
use super::registry::{Entry, Hint};
use super::{Dissector, Emit, Input, Parsed, Probe};
use crate::limits;
use crate::observation::{Anomaly, Direction, Operation, OperationClass, Protocol};

use OperationClass::Discovery;

pub(super) const ENTRY: Entry = Entry {
    protocol: Protocol::Igmp,
    hints: &[Hint::IpProtocol(2)],
    anywhere: &[],
    probe: |_| Probe::Recognised(None),
    create: || Box::new(Igmp),
};

const QUERY: u8 = 0x11;
const REPORT_V3: u8 = 0x22;

/// Types of the IANA registry "IGMP Type Numbers".
const TYPES: &[(u32, &str, OperationClass)] = &[
    (0x11, "membership_query", Discovery),
    (0x12, "membership_report_v1", Discovery),
    (0x13, "dvmrp", Discovery),
    (0x14, "pim_v1", Discovery),
    (0x15, "cisco_trace", OperationClass::Diagnostic),
    (0x16, "membership_report_v2", Discovery),
    (0x17, "leave_group", Discovery),
    (
        0x1e,
        "multicast_traceroute_response",
        OperationClass::Diagnostic,
    ),
    (0x1f, "multicast_traceroute", OperationClass::Diagnostic),
    (0x22, "membership_report_v3", Discovery),
    (0x30, "multicast_router_advertisement", Discovery),
    (0x31, "multicast_router_solicitation", Discovery),
    (0x32, "multicast_router_termination", Discovery),
];

struct Igmp;

impl Dissector for Igmp {
    fn parse(&mut self, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
        let mut told = Told::default();
        let kind = input.bytes.first().copied().unwrap_or_default();
        let mut operation =
            operation_of(TYPES, u32::from(kind)).unwrap_or(unknown(u32::from(kind)));
        if operation.class == OperationClass::Unknown {
            told.flag(Anomaly::ReservedCode);
        }
        if read(input.bytes, kind, &mut operation, &mut told).is_err() {
            told.ended_early(input);
        }
        let direction = match kind {
            QUERY => Direction::Request,
            _ => Direction::OneWay,
        };
        told.emit(Protocol::Igmp, direction, operation, input, emit);
        Parsed::Consumed(input.bytes.len())
    }
}

fn read(
    bytes: &[u8],
    kind: u8,
    operation: &mut Operation,
    told: &mut Told<'_>,
) -> Result<(), Short> {
    const VERSION_2_LENGTH: usize = 8;
    const VERSION_3_LENGTH: usize = 12;
    let mut c = Cursor::new(bytes);
    let [_, response_time] = c.array()?;
    c.skip(2)?; // checksum
    match kind {
        REPORT_V3 => return groups(&mut c, told),
        QUERY => {
            // By length and response time (RFC 3376, 7.1); hosts ignore other lengths.
            if (VERSION_2_LENGTH + 1..VERSION_3_LENGTH).contains(&bytes.len()) {
                told.flag(Anomaly::BadLength);
            }
            operation.sub = Some(match (bytes.len(), response_time) {
                (VERSION_2_LENGTH, 0) => 1,
                (VERSION_2_LENGTH, _) => 2,
                _ => 3,
            });
        }
        0x12 | 0x16 | 0x17 => {}
        _ => return Ok(()),
    }
    let group = Ipv4Addr::from(c.array::<4>()?);
    if !group.is_unspecified() {
        told.address(group);
        if !group.is_multicast() {
            told.flag(Anomaly::BadValue);
        }
    }
    Ok(())
}

/// Group records (RFC 3376, 4.2).
fn groups(c: &mut Cursor<'_>, told: &mut Told<'_>) -> Result<(), Short> {
    c.skip(2)?;
    let count = c.u16_be()?;
    for n in 0..count {
        if usize::from(n) >= limits::IT_ELEMENTS {
            told.flag(Anomaly::LimitReached);
            return Ok(());
        }
        let [kind, auxiliary] = c.array()?;
        let sources = usize::from(c.u16_be()?);
        told.id("record_type", kind);
        told.address(Ipv4Addr::from(c.array::<4>()?));
        c.skip(
            sources
                .saturating_add(usize::from(auxiliary))
                .saturating_mul(4),
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;

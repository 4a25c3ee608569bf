//! Spanning tree: which bridge is the root of a network, and when its paths change.
//!
//! Source: IEEE 802.1D-2004, 9 (configuration, topology change, rapid), IEEE 802.1Q-2018, 14 (multiple);
//! Cisco's per-VLAN form has the same layout behind a SNAP header.
//!
//! One frame, one observation. `operation.code` is the type of the BPDU, the second-level code the
//! version. Objects: `root_bridge` and `bridge` (priority in the upper 16 bits, then the MAC address),
//! `root_path_cost`, `port`, and `topology_change` (1 announced, 128 acknowledged, both added).
//! Class `Event` where a topology change is announced.
//!
//! Limits: the instances of multiple spanning trees are not read; times are not told.

use super::cdp::CISCO;
use super::collected::{Told, operation_of, unknown};
use super::cursor::{Cursor, Short};
use super::registry::{Entry, Hint};
use super::{Dissector, Emit, Input, Parsed, Probe};
use crate::decode::LlcProtocol;
use crate::observation::{Anomaly, Direction, Operation, OperationClass, Protocol};

pub(super) const ENTRY: Entry = Entry {
    protocol: Protocol::Stp,
    hints: &[
        Hint::Llc(LlcProtocol::Sap(SAP)),
        Hint::Llc(LlcProtocol::Snap {
            oui: CISCO,
            protocol: 0x010b,
        }),
    ],
    anywhere: &[],
    probe: |_| Probe::Recognised(None),
    create: || Box::new(Stp),
};

/// Service access point of the bridge protocol (IEEE 802.1D, 7.12.4).
const SAP: u8 = 0x42;

const CONFIGURATION: u8 = 0;
const RAPID: u8 = 2;
const TOPOLOGY_CHANGE: u8 = 0x80;

const TYPES: &[(u32, &str, OperationClass)] = &[
    (0, "configuration", OperationClass::Session),
    (2, "rapid_configuration", OperationClass::Session),
    (0x80, "topology_change_notification", OperationClass::Event),
];

/// Announced, and acknowledged (9.3.1, 9.3.3).
const CHANGE: u8 = 0x01;
const CHANGE_ACKNOWLEDGED: u8 = 0x80;

struct Stp;

impl Dissector for Stp {
    fn parse(&mut self, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
        let mut told = Told::default();
        let mut operation = unknown(0);
        if read(input.bytes, &mut operation, &mut told).is_err() {
            told.ended_early(input);
        }
        told.emit(Protocol::Stp, Direction::OneWay, operation, input, emit);
        Parsed::Consumed(input.bytes.len())
    }
}

fn read(bytes: &[u8], operation: &mut Operation, told: &mut Told<'_>) -> Result<(), Short> {
    const LLC: usize = 3;
    const LLC_AND_SNAP: usize = 8;
    let mut c = Cursor::new(bytes);
    c.skip(if c.peek_u8() == Some(SAP) {
        LLC
    } else {
        LLC_AND_SNAP
    })?;
    if c.u16_be()? != 0 {
        told.flag(Anomaly::BadVersion);
        return Ok(());
    }
    let [version, kind] = c.array()?;
    *operation = Operation {
        sub: Some(u32::from(version)),
        ..operation_of(TYPES, u32::from(kind)).unwrap_or(unknown(u32::from(kind)))
    };
    match kind {
        CONFIGURATION | RAPID => {}
        TOPOLOGY_CHANGE => return Ok(()),
        _ => {
            told.flag(Anomaly::ReservedCode);
            return Ok(());
        }
    }
    let flags = c.u8()?;
    if flags & CHANGE != 0 {
        operation.class = OperationClass::Event;
    }
    let root = c.u64_be()?;
    let cost = c.u32_be()?;
    told.id("root_bridge", root);
    told.id("bridge", c.u64_be()?);
    told.id("root_path_cost", cost);
    told.id("port", c.u16_be()?);
    if flags & (CHANGE | CHANGE_ACKNOWLEDGED) != 0 {
        told.id("topology_change", flags & (CHANGE | CHANGE_ACKNOWLEDGED));
    }
    c.skip(8) // age, maximum age, hello time, forward delay
}

#[cfg(test)]
mod tests;

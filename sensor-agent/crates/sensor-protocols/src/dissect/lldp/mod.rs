//! LLDP: what stands at the other end of a link, by its own account.
//!
//! Source: IEEE 802.1AB-2016, 8 (TLVs), annexes D and IEEE 802.1Q, D (802.1), IEEE 802.3, 79 (802.3);
//! ANSI/TIA-1057, 10 (media endpoints); IEC 61158-6-10, 4.11 (PROFINET).
//!
//! One frame, one observation: `advertisement`, or `shutdown` when the time to live is zero. Objects:
//! chassis (`chassis_mac`, an address, or a text under `chassis_identifier` and its subtype), port (`port_mac`,
//! an address, or a text under `port_identifier`), `time_to_live`, texts of description of the port and name
//! and description of the system, `capabilities` (the enabled ones), the management addresses, `port_vlan`,
//! and the organisation with subtype of each other TLV as `organisation_tlv`.
//! Identity: name and description of the system; hardware inventory of media endpoints.
//!
//! Limits: [`limits::IT_ELEMENTS`] TLVs. Of the TLVs of organisations only those named here are looked into.

use std::net::IpAddr;

use super::collected::{Told, describe, line, mac, operation};
use super::cursor::{Cursor, Short};
use super::registry::{Entry, Hint};
use super::{Dissector, Emit, Input, Parsed, Probe};
use crate::limits;
use crate::observation::{Anomaly, Direction, OperationClass, Protocol};

pub(super) const ENTRY: Entry = Entry {
    protocol: Protocol::Lldp,
    hints: &[Hint::Ethertype(0x88cc)],
    anywhere: &[],
    probe: |_| Probe::Recognised(None),
    create: || Box::new(Lldp),
};

const END: u16 = 0;
const CHASSIS: u16 = 1;
const PORT: u16 = 2;
const TIME_TO_LIVE: u16 = 3;
const PORT_DESCRIPTION: u16 = 4;
const SYSTEM_NAME: u16 = 5;
const SYSTEM_DESCRIPTION: u16 = 6;
const CAPABILITIES: u16 = 7;
const MANAGEMENT_ADDRESS: u16 = 8;
const ORGANISATION: u16 = 127;

/// Organisations by their identifier.
const IEEE_802_1: u32 = 0x00_80c2;
/// Subtype of 802.1: which traffic has which priority.
const APPLICATION_PRIORITY: u8 = 12;
const MEDIA: u32 = 0x00_12bb;
const PROFINET: u32 = 0x00_0ecf;

/// The first three, in a set of types, are mandatory (8.2).
const MANDATORY: u16 = 1 << CHASSIS | 1 << PORT | 1 << TIME_TO_LIVE;

struct Lldp;

/// What was read of the mandatory TLVs.
#[derive(Default)]
struct Seen {
    types: u16,
    shutdown: bool,
}

impl Dissector for Lldp {
    fn parse(&mut self, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
        let mut told = Told::default();
        let mut seen = Seen::default();
        if tlvs(input.bytes, &mut seen, &mut told).is_err() {
            told.ended_early(input);
        }
        if seen.types & MANDATORY != MANDATORY {
            told.ended_early(input);
        }
        let operation = if seen.shutdown {
            operation(2, "shutdown", OperationClass::Event)
        } else {
            operation(1, "advertisement", OperationClass::Discovery)
        };
        told.emit(Protocol::Lldp, Direction::OneWay, operation, input, emit);
        Parsed::Consumed(input.bytes.len())
    }
}

fn tlvs<'a>(bytes: &'a [u8], seen: &mut Seen, told: &mut Told<'a>) -> Result<(), Short> {
    let mut c = Cursor::new(bytes);
    for _ in 0..limits::IT_ELEMENTS {
        let head = c.u16_be()?;
        let (kind, length) = (head >> 9, usize::from(head & 0x1ff));
        if kind == END {
            if length != 0 {
                told.flag(Anomaly::BadLength);
            }
            return Ok(());
        }
        let value = c.sub(length)?;
        if kind < u16::BITS.try_into().unwrap_or(u16::MAX) {
            seen.types |= 1 << (kind & 0x0f);
        }
        if tlv(kind, value, seen, told).is_err() {
            told.flag(Anomaly::BadLength);
        }
    }
    told.flag(Anomaly::LimitReached);
    Ok(())
}

/// Reads the value of one TLV; it has a length of its own, which can be too short.
fn tlv<'a>(
    kind: u16,
    mut value: Cursor<'a>,
    seen: &mut Seen,
    told: &mut Told<'a>,
) -> Result<(), Short> {
    match kind {
        CHASSIS => identifier(&mut value, 4, ("chassis_mac", "chassis_identifier"), told),
        PORT => identifier(&mut value, 3, ("port_mac", "port_identifier"), told),
        TIME_TO_LIVE => {
            let seconds = value.u16_be()?;
            seen.shutdown = seconds == 0;
            told.id("time_to_live", seconds);
            Ok(())
        }
        PORT_DESCRIPTION => {
            told.text("tlv", kind, line(value.rest()));
            Ok(())
        }
        SYSTEM_NAME => {
            let text = line(value.rest());
            told.text("tlv", kind, text);
            told.identity.hostname = told.identity.hostname.or(text);
            Ok(())
        }
        SYSTEM_DESCRIPTION => {
            let text = line(value.rest());
            told.text("tlv", kind, text);
            if let Some(text) = text {
                describe(&mut told.identity, text);
            }
            Ok(())
        }
        CAPABILITIES => {
            value.skip(2)?; // what it could do
            told.id("capabilities", value.u16_be()?);
            Ok(())
        }
        MANAGEMENT_ADDRESS => management(&mut value, told),
        ORGANISATION => organisation(&mut value, told),
        _ => {
            told.flag(Anomaly::ReservedCode);
            Ok(())
        }
    }
}

/// Chassis and port (8.5.2, 8.5.3): a MAC address under one subtype, network addresses, texts.
fn identifier<'a>(
    value: &mut Cursor<'a>,
    mac_subtype: u8,
    (number, text): (&'static str, &'static str),
    told: &mut Told<'a>,
) -> Result<(), Short> {
    // In both lists of subtypes the network address follows the MAC address.
    let network_subtype = mac_subtype.saturating_add(1);
    let subtype = value.u8()?;
    if subtype == mac_subtype {
        told.id(number, mac(value)?);
    } else if subtype == network_subtype {
        network_address(value, told)?;
    } else {
        told.text(text, subtype, line(value.rest()));
    }
    Ok(())
}

/// Family and address (the IANA registry "Address Family Numbers").
fn network_address(address: &mut Cursor<'_>, told: &mut Told<'_>) -> Result<(), Short> {
    const IPV4: u8 = 1;
    const IPV6: u8 = 2;
    const MAC: u8 = 6;
    match address.u8()? {
        IPV4 => told.address(IpAddr::from(address.array::<4>()?)),
        IPV6 => told.address(IpAddr::from(address.array::<16>()?)),
        MAC => told.id("management_mac", mac(address)?),
        _ => {}
    }
    Ok(())
}

/// Length of the address with its family, the address (8.5.9.3 to 8.5.9.5).
fn management(value: &mut Cursor<'_>, told: &mut Told<'_>) -> Result<(), Short> {
    let length = usize::from(value.u8()?);
    network_address(&mut value.sub(length)?, told)?;
    // Numbering of the interface and its number.
    value.skip(5)
}

fn organisation<'a>(value: &mut Cursor<'a>, told: &mut Told<'a>) -> Result<(), Short> {
    let organisation = value.u24_be()?;
    let subtype = value.u8()?;
    let text = line(value.rest());
    let identity = &mut told.identity;
    match (organisation, subtype) {
        (IEEE_802_1, 1) => told.id("port_vlan", value.u16_be()?),
        (IEEE_802_1, APPLICATION_PRIORITY) => {
            told.id("organisation_tlv", organisation << 8 | u32::from(subtype));
            applications(value, told)?;
        }
        // Inventory (10.2.6): hardware, firmware and software revision, serial number, manufacturer, model.
        (MEDIA, 6 | 7) => identity.firmware = identity.firmware.or(text),
        (MEDIA, 8) => identity.serial = identity.serial.or(text),
        (MEDIA, 9) => identity.vendor = identity.vendor.or(text),
        (MEDIA, 10) => identity.model = text.or(identity.model),
        (PROFINET, 5) => told.id("chassis_mac", mac(value)?),
        _ => told.id("organisation_tlv", organisation << 8 | u32::from(subtype)),
    }
    Ok(())
}

/// A reserved octet, then priority, selector and protocol of each application (IEEE 802.1Q, D.2.11). The
/// selectors 0, 6 and 7 are reserved.
fn applications(value: &mut Cursor<'_>, told: &mut Told<'_>) -> Result<(), Short> {
    value.skip(1)?;
    while !value.is_empty() {
        let head = value.u8()?;
        value.skip(2)?;
        if matches!(head & 7, 0 | 6 | 7) {
            told.flag(Anomaly::BadValue);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;

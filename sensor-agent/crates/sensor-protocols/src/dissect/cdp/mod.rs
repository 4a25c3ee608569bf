//! CDP: what stands at the other end of a link, by its own account; of Cisco and others.
//!
//! Source: no standard; the layout is that of Wireshark's and tcpdump's dissectors and of Cisco's description
//! (*Cisco Discovery Protocol*, LAN Switch internals).
//!
//! One frame, one observation. Objects: `time_to_live`, texts of device, port, platform and VTP domain
//! under their `tlv`, `capabilities`, `native_vlan`, the addresses. Identity: device, platform, software.
//!
//! Limits: [`limits::IT_ELEMENTS`] TLVs; the checksum is not checked (senders differ in how they do frames of
//! odd length).

use std::net::IpAddr;

use super::collected::{Told, line, operation};
use super::cursor::{Cursor, Short};
use super::registry::{Entry, Hint};
use super::{Dissector, Emit, Input, Parsed, Probe};
use crate::decode::LlcProtocol;
use crate::limits;
use crate::observation::{Anomaly, Direction, OperationClass, Protocol};

/// Organisation of Cisco, in the SNAP header.
pub(super) const CISCO: u32 = 0x00_000c;

pub(super) const ENTRY: Entry = Entry {
    protocol: Protocol::Cdp,
    hints: &[Hint::Llc(LlcProtocol::Snap {
        oui: CISCO,
        protocol: 0x2000,
    })],
    anywhere: &[],
    probe: |_| Probe::Recognised(None),
    create: || Box::new(Cdp),
};

const DEVICE: u16 = 1;
const ADDRESSES: u16 = 2;
const PORT: u16 = 3;
const CAPABILITIES: u16 = 4;
const SOFTWARE: u16 = 5;
const PLATFORM: u16 = 6;
const VTP_DOMAIN: u16 = 9;
const NATIVE_VLAN: u16 = 10;
const MANAGEMENT_ADDRESSES: u16 = 0x16;

struct Cdp;

impl Dissector for Cdp {
    fn parse(&mut self, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
        let mut told = Told::default();
        if read(input.bytes, &mut told).is_err() {
            told.ended_early(input);
        }
        let operation = operation(1, "advertisement", OperationClass::Discovery);
        told.emit(Protocol::Cdp, Direction::OneWay, operation, input, emit);
        Parsed::Consumed(input.bytes.len())
    }
}

fn read<'a>(bytes: &'a [u8], told: &mut Told<'a>) -> Result<(), Short> {
    const LLC_AND_SNAP: usize = 8;
    const TLV_HEADER: usize = 4;
    let mut c = Cursor::new(bytes);
    c.skip(LLC_AND_SNAP)?;
    if !matches!(c.u8()?, 1 | 2) {
        told.flag(Anomaly::BadVersion);
    }
    told.id("time_to_live", c.u8()?);
    c.skip(2)?; // checksum
    for _ in 0..limits::IT_ELEMENTS {
        if c.is_empty() {
            return Ok(());
        }
        let kind = c.u16_be()?;
        let Some(length) = usize::from(c.u16_be()?).checked_sub(TLV_HEADER) else {
            told.flag(Anomaly::BadLength);
            return Ok(());
        };
        let value = c.sub(length)?;
        if tlv(kind, value, told).is_err() {
            told.flag(Anomaly::BadLength);
        }
    }
    told.flag(Anomaly::LimitReached);
    Ok(())
}

fn tlv<'a>(kind: u16, mut value: Cursor<'a>, told: &mut Told<'a>) -> Result<(), Short> {
    let text = line(value.rest());
    match kind {
        DEVICE => {
            told.text("tlv", kind, text);
            told.identity.hostname = text;
        }
        PORT | VTP_DOMAIN => told.text("tlv", kind, text),
        SOFTWARE => told.identity.firmware = text,
        PLATFORM => {
            told.text("tlv", kind, text);
            told.identity.model = text;
            let cisco = text.is_some_and(|text| text.to_ascii_lowercase().starts_with("cisco"));
            told.identity.vendor = cisco.then_some("Cisco");
        }
        CAPABILITIES => told.id("capabilities", value.u32_be()?),
        NATIVE_VLAN => told.id("native_vlan", value.u16_be()?),
        ADDRESSES | MANAGEMENT_ADDRESSES => addresses(&mut value, told)?,
        _ => {}
    }
    Ok(())
}

/// A count, then for each address the kind of its protocol's number, that number, the address.
fn addresses(value: &mut Cursor<'_>, told: &mut Told<'_>) -> Result<(), Short> {
    let count = value.u32_be()?;
    for _ in 0..count {
        value.skip(1)?; // NLPID or 802.2
        let length = usize::from(value.u8()?);
        value.skip(length)?;
        let length = usize::from(value.u16_be()?);
        let mut address = value.sub(length)?;
        match length {
            4 => told.address(IpAddr::from(address.array::<4>()?)),
            16 => told.address(IpAddr::from(address.array::<16>()?)),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;

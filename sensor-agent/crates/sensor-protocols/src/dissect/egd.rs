//! Ethernet Global Data: what GE controllers produce for each other in cycles.
//!
//! Sources: GE Fanuc, GFK-2224 (*TCP/IP Ethernet Communications*), chapter on Ethernet Global Data; layout of the
//! header as Wireshark's dissector (packet-egd.c) has it, checked with tshark, as there is no capture.
//!
//! # What comes out
//! - `operation.code` is the type of the message (13: produced data); `objects`: the producer as an address,
//!   `exchange`, `configuration_signature`. `values`: the data produced.
//! - `outcome`: `Error` where the status tells that the data are not good.
//!
//! # Limits
//! Data are not told variable by variable: what they mean is in the configuration of the exchange. Commands of EGD
//! (UDP 7937) are not read.

use super::cursor::{Cursor, Short};
use super::framed::{Framed, Spoken, Whole};
use super::message::Message;
use super::message::framing::Measure;
use super::registry::{Entry, Hint};
use super::{Emit, Input, Probe, ProbeInput};
use crate::limits;
use crate::observation::{Direction, Object, OperationClass, Outcome, Protocol, Transport};
use std::net::{IpAddr, Ipv4Addr};

pub(super) const ENTRY: Entry = Entry {
    protocol: Protocol::Egd,
    hints: &[Hint::Udp(18_246)],
    anywhere: &[],
    probe: |input: &ProbeInput<'_>| match Egd::measure(input.bytes, input.transport) {
        Measure::Total(_) => Probe::Recognised(None),
        Measure::Need(_) | Measure::Foreign => Probe::Unrecognised,
    },
    create: || Box::<Framed<Egd>>::default(),
};

/// Type and version of produced data.
const DATA: u8 = 13;
const VERSION: u8 = 1;

/// Octets before the data.
const HEADER: usize = 32;

/// Status that tells of an error, with its name.
const STATUSES: &[(u16, &str)] = &[
    (3, "no_clock_synchronisation"),
    (4, "specification_error"),
    (6, "data_refresh_error"),
    (7, "data_refresh_period_exceeded"),
    (10, "ip_layer_not_initialized"),
    (12, "lack_of_resource"),
    (16, "name_resolution_in_progress"),
    (18, "loss_of_interface"),
    (22, "interface_does_not_support_egd"),
    (26, "no_response_from_interface"),
    (28, "failed_to_create_exchange"),
    (30, "exchange_deleted"),
];

/// One flow. Nothing is kept.
#[derive(Debug, Default)]
struct Egd;

impl Spoken for Egd {
    const PROTOCOL: Protocol = Protocol::Egd;
    const MOST: usize = limits::EGD_MESSAGE;

    fn measure(bytes: &[u8], _: Transport) -> Measure {
        match bytes {
            [DATA, VERSION, ..] => {
                Measure::Total(u64::try_from(bytes.len().max(HEADER)).unwrap_or(u64::MAX))
            }
            [_, _, ..] => Measure::Foreign,
            _ => Measure::Need(HEADER),
        }
    }

    fn message(&mut self, whole: &Whole<'_>, _: &Input<'_>, emit: &mut Emit<'_>) {
        let mut message = whole.begin(Protocol::Egd, Direction::OneWay);
        message.is(u32::from(DATA), "produced_data", OperationClass::Event);
        let read = tell(whole.bytes, &mut message);
        message.read(read);
        message.emit(whole.size, emit);
    }
}

fn tell<'a>(bytes: &'a [u8], message: &mut Message<'a>) -> Result<(), Short> {
    let mut cursor = Cursor::new(bytes);
    cursor.skip(4)?; // type, version, request
    let producer: [u8; 4] = cursor.array()?;
    message.object(Object::Address(IpAddr::V4(Ipv4Addr::from(producer))));
    message.id("exchange", cursor.u32_le()?);
    cursor.skip(8)?; // time
    let status = cursor.u32_le()?;
    let known = u16::try_from(status).ok();
    let name = known.and_then(|status| super::tables::name_of(STATUSES, status));
    if let Some(name) = name {
        message.outcome = Outcome::Error { code: status, name };
    }
    message.id("configuration_signature", cursor.u32_le()?);
    cursor.skip(4)?;
    message.values = cursor.rest();
    Ok(())
}

#[cfg(test)]
mod tests;

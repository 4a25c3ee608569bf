//! The blocks of a DCP message: options with what they say of a station.
//!
//! Data in: the blocks of one message. Data out: [`Blocks`], which borrows from them.
//! Source: IEC 61158-6-10, coding of the `DCP` blocks: option, suboption, length, then a block
//! information or a block qualifier of two octets where the service has one, then the value, padded
//! to an even length.
//!
//! Objects: `dcp_option` for each block (option × 256 + suboption), `dcp_supported_option` for those a
//! device says it knows, `dcp_answered_option` for those a response is about; names of stations, IP
//! addresses, `mac`, `vendor_id`, `device_id`, `oem_vendor_id`, `oem_device_id`, `instance`, `role`,
//! `ip_status` where an address conflict was found, `reset_mode`.
//!
//! Limits: [`limits::PROFINET_DCP_BLOCKS`], [`limits::PROFINET_DCP_OBJECTS`].

use std::net::{IpAddr, Ipv4Addr};

use super::dcp_options as options;
use super::objects::Objects;
use super::vendors;
use crate::dissect::cursor::{Cursor, Short};
use crate::limits;
use crate::observation::{Anomaly, AnomalySet, Identity, Object};

/// How blocks are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// Option and suboption only.
    Names,
    /// With a value.
    Filters,
    /// With a block information or block qualifier in front of the value.
    Informed,
}

/// Bit of the block information of an IP parameter: another station has the address too.
const CONFLICT: u16 = 0x80;

/// What the blocks say.
#[derive(Debug)]
pub(super) struct Blocks<'a> {
    pub(super) objects: Objects<'a, { limits::PROFINET_DCP_OBJECTS }>,
    pub(super) anomalies: AnomalySet,
    /// First block that is not about the transaction itself.
    pub(super) named_after: Option<u16>,
    /// First block error that is not 0.
    pub(super) error: Option<u8>,
    name: Option<&'a str>,
    kind: Option<&'a str>,
    vendor: Option<&'static str>,
    role: Option<&'static str>,
}

impl Default for Blocks<'_> {
    fn default() -> Self {
        Self {
            objects: Objects::new(),
            anomalies: AnomalySet::EMPTY,
            named_after: None,
            error: None,
            name: None,
            kind: None,
            vendor: None,
            role: None,
        }
    }
}

impl<'a> Blocks<'a> {
    /// What a station that is described by the blocks is.
    pub(super) fn identity(&self) -> Identity<'a> {
        Identity {
            vendor: self.vendor,
            // The type of station is the vendor's own name of the model.
            model: self.kind.or(self.role),
            hostname: self.name,
            ..Identity::NONE
        }
    }

    /// Keeps what the message is named after: of several options the one that changes most, so that none
    /// hides behind another; of equal ones the first.
    fn weigh(&mut self, pair: u16) {
        if self
            .named_after
            .is_none_or(|first| options::weight(pair) > options::weight(first))
        {
            self.named_after = Some(pair);
        }
    }

    fn note(&mut self, kind: &'static str, pair: u16) {
        self.objects.id(kind, pair);
        if !options::is_known(pair) {
            self.anomalies.insert(Anomaly::ReservedCode);
        }
    }
}

/// Reads all blocks; what cannot be read is told in the anomalies.
pub(super) fn read<'a>(body: &'a [u8], layout: Layout, blocks: &mut Blocks<'a>) {
    let mut cursor = Cursor::new(body);
    for _ in 0..limits::PROFINET_DCP_BLOCKS {
        // One octet can be left of the padding.
        if cursor.remaining() < 2 {
            break;
        }
        if block(&mut cursor, layout, blocks).is_err() {
            blocks.anomalies.insert(Anomaly::Truncated);
            break;
        }
    }
    let more = cursor.remaining() >= 2 && !blocks.anomalies.contains(Anomaly::Truncated);
    if more || blocks.objects.is_full() {
        blocks.anomalies.insert(Anomaly::LimitReached);
    }
}

fn block<'a>(
    cursor: &mut Cursor<'a>,
    layout: Layout,
    blocks: &mut Blocks<'a>,
) -> Result<(), Short> {
    let pair = cursor.u16_be()?;
    blocks.note("dcp_option", pair);
    let transaction = matches!(pair, options::START_TRANSACTION | options::END_TRANSACTION);
    if !transaction && pair != options::RESPONSE {
        blocks.weigh(pair);
    }
    if layout == Layout::Names {
        return Ok(());
    }
    let length = usize::from(cursor.u16_be()?);
    let mut value = cursor.sub(length)?;
    if !length.is_multiple_of(2) && !cursor.is_empty() {
        cursor.skip(1)?;
    }
    if pair == options::RESPONSE {
        return response(&mut value, blocks);
    }
    let info = if layout == Layout::Informed && !value.is_empty() {
        value.u16_be()?
    } else {
        0
    };
    one(pair, info, &mut value, blocks)
}

/// The result of one block of a Set.
fn response(value: &mut Cursor<'_>, blocks: &mut Blocks<'_>) -> Result<(), Short> {
    let about = value.u16_be()?;
    blocks.note("dcp_answered_option", about);
    blocks.weigh(about);
    let error = value.u8()?;
    if error != 0 && blocks.error.is_none() {
        blocks.error = Some(error);
    }
    if options::error(error).is_none() {
        blocks.anomalies.insert(Anomaly::ReservedCode);
    }
    Ok(())
}

/// The value of a block. An empty one is part of a Set that asks for a default, or of a device that
/// has none.
fn one<'a>(
    pair: u16,
    info: u16,
    value: &mut Cursor<'a>,
    blocks: &mut Blocks<'a>,
) -> Result<(), Short> {
    if value.is_empty() && pair != options::RESET_TO_FACTORY {
        return Ok(());
    }
    match pair {
        options::MAC_ADDRESS => blocks.objects.id("mac", super::mac(value.array()?)),
        options::IP_PARAMETER | options::FULL_IP_SUITE => {
            let [address, _mask, _gateway] = [value.array::<4>()?, value.array()?, value.array()?];
            let address = IpAddr::V4(Ipv4Addr::from(address));
            blocks.objects.push(Object::Address(address));
            if info & CONFLICT != 0 {
                blocks.objects.id("ip_status", info);
            }
        }
        options::NAME_OF_STATION | options::ALIAS_NAME => {
            let name = text(value.take_rest());
            if let Some(name) = name {
                blocks.objects.push(Object::Name(name));
            }
            if pair == options::NAME_OF_STATION {
                blocks.name = name;
                if !name.is_some_and(is_station_name) {
                    blocks.anomalies.insert(Anomaly::BadValue);
                }
            }
        }
        options::TYPE_OF_STATION => blocks.kind = text(value.take_rest()),
        options::RESET_TO_FACTORY => blocks.objects.id("reset_mode", info),
        _ => numbers(pair, value, blocks)?,
    }
    Ok(())
}

/// Blocks that hold numbers only.
fn numbers(pair: u16, value: &mut Cursor<'_>, blocks: &mut Blocks<'_>) -> Result<(), Short> {
    match pair {
        options::DEVICE_ID | options::OEM_DEVICE_ID => {
            let (vendor, device) = (value.u16_be()?, value.u16_be()?);
            let kinds = if pair == options::DEVICE_ID {
                blocks.vendor = vendors::vendor(vendor);
                ["vendor_id", "device_id"]
            } else {
                ["oem_vendor_id", "oem_device_id"]
            };
            let [vendor_kind, device_kind] = kinds;
            blocks.objects.id(vendor_kind, vendor);
            blocks.objects.id(device_kind, device);
        }
        options::DEVICE_ROLE => {
            let bits = value.u8()?;
            blocks.role = options::role(bits);
            blocks.objects.id("role", bits);
        }
        options::DEVICE_INSTANCE => blocks.objects.id("instance", value.u16_be()?),
        options::DEVICE_INITIATIVE => blocks.objects.id("device_initiative", value.u16_be()?),
        options::DEVICE_OPTIONS => {
            while value.remaining() >= 2 && !blocks.objects.is_full() {
                let supported = value.u16_be()?;
                blocks.note("dcp_supported_option", supported);
            }
        }
        _ => {}
    }
    Ok(())
}

/// Text without the zeros and blanks that may fill it up.
fn text(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok()?;
    let text = text.trim_end_matches(['\0', ' ']);
    (!text.is_empty()).then_some(text)
}

/// Whether a name can be one of a station: labels of letters, digits and hyphens, joined by full stops
/// (IEC 61158-6-10, coding of the field `NameOfStationValue`, after RFC 5890), 240 octets at most.
/// Capitals are let pass: devices in the field have them.
pub(super) fn is_station_name(name: &str) -> bool {
    const LONGEST: usize = 240;
    let allowed = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'.');
    name.len() <= LONGEST && name.bytes().all(allowed)
}

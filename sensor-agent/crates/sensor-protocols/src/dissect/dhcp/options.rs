//! Options of DHCP (RFC 2132 and later, the IANA registry "BOOTP and DHCP parameters").
//!
//! Data in: the octets behind the magic cookie, or a header field that holds options. Data out: what
//! the message is and says of the client, and objects.

use super::super::collected::{Told, line, number, without_secrets};
use super::super::cursor::{Cursor, Short};
use crate::limits;
use crate::observation::Anomaly;

const PAD: u8 = 0;
const HOST_NAME: u8 = 12;
const VENDOR_CLASS: u8 = 60;
const FULL_NAME: u8 = 81;
const END: u8 = 255;

/// What the options say of the message and its sender.
#[derive(Default)]
pub(super) struct Found<'a> {
    pub(super) message_type: Option<u8>,
    /// Header fields that hold options: 1 the file, 2 the name of the server, 3 both.
    pub(super) overload: u8,
    pub(super) hostname: Option<&'a str>,
    pub(super) full_name: Option<&'a str>,
    pub(super) vendor_class: Option<&'a str>,
    pub(super) parameter_list: &'a [u8],
}

/// Options that hold IPv4 addresses, and under which name they are told.
const ADDRESSES: [(u8, &str); 5] = [
    (1, "subnet_mask"),
    (3, "router"),
    (6, "name_server"),
    (50, "requested_address"),
    (54, "server_identifier"),
];

/// Options that hold a text: name of the client, domain, message of the server, vendor class, name and
/// file of the boot server, and where proxies are configured from.
const TEXTS: [u8; 7] = [HOST_NAME, 15, 56, VENDOR_CLASS, 66, 67, 252];

/// Those of them that can be a URL: name and file of the boot server, where proxies are configured from.
const URLS: [u8; 3] = [66, 67, 252];

/// Reads options up to the end option, or the end of the field.
pub(super) fn read<'a>(
    c: &mut Cursor<'a>,
    found: &mut Found<'a>,
    told: &mut Told<'a>,
) -> Result<(), Short> {
    for _ in 0..limits::IT_ELEMENTS {
        let code = match c.u8() {
            Ok(PAD) => continue,
            Ok(END) | Err(_) => return Ok(()),
            Ok(code) => code,
        };
        let length = usize::from(c.u8()?);
        option(code, c.take(length)?, found, told);
    }
    // Padding up to the end is nothing that was left out.
    if c.rest().iter().any(|octet| *octet != PAD) {
        told.flag(Anomaly::LimitReached);
    }
    Ok(())
}

fn option<'a>(code: u8, value: &'a [u8], found: &mut Found<'a>, told: &mut Told<'a>) {
    if let Some((_, kind)) = ADDRESSES.iter().find(|(known, _)| *known == code) {
        return addresses(kind, value, told);
    }
    if TEXTS.contains(&code) {
        let text = line(value);
        let is_url = URLS.contains(&code);
        told.text(
            "dhcp_option",
            code,
            if is_url {
                text.map(without_secrets)
            } else {
                text
            },
        );
        match code {
            HOST_NAME => found.hostname = found.hostname.or(text),
            VENDOR_CLASS => found.vendor_class = found.vendor_class.or(text),
            _ => {}
        }
        return;
    }
    match (code, value) {
        (51, _) => number_of(4, "lease_time", value, told),
        (52, [overload @ 1..=3]) => found.overload = *overload,
        (53, [kind]) => found.message_type = Some(*kind),
        (52 | 53, _) => told.flag(Anomaly::BadValue),
        (55, _) => found.parameter_list = value,
        (61, _) => client_identifier(value, told),
        (FULL_NAME, _) => full_name(value, found, told),
        (82, _) => relay_agent(value, told),
        _ => {}
    }
}

fn addresses(kind: &'static str, value: &[u8], told: &mut Told<'_>) {
    if value.is_empty() || !value.len().is_multiple_of(4) {
        told.flag(Anomaly::BadLength);
    }
    for address in value.chunks_exact(4) {
        if let Some(address) = number(address) {
            told.id(kind, address);
        }
    }
}

fn number_of(length: usize, kind: &'static str, value: &[u8], told: &mut Told<'_>) {
    match number(value).filter(|_| value.len() == length) {
        Some(value) => told.id(kind, value),
        None => told.flag(Anomaly::BadLength),
    }
}

/// Type and identifier (RFC 2132, 9.14). A hardware address repeats what the header has.
fn client_identifier<'a>(value: &'a [u8], told: &mut Told<'a>) {
    match value {
        [] | [_] => told.flag(Anomaly::BadLength),
        [0, text @ ..] => told.text("dhcp_option", 61_u8, line(text)),
        [_, rest @ ..] => {
            if let Some(id) = number(rest) {
                told.id("client_identifier", id);
            }
        }
    }
}

/// Flags, two result codes, a name in ASCII or in the encoding of DNS (RFC 4702, 2).
fn full_name<'a>(value: &'a [u8], found: &mut Found<'a>, told: &mut Told<'a>) {
    const DNS_ENCODING: u8 = 4;
    let [flags, _, _, name @ ..] = value else {
        return told.flag(Anomaly::BadLength);
    };
    // Of a name in the encoding of DNS the first label is the host.
    let name = match name {
        [length, label @ ..] if flags & DNS_ENCODING != 0 => {
            label.get(..usize::from(*length)).unwrap_or_default()
        }
        _ => name,
    };
    let text = line(name);
    told.text("dhcp_option", FULL_NAME, text);
    found.full_name = found.full_name.or(text);
}

/// Sub-options that a relay adds (RFC 3046, 2): where the client is plugged in.
fn relay_agent<'a>(value: &'a [u8], told: &mut Told<'a>) {
    let mut c = Cursor::new(value);
    while !c.is_empty() {
        let sub = c.u8().and_then(|code| {
            let length = usize::from(c.u8()?);
            Ok((code, c.take(length)?))
        });
        let Ok((code, value)) = sub else {
            return told.flag(Anomaly::BadLength);
        };
        let kind = match code {
            1 => "circuit_identifier",
            2 => "remote_identifier",
            _ => continue,
        };
        match number(value) {
            Some(id) => told.id(kind, id),
            None => told.text(kind, 0_u8, line(value)),
        }
    }
}

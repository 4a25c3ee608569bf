//! DHCP over UDP, and BOOTP: who asks for an address, who gives it and what with it.
//!
//! Source: RFC 2131 (messages), RFC 2132 (options), RFC 951 (BOOTP), RFC 3046 (relay agent), RFC 4702 (client
//! name), RFC 3203, 4388, 6926, 7724 (further message types).
//!
//! One datagram, one observation. `operation.code` is the message type of option 53; [`BOOTP`] and the
//! operation of the header where there is none. Objects: `client_mac`, then of the header
//! `client_address`, `assigned_address`, `next_server`, `relay_agent` where they are not zero, then of the
//! options `requested_address`, `server_identifier`, `lease_time`, `subnet_mask`, `router`, `name_server`
//! (IPv4 addresses as numbers), the client identifier, circuit and remote identifier of option 82, and texts
//! behind their `dhcp_option`. `values` is the parameter request list (option 55): which options a client
//! asks for tells its operating system.
//! Identity, of a client that is not behind a relay: host name (options 12 and 81), and as software the vendor
//! class (60), which names the program and its version (`MSFT 5.0`), seldom who made the device.
//! A refusal (DHCPNAK) is an error. Of URLs what can be a secret is left out.
//!
//! Pairing by transaction, where request and response are between the same ports: most are not, since
//! clients without an address broadcast. Who joins them has `client_mac`.
//!
//! Limits: [`limits::IT_ELEMENTS`] options; an option in several parts (RFC 3396) is read from its first
//! part. Authentication (option 90) is not read.

mod options;
#[cfg(test)]
mod tests;

use super::collected::{Asked, Told, line, operation, operation_of, unknown, without_secrets};
use super::cursor::{Cursor, Short};
use super::open_requests::OpenRequests;
use super::registry::{Entry, Hint};
use super::{Dissector, Emit, Input, Parsed, Probe, ProbeInput, Role};
use crate::limits;
use crate::observation::{Anomaly, Direction, Operation, OperationClass, Outcome, Protocol};

pub(super) const ENTRY: Entry = Entry {
    protocol: Protocol::Dhcp,
    hints: &[Hint::Udp(67), Hint::Udp(68)],
    anywhere: &[],
    probe,
    create: || Box::<Dhcp>::default(),
};

/// Added to the operation of the header in messages without a message type.
pub const BOOTP: u32 = 0x100;

/// In front of the options (RFC 2132, 2).
const COOKIE: [u8; 4] = [99, 130, 83, 99];

const REQUEST: u8 = 1;
const REPLY: u8 = 2;

const DISCOVER: u32 = 1;
const OFFER: u32 = 2;
const DHCP_REQUEST: u32 = 3;
const ACK: u32 = 5;
const NAK: u32 = 6;
const INFORM: u32 = 8;
const FORCE_RENEW: u32 = 9;
const LEASE_QUERY: u32 = 10;

/// Message types of the IANA registry "BOOTP and DHCP parameters".
const TYPES: &[(u32, &str, OperationClass)] = &[
    (DISCOVER, "discover", OperationClass::Discovery),
    (OFFER, "offer", OperationClass::Discovery),
    (DHCP_REQUEST, "request", OperationClass::Session),
    (4, "decline", OperationClass::Event),
    (ACK, "ack", OperationClass::Session),
    (NAK, "nak", OperationClass::Session),
    (7, "release", OperationClass::Session),
    (INFORM, "inform", OperationClass::Discovery),
    (FORCE_RENEW, "force_renew", OperationClass::Control),
    (LEASE_QUERY, "lease_query", OperationClass::Read),
    (11, "lease_unassigned", OperationClass::Read),
    (12, "lease_unknown", OperationClass::Read),
    (13, "lease_active", OperationClass::Read),
    (14, "bulk_lease_query", OperationClass::Read),
    (15, "lease_query_done", OperationClass::Read),
    (16, "active_lease_query", OperationClass::Read),
    (17, "lease_query_status", OperationClass::Read),
    (18, "tls", OperationClass::Session),
];

/// Message types that only a server sends.
const OF_SERVER: [u32; 6] = [OFFER, ACK, NAK, 11, 12, 13];
/// Message types that only a client or a relay sends.
const OF_CLIENT: [u32; 6] = [DISCOVER, DHCP_REQUEST, 4, 7, INFORM, LEASE_QUERY];

/// Neither end can choose its port, so it is looked for on no other. The first octets decide.
fn probe(input: &ProbeInput<'_>) -> Probe {
    let [op, _, hardware_length, ..] = input.bytes else {
        return Probe::Unrecognised;
    };
    if *hardware_length > 16 {
        return Probe::Unrecognised;
    }
    match *op {
        REQUEST => Probe::Recognised(Some(Role::Client)),
        REPLY => Probe::Recognised(Some(Role::Server)),
        _ => Probe::Unrecognised,
    }
}

/// DHCP between two ports.
#[derive(Default)]
struct Dhcp {
    /// Transaction, and message type of the request.
    open: OpenRequests<Asked<(u32, u32)>, { limits::IT_OPEN_REQUESTS }>,
}

/// What the header says, and which options it leaves to the rest.
#[derive(Default)]
struct Header {
    op: u8,
    transaction: u32,
    relayed: bool,
}

impl Dissector for Dhcp {
    fn parse(&mut self, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
        let mut told = Told::default();
        let mut header = Header::default();
        let mut found = options::Found::default();
        if read(input, &mut header, &mut found, &mut told).is_err() {
            told.ended_early(input);
        }
        if !header.relayed && header.op == REQUEST {
            told.identity.software = found.vendor_class;
            told.identity.hostname = found.hostname.or(found.full_name);
        }
        let operation = operation_of_message(&header, found.message_type, &mut told);
        told.values = found.parameter_list;
        let direction = match (operation.code, header.op) {
            (FORCE_RENEW, _) => Direction::OneWay,
            (_, REQUEST) => Direction::Request,
            (_, REPLY) => Direction::Response,
            _ => Direction::OneWay,
        };
        match direction {
            Direction::Request => {
                // What is sent again has not been answered.
                let key = (header.transaction, operation.code);
                self.open.forget(|asked| asked.key == key);
                self.open.keep(Asked::new(key, input));
            }
            Direction::Response => {
                let asked = self.open.take_latest(|asked| {
                    asked.key.0 == header.transaction && answers(operation.code, asked.key.1)
                });
                told.request = asked.map(|asked| asked.answered(input));
                told.outcome = outcome(operation.code);
            }
            Direction::OneWay => {}
        }
        told.emit(Protocol::Dhcp, direction, operation, input, emit);
        Parsed::Consumed(input.bytes.len())
    }
}

/// The operation of a message, by its message type where it has one.
fn operation_of_message(header: &Header, kind: Option<u8>, told: &mut Told<'_>) -> Operation {
    if !matches!(header.op, REQUEST | REPLY) {
        told.flag(Anomaly::BadValue);
    }
    let Some(kind) = kind.map(u32::from) else {
        return bootp(header.op);
    };
    let of_server = OF_SERVER.contains(&kind);
    let of_client = OF_CLIENT.contains(&kind);
    if (of_server && header.op == REQUEST) || (of_client && header.op == REPLY) {
        told.flag(Anomaly::WrongRole);
    }
    operation_of(TYPES, kind).unwrap_or_else(|| {
        told.flag(Anomaly::ReservedCode);
        unknown(kind)
    })
}

fn bootp(op: u8) -> Operation {
    let code = BOOTP | u32::from(op);
    match op {
        REQUEST => operation(code, "bootp_request", OperationClass::Session),
        REPLY => operation(code, "bootp_reply", OperationClass::Session),
        _ => unknown(code),
    }
}

/// Whether a response of the one type answers a request of the other (RFC 2131, 3; RFC 4388, 6.1). One
/// transaction has several requests: what discovers, then what asks for the address.
fn answers(response: u32, request: u32) -> bool {
    match response {
        OFFER => request == DISCOVER,
        // To a discovery with rapid commit too (RFC 4039).
        ACK => matches!(request, DISCOVER | DHCP_REQUEST | INFORM),
        NAK => request == DHCP_REQUEST,
        11..=13 => request == LEASE_QUERY,
        _ => true,
    }
}

fn outcome(code: u32) -> Outcome {
    match code {
        NAK => Outcome::Error { code, name: "nak" },
        OFFER | ACK => Outcome::Ok,
        code if code == BOOTP | u32::from(REPLY) => Outcome::Ok,
        _ => Outcome::None,
    }
}

/// Reads the header and the options behind it (RFC 2131, 2).
fn read<'a>(
    input: &Input<'a>,
    header: &mut Header,
    found: &mut options::Found<'a>,
    told: &mut Told<'a>,
) -> Result<(), Short> {
    let mut c = Cursor::new(input.bytes);
    let [op, hardware, length, hops] = c.array()?;
    header.op = op;
    header.transaction = c.u32_be()?;
    c.skip(4)?; // seconds, flags
    let addresses = [
        ("client_address", c.u32_be()?),
        ("assigned_address", c.u32_be()?),
        ("next_server", c.u32_be()?),
        ("relay_agent", c.u32_be()?),
    ];
    let [.., (_, relay)] = addresses;
    header.relayed = relay != 0 || hops != 0;
    let mut client = c.sub(16)?;
    client_mac(&mut client, (hardware, length), told)?;
    for (kind, address) in addresses {
        if address != 0 {
            told.id(kind, address);
        }
    }
    let server_name = c.take(64)?;
    let boot_file = c.take(128)?;
    if c.is_empty() {
        return Ok(());
    }
    // Vendor information of BOOTP before RFC 1497 has no cookie and is not read.
    if c.array::<4>()? != COOKIE {
        return Ok(());
    }
    options::read(&mut c, found, told)?;
    // The two fields can hold options too (RFC 2132, 9.3): the file first (RFC 3396, 5).
    match found.overload {
        0 => {
            let file = line(boot_file).map(without_secrets);
            told.text("boot_file", 0_u8, file);
            told.text("server_name", 0_u8, line(server_name));
        }
        overload => {
            if overload & 1 != 0 {
                options::read(&mut Cursor::new(boot_file), found, told)?;
            }
            if overload & 2 != 0 {
                options::read(&mut Cursor::new(server_name), found, told)?;
            }
        }
    }
    Ok(())
}

/// Hardware address of the client: of Ethernet, and of IEEE 802, which has the same (RFC 1700).
fn client_mac(
    client: &mut Cursor<'_>,
    (hardware, length): (u8, u8),
    told: &mut Told<'_>,
) -> Result<(), Short> {
    if length > 16 {
        told.flag(Anomaly::BadLength);
    } else if matches!((hardware, length), (1 | 6, 6)) {
        told.id("client_mac", super::collected::mac(client)?);
    }
    Ok(())
}

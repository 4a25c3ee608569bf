//! The name service of `NetBIOS` over UDP: who looks for which name, registers it, or tells its own.
//!
//! Source: RFC 1001 (concepts), RFC 1002, 4.2 (messages).
//!
//! One datagram, one observation. `operation.code` is the opcode, the second-level code the type of the
//! question (32 a name, 33 the status of a node). Objects: each name with its `name_suffix` (which service
//! has the name), and the addresses of answers. A node status answers with the names and the hardware
//! address of a host. Identity: host name, of a node status and of a registration of a workstation's or file
//! server's own name; who answers a query for a name only claims to have it.
//!
//! Pairing by transaction. Limits: [`limits::IT_OBJECTS`] objects; the additional section is read of
//! registrations and releases, which have their address in it.

use std::net::Ipv4Addr;

use crate::dissect::collected::{Asked, Told, line, mac, operation_of, unknown};
use crate::dissect::cursor::{Cursor, Short};
use crate::dissect::open_requests::OpenRequests;
use crate::dissect::registry::{Entry, Hint};
use crate::dissect::{Dissector, Emit, Input, Parsed, Probe, ProbeInput, Role};
use crate::limits;
use crate::observation::{Anomaly, Direction, Operation, OperationClass, Outcome, Protocol};

pub(in super::super) const ENTRY: Entry = Entry {
    protocol: Protocol::Nbns,
    hints: &[Hint::Udp(137)],
    anywhere: &[],
    probe,
    create: || Box::<NetbiosNames>::default(),
};

const REGISTRATION: u8 = 5;
const WAIT: u8 = 7;

const OPCODES: &[(u32, &str, OperationClass)] = &[
    (0, "query", OperationClass::Discovery),
    (5, "registration", OperationClass::Discovery),
    (6, "release", OperationClass::Discovery),
    (7, "wait", OperationClass::Discovery),
    (8, "refresh", OperationClass::Discovery),
    // As it was sent by older stacks (RFC 1002, 4.2.1.1 and 4.2.4 contradict each other).
    (9, "refresh", OperationClass::Discovery),
    (15, "multihomed_registration", OperationClass::Discovery),
];

/// Type of a question or record.
const NAME: u16 = 0x20;
const NODE_STATUS: u16 = 0x21;

/// Response codes (RFC 1002, 4.2.6 and 4.2.11).
const CODES: [(u8, &str); 8] = [
    (1, "format_error"),
    (2, "server_failure"),
    (3, "name_error"),
    (4, "unsupported"),
    (5, "refused"),
    (6, "active"),
    (7, "conflict"),
    (0, "no_error"),
];

/// Suffixes that a host has its own name with: workstation and file server.
const WORKSTATION: u8 = 0x00;
const FILE_SERVER: u8 = 0x20;

/// The flags octet of an entry that many hosts share (RFC 1002, 4.2.13).
const GROUP: u16 = 0x8000;

#[derive(Clone, Copy, Default)]
struct Header {
    id: u16,
    response: bool,
    opcode: u8,
    code: u8,
    counts: [u16; 4],
}

impl Header {
    fn read(c: &mut Cursor<'_>) -> Result<Self, Short> {
        let id = c.u16_be()?;
        let [high, low] = c.array()?;
        Ok(Self {
            id,
            response: high & 0x80 != 0,
            opcode: high >> 3 & 0x0f,
            code: low & 0x0f,
            counts: [c.u16_be()?, c.u16_be()?, c.u16_be()?, c.u16_be()?],
        })
    }
}

/// An opcode there is, and no more than two records of a kind.
fn probe(input: &ProbeInput<'_>) -> Probe {
    let Ok(header) = Header::read(&mut Cursor::new(input.bytes)) else {
        return Probe::Incomplete;
    };
    let known = operation_of(OPCODES, u32::from(header.opcode)).is_some();
    let [questions, _, authorities, _] = header.counts;
    if !known || questions > 1 || authorities > 1 {
        return Probe::Unrecognised;
    }
    Probe::Recognised(Some(if header.response {
        Role::Server
    } else {
        Role::Client
    }))
}

/// A name in text form, and its last octet.
#[derive(Clone, Copy, Default)]
struct Decoded {
    text: [u8; 15],
    suffix: u8,
}

/// Name service between two ports.
#[derive(Default)]
struct NetbiosNames {
    open: OpenRequests<Asked<(Role, u16)>, { limits::IT_OPEN_REQUESTS }>,
}

impl Dissector for NetbiosNames {
    fn parse(&mut self, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
        let mut names = [Decoded::default(); 2];
        let mut c = Cursor::new(input.bytes);
        let mut told = Told::default();
        let header = Header::read(&mut c);
        if header.is_err() {
            told.ended_early(input);
        }
        let headless = header.is_err();
        let header = header.unwrap_or_default();
        let mut sections = Sections::default();
        if headless {
            // Nothing says what it is, or which way it goes.
            let operation = unknown(0);
            told.emit(Protocol::Nbns, Direction::OneWay, operation, input, emit);
            return Parsed::Consumed(input.bytes.len());
        }
        match sections.read(&mut c, &header, &mut names) {
            Ok(()) => {}
            Err(Anomaly::Truncated) => told.ended_early(input),
            Err(anomaly) => told.flag(anomaly),
        }
        if sections.cut {
            told.flag(Anomaly::LimitReached);
        }
        sections.tell(&header, &names, &mut told);
        let direction = if header.response {
            Direction::Response
        } else {
            Direction::Request
        };
        self.pair(&header, input, &mut told);
        let operation = operation(&header, sections.kind, &mut told);
        told.emit(Protocol::Nbns, direction, operation, input, emit);
        Parsed::Consumed(input.bytes.len())
    }
}

impl NetbiosNames {
    fn pair(&mut self, header: &Header, input: &Input<'_>, told: &mut Told<'_>) {
        if !header.response {
            self.open.keep(Asked::new((input.sender, header.id), input));
            return;
        }
        told.outcome = match header.code {
            // Who asks to wait has not answered yet (RFC 1002, 4.2.16).
            _ if header.opcode == WAIT => Outcome::None,
            0 => Outcome::Ok,
            code => Outcome::Error {
                code: u32::from(code),
                name: CODES
                    .iter()
                    .find(|(known, _)| *known == code)
                    .map_or("unknown", |(_, name)| name),
            },
        };
        let key = (input.sender.peer(), header.id);
        let asked = if header.opcode == WAIT {
            None
        } else {
            self.open.take(|asked| asked.key == key)
        };
        told.request = asked.map(|asked| asked.answered(input));
    }
}

fn operation(header: &Header, kind: Option<u16>, told: &mut Told<'_>) -> Operation {
    let code = u32::from(header.opcode);
    let found = operation_of(OPCODES, code).unwrap_or_else(|| {
        told.flag(Anomaly::ReservedCode);
        unknown(code)
    });
    Operation {
        sub: kind.map(u32::from),
        ..found
    }
}

/// What the sections of a message hold.
#[derive(Default)]
struct Sections<'a> {
    /// Type of the question, or of the record of an answer.
    kind: Option<u16>,
    /// Names read of question and record.
    count: usize,
    addresses: smallvec::SmallVec<[Ipv4Addr; 4]>,
    /// Entries of a node status, 18 octets each.
    entries: &'a [u8],
    hardware: Option<u64>,
    /// The name belongs to one host.
    unique: bool,
    /// Names, records or addresses were left out.
    cut: bool,
}

impl<'a> Sections<'a> {
    fn read(
        &mut self,
        c: &mut Cursor<'a>,
        header: &Header,
        names: &mut [Decoded; 2],
    ) -> Result<(), Anomaly> {
        let [questions, answers, authorities, additional] = header.counts;
        for _ in 0..questions {
            let name = read_name(c)?;
            self.name(name, names);
            self.kind = Some(c.u16_be().map_err(|_| Anomaly::Truncated)?);
            c.skip(2).map_err(|_| Anomaly::Truncated)?;
        }
        let records = [answers, authorities, additional].map(usize::from);
        let records = records
            .iter()
            .fold(0_usize, |sum, n| sum.saturating_add(*n));
        for _ in 0..records.min(limits::IT_ELEMENTS) {
            self.record(c, names)?;
        }
        self.cut |= records > limits::IT_ELEMENTS;
        Ok(())
    }

    fn name(&mut self, name: Option<Decoded>, names: &mut [Decoded; 2]) {
        // A record repeats the name of the question.
        let Some(name) = name else {
            return;
        };
        match names.get_mut(self.count) {
            Some(place) => {
                *place = name;
                self.count = self.count.saturating_add(1);
            }
            None => self.cut = true,
        }
    }

    fn record(&mut self, c: &mut Cursor<'a>, names: &mut [Decoded; 2]) -> Result<(), Anomaly> {
        let name = read_name(c)?;
        if self.count == 0 {
            self.name(name, names);
        }
        let short = |_| Anomaly::Truncated;
        let kind = c.u16_be().map_err(short)?;
        c.skip(6).map_err(short)?; // class and time to live
        let length = usize::from(c.u16_be().map_err(short)?);
        let mut data = c.sub(length).map_err(short)?;
        self.kind.get_or_insert(kind);
        match kind {
            NAME => self.addresses(&mut data),
            NODE_STATUS => self.status(&mut data),
            _ => Ok(()),
        }
        .map_err(|_| Anomaly::BadLength)
    }

    /// Flags and address of each host (RFC 1002, 4.2.13).
    fn addresses(&mut self, data: &mut Cursor<'a>) -> Result<(), Short> {
        while !data.is_empty() && self.addresses.len() < limits::IT_OBJECTS {
            let flags = data.u16_be()?;
            self.unique = flags & GROUP == 0;
            self.addresses.push(Ipv4Addr::from(data.array::<4>()?));
        }
        self.cut |= !data.is_empty();
        Ok(())
    }

    /// Names of a host, then statistics that start with its hardware address (RFC 1002, 4.2.18).
    fn status(&mut self, data: &mut Cursor<'a>) -> Result<(), Short> {
        const ENTRY: usize = 18;
        let count = usize::from(data.u8()?);
        self.entries = data.take(count.saturating_mul(ENTRY))?;
        self.hardware = Some(mac(data)?);
        Ok(())
    }

    fn tell<'t>(&self, header: &Header, names: &'t [Decoded; 2], told: &mut Told<'t>)
    where
        'a: 't,
    {
        for name in names.iter().take(self.count) {
            told.text("name_suffix", name.suffix, line(&name.text));
        }
        for address in &self.addresses {
            told.address(*address);
        }
        let mut own = None;
        for entry in self.entries.chunks_exact(18) {
            if let Some((name, [suffix, flags, ..])) = entry.split_first_chunk::<15>() {
                told.text("name_suffix", *suffix, line(name));
                let unique = u16::from(*flags) << 8 & GROUP == 0;
                if unique && *suffix == WORKSTATION {
                    own = own.or(line(name));
                }
            }
        }
        if let Some(mac) = self.hardware.filter(|mac| *mac != 0) {
            told.id("hardware_address", mac);
        }
        let [first, _] = names;
        let registers = matches!(header.opcode, REGISTRATION | 8 | 9 | 15) && !header.response;
        let of_host = matches!(first.suffix, WORKSTATION | FILE_SERVER) && self.unique;
        told.identity.hostname = match own {
            None if registers && of_host => line(&first.text),
            own => own,
        };
    }
}

/// Reads a name: one label of 32 letters, each half an octet (RFC 1001, 14.1), then a scope; or a pointer
/// to one. `None` for a pointer.
fn read_name(c: &mut Cursor<'_>) -> Result<Option<Decoded>, Anomaly> {
    const ENCODED: u8 = 32;
    let short = |_| Anomaly::Truncated;
    let mut decoded = None;
    for _ in 0..limits::DNS_LABELS {
        match c.u8().map_err(short)? {
            0 => return Ok(decoded),
            length if length & 0xc0 == 0xc0 => {
                c.skip(1).map_err(short)?;
                return Ok(decoded);
            }
            length if length & 0xc0 != 0 => return Err(Anomaly::BadValue),
            ENCODED if decoded.is_none() => {
                decoded = Some(decode(&c.array().map_err(short)?)?);
            }
            length => {
                if decoded.is_none() {
                    return Err(Anomaly::BadValue);
                }
                c.skip(usize::from(length)).map_err(short)?;
            }
        }
    }
    Err(Anomaly::BadValue)
}

fn decode(encoded: &[u8; 32]) -> Result<Decoded, Anomaly> {
    let mut decoded = Decoded::default();
    let places = decoded.text.iter_mut().chain([&mut decoded.suffix]);
    for (place, pair) in places.zip(encoded.chunks_exact(2)) {
        let half = |octet: &u8| octet.checked_sub(b'A').filter(|half| *half < 16);
        let [high, low] = pair else {
            return Err(Anomaly::BadValue);
        };
        let (Some(high), Some(low)) = (half(high), half(low)) else {
            return Err(Anomaly::BadValue);
        };
        *place = high << 4 | low;
    }
    Ok(decoded)
}

#[cfg(test)]
mod tests;

//! DNS over UDP and TCP (RFC 1035, RFC 7766), multicast DNS (RFC 6762) and LLMNR (RFC 4795), which
//! share its message format.
//!
//! One message, one observation. Operation: opcode, with the type of the first question as second
//! level. Objects: the name of each question, its type when there is more than one question, then
//! the addresses of all A and AAAA records among the answers. Outcome of a response: its RCODE.
//!
//! Not decoded: record types other than A and AAAA, and everything behind the answer section.
//!
//! Anomalies: `Truncated` and `BadLength` for sections that end early, `BadPointer` for
//! compression that points forward or loops, `BadValue` for labels and names that are too long,
//! `Unsolicited` for a response whose
//! identifier is that of no open query while queries of its receiver are open.

mod name;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use smallvec::SmallVec;

use self::name::Names;
use super::cursor::{Cursor, Short};
use super::registry::{Entry, Hint};
use super::{Dissector, Emit, Input, MessageFacts, Parsed, Probe, ProbeInput, Role};
use crate::limits;
use crate::observation::{
    Anomaly, AnomalySet, AnsweredRequest, Direction, Object, Operation, OperationClass, Outcome,
    Protocol, Transport,
};
use crate::time::Timestamp;

pub(super) const ENTRY: Entry = Entry {
    protocol: Protocol::Dns,
    hints: &[
        Hint::Udp(53),
        Hint::Tcp(53),
        Hint::Udp(5353),
        Hint::Udp(5355),
        Hint::Tcp(5355),
    ],
    anywhere: &[],
    probe,
    create: || Box::<DnsDissector>::default(),
};

/// Length of the message header (RFC 1035, 4.1.1).
const HEADER: usize = 12;

/// Opcodes of the IANA "DNS Parameters" registry.
const OPCODES: [(u8, &str, OperationClass); 6] = [
    (0, "query", OperationClass::Discovery),
    (1, "inverse_query", OperationClass::Discovery),
    (2, "status", OperationClass::Diagnostic),
    (4, "notify", OperationClass::Event),
    (5, "update", OperationClass::Write),
    (6, "stateful_operations", OperationClass::Session),
];

/// Response codes of the IANA "DNS Parameters" registry, by number.
const RCODES: [&str; 12] = [
    "no_error",
    "format_error",
    "server_failure",
    "name_error",
    "not_implemented",
    "refused",
    "name_exists",
    "rrset_exists",
    "rrset_missing",
    "not_authorized",
    "not_zone",
    "dso_type_not_implemented",
];

/// Record types that carry an address.
mod record {
    pub(super) const A: u16 = 1;
    pub(super) const AAAA: u16 = 28;
}

/// The header of a message.
#[derive(Clone, Copy)]
struct Header {
    id: u16,
    response: bool,
    opcode: u8,
    rcode: u8,
    questions: u16,
    answers: u16,
}

impl Header {
    fn read(c: &mut Cursor<'_>) -> Result<Self, Short> {
        let id = c.u16_be()?;
        let [high, low] = c.array()?;
        let questions = c.u16_be()?;
        let answers = c.u16_be()?;
        c.skip(4)?; // authority and additional counts
        Ok(Self {
            id,
            response: high & 0x80 != 0,
            opcode: high >> 3 & 0x0f,
            rcode: low & 0x0f,
            questions,
            answers,
        })
    }

    /// Whether the counts and codes are such as a DNS implementation would send.
    fn is_plausible(&self, len: usize) -> bool {
        let opcode_known = OPCODES.iter().any(|(code, ..)| *code == self.opcode);
        // A question takes five bytes at least, a record eleven.
        let records = usize::from(self.questions)
            .saturating_mul(5)
            .saturating_add(usize::from(self.answers).saturating_mul(11));
        opcode_known && records <= len.saturating_sub(HEADER)
    }
}

fn probe(input: &ProbeInput<'_>) -> Probe {
    let mut c = Cursor::new(input.bytes);
    let len = match input.transport {
        Transport::Tcp => match c.u16_be() {
            Ok(len) if usize::from(len) < HEADER => return Probe::Unrecognised,
            Ok(len) => usize::from(len),
            Err(_) => return Probe::Incomplete,
        },
        Transport::Link | Transport::Ip | Transport::Udp | Transport::Sctp => input.bytes.len(),
    };
    match Header::read(&mut c) {
        Ok(header) if header.is_plausible(len) => Probe::Recognised(Some(if header.response {
            Role::Server
        } else {
            Role::Client
        })),
        Ok(_) => Probe::Unrecognised,
        Err(_) => Probe::Incomplete,
    }
}

/// A query that was not answered yet.
#[derive(Clone, Copy, Default)]
struct Query {
    id: u16,
    open: bool,
    frame: u64,
    time: Timestamp,
    from: Option<Role>,
}

/// DNS on one flow.
#[derive(Default)]
struct DnsDissector {
    names: Names,
    queries: [Query; limits::DNS_OPEN_QUERIES],
    latest: usize,
}

impl Dissector for DnsDissector {
    fn parse(&mut self, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
        if input.transport != Transport::Tcp {
            self.message(input, input.bytes, input.bytes.len(), emit);
            return Parsed::Consumed(input.bytes.len());
        }
        let mut c = Cursor::new(input.bytes);
        let Ok(len) = c.u16_be().map(usize::from) else {
            return Parsed::Incomplete { need: 2 };
        };
        let size = len.saturating_add(2);
        match c.take(len) {
            Ok(message) => self.message(input, message, size, emit),
            Err(_) if input.last => {
                self.message(input, c.rest(), input.bytes.len(), emit);
                return Parsed::Consumed(input.bytes.len());
            }
            Err(_) => return Parsed::Incomplete { need: size },
        }
        Parsed::Consumed(size)
    }

    /// The stream goes on at an unknown place in a message: take the next segment for its start,
    /// as DNS clients send one message a segment.
    fn gap(&mut self, _sender: Role, _dropped: usize, _lost: u64) {}
}

/// Objects of one message; the common ones fit without allocating.
type Objects<'a> = SmallVec<[Object<'a>; 8]>;

impl DnsDissector {
    fn message(&mut self, input: &Input<'_>, bytes: &[u8], size: usize, emit: &mut Emit<'_>) {
        let mut c = Cursor::new(bytes);
        let Ok(header) = Header::read(&mut c) else {
            return short(input, size, emit);
        };
        self.names.clear();
        let mut body = Body::default();
        if let Err(anomaly) = body.read(&header, bytes, &mut c, &mut self.names)
            && !(input.cut && anomaly == Anomaly::Truncated)
        {
            body.anomalies.insert(anomaly);
        }
        let request = self.pair(input, &header, &mut body.anomalies);
        let objects = body.objects(&self.names);
        let mut facts = MessageFacts::new(
            Protocol::Dns,
            if header.response {
                Direction::Response
            } else {
                Direction::Request
            },
            operation(&header, body.types.first().copied()),
        );
        facts.objects = &objects;
        facts.anomalies = body.anomalies;
        facts.outcome = outcome(&header);
        facts.request = request;
        facts.size = size;
        emit(&facts);
    }

    /// Notes a query, or finds the one that a response answers.
    fn pair(
        &mut self,
        input: &Input<'_>,
        header: &Header,
        anomalies: &mut AnomalySet,
    ) -> Option<AnsweredRequest> {
        if !header.response {
            self.latest = self.latest.wrapping_add(1) & (limits::DNS_OPEN_QUERIES - 1);
            if let Some(slot) = self.queries.get_mut(self.latest) {
                *slot = Query {
                    id: header.id,
                    open: true,
                    frame: input.frame,
                    time: input.time,
                    from: Some(input.sender),
                };
            }
            return None;
        }
        let receiver = Some(input.sender.peer());
        let mut open = self
            .queries
            .iter_mut()
            .filter(|q| q.open && q.from == receiver)
            .peekable();
        let any_open = open.peek().is_some();
        let Some(query) = open.find(|q| q.id == header.id) else {
            if any_open {
                anomalies.insert(Anomaly::Unsolicited);
            }
            return None;
        };
        query.open = false;
        Some(AnsweredRequest {
            frame: query.frame,
            latency: input.time.since(query.time),
        })
    }
}

/// What stands behind the header.
#[derive(Default)]
struct Body {
    types: SmallVec<[u16; 2]>,
    addresses: SmallVec<[IpAddr; 4]>,
    anomalies: AnomalySet,
}

impl Body {
    /// Reads the questions and answers as far as they are readable.
    fn read<'a>(
        &mut self,
        header: &Header,
        message: &'a [u8],
        c: &mut Cursor<'a>,
        names: &mut Names,
    ) -> Result<(), Anomaly> {
        for _ in 0..header.questions {
            names.read(message, c)?;
            let kind = c.u16_be().map_err(truncated)?;
            c.skip(2).map_err(truncated)?; // class
            self.types.push(kind);
            if self.types.len() >= limits::DNS_QUESTIONS {
                return Err(Anomaly::LimitReached);
            }
        }
        // In an update the second section holds prerequisites, not answers (RFC 2136, 2).
        if header.opcode != 5 {
            for _ in 0..header.answers {
                self.answer(message, c)?;
            }
        }
        Ok(())
    }

    fn answer<'a>(&mut self, message: &'a [u8], c: &mut Cursor<'a>) -> Result<(), Anomaly> {
        Names::skip(message, c)?;
        let kind = c.u16_be().map_err(truncated)?;
        c.skip(6).map_err(truncated)?; // class and time to live
        let len = usize::from(c.u16_be().map_err(truncated)?);
        let mut data = c.sub(len).map_err(truncated)?;
        let address = match kind {
            record::A => data.array().map(|b: [u8; 4]| IpAddr::V4(Ipv4Addr::from(b))),
            record::AAAA => data
                .array()
                .map(|b: [u8; 16]| IpAddr::V6(Ipv6Addr::from(b))),
            _ => return Ok(()),
        };
        match address {
            // An update or multicast query may delete records with empty data (RFC 2136, 2.5).
            Err(_) if len == 0 => {}
            Ok(address) if data.is_empty() => {
                if self.addresses.len() >= limits::DNS_ANSWERS {
                    return Err(Anomaly::LimitReached);
                }
                self.addresses.push(address);
            }
            Ok(_) | Err(_) => self.anomalies.insert(Anomaly::BadLength),
        }
        Ok(())
    }

    fn objects<'n>(&self, names: &'n Names) -> Objects<'n> {
        let mut objects = Objects::new();
        let several = self.types.len() > 1;
        for (name, kind) in names.iter().zip(&self.types) {
            objects.push(Object::Name(name));
            if several {
                objects.push(Object::Id {
                    kind: "query_type",
                    id: u64::from(*kind),
                });
            }
        }
        objects.extend(self.addresses.iter().copied().map(Object::Address));
        objects
    }
}

const fn truncated(_: Short) -> Anomaly {
    Anomaly::Truncated
}

fn operation(header: &Header, kind: Option<u16>) -> Operation {
    let (name, class) = OPCODES
        .iter()
        .find(|(code, ..)| *code == header.opcode)
        .map_or(("unknown", OperationClass::Unknown), |(_, name, class)| {
            (*name, *class)
        });
    Operation {
        code: u32::from(header.opcode),
        sub: kind.map(u32::from),
        name,
        class,
    }
}

fn outcome(header: &Header) -> Outcome {
    if !header.response {
        return Outcome::None;
    }
    if header.rcode == 0 {
        return Outcome::Ok;
    }
    Outcome::Error {
        code: u32::from(header.rcode),
        name: RCODES
            .get(usize::from(header.rcode))
            .copied()
            .unwrap_or("unknown"),
    }
}

/// Reports a message without a whole header.
fn short(input: &Input<'_>, size: usize, emit: &mut Emit<'_>) {
    let operation = Operation {
        code: 0,
        sub: None,
        name: "unknown",
        class: OperationClass::Unknown,
    };
    let mut facts = MessageFacts::new(Protocol::Dns, Direction::OneWay, operation);
    facts.size = size;
    if !input.cut {
        facts.anomalies = AnomalySet::of(Anomaly::Truncated);
    }
    emit(&facts);
}

#[cfg(test)]
mod tests;

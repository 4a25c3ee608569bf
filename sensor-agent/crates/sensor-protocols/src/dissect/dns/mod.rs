//! DNS over UDP and TCP (RFC 1035, RFC 7766), multicast DNS (RFC 6762) and LLMNR (RFC 4795), which
//! share its message format and differ by their port. Multicast DNS names its sender: the name of the first
//! address record that it announces is the host name. Who answers in LLMNR claims to have the name asked
//! for; that is what name poisoning does, so it tells no identity.
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

mod body;
mod name;
pub(super) mod netbios;

use self::body::Body;
use self::name::Names;
use super::cursor::{Cursor, Short};
use super::registry::{Entry, Hint};
use super::{Dissector, Emit, Input, MessageFacts, Parsed, Probe, ProbeInput, Role};
use crate::limits;
use crate::observation::{
    Anomaly, AnomalySet, AnsweredRequest, Direction, Operation, OperationClass, Outcome, Protocol,
    Transport,
};
use crate::time::Timestamp;

pub(super) const ENTRY: Entry = Entry {
    protocol: Protocol::Dns,
    hints: &[Hint::Udp(53), Hint::Tcp(53)],
    anywhere: &[],
    probe,
    create: || Box::new(DnsDissector::new(Protocol::Dns)),
};

pub(super) const ENTRY_MDNS: Entry = Entry {
    protocol: Protocol::Mdns,
    hints: &[Hint::Udp(5353)],
    anywhere: &[],
    probe,
    create: || Box::new(DnsDissector::new(Protocol::Mdns)),
};

pub(super) const ENTRY_LLMNR: Entry = Entry {
    protocol: Protocol::Llmnr,
    hints: &[Hint::Udp(5355), Hint::Tcp(5355)],
    anywhere: &[],
    probe,
    create: || Box::new(DnsDissector::new(Protocol::Llmnr)),
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
struct DnsDissector {
    protocol: Protocol,
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

impl DnsDissector {
    fn new(protocol: Protocol) -> Self {
        Self {
            protocol,
            names: Names::default(),
            queries: [Query::default(); limits::DNS_OPEN_QUERIES],
            latest: 0,
        }
    }

    fn message(&mut self, input: &Input<'_>, bytes: &[u8], size: usize, emit: &mut Emit<'_>) {
        let mut c = Cursor::new(bytes);
        let Ok(header) = Header::read(&mut c) else {
            return short(self.protocol, input, size, emit);
        };
        self.names.clear();
        let mut body = Body::default();
        if let Err(anomaly) = body.read(&header, bytes, &mut c, &mut self.names)
            && !(input.cut && anomaly == Anomaly::Truncated)
        {
            body.anomalies.insert(anomaly);
        }
        let request = self.pair(input, &header, &mut body.anomalies);
        let announces = self.protocol == Protocol::Mdns && header.response;
        let announced = announces && body.read_host(bytes, &mut self.names);
        let objects = body.objects(&self.names, announced);
        let mut facts = MessageFacts::new(
            self.protocol,
            if header.response {
                Direction::Response
            } else {
                Direction::Request
            },
            operation(&header, body.types.first().copied()),
        );
        facts.objects = &objects;
        if announced && let Some(host) = self.names.iter().last() {
            facts.identity.hostname = Some(host.strip_suffix(".local").unwrap_or(host));
        }
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
fn short(protocol: Protocol, input: &Input<'_>, size: usize, emit: &mut Emit<'_>) {
    let operation = Operation {
        code: 0,
        sub: None,
        name: "unknown",
        class: OperationClass::Unknown,
    };
    let mut facts = MessageFacts::new(protocol, Direction::OneWay, operation);
    facts.size = size;
    if !input.cut {
        facts.anomalies = AnomalySet::of(Anomaly::Truncated);
    }
    emit(&facts);
}

#[cfg(test)]
mod tests;

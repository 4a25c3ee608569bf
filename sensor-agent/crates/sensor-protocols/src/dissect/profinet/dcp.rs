//! DCP: who is there, what is it called, which address does it have; and changing these.
//!
//! Data in: a frame behind its frame identifier. Data out: one call of the sink.
//! Source: IEC 61158-6-10, coding of the `DCP` PDUs.
//!
//! Limits: see [`super::dcp_blocks`]; [`limits::PROFINET_DCP_OPEN_REQUESTS`] open requests.

use super::dcp_blocks::{self, Blocks};
use super::dcp_options as options;
use super::frame_ids;
use crate::dissect::cursor::{Cursor, Short};
use crate::dissect::{Emit, Input, MessageFacts, Role};
use crate::limits;
use crate::observation::{
    Anomaly, AnomalySet, AnsweredRequest, Direction, Operation, OperationClass, Outcome, Protocol,
};
use crate::time::Timestamp;

pub(super) mod service {
    pub(in super::super) const GET: u8 = 3;
    pub(in super::super) const SET: u8 = 4;
    pub(in super::super) const IDENTIFY: u8 = 5;
    pub(in super::super) const HELLO: u8 = 6;
    /// Left to manufacturers.
    pub(in super::super) const MANUFACTURER: std::ops::RangeInclusive<u8> = 1..=2;
}

/// Bits of the service type.
const RESPONSE: u8 = 0x01;
const NOT_SUPPORTED: u8 = 0x04;

/// Error code of a response that says the service is not supported.
const SERVICE_NOT_SUPPORTED: u32 = 0x100;

/// The fixed fields.
#[derive(Clone, Copy, Debug)]
struct Header {
    service: u8,
    kind: u8,
    xid: u32,
    length: u16,
}

impl Header {
    fn read(cursor: &mut Cursor<'_>) -> Result<Self, Short> {
        let service = cursor.u8()?;
        let kind = cursor.u8()?;
        let xid = cursor.u32_be()?;
        cursor.skip(2)?; // response delay of an Identify request
        let length = cursor.u16_be()?;
        Ok(Self {
            service,
            kind,
            xid,
            length,
        })
    }

    const fn is_response(self) -> bool {
        self.kind & RESPONSE != 0
    }

    const fn direction(self) -> Direction {
        match (self.service, self.is_response()) {
            (_, true) => Direction::Response,
            // A station that starts up says hello and expects no answer.
            (service::HELLO, false) => Direction::OneWay,
            (_, false) => Direction::Request,
        }
    }

    /// Whether a frame with this identifier may hold the service.
    const fn fits(self, frame_id: u16) -> bool {
        match frame_id {
            frame_ids::DCP_HELLO => matches!(self.service, service::HELLO),
            frame_ids::DCP_GET_SET => !matches!(self.service, service::HELLO | service::IDENTIFY),
            frame_ids::DCP_IDENTIFY_REQUEST => {
                matches!(self.service, service::IDENTIFY) && !self.is_response()
            }
            _ => matches!(self.service, service::IDENTIFY) && self.is_response(),
        }
    }
}

/// An open request.
#[derive(Clone, Copy, Debug)]
struct Open {
    xid: u32,
    service: u8,
    sender: Role,
    time: Timestamp,
    frame: u64,
}

impl Open {
    const fn is_for(&self, header: Header) -> bool {
        self.xid == header.xid && self.service == header.service
    }
}

/// The DCP messages between two stations.
#[derive(Debug, Default)]
pub(super) struct Dcp {
    open: Vec<Open>,
}

impl Dcp {
    /// Reports one message.
    pub(super) fn message(
        &mut self,
        frame_id: u16,
        data: &[u8],
        input: &Input<'_>,
        emit: &mut Emit<'_>,
    ) {
        let mut cursor = Cursor::new(data);
        let Ok(header) = Header::read(&mut cursor) else {
            return headless(input, emit);
        };
        let mut anomalies = AnomalySet::EMPTY;
        let length = usize::from(header.length);
        if length > cursor.remaining() {
            anomalies.insert(Anomaly::Truncated);
        }
        let body = cursor
            .take(length.min(cursor.remaining()))
            .unwrap_or_default();
        let mut blocks = Blocks::default();
        dcp_blocks::read(body, layout(header), &mut blocks);
        anomalies = anomalies.union(blocks.anomalies);
        if !header.fits(frame_id) || header.kind & !(RESPONSE | NOT_SUPPORTED) != 0 {
            anomalies.insert(Anomaly::BadValue);
        }
        let operation = operation(header, blocks.named_after);
        if operation.name == "unknown" {
            anomalies.insert(Anomaly::ReservedCode);
        }
        let mut facts = MessageFacts::new(Protocol::ProfinetDcp, header.direction(), operation);
        facts.request = self.pair(header, input, &mut anomalies);
        facts.outcome = outcome(header, &blocks);
        // What a request holds is about its receiver: a name to take, a filter.
        if header.is_response() || header.service == service::HELLO {
            facts.identity = blocks.identity();
        }
        facts.objects = blocks.objects.all();
        facts.values = body;
        facts.anomalies = if input.cut {
            super::without_truncation(anomalies)
        } else {
            anomalies
        };
        facts.size = input.bytes.len();
        emit(&facts);
    }

    /// Joins requests and responses. An Identify goes to everybody, so its answers come on other flows.
    fn pair(
        &mut self,
        header: Header,
        input: &Input<'_>,
        anomalies: &mut AnomalySet,
    ) -> Option<AnsweredRequest> {
        match header.direction() {
            Direction::OneWay => None,
            Direction::Request => {
                self.ask(header, input, anomalies);
                None
            }
            Direction::Response => {
                let at = self
                    .open
                    .iter()
                    .position(|open| open.is_for(header) && open.sender != input.sender);
                let Some(at) = at else {
                    if header.service != service::IDENTIFY {
                        anomalies.insert(Anomaly::Unsolicited);
                    }
                    return None;
                };
                let open = self.open.remove(at);
                Some(AnsweredRequest {
                    frame: open.frame,
                    latency: input.time.since(open.time),
                })
            }
        }
    }

    fn ask(&mut self, header: Header, input: &Input<'_>, anomalies: &mut AnomalySet) {
        self.open
            .retain(|open| !(open.is_for(header) && open.sender == input.sender));
        if self.open.len() >= limits::PROFINET_DCP_OPEN_REQUESTS {
            let lost = self.open.remove(0);
            // Nobody needs to answer an Identify.
            if lost.service != service::IDENTIFY {
                anomalies.insert(Anomaly::LimitReached);
            }
        }
        self.open.push(Open {
            xid: header.xid,
            service: header.service,
            sender: input.sender,
            time: input.time,
            frame: input.frame,
        });
    }
}

/// How the blocks of a message are laid out.
const fn layout(header: Header) -> dcp_blocks::Layout {
    match (header.service, header.is_response()) {
        (service::GET, false) => dcp_blocks::Layout::Names,
        (service::IDENTIFY, false) => dcp_blocks::Layout::Filters,
        _ => dcp_blocks::Layout::Informed,
    }
}

fn operation(header: Header, named_after: Option<u16>) -> Operation {
    use OperationClass::{Config, Discovery, Read, Unknown};
    let (sub, name, class) = match header.service {
        service::GET => (None, "get", Read),
        service::SET => {
            let (name, class) = named_after.map_or(("set", Config), options::set);
            (named_after.map(u32::from), name, class)
        }
        service::IDENTIFY => (None, "identify", Discovery),
        service::HELLO => (None, "hello", Discovery),
        code if service::MANUFACTURER.contains(&code) => (None, "manufacturer_specific", Unknown),
        _ => (None, "unknown", Unknown),
    };
    Operation {
        code: u32::from(header.service),
        sub,
        name,
        class,
    }
}

fn outcome(header: Header, blocks: &Blocks<'_>) -> Outcome {
    if !header.is_response() {
        return Outcome::None;
    }
    if header.kind & NOT_SUPPORTED != 0 {
        return Outcome::Error {
            code: SERVICE_NOT_SUPPORTED,
            name: "service_not_supported",
        };
    }
    blocks.error.map_or(Outcome::Ok, |code| Outcome::Error {
        code: u32::from(code),
        name: options::error(code).unwrap_or("unknown"),
    })
}

/// Reports a frame that ends within its header.
fn headless(input: &Input<'_>, emit: &mut Emit<'_>) {
    let operation = Operation {
        code: 0,
        sub: None,
        name: super::INCOMPLETE,
        class: OperationClass::Unknown,
    };
    let mut facts = MessageFacts::new(Protocol::ProfinetDcp, Direction::OneWay, operation);
    if !input.cut {
        facts.anomalies = AnomalySet::of(Anomaly::Truncated);
    }
    facts.size = input.bytes.len();
    emit(&facts);
}

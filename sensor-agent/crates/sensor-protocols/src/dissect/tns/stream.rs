//! Packets of TNS from a stream, and which answer belongs to which connect.

use super::packet::{self, HEADER, Header, WIDE, kind};
use super::{USER, descriptor};
use crate::dissect::cursor::Cursor;
use crate::dissect::told::{Span, Told};
use crate::dissect::{Dissector, Emit, Input, MessageFacts, Parsed, Role};
use crate::limits;
use crate::observation::{
    Anomaly, AnomalySet, AnsweredRequest, Direction, Identity, Operation, Outcome, Protocol,
};
use crate::time::Timestamp;

/// One connection.
#[derive(Debug, Default)]
pub(super) struct Tns {
    /// Lengths have 32 bits, as agreed in the accept.
    wide: bool,
    /// The connect that waits for its answer: time and frame.
    connect: Option<(Timestamp, u64)>,
    /// The text of the last connect comes in a packet of its own.
    text_follows: bool,
    /// Octets of a packet that are still to come, from client and server.
    skip: [usize; 2],
    /// Where in a packet the next octet is is not known.
    lost: [bool; 2],
}

fn of<T>(both: &mut [T; 2], sender: Role) -> &mut T {
    let [client, server] = both;
    match sender {
        Role::Client => client,
        Role::Server => server,
    }
}

impl Dissector for Tns {
    fn parse(&mut self, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
        let all = input.bytes.len();
        let ends = input.last || input.cut;
        let skip = of(&mut self.skip, input.sender);
        if *skip > 0 {
            let taken = (*skip).min(all);
            *skip = skip.saturating_sub(taken);
            return Parsed::Consumed(taken);
        }
        let Ok(header) = Header::read(&mut Cursor::new(input.bytes), self.wide) else {
            return if ends {
                Parsed::Consumed(all)
            } else {
                Parsed::Incomplete { need: HEADER }
            };
        };
        if *of(&mut self.lost, input.sender) {
            // The next segment that starts as a packet does is one.
            if !header.is_possible() {
                return Parsed::Consumed(all);
            }
            *of(&mut self.lost, input.sender) = false;
        }
        if !header.is_possible() {
            return Parsed::NotThisProtocol;
        }
        // Of data only the front is looked at; other packets are short.
        let needed = header.length.min(limits::TNS_DATA_BYTES);
        if all < needed && !ends {
            return Parsed::Incomplete { need: needed };
        }
        let packet = input.bytes.get(..needed).unwrap_or(input.bytes);
        self.packet(&header, packet, all < needed, input, emit);
        let taken = header.length.min(all);
        *of(&mut self.skip, input.sender) = header.length.saturating_sub(taken);
        Parsed::Consumed(taken)
    }

    fn gap(&mut self, sender: Role, dropped: usize, lost: u64) {
        let lost = usize::try_from(lost).unwrap_or(usize::MAX);
        let skip = of(&mut self.skip, sender);
        if dropped == 0 && lost <= *skip {
            *skip = skip.saturating_sub(lost);
            return;
        }
        *skip = 0;
        *of(&mut self.lost, sender) = true;
    }
}

/// What one packet says.
#[derive(Debug, Default)]
struct Body {
    told: Told,
    anomalies: AnomalySet,
    error: Option<u32>,
    /// Name of the computer and program of the client.
    host: Option<Span>,
    software: Option<Span>,
}

impl Body {
    /// Tells what a connect descriptor names.
    fn descriptor(&mut self, text: &[u8]) {
        // The address has a host too; that of the client stands in its own part.
        let identity = text
            .windows(5)
            .position(|window| window.eq_ignore_ascii_case(b"(CID="))
            .and_then(|at| text.get(at..))
            .unwrap_or_default();
        for (kind, from, name) in [
            ("service", text, "SERVICE_NAME"),
            ("sid", text, "SID"),
            ("user", identity, "USER"),
            ("host", identity, "HOST"),
            ("program", identity, "PROGRAM"),
        ] {
            if let Some(value) = descriptor::value(from, name) {
                self.told.utf8(value);
                self.told.finish_as(kind);
            }
        }
        self.told
            .utf8(descriptor::value(identity, "HOST").unwrap_or_default());
        self.host = self.told.keep();
        self.told
            .utf8(descriptor::value(identity, "PROGRAM").unwrap_or_default());
        self.software = self.told.keep();
    }
}

impl Tns {
    fn packet(
        &mut self,
        header: &Header,
        packet: &[u8],
        short: bool,
        input: &Input<'_>,
        emit: &mut Emit<'_>,
    ) {
        let mut body = Body::default();
        let mut operation = packet::operation(header.kind);
        let mut request = None;
        match header.kind {
            kind::CONNECT => self.connect(packet, &mut body, input),
            kind::ACCEPT => {
                request = self.answered(input);
                self.accept(packet, &mut body);
            }
            kind::REFUSE | kind::REDIRECT => {
                request = self.answered(input);
                Self::told(header.kind, packet, &mut body);
            }
            kind::DATA => self.data(packet, &mut operation, &mut body, input.sender),
            _ => {}
        }
        let direction = match input.sender {
            Role::Client => Direction::Request,
            Role::Server => Direction::Response,
        };
        let outcome = match (direction, header.kind, body.error) {
            (Direction::Response, _, Some(code)) => Outcome::Error {
                code,
                name: descriptor::name(code),
            },
            (Direction::Response, kind::ACCEPT, None) => Outcome::Ok,
            _ => Outcome::None,
        };
        let mut anomalies = body.anomalies;
        if short {
            anomalies = AnomalySet::EMPTY;
            if !input.cut {
                anomalies.insert(Anomaly::Truncated);
            }
        }
        if body.told.is_cut() {
            anomalies.insert(Anomaly::LimitReached);
        }
        emit(&MessageFacts {
            objects: &body.told.objects(),
            outcome,
            anomalies,
            identity: Identity {
                hostname: body.told.get(body.host.as_ref()),
                software: body.told.get(body.software.as_ref()),
                ..Identity::NONE
            },
            request,
            size: header.length,
            ..MessageFacts::new(Protocol::Tns, direction, operation)
        });
    }

    fn connect(&mut self, packet: &[u8], body: &mut Body, input: &Input<'_>) {
        self.connect = Some((input.time, input.frame));
        self.wide = false;
        match packet::connect_text(packet) {
            Some((text, version)) => {
                body.told.id("version", version);
                body.descriptor(text);
                self.text_follows = text.is_empty();
            }
            // A text that does not fit into this packet comes in the next one.
            None if packet.len() >= 58 => self.text_follows = true,
            None => body.anomalies.insert(Anomaly::BadLength),
        }
    }

    fn accept(&mut self, packet: &[u8], body: &mut Body) {
        let mut cursor = Cursor::new(packet);
        let version = cursor.skip(HEADER).and_then(|()| cursor.u16_be());
        match version {
            Ok(version) => {
                body.told.id("version", version);
                self.wide = version >= WIDE;
            }
            Err(_) => body.anomalies.insert(Anomaly::BadLength),
        }
    }

    /// The text of a refusal stands behind two reasons and its length, that of a redirect behind its length.
    fn told(of: u8, packet: &[u8], body: &mut Body) {
        let before = if of == kind::REFUSE { 2 } else { 0 };
        let mut cursor = Cursor::new(packet);
        let _ = cursor.skip(HEADER.saturating_add(before));
        let Ok(length) = cursor.u16_be() else {
            body.anomalies.insert(Anomaly::BadLength);
            return;
        };
        let length = usize::from(length);
        if length > cursor.remaining() {
            body.anomalies.insert(Anomaly::BadLength);
        }
        let text = cursor
            .take(length.min(cursor.remaining()))
            .unwrap_or_default();
        if of == kind::REFUSE {
            let code = descriptor::number(text, "ERR").or_else(|| descriptor::error(text));
            body.error = Some(code.unwrap_or_default());
        } else {
            body.told.utf8(text);
            body.told.finish_as("address");
        }
    }

    fn data(&mut self, packet: &[u8], operation: &mut Operation, body: &mut Body, sender: Role) {
        let mut cursor = Cursor::new(packet);
        // The flags of the data follow the header.
        if cursor.skip(HEADER.saturating_add(2)).is_err() {
            body.anomalies.insert(Anomaly::BadLength);
            return;
        }
        if std::mem::take(&mut self.text_follows) && sender == Role::Client {
            body.descriptor(cursor.rest());
            return;
        }
        let Ok(function) = cursor.u8() else {
            return;
        };
        let number = cursor.peek_u8().filter(|_| u32::from(function) == USER);
        if let Some((name, class)) = packet::function(function, number) {
            operation.name = name;
            operation.class = class;
        }
        let function = u32::from(function);
        operation.sub = Some(number.map_or(function, |number| function << 8 | u32::from(number)));
        if sender == Role::Server {
            body.error = descriptor::error(cursor.rest());
        }
    }

    fn answered(&mut self, input: &Input<'_>) -> Option<AnsweredRequest> {
        let (time, frame) = self.connect.take()?;
        Some(AnsweredRequest {
            frame,
            latency: input.time.since(time),
        })
    }
}

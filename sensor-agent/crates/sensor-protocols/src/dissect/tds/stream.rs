//! Messages of TDS from a stream, and which answer belongs to which request.

use super::login::Body;
use super::packet::{self, HEADER, Header, kind};
use super::{answer, login};
use crate::dissect::cursor::Cursor;
use crate::dissect::open_requests::OpenRequests;
use crate::dissect::{Dissector, Emit, Input, MessageFacts, Parsed, Role};
use crate::limits;
use crate::observation::{
    Anomaly, AnomalySet, AnsweredRequest, Direction, Identity, Operation, Outcome, Protocol,
};
use crate::time::Timestamp;

/// An open request.
#[derive(Debug)]
struct Asked {
    operation: Operation,
    time: Timestamp,
    frame: u64,
}

/// What is known of one direction.
#[derive(Debug, Default)]
struct Side {
    /// A message goes on: its next packet is not its first.
    within: bool,
    /// Where in a packet the next octet is is not known.
    lost: bool,
}

/// One connection.
#[derive(Debug, Default)]
pub(super) struct Tds {
    client: Side,
    server: Side,
    requests: OpenRequests<Asked, { limits::TDS_OPEN_REQUESTS }>,
    /// TLS was seen around the packets: nothing is readable any more.
    tls: bool,
}

/// Length of a record of TLS that stands where a packet should.
fn record(bytes: &[u8]) -> bool {
    matches!(bytes, [0x14..=0x17, 3, 0..=4, ..])
}

impl Dissector for Tds {
    fn parse(&mut self, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
        let all = input.bytes.len();
        let ends = input.last || input.cut;
        if self.tls {
            return Parsed::Consumed(all);
        }
        let mut cursor = Cursor::new(input.bytes);
        let Ok(header) = Header::read(&mut cursor) else {
            return if ends {
                Parsed::Consumed(all)
            } else {
                Parsed::Incomplete { need: HEADER }
            };
        };
        let side = match input.sender {
            Role::Client => &mut self.client,
            Role::Server => &mut self.server,
        };
        if record(input.bytes) {
            self.tls = true;
            let body = Body::default();
            self.report(
                packet::operation(kind::TLS),
                &body,
                AnomalySet::EMPTY,
                0,
                input,
                emit,
            );
            return Parsed::Consumed(all);
        }
        if side.lost {
            // The next segment that starts as a packet does is one.
            if !header.is_possible() {
                return Parsed::Consumed(all);
            }
            side.lost = false;
        }
        if !header.is_possible() {
            return Parsed::NotThisProtocol;
        }
        if all < header.length && !ends {
            return Parsed::Incomplete {
                need: header.length,
            };
        }
        let first = !side.within;
        side.within = !header.is_last();
        let packet = input.bytes.get(..header.length).unwrap_or(input.bytes);
        let body = packet.get(HEADER..).unwrap_or_default();
        if first {
            self.message(&header, body, input, emit);
        }
        Parsed::Consumed(packet.len())
    }

    fn gap(&mut self, sender: Role, _dropped: usize, _lost: u64) {
        let side = match sender {
            Role::Client => &mut self.client,
            Role::Server => &mut self.server,
        };
        side.lost = true;
        side.within = false;
    }
}

impl Tds {
    fn message(&mut self, header: &Header, octets: &[u8], input: &Input<'_>, emit: &mut Emit<'_>) {
        let mut body = Body::default();
        let short = octets.len().saturating_add(HEADER) < header.length;
        let answers_prelogin = header.kind == kind::RESULT
            && self
                .requests
                .oldest()
                .is_some_and(|asked| asked.operation.code == u32::from(kind::PRELOGIN));
        let read = match header.kind {
            _ if answers_prelogin => login::prelogin(octets, true, &mut body),
            kind::PRELOGIN if record(octets) => Ok(()),
            kind::PRELOGIN => login::prelogin(octets, false, &mut body),
            kind::LOGIN7 => login::login7(octets, &mut body),
            kind::SSPI => {
                body.sign_in(octets);
                Ok(())
            }
            kind::BATCH => {
                login::batch(octets, &mut body);
                Ok(())
            }
            kind::CALL => login::call(octets, &mut body),
            kind::RESULT => answer::read(octets, &mut body),
            _ => Ok(()),
        };
        let mut anomalies = body.anomalies;
        if !header.is_last() {
            // A message of several packets goes on behind the first: what leads out of it is not wrong.
            anomalies = anomalies
                .iter()
                .filter(|anomaly| *anomaly != Anomaly::BadLength)
                .collect();
        } else if read.is_err() {
            anomalies.insert(Anomaly::BadLength);
        }
        if short {
            anomalies = AnomalySet::EMPTY;
            if !input.cut {
                anomalies.insert(Anomaly::Truncated);
            }
        }
        let mut operation = packet::operation(header.kind);
        if let Some(word) = body.word {
            operation.sub = Some(word.kind);
            operation.class = word.class();
        }
        self.report(operation, &body, anomalies, header.length, input, emit);
    }

    fn report(
        &mut self,
        operation: Operation,
        body: &Body,
        mut anomalies: AnomalySet,
        size: usize,
        input: &Input<'_>,
        emit: &mut Emit<'_>,
    ) {
        let (mut operation, mut request, mut outcome) = (operation, None, Outcome::None);
        let direction = match input.sender {
            Role::Client => Direction::Request,
            Role::Server => Direction::Response,
        };
        if input.sender == Role::Client {
            let asked = Asked {
                operation,
                time: input.time,
                frame: input.frame,
            };
            if self.requests.keep(asked).is_some() {
                anomalies.insert(Anomaly::LimitReached);
            }
        } else {
            if let Some(asked) = self.requests.take(|_| true) {
                operation = asked.operation;
                request = Some(AnsweredRequest {
                    frame: asked.frame,
                    latency: input.time.since(asked.time),
                });
            }
            outcome = match body.error {
                Some(code) => Outcome::Error {
                    code,
                    name: answer::name(code),
                },
                None if body.goes_on => Outcome::None,
                None => Outcome::Ok,
            };
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
                os: body.told.get(body.system.as_ref()),
                software: body.told.get(body.software.as_ref()),
                ..Identity::NONE
            },
            request,
            size,
            ..MessageFacts::new(Protocol::Tds, direction, operation)
        });
    }
}

//! The connection of the Remote Desktop Protocol: X.224 request and confirm with their negotiation, then TLS.
//!
//! Sources: MS-RDPBCGR, 2.2.1.1 (request), 2.2.1.2 (confirm); RFC 1006, ITU-T X.224 (framing); RFC 8446 for what
//! follows when TLS is chosen.
//!
//! # What comes out
//! - [`REQUEST`]: texts `cookie` (the user name of `mstshash`, or a routing token as such), the security protocols
//!   that the client has as `requested`, restricted administration and others as `flag`.
//! - [`CONFIRM`]: the protocol that the server `selected`; a failure is an error with its code. It answers the
//!   request. Without negotiation the security is `standard_rdp`.
//! - Further packets of standard RDP security: the first [`DATA_TOLD`] of each side, as [`DATA`], without content.
//! - After TLS or `CredSSP` was selected: what `tls` tells, certificates included.
//!
//! # What departs from the standard
//! TPKT lengths that cannot be, negotiations whose length is not 8: `bad_length`. Protocols and failures that do
//! not exist: `bad_value`, `reserved_code`.
//!
//! # Limits
//! See `limits/rdp.rs`. Packets after the first ones are passed, without waiting for them.

mod negotiation;
#[cfg(test)]
mod tests;

use smallvec::SmallVec;

use self::negotiation::{Negotiation, Selected};
use super::cursor::{Cursor, Short};
use super::registry::{Entry, Hint};
use super::text::printable;
use super::{Dissector, Emit, Input, MessageFacts, Parsed, Probe, ProbeInput, Role};
use crate::limits;
use crate::observation::{
    Anomaly, AnomalySet, AnsweredRequest, Direction, Object, Operation, OperationClass, Outcome,
    Protocol, Transport,
};
use crate::time::Timestamp;

pub(super) const ENTRY: Entry = Entry {
    protocol: Protocol::Rdp,
    hints: &[Hint::Tcp(3389)],
    anywhere: &[Transport::Tcp],
    probe,
    create: || Box::<Rdp>::default(),
};

/// Codes of the TPDUs (X.224, 13.1), as the high four bits of their octet.
pub const REQUEST: u32 = 14;
pub const CONFIRM: u32 = 13;
pub const DATA: u32 = 15;

/// Operation name of bytes that are no packet.
pub const UNFRAMED: &str = "unframed_bytes";
/// Operation name of a packet that its connection did not finish.
pub const INCOMPLETE: &str = "incomplete_message";

/// Packets of standard RDP security that are told of each side: the exchange of settings.
pub const DATA_TOLD: u8 = 2;

/// Octets of the TPKT header, and of the shortest packet.
const HEADER: usize = 4;
const LEAST: usize = 7;

/// A request with a cookie, a token or a negotiation; on the usual port any request or confirm.
fn probe(input: &ProbeInput<'_>) -> Probe {
    match *input.bytes {
        [3, 0, _, _, _, 0xe0, 0, 0, _, _, 0, ref variable @ ..] => {
            let named = variable.starts_with(b"Cookie: ") || variable.starts_with(&[1]);
            match variable {
                _ if input.hinted || named => Probe::Recognised(Some(Role::Client)),
                _ => Probe::Unrecognised,
            }
        }
        [3, 0, _, _, _, 0xd0, ..] if input.hinted => Probe::Recognised(Some(Role::Server)),
        [3, 0, _, _, 2, 0xf0, 0x80, ..] if input.hinted => Probe::Recognised(None),
        [3] | [3, 0] | [3, 0, _] => Probe::Incomplete,
        [3, 0, _, _, ..] if input.bytes.len() < 11 && may_be_request(input.bytes) => {
            Probe::Incomplete
        }
        _ => Probe::Unrecognised,
    }
}

fn may_be_request(bytes: &[u8]) -> bool {
    bytes.get(5).is_none_or(|code| *code == 0xe0)
}

#[derive(Debug, Default)]
struct Side {
    /// Octets of a packet that are passed.
    passing: usize,
    told: u8,
    /// Bytes were lost or are no packets: nothing is read any more.
    lost: bool,
}

/// One connection.
#[derive(Default)]
struct Rdp {
    client: Side,
    server: Side,
    asked: Option<(u64, Timestamp)>,
    /// TLS took the connection.
    tls: Option<Box<dyn Dissector>>,
    spoken: bool,
}

type Objects<'a> = SmallVec<[Object<'a>; 8]>;

impl Rdp {
    const fn side(&mut self, role: Role) -> &mut Side {
        match role {
            Role::Client => &mut self.client,
            Role::Server => &mut self.server,
        }
    }

    fn packet(&mut self, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
        let bytes = input.bytes;
        let Some(first) = bytes.first().copied() else {
            return Parsed::Consumed(0);
        };
        // Fast-path packets (MS-RDPBCGR, 2.2.8.1.2) follow when the connection stands.
        if first != 3 {
            return self.foreign(input, emit);
        }
        let [_, _, high, low, ..] = *bytes else {
            return unfinished(HEADER, input, emit);
        };
        let length = usize::from(u16::from_be_bytes([high, low]));
        if length < LEAST {
            return self.bad_length(input, emit);
        }
        let told = self.side(input.sender).told >= DATA_TOLD;
        let data = bytes.get(5).is_some_and(|code| code >> 4 == 15);
        if told && data {
            let taken = length.min(bytes.len());
            self.side(input.sender).passing = length.saturating_sub(taken);
            return Parsed::Consumed(taken);
        }
        let Some(packet) = bytes.get(..length) else {
            return unfinished(length, input, emit);
        };
        self.spoken = true;
        let mut cursor = Cursor::new(packet);
        if self.tpdu(&mut cursor, length, input, emit).is_err() {
            let odd = AnomalySet::of(Anomaly::BadLength);
            tell(operation(0, UNFRAMED), input.sender, length, &[], odd, emit);
        }
        Parsed::Consumed(length)
    }

    /// A TPDU (X.224, 13).
    fn tpdu(
        &mut self,
        cursor: &mut Cursor<'_>,
        size: usize,
        input: &Input<'_>,
        emit: &mut Emit<'_>,
    ) -> Result<(), Short> {
        cursor.skip(HEADER)?;
        let indicator = usize::from(cursor.u8()?);
        let mut header = cursor.sub(indicator)?;
        let code = header.u8()? >> 4;
        match u32::from(code) {
            REQUEST => {
                header.skip(5)?;
                self.asked = Some((input.frame, input.time));
                request(header.rest(), size, input.sender, emit);
            }
            CONFIRM => {
                header.skip(5)?;
                self.confirm(header.rest(), size, input, emit);
            }
            DATA => {
                let side = self.side(input.sender);
                side.told = side.told.saturating_add(1);
                tell(
                    operation(DATA, "data"),
                    input.sender,
                    size,
                    &[],
                    AnomalySet::EMPTY,
                    emit,
                );
            }
            _ => {
                let odd = AnomalySet::of(Anomaly::ReservedCode);
                tell(
                    operation(u32::from(code), "unknown"),
                    input.sender,
                    size,
                    &[],
                    odd,
                    emit,
                );
            }
        }
        Ok(())
    }

    fn confirm(&mut self, variable: &[u8], size: usize, input: &Input<'_>, emit: &mut Emit<'_>) {
        let negotiation = Negotiation::read(variable);
        let mut objects = Objects::new();
        let (selected, odd) = negotiation.selected();
        let mut outcome = Outcome::Ok;
        match selected {
            Selected::Protocol(text, tls) => {
                objects.push(Object::Text {
                    kind: "selected",
                    text,
                });
                if tls {
                    self.tls = Some((super::tls::ENTRY.create)());
                }
            }
            Selected::Failed(code, name) => outcome = Outcome::Error { code, name },
        }
        let operation = operation(CONFIRM, "connection_confirm");
        let mut facts = MessageFacts::new(Protocol::Rdp, Direction::Response, operation);
        facts.objects = &objects;
        facts.outcome = outcome;
        facts.anomalies = odd;
        facts.size = size;
        facts.request = self.asked.take().map(|(frame, time)| AnsweredRequest {
            frame,
            latency: input.time.since(time),
        });
        emit(&facts);
    }

    fn bad_length(&mut self, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
        self.side(input.sender).lost = true;
        let odd = AnomalySet::of(Anomaly::BadLength);
        tell(operation(0, UNFRAMED), input.sender, HEADER, &[], odd, emit);
        Parsed::Consumed(HEADER)
    }

    /// Bytes that are no packet: input and output of a connection that stands.
    fn foreign(&mut self, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
        if !self.spoken {
            return Parsed::NotThisProtocol;
        }
        let side = self.side(input.sender);
        let surprising = side.told < DATA_TOLD;
        side.lost = true;
        if surprising {
            let odd = AnomalySet::of(Anomaly::BadVersion);
            tell(operation(0, UNFRAMED), input.sender, 1, &[], odd, emit);
        }
        Parsed::Consumed(1)
    }
}

/// A connection request (MS-RDPBCGR, 2.2.1.1): cookie or token, then the negotiation.
fn request(variable: &[u8], size: usize, sender: Role, emit: &mut Emit<'_>) {
    let mut odd = AnomalySet::EMPTY;
    let mut objects = Objects::new();
    let end = memchr::memmem::find(variable, b"\r\n");
    let (cookie, rest) = match end {
        Some(end) => (variable.get(..end), variable.get(end.saturating_add(2)..)),
        None => (None, Some(variable)),
    };
    if let Some(cookie) = cookie {
        let text = printable(cookie, limits::RDP_COOKIE_BYTES);
        if text.odd {
            odd.insert(Anomaly::BadValue);
        }
        if text.cut {
            odd.insert(Anomaly::LimitReached);
        }
        objects.push(Object::Text {
            kind: "cookie",
            text: text.kept,
        });
        if let Some(user) = text
            .kept
            .strip_prefix("Cookie: mstshash=")
            .map(str::trim_end)
            && !user.is_empty()
        {
            objects.push(Object::Text {
                kind: "user",
                text: user,
            });
        }
    }
    let negotiation = Negotiation::read(rest.unwrap_or_default());
    let (requested, wrong) = negotiation.requested();
    let kind = "requested";
    objects.extend(requested.map(|text| Object::Text { kind, text }));
    let kind = "flag";
    objects.extend(negotiation.flags().map(|text| Object::Text { kind, text }));
    odd = odd.union(wrong);
    tell(
        operation(REQUEST, "connection_request"),
        sender,
        size,
        &objects,
        odd,
        emit,
    );
}

const fn operation(code: u32, name: &'static str) -> Operation {
    Operation {
        code,
        sub: None,
        name,
        class: if code == 0 {
            OperationClass::Unknown
        } else {
            OperationClass::Session
        },
    }
}

fn tell(
    operation: Operation,
    sender: Role,
    size: usize,
    objects: &[Object<'_>],
    odd: AnomalySet,
    emit: &mut Emit<'_>,
) {
    let direction = match (operation.code, sender) {
        (REQUEST, _) => Direction::Request,
        (CONFIRM, _) => Direction::Response,
        _ => Direction::OneWay,
    };
    let mut facts = MessageFacts::new(Protocol::Rdp, direction, operation);
    facts.objects = objects;
    facts.anomalies = odd;
    facts.size = size;
    if (operation.code, sender) == (REQUEST, Role::Server) {
        facts.anomalies.insert(Anomaly::WrongRole);
    }
    emit(&facts);
}

fn unfinished(need: usize, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
    if !input.last && !input.cut {
        return Parsed::Incomplete { need };
    }
    if input.last {
        let odd = AnomalySet::of(Anomaly::Truncated);
        let size = input.bytes.len();
        tell(operation(0, INCOMPLETE), input.sender, size, &[], odd, emit);
    }
    Parsed::Consumed(input.bytes.len())
}

impl Dissector for Rdp {
    fn parse(&mut self, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
        if let Some(tls) = &mut self.tls {
            return match tls.parse(input, emit) {
                Parsed::NotThisProtocol => Parsed::Consumed(input.bytes.len()),
                parsed @ (Parsed::Consumed(_) | Parsed::Incomplete { .. }) => parsed,
            };
        }
        let side = self.side(input.sender);
        if side.lost {
            return Parsed::Consumed(input.bytes.len());
        }
        if side.passing > 0 {
            let taken = side.passing.min(input.bytes.len());
            side.passing = side.passing.saturating_sub(taken);
            return Parsed::Consumed(taken);
        }
        self.packet(input, emit)
    }

    fn gap(&mut self, sender: Role, dropped: usize, lost: u64) {
        if let Some(tls) = &mut self.tls {
            return tls.gap(sender, dropped, lost);
        }
        if dropped == 0 && lost == 0 {
            return;
        }
        let side = self.side(sender);
        let missing = usize::try_from(lost)
            .unwrap_or(usize::MAX)
            .saturating_add(dropped);
        match side.passing.checked_sub(missing) {
            Some(left) => side.passing = left,
            None => side.lost = true,
        }
    }

    fn held(&self) -> usize {
        self.tls.as_ref().map_or(0, |tls| tls.held())
    }

    fn shed(&mut self) {
        if let Some(tls) = &mut self.tls {
            tls.shed();
        }
    }

    fn end(&mut self, time: Timestamp, emit: &mut Emit<'_>) {
        if let Some(tls) = &mut self.tls {
            tls.end(time, emit);
        }
    }
}

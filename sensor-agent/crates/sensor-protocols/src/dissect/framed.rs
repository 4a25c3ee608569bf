//! A dissector for protocols that are read message by message: what they share around [`framing`].
//!
//! Data in: how a protocol measures a message and what it makes of one. Data out: a [`Dissector`].
//!
//! Bytes in which no message begins end the dissection of a flow that has not spoken the protocol yet. On one
//! that has they are told once, as [`UNFRAMED`], and the next message is looked for: a peer cannot hide what
//! follows behind an octet that does not belong there.
//!
//! [`framing`]: super::message::framing

use super::message::framing::{Framing, Measure, Next};
use super::message::{Message, Row, row};
use super::{Dissector, Emit, Input, Parsed, Role};
use crate::observation::{Anomaly, AnomalySet, Direction, OperationClass, Protocol, Transport};

/// Operation name of bytes in which no message begins.
pub(super) const UNFRAMED: &str = "unframed_bytes";

/// One protocol whose messages tell where they end.
pub(super) trait Spoken: Default + Send {
    const PROTOCOL: Protocol;
    /// Octets of a message that are looked at; the rest is passed over.
    const MOST: usize;

    /// What the first octets say of the message that begins with them.
    fn measure(bytes: &[u8], transport: Transport) -> Measure;

    /// The same where any octet of a message can stand first: a protocol whose headers have little that is
    /// fixed looks closer, so that contents are not taken for messages.
    fn begins(bytes: &[u8], transport: Transport) -> Measure {
        Self::measure(bytes, transport)
    }

    /// Tells a message.
    fn message(&mut self, whole: &Whole<'_>, input: &Input<'_>, emit: &mut Emit<'_>);

    /// Messages of an end were not seen.
    fn lost(&mut self, sender: Role) {
        let _ = sender;
    }
}

/// The octets of one message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Whole<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) anomalies: AnomalySet,
    /// What is missing at its end is known to be missing.
    pub(super) cut: bool,
    pub(super) size: usize,
}

impl<'a> Whole<'a> {
    /// A message in the making.
    pub(super) const fn begin(&self, protocol: Protocol, direction: Direction) -> Message<'a> {
        let mut message = Message::new(protocol, direction);
        message.anomalies = self.anomalies;
        message.cut = self.cut;
        message
    }
}

/// Names the operation of a message by the row of its code in a table.
pub(super) fn named(message: &mut Message<'_>, table: &[Row], code: u16) {
    match row(table, code) {
        Some((_, name, class)) => message.is(u32::from(code), name, *class),
        None => message.is_unknown(u32::from(code)),
    }
}

/// Direction of what an end sends in a protocol of requests and responses.
pub(super) const fn direction(sender: Role) -> Direction {
    match sender {
        Role::Client => Direction::Request,
        Role::Server => Direction::Response,
    }
}

/// Octets as hexadecimal digits.
#[cfg(test)]
pub(super) fn hex(octets: &[u8]) -> String {
    use std::fmt::Write as _;
    octets.iter().fold(String::new(), |mut digits, octet| {
        write!(digits, "{octet:02x}").unwrap();
        digits
    })
}

/// One flow of a protocol.
#[derive(Debug, Default)]
pub(super) struct Framed<P> {
    spoken: P,
    framing: Framing,
    /// A message was seen.
    begun: bool,
    /// Bytes without a message were told, since the last message of the end.
    told: [bool; 2],
}

impl<P: Spoken> Framed<P> {
    fn foreign(&mut self, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
        if !self.begun {
            return Parsed::NotThisProtocol;
        }
        let told = self.told(input.sender);
        if !std::mem::replace(told, true) {
            let mut message = Message::new(P::PROTOCOL, Direction::OneWay);
            message.is(0, UNFRAMED, OperationClass::Unknown);
            message.flag(Anomaly::BadValue);
            message.emit(input.bytes.len(), emit);
        }
        if input.transport != Transport::Tcp {
            return Parsed::Consumed(input.bytes.len());
        }
        self.framing.gap(input.sender, 0, 1);
        Parsed::Consumed(1)
    }

    const fn told(&mut self, sender: Role) -> &mut bool {
        let [client, server] = &mut self.told;
        match sender {
            Role::Client => client,
            Role::Server => server,
        }
    }
}

impl<P: Spoken> Dissector for Framed<P> {
    fn parse(&mut self, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
        let adrift = self.framing.is_adrift(input.sender);
        let measure = |bytes: &[u8]| {
            if adrift {
                P::begins(bytes, input.transport)
            } else {
                P::measure(bytes, input.transport)
            }
        };
        match self.framing.next(input, P::MOST, measure) {
            Next::Message {
                bytes,
                take,
                anomalies,
                cut,
            } => {
                self.begun = true;
                *self.told(input.sender) = false;
                let whole = Whole {
                    bytes,
                    anomalies,
                    // Not every datagram says how long it is.
                    cut: cut || input.cut && input.transport != Transport::Tcp,
                    size: take,
                };
                self.spoken.message(&whole, input, emit);
                Parsed::Consumed(take)
            }
            Next::Answer(Parsed::NotThisProtocol) => self.foreign(input, emit),
            Next::Answer(parsed) => parsed,
        }
    }

    fn gap(&mut self, sender: Role, dropped: usize, lost: u64) {
        self.framing.gap(sender, dropped, lost);
        self.spoken.lost(sender);
    }
}

//! Genisys: how railway offices command and observe their field stations.
//!
//! Sources: the protocol of Union Switch & Signal has no published specification. Layout, header codes and
//! checksum are those of ICSNPP (Genisys over TCP/IP) and of the captures in `genisys/`.
//!
//! ```text
//! ├────────┼────────────────┼──────────────────────┼───────────────┼─────┤
//! │ header │ station        │ address and octet …  │ CRC-16        │ F6H │
//! └────────┴────────────────┴──────────────────────┴───────────────┴─────┘
//! ```
//! Between header and end an octet from F0H up is sent as F0H and its low half. The checksum (polynomial
//! 0x8005, from FFFFH, low octet first) covers the octets before it as they are meant. An acknowledgement has
//! none, and a poll may have none.
//!
//! # What comes out
//! - `operation.code` is the header; `station` the address of the field station.
//! - `objects`: runs of addresses as ranges of `control_octet` or `indication_octet`; `values`: address and octet, in turn.
//! - The station's answer belongs to the latest request to it. Who asks is known by the header, whoever opened the
//!   connection.
//!
//! # Limits
//! [`limits::GENISYS_MESSAGE`] octets of a message. What is no message ends the dissection of a flow until a
//! header is found.

use super::cursor::Cursor;
use super::framed::{Framed, Spoken, Whole, named};
use super::message::exchange::Exchanges;
use super::message::framing::Measure;
use super::message::{Message, Row};
use super::registry::{Entry, Hint};
use super::{Emit, Input, Probe, ProbeInput, Role};
use crate::limits;
use crate::observation::OperationClass::{Control, Read, Session};
use crate::observation::{Anomaly, Direction, Outcome, Protocol, Transport};

pub(super) const ENTRY: Entry = Entry {
    protocol: Protocol::Genisys,
    hints: &[Hint::Tcp(10_001)],
    anywhere: &[],
    probe,
    create: || Box::<Framed<Genisys>>::default(),
};

/// Checksum before the end of a message.
static CHECKSUM: crc::Crc<u16> = crc::Crc::<u16>::new(&crc::CRC_16_MODBUS);

const ESCAPE: u8 = 0xf0;
const END: u8 = 0xf6;

/// Header codes.
mod header {
    pub(super) const ACKNOWLEDGE: u8 = 0xf1;
    pub(super) const INDICATION: u8 = 0xf2;
    pub(super) const CHECKBACK: u8 = 0xf3;
    pub(super) const COMMON_CONTROL: u8 = 0xf9;
    pub(super) const POLL: u8 = 0xfb;
    pub(super) const EXECUTE: u8 = 0xfe;
}

const HEADERS: &[Row] = &[
    (0xf1, "acknowledge_client", Session),
    (0xf2, "indication_data", Read),
    (0xf3, "control_data_checkback", Control),
    (0xf9, "common_control_data", Control),
    (0xfa, "acknowledge_indication_and_poll", Read),
    (0xfb, "poll", Read),
    (0xfc, "control_data", Control),
    (0xfd, "recall", Read),
    (0xfe, "execute_controls", Control),
];

/// Who sends messages of a header.
const fn sender(header: u8) -> Option<Role> {
    match header {
        header::ACKNOWLEDGE..=header::CHECKBACK => Some(Role::Server),
        header::COMMON_CONTROL..=header::EXECUTE => Some(Role::Client),
        _ => None,
    }
}

fn probe(input: &ProbeInput<'_>) -> Probe {
    match Genisys::measure(input.bytes, input.transport) {
        Measure::Total(total) => match flawless(input.bytes, total) {
            Some(message) => Probe::Recognised(sender(message.header)),
            None => Probe::Unrecognised,
        },
        Measure::Need(_) => Probe::Incomplete,
        Measure::Foreign => Probe::Unrecognised,
    }
}

/// The message of so many octets at the front, where its checksum and everything else fits.
fn flawless(bytes: &[u8], total: u64) -> Option<Meant> {
    let total = usize::try_from(total).ok()?;
    let message = bytes.get(..total).and_then(Meant::of);
    message.filter(Meant::is_flawless)
}

/// A message without its escapes.
struct Meant {
    header: u8,
    octets: [u8; limits::GENISYS_MESSAGE],
    /// Octets between header and end, as they are meant.
    used: usize,
    /// An escape is followed by what no escaped octet has.
    odd: bool,
}

impl Meant {
    /// Of a message with header and end.
    fn of(message: &[u8]) -> Option<Self> {
        let (header, rest) = message.split_first()?;
        let (_, body) = rest.split_last()?;
        let mut meant = Self {
            header: *header,
            octets: [0; limits::GENISYS_MESSAGE],
            used: 0,
            odd: false,
        };
        let mut octets = body.iter().copied();
        while let Some(octet) = octets.next() {
            let escaped = (octet == ESCAPE).then(|| octets.next().unwrap_or(ESCAPE));
            meant.odd |= escaped.is_some_and(|low| low > 0x0f);
            meant.push(octet | escaped.unwrap_or(0));
        }
        Some(meant)
    }

    fn push(&mut self, octet: u8) {
        if let Some(place) = self.octets.get_mut(self.used) {
            *place = octet;
            self.used = self.used.saturating_add(1);
        }
    }

    fn body(&self) -> &[u8] {
        self.octets.get(..self.used).unwrap_or_default()
    }

    /// Station and data; whether the checksum fits, where there is one.
    fn parts(&self) -> (&[u8], Option<bool>) {
        let body = self.body();
        let bare = self.header == header::ACKNOWLEDGE || self.header == header::POLL;
        match body.split_last_chunk::<2>() {
            Some((covered, sent)) if !(bare && covered.is_empty()) => {
                let mut sum = CHECKSUM.digest();
                sum.update(&[self.header]);
                sum.update(covered);
                let fits = sum.finalize() == u16::from_le_bytes(*sent);
                (covered, Some(fits))
            }
            _ => (body, None),
        }
    }

    fn is_flawless(&self) -> bool {
        let (covered, fits) = self.parts();
        let bare = self.header == header::ACKNOWLEDGE || self.header == header::POLL;
        !self.odd && !covered.is_empty() && (fits == Some(true) || fits.is_none() && bare)
    }
}

/// One connection.
#[derive(Debug, Default)]
struct Genisys {
    exchanges: Exchanges,
}

impl Spoken for Genisys {
    const PROTOCOL: Protocol = Protocol::Genisys;
    const MOST: usize = limits::GENISYS_MESSAGE;

    fn measure(bytes: &[u8], _: Transport) -> Measure {
        let mut cursor = Cursor::new(bytes);
        let Ok(first) = cursor.u8() else {
            return Measure::Need(1);
        };
        if first <= ESCAPE || first == END || first > header::EXECUTE {
            return Measure::Foreign;
        }
        let window = bytes.get(..limits::GENISYS_MESSAGE).unwrap_or(bytes);
        match memchr::memchr(END, window) {
            Some(at) if at >= 2 => Measure::Total(u64::try_from(at).unwrap_or(0).saturating_add(1)),
            None if bytes.len() < limits::GENISYS_MESSAGE => {
                Measure::Need(bytes.len().saturating_add(1))
            }
            Some(_) | None => Measure::Foreign,
        }
    }

    fn begins(bytes: &[u8], transport: Transport) -> Measure {
        let measure = Self::measure(bytes, transport);
        if let Measure::Total(total) = measure
            && flawless(bytes, total).is_none()
        {
            return Measure::Foreign;
        }
        measure
    }

    fn message(&mut self, whole: &Whole<'_>, input: &Input<'_>, emit: &mut Emit<'_>) {
        let header = whole.bytes.first().copied().unwrap_or(0);
        let Some(meant) = Meant::of(whole.bytes).filter(|_| whole.bytes.ends_with(&[END])) else {
            let mut message = whole.begin(Protocol::Genisys, Direction::OneWay);
            named(&mut message, HEADERS, u16::from(header));
            message.ends_early();
            return message.emit(whole.size, emit);
        };
        let mut message = Message::new(Protocol::Genisys, Direction::OneWay);
        message.anomalies = whole.anomalies;
        named(&mut message, HEADERS, u16::from(header));
        tell(&meant, &mut message);
        let station = u64::from(message.station.unwrap_or(0));
        // The header says who asks: a field station may be the one that opened the connection.
        let Some(role) = sender(header) else {
            return message.emit(whole.size, emit);
        };
        message.expect(role == input.sender, Anomaly::WrongRole);
        if role == Role::Client {
            message.direction = Direction::Request;
            self.exchanges.ask(station, &mut message, input);
        } else {
            message.direction = Direction::Response;
            message.outcome = Outcome::Ok;
            self.exchanges.answer(station, &mut message, input);
        }
        message.emit(whole.size, emit);
    }

    fn lost(&mut self, sender: Role) {
        self.exchanges.lost(sender);
    }
}

/// Tells station and data.
fn tell<'m>(meant: &'m Meant, message: &mut Message<'m>) {
    let (covered, fits) = meant.parts();
    message.expect(fits != Some(false), Anomaly::BadChecksum);
    message.expect(!meant.odd, Anomaly::BadValue);
    let Some((station, data)) = covered.split_first() else {
        return message.flag(Anomaly::Truncated);
    };
    message.station = Some(u32::from(*station));
    message.expect(data.len().is_multiple_of(2), Anomaly::BadLength);
    message.values = data;
    let kind = if meant.header == header::INDICATION {
        "indication_octet"
    } else {
        "control_octet"
    };
    let mut run: Option<(u32, u32)> = None;
    for address in data.chunks_exact(2).filter_map(<[u8]>::first) {
        let address = u32::from(*address);
        run = match run {
            Some((start, count)) if start.saturating_add(count) == address => {
                Some((start, count.saturating_add(1)))
            }
            _ => {
                told(kind, run, message);
                Some((address, 1))
            }
        };
    }
    told(kind, run, message);
}

/// Tells a run of addresses.
fn told(kind: &'static str, run: Option<(u32, u32)>, message: &mut Message<'_>) {
    if let Some((start, count)) = run {
        message.range(kind, start, count);
    }
}

#[cfg(test)]
mod tests;

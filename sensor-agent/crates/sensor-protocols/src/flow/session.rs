//! From SYN to FIN: what a segment does to its connection, and who is client.

use super::{End, Ends};
use crate::decode::{Tcp, tcp_flags};
use crate::observation::{Operation, conn};

const SYN_ACK: u8 = tcp_flags::SYN | tcp_flags::ACK;

/// Where a connection is in its life, as far as it was captured.
///
/// ```text
/// New ─SYN─► Opening ─SYN+ACK─► Established ─FIN both─► Closed
///  │            └─RST─► Refused      └─RST─► Reset
///  └─anything else─► PickedUp ─FIN both─► Closed, ─RST─► Reset
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Phase {
    #[default]
    New,
    Opening,
    Established,
    /// No handshake was captured.
    PickedUp,
    Refused,
    Reset,
    Closed,
}

/// State of one TCP connection.
#[derive(Clone, Copy, Debug, Default)]
pub struct Session {
    phase: Phase,
    /// End that sent a SYN without ACK.
    opener: Option<End>,
    finished: Ends<bool>,
}

/// What a segment tells about its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    pub operation: Operation,
    /// Who is named as source: the client, except for probes.
    pub source: End,
}

impl Event {
    const fn new(operation: Operation, source: End) -> Self {
        Self { operation, source }
    }
}

impl Session {
    /// End known as the client by its SYN.
    pub const fn client(&self) -> Option<End> {
        self.opener
    }

    /// Whether the connection is open, so that it is worth keeping for long.
    pub const fn is_established(&self) -> bool {
        matches!(self.phase, Phase::Established | Phase::PickedUp)
    }

    /// Whether the connection ended.
    pub const fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Refused | Phase::Reset | Phase::Closed)
    }

    /// Whether `tcp` opens another connection with the same addresses and ports: a SYN whose
    /// initial sequence number is not `base`, the one its sender started with.
    pub const fn is_new_connection(tcp: &Tcp<'_>, base: Option<u32>) -> bool {
        match base {
            Some(base) => tcp.flags & SYN_ACK == tcp_flags::SYN && tcp.sequence != base,
            None => false,
        }
    }

    /// Takes a segment of `sender`. `first` says that the flow had no packet before it.
    pub fn segment(&mut self, sender: End, tcp: &Tcp<'_>, first: bool) -> Option<Event> {
        if first && is_probe(tcp.flags) {
            return Some(Event::new(conn::PROBE, sender));
        }
        if tcp.flags & tcp_flags::RST != 0 {
            return self.on_reset(sender);
        }
        match tcp.flags & SYN_ACK {
            tcp_flags::SYN => return self.on_syn(sender),
            SYN_ACK => return self.on_syn_ack(sender),
            _ => {}
        }
        if self.phase == Phase::New {
            self.phase = Phase::PickedUp;
        }
        if tcp.flags & tcp_flags::FIN != 0 {
            return self.on_fin(sender);
        }
        None
    }

    fn on_syn(&mut self, sender: End) -> Option<Event> {
        if self.phase != Phase::New {
            return None;
        }
        self.phase = Phase::Opening;
        self.opener = Some(sender);
        Some(Event::new(conn::ATTEMPT, sender))
    }

    fn on_syn_ack(&mut self, sender: End) -> Option<Event> {
        let client = self.opener?;
        if client == sender || self.phase != Phase::Opening {
            return None;
        }
        self.phase = Phase::Established;
        Some(Event::new(conn::ESTABLISHED, client))
    }

    fn on_reset(&mut self, sender: End) -> Option<Event> {
        match self.phase {
            Phase::Opening => {
                self.phase = Phase::Refused;
                // A client that resets its own attempt was not refused.
                let client = self.opener.filter(|client| *client != sender)?;
                Some(Event::new(conn::REFUSED, client))
            }
            Phase::Established | Phase::PickedUp => {
                self.phase = Phase::Reset;
                Some(Event::new(conn::RESET, self.opener.unwrap_or(sender)))
            }
            Phase::New => {
                self.phase = Phase::Reset;
                None
            }
            Phase::Refused | Phase::Reset | Phase::Closed => None,
        }
    }

    fn on_fin(&mut self, sender: End) -> Option<Event> {
        *self.finished.of_mut(sender) = true;
        let both = self.finished.low && self.finished.high;
        if !both || self.is_over() {
            return None;
        }
        self.phase = Phase::Closed;
        Some(Event::new(
            conn::CLOSED,
            self.opener.unwrap_or(sender.peer()),
        ))
    }
}

/// NULL, FIN-only and XMAS segments belong to no connection and ask how a closed port answers.
const fn is_probe(flags: u8) -> bool {
    const XMAS: u8 = tcp_flags::FIN | tcp_flags::PSH | tcp_flags::URG;
    matches!(flags & 0x3f, 0 | tcp_flags::FIN | XMAS)
}

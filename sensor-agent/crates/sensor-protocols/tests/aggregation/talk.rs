//! What happens on the connections of the tests.

use proptest::prelude::*;

use crate::dialect::Dialect;
use crate::support::frames::{ACK, Connection, FIN, PSH_ACK, Segment};

/// Something that happens on the connection.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    /// A read that is answered; the number picks one of a few.
    Poll(u8),
    /// The same, a number of times.
    Polls(u8, u8),
    Write(u8),
    /// A read that is refused.
    Refused(u8),
    /// A read that is never answered.
    Silent(u8),
    /// Two reads before the answers.
    Pipelined(u8, u8),
    /// An answer to nothing.
    Unsolicited(u8),
    /// A response in two segments.
    Split(u8),
    /// A read sent twice with the same bytes.
    Repeated(u8),
    /// A read whose response is a byte short.
    Malformed(u8),
    /// A read that the capture missed.
    Lost(u8),
}

pub(crate) fn step() -> impl Strategy<Value = Step> {
    let pick = 0..4_u8;
    prop_oneof![
        20 => pick.clone().prop_map(Step::Poll),
        20 => (pick.clone(), 2..20_u8).prop_map(|(a, b)| Step::Polls(a, b)),
        // Long enough for a flow to be forgiven.
        4 => (pick.clone(), 100..200_u8).prop_map(|(a, b)| Step::Polls(a, b)),
        3 => pick.clone().prop_map(Step::Write),
        3 => pick.clone().prop_map(Step::Refused),
        2 => pick.clone().prop_map(Step::Silent),
        1 => (pick.clone(), pick.clone()).prop_map(|(a, b)| Step::Pipelined(a, b)),
        1 => pick.clone().prop_map(Step::Unsolicited),
        1 => pick.clone().prop_map(Step::Split),
        1 => pick.clone().prop_map(Step::Repeated),
        1 => pick.clone().prop_map(Step::Malformed),
        1 => pick.prop_map(Step::Lost),
    ]
}

/// A connection between a client and a server.
pub(crate) struct Talk {
    pub(crate) dialect: &'static Dialect,
    connection: Connection,
    transaction: u16,
    pub(crate) segments: Vec<Segment>,
}

impl Talk {
    pub(crate) fn new(dialect: &'static Dialect) -> Self {
        let mut connection = Connection::new(40_000, dialect.port, [1000, u32::MAX - 500]);
        let segments = connection.handshake();
        let mut talk = Self {
            dialect,
            connection,
            transaction: 0,
            segments,
        };
        for (from, payload) in (dialect.opening)() {
            talk.send(from, &payload);
        }
        talk
    }

    pub(crate) fn send(&mut self, from: u8, payload: &[u8]) {
        let segment = self.connection.send(from, PSH_ACK, payload);
        self.segments.push(segment);
    }

    fn acknowledge(&mut self) {
        for from in [1, 2] {
            let segment = self.connection.send(from, ACK, &[]);
            self.segments.push(segment);
        }
    }

    pub(crate) fn close(&mut self) {
        for from in [1, 2] {
            let segment = self.connection.send(from, FIN | ACK, &[]);
            self.segments.push(segment);
        }
    }

    fn request(&mut self, pick: u8) -> u16 {
        self.transaction = self.transaction.wrapping_add(1);
        let bytes = (self.dialect.read)(self.transaction, pick);
        self.send(1, &bytes);
        self.transaction
    }

    fn answer(&mut self, transaction: u16, pick: u8) {
        let bytes = (self.dialect.values)(transaction, pick);
        self.send(2, &bytes);
    }

    fn poll(&mut self, pick: u8) {
        let transaction = self.request(pick);
        self.answer(transaction, pick);
        if pick.is_multiple_of(2) {
            self.acknowledge();
        }
    }

    pub(crate) fn step(&mut self, step: Step) {
        match step {
            Step::Poll(pick) => self.poll(pick),
            Step::Polls(pick, times) => {
                for _ in 0..times {
                    self.poll(pick);
                }
            }
            Step::Write(pick) => {
                self.transaction += 1;
                let [write, written] = (self.dialect.write)(self.transaction, pick);
                self.send(1, &write);
                self.send(2, &written);
            }
            Step::Refused(pick) => {
                let transaction = self.request(pick);
                let refusal = (self.dialect.refused)(transaction, pick);
                self.send(2, &refusal);
            }
            Step::Silent(pick) => {
                self.request(pick);
            }
            Step::Pipelined(a, b) => {
                let (first, second) = (self.request(a), self.request(b));
                self.answer(first, a);
                self.answer(second, b);
            }
            Step::Unsolicited(pick) => self.answer(0xffff, pick),
            Step::Split(pick) => {
                let transaction = self.request(pick);
                let bytes = (self.dialect.values)(transaction, pick);
                self.send(2, &bytes[..9]);
                self.send(2, &bytes[9..]);
            }
            Step::Repeated(pick) => {
                let transaction = self.request(pick);
                let again = self.segments.last().unwrap().clone();
                self.segments.push(again);
                self.answer(transaction, pick);
            }
            Step::Malformed(pick) => {
                let transaction = self.request(pick);
                let mut bytes = (self.dialect.values)(transaction, pick);
                bytes[self.dialect.length] += self.dialect.one;
                self.send(2, &bytes);
            }
            Step::Lost(pick) => {
                let transaction = self.request(pick);
                self.segments.pop();
                self.answer(transaction, pick);
            }
        }
    }
}

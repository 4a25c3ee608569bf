//! Whether the messages of a connection follow from each other: send and receive sequence numbers,
//! start and stop of data transfer, and which act a con answers.
//!
//! Data in: the control fields of both directions in the order of the capture. Data out: whether
//! one is [`OutOfSequence`](crate::observation::Anomaly::OutOfSequence), and the frame of an act.
//! Source: IEC 60870-5-104 ed. 2, 5.1 to 5.3.
//!
//! Numbers are modulo 32768; half of that tells ahead from behind. A connection may be seen from
//! its middle: the first number of a side is taken as it is. What the capture lost is told with
//! [`Sequence::lost`], after which the numbers of that side are taken as they come again.
//!
//! Limits: a few words for each side. The window sizes k and w are settings of the stations and
//! are not judged. A capture that has the two directions out of their order shows acknowledgements
//! of what it brings later.

use crate::dissect::Role;
use crate::observation::AnsweredRequest;
use crate::time::Timestamp;

/// Sequence numbers have 15 bits (5.1).
const MODULUS: u16 = 1 << 15;

/// The six functions are pairs of act and con; this is one act.
#[derive(Clone, Copy, Debug)]
struct Act {
    frame: u64,
    time: Timestamp,
}

/// State of what one side sent.
#[derive(Debug, Default)]
struct Side {
    /// Number of its next message, when known.
    next: Option<u16>,
    /// What it acknowledged last.
    acknowledged: Option<u16>,
    /// Its open STARTDT, STOPDT and TESTFR.
    open: [Option<Act>; 3],
    /// Acts that it has sent, by function: a con without one is told only after the first.
    sent: [bool; 3],
}

/// State of one connection.
#[derive(Debug, Default)]
pub(super) struct Sequence {
    client: Side,
    server: Side,
    /// Whether data transfer is started, once a con told.
    started: Option<bool>,
}

/// What a control function is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// An act.
    Act,
    /// A con, and the act it answers.
    To(AnsweredRequest),
    /// A con of an act that was not sent.
    Nothing,
    /// A con whose act may have been before the capture, or lost.
    Unknown,
}

/// How far `a` is ahead of `b`, when it is less than half way round.
fn ahead(a: u16, b: u16) -> Option<u16> {
    let distance = a.wrapping_sub(b) % MODULUS;
    (distance < MODULUS / 2).then_some(distance)
}

impl Sequence {
    fn sides(&mut self, sender: Role) -> (&mut Side, &mut Side) {
        match sender {
            Role::Client => (&mut self.client, &mut self.server),
            Role::Server => (&mut self.server, &mut self.client),
        }
    }

    /// Takes N(S) and N(R) of a message in I format. Answers whether they follow.
    pub(super) fn information(&mut self, sender: Role, send: u16, receive: u16) -> bool {
        let started = self.started != Some(false);
        let (own, _) = self.sides(sender);
        let follows = own.next.is_none_or(|next| next == send);
        // A repeated number does not take back what is expected.
        if own.next.is_none_or(|next| ahead(send, next).is_some()) {
            own.next = Some(send.wrapping_add(1) % MODULUS);
        }
        let acknowledges = self.supervision(sender, receive);
        started && follows && acknowledges
    }

    /// Takes N(R) of a message in I or S format. Answers whether it follows: it does not go back,
    /// and acknowledges nothing that the peer has not sent.
    pub(super) fn supervision(&mut self, sender: Role, receive: u16) -> bool {
        let (own, peer) = self.sides(sender);
        let sent = peer.next.is_none_or(|next| ahead(next, receive).is_some());
        let forward = own
            .acknowledged
            .is_none_or(|before| ahead(receive, before).is_some());
        if sent && forward {
            own.acknowledged = Some(receive);
        }
        sent && forward
    }

    /// Takes one function of the U format, of which exactly one bit is set.
    pub(super) fn control(
        &mut self,
        sender: Role,
        function: u8,
        time: Timestamp,
        frame: u64,
    ) -> Answer {
        let (slot, act) = match function {
            1 => (0, true),
            2 => (0, false),
            4 => (1, true),
            8 => (1, false),
            16 => (2, true),
            _ => (2, false),
        };
        match function {
            2 => self.started = Some(true),
            8 => self.started = Some(false),
            _ => {}
        }
        let (own, peer) = self.sides(sender);
        if act {
            set(&mut own.open, slot, Some(Act { frame, time }));
            set(&mut own.sent, slot, true);
            return Answer::Act;
        }
        match peer.open.get_mut(slot).and_then(Option::take) {
            Some(act) => Answer::To(AnsweredRequest {
                frame: act.frame,
                latency: time.since(act.time),
            }),
            None if peer.sent.get(slot) == Some(&true) => Answer::Nothing,
            None => Answer::Unknown,
        }
    }

    /// Messages of `sender` were seen elsewhere, in order; `due` is the number of its next one.
    pub(super) fn resume(&mut self, sender: Role, due: Option<u16>) {
        self.sides(sender).0.next = due.map(|due| due % MODULUS);
    }

    /// Bytes of `sender` were never captured.
    pub(super) fn lost(&mut self, sender: Role) {
        let (own, _) = self.sides(sender);
        own.next = None;
        own.acknowledged = None;
        own.sent = [false; 3];
        self.started = None;
    }
}

fn set<T>(slots: &mut [T], at: usize, value: T) {
    if let Some(slot) = slots.get_mut(at) {
        *slot = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Role::{Client, Server};

    #[test]
    fn numbers_wrap_at_32768() {
        let mut sequence = Sequence::default();
        assert!(sequence.information(Server, 32_766, 0));
        assert!(sequence.information(Server, 32_767, 0));
        assert!(sequence.information(Server, 0, 0));
        assert!(sequence.supervision(Client, 32_767));
        assert!(sequence.supervision(Client, 1));
        assert!(sequence.information(Client, 0, 1));
    }

    #[test]
    fn a_gap_shows_once() {
        let mut sequence = Sequence::default();
        assert!(sequence.information(Server, 5, 0));
        assert!(!sequence.information(Server, 7, 0));
        assert!(sequence.information(Server, 8, 0));
    }

    #[test]
    fn a_repeated_number_shows_each_time_and_takes_nothing_back() {
        let mut sequence = Sequence::default();
        assert!(sequence.information(Server, 5, 0));
        assert!(!sequence.information(Server, 5, 0));
        assert!(!sequence.information(Server, 4, 0));
        assert!(sequence.information(Server, 6, 0));
    }

    #[test]
    fn what_was_not_sent_cannot_be_acknowledged() {
        let mut sequence = Sequence::default();
        assert!(sequence.supervision(Client, 9), "nothing is known yet");
        assert!(sequence.information(Server, 9, 0));
        assert!(sequence.supervision(Client, 10));
        assert!(!sequence.supervision(Client, 11));
        assert!(!sequence.supervision(Client, 9), "goes back");
        assert!(sequence.supervision(Client, 10), "and nothing came of it");
    }

    #[test]
    fn after_a_loss_numbers_are_taken_as_they_come() {
        let mut sequence = Sequence::default();
        assert!(sequence.information(Server, 5, 0));
        sequence.lost(Server);
        assert!(sequence.information(Server, 9, 0));
        assert!(!sequence.information(Server, 11, 0));
    }

    #[test]
    fn no_information_is_sent_while_transfer_is_stopped() {
        let mut sequence = Sequence::default();
        let at = Timestamp::ZERO;
        assert!(
            sequence.information(Server, 0, 0),
            "not known to be stopped"
        );
        assert_eq!(sequence.control(Client, 4, at, 1), Answer::Act);
        assert!(sequence.information(Server, 1, 0), "not yet confirmed");
        assert!(matches!(sequence.control(Server, 8, at, 2), Answer::To(_)));
        assert!(!sequence.information(Server, 2, 0));
        assert!(matches!(
            sequence.control(Server, 2, at, 3),
            Answer::Unknown
        ));
        assert!(sequence.information(Server, 3, 0));
    }

    #[test]
    fn a_con_answers_one_act() {
        let mut sequence = Sequence::default();
        let at = Timestamp::ZERO;
        assert_eq!(sequence.control(Client, 32, at, 1), Answer::Unknown);
        assert_eq!(sequence.control(Server, 16, at, 2), Answer::Act);
        let answer = sequence.control(Client, 32, at, 3);
        assert!(matches!(answer, Answer::To(request) if request.frame == 2));
        assert_eq!(sequence.control(Client, 32, at, 4), Answer::Nothing);
    }
}

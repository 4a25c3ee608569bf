//! What one SMB message says, filled in by the parsers, and how it is reported.

use crate::dissect::ntlm::SignIn;
use crate::dissect::told::{Span, Told};
use crate::dissect::{Emit, MessageFacts};
use crate::observation::{
    Anomaly, AnomalySet, AnsweredRequest, Direction, Identity, Operation, Outcome, Protocol,
};
use crate::time::Timestamp;

use super::nbss::{Frame, Missing};
use super::session::FileId;

/// When a message came and from whom.
#[derive(Clone, Copy, Debug)]
pub(super) struct At {
    pub(super) time: Timestamp,
    pub(super) frame: u64,
    pub(super) sender: crate::dissect::Role,
}

/// What a message is in its exchange.
#[derive(Clone, Copy, Debug)]
pub(super) struct Exchange {
    pub(super) operation: Operation,
    pub(super) direction: Direction,
    pub(super) outcome: Outcome,
    pub(super) request: Option<AnsweredRequest>,
}

impl Exchange {
    /// One without outcome, that answers nothing.
    pub(super) const fn new(operation: Operation, direction: Direction) -> Self {
        Self {
            operation,
            direction,
            outcome: Outcome::None,
            request: None,
        }
    }

    pub(super) const fn ended(self, outcome: Outcome, request: Option<AnsweredRequest>) -> Self {
        Self {
            outcome,
            request,
            ..self
        }
    }
}

/// What one message says.
#[derive(Debug, Default)]
pub(super) struct Body<'a> {
    pub(super) sub: Option<u32>,
    pub(super) told: Told,
    pub(super) anomalies: AnomalySet,
    pub(super) values: &'a [u8],
    pub(super) host: Option<Span>,
    pub(super) system: Option<Span>,
    /// The file it works on.
    pub(super) file: Option<FileId>,
    pub(super) start: u64,
    /// Octets written to or read from that file, where they are looked at.
    pub(super) data: &'a [u8],
    /// Octets of the data that were sent and are not looked at.
    pub(super) data_left: usize,
}

impl<'a> Body<'a> {
    pub(super) fn flag(&mut self, anomaly: Anomaly) {
        self.anomalies.insert(anomaly);
    }

    /// Takes what a security token says.
    pub(super) fn sign_in(&mut self, token: &[u8]) {
        let sign_in = SignIn::read(token, &mut self.told);
        self.anomalies = self.anomalies.union(sign_in.anomalies);
        self.sub = self.sub.or(sign_in.message);
        self.host = sign_in.host.or(self.host.take());
        self.system = sign_in.system.or(self.system.take());
    }

    /// Takes content of a file at a place: programs are told by their first octets.
    pub(super) fn content(&mut self, start: u64, count: usize, data: &'a [u8]) {
        self.start = start;
        self.told
            .octets(start, u64::try_from(count).unwrap_or(u64::MAX));
        if start == 0 && data.starts_with(b"MZ") {
            self.told.id("executable", 1_u32);
        }
        self.data = data;
        self.data_left = count.saturating_sub(data.len());
    }

    /// Reports the message.
    pub(super) fn report(
        &self,
        exchange: &Exchange,
        frame: &Frame<'_>,
        size: usize,
        emit: &mut Emit<'_>,
    ) {
        let mut anomalies = self.anomalies;
        if self.told.is_cut() {
            anomalies.insert(Anomaly::LimitReached);
        }
        // What is longer than a stream keeps and no content of a file was not looked at as a whole.
        if frame.skipped && !super::carries_content(frame.bytes) {
            anomalies.insert(Anomaly::LimitReached);
        }
        if exchange.operation.name == "unknown" {
            anomalies.insert(Anomaly::ReservedCode);
        }
        emit(&MessageFacts {
            objects: &self.told.objects(),
            values: self.values,
            outcome: exchange.outcome,
            anomalies: blamed(anomalies, frame.missing),
            identity: Identity {
                hostname: self.told.get(self.host.as_ref()),
                os: self.told.get(self.system.as_ref()),
                ..Identity::NONE
            },
            request: exchange.request,
            size,
            ..MessageFacts::new(Protocol::Smb, exchange.direction, exchange.operation)
        });
    }
}

/// What the sender is to blame for: not for what was not captured.
pub(super) fn blamed(anomalies: AnomalySet, missing: Missing) -> AnomalySet {
    match missing {
        Missing::Nothing => anomalies,
        Missing::NotSent => anomalies.with(Anomaly::Truncated),
        Missing::NotCaptured => anomalies
            .iter()
            .filter(|anomaly| !AnomalySet::of(*anomaly).is_malformed())
            .collect(),
    }
}

//! Calls of DCE/RPC: requests and their responses, and messages put together of fragments.
//!
//! Limits: [`limits::PROFINET_IO_CALLS`] calls, [`limits::PROFINET_IO_FRAGMENT_BYTES`] octets and
//! [`limits::PROFINET_IO_FRAGMENTS`] fragments of one message in each direction. A message that is not
//! finished makes room for the next.

use std::collections::BTreeMap;

use super::rpc::{Call, Header};
use crate::dissect::Input;
use crate::limits;
use crate::observation::{Anomaly, AnomalySet, AnsweredRequest};
use crate::time::Timestamp;

/// A request that was seen.
#[derive(Clone, Copy, Debug)]
struct Asked {
    call: Call,
    operation: u16,
    time: Timestamp,
    frame: u64,
    answered: bool,
}

/// The calls of one flow, oldest first.
#[derive(Debug, Default)]
pub(super) struct Calls {
    asked: Vec<Asked>,
}

impl Calls {
    /// Notes a request. One that is repeated stays the one it was.
    pub(super) fn ask(&mut self, header: &Header, input: &Input<'_>, anomalies: &mut AnomalySet) {
        if self.asked.iter().any(|asked| asked.call == header.call) {
            return;
        }
        if self.asked.len() >= limits::PROFINET_IO_CALLS {
            let lost = self.asked.remove(0);
            if !lost.answered {
                anomalies.insert(Anomaly::LimitReached);
            }
        }
        self.asked.push(Asked {
            call: header.call,
            operation: header.operation,
            time: input.time,
            frame: input.frame,
            answered: false,
        });
    }

    /// Finds the request of a response. Servers may answer from another port, which is another flow,
    /// so a response without a request says nothing.
    pub(super) fn answer(
        &mut self,
        header: &Header,
        input: &Input<'_>,
        anomalies: &mut AnomalySet,
    ) -> Option<AnsweredRequest> {
        let asked = self
            .asked
            .iter_mut()
            .find(|asked| asked.call == header.call)?;
        asked.answered = true;
        if asked.operation != header.operation {
            anomalies.insert(Anomaly::Mismatch);
        }
        Some(AnsweredRequest {
            frame: asked.frame,
            latency: input.time.since(asked.time),
        })
    }
}

/// What became of a fragment.
pub(super) enum Assembled {
    Waiting,
    /// The whole message.
    Whole(Vec<u8>),
    /// The message needs more room than there is.
    GivenUp,
}

/// Fragments of one direction.
#[derive(Debug, Default)]
pub(super) struct Fragments {
    call: Call,
    parts: BTreeMap<u16, Vec<u8>>,
    bytes: usize,
    /// Number of the last one, once it is there.
    last: Option<u16>,
    given_up: bool,
}

impl Fragments {
    /// Takes a fragment.
    pub(super) fn take(&mut self, header: &Header, body: &[u8]) -> Assembled {
        if self.call != header.call || header.fragment == 0 && self.given_up {
            *self = Self {
                call: header.call,
                ..Self::default()
            };
        }
        if self.given_up {
            return Assembled::GivenUp;
        }
        if header.is_last() {
            self.last = Some(header.fragment);
        }
        if !self.parts.contains_key(&header.fragment) {
            self.bytes = self.bytes.saturating_add(body.len());
            let crowded = self.parts.len() >= limits::PROFINET_IO_FRAGMENTS;
            if crowded || self.bytes > limits::PROFINET_IO_FRAGMENT_BYTES {
                self.given_up = true;
                self.parts = BTreeMap::new();
                return Assembled::GivenUp;
            }
            self.parts.insert(header.fragment, body.to_vec());
        }
        self.finish()
    }

    /// Octets kept of a message that is not finished.
    pub(super) const fn held(&self) -> usize {
        if self.given_up { 0 } else { self.bytes }
    }

    /// There is no room: what comes of the message is not kept either.
    pub(super) fn shed(&mut self) {
        self.given_up = !self.parts.is_empty();
        self.parts = BTreeMap::new();
    }

    fn finish(&mut self) -> Assembled {
        let Some(last) = self.last else {
            return Assembled::Waiting;
        };
        let there = self.parts.range(..=last).count();
        if there != usize::from(last).saturating_add(1) {
            return Assembled::Waiting;
        }
        let mut parts = std::mem::take(&mut self.parts);
        // What has a number behind the last one is no part of the message.
        parts.retain(|number, _| *number <= last);
        let whole = parts.into_values().collect::<Vec<_>>().concat();
        *self = Self::default();
        Assembled::Whole(whole)
    }
}

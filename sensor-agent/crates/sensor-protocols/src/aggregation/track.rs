//! Where one flow stands with the aggregation: what is granted for it and what waits to be.

use foldhash::fast::RandomState;
use hashbrown::HashMap;

use super::exemplar::Exemplar;
use super::ledger::Entry;
use super::{Message, OperationKey};
use crate::flow::Ends;
use crate::limits;

/// Operation pairs remembered of a flow whose protocol has no dissector.
const PAIRS: usize = 32;

/// What tells flows of the kernel program between two stations apart: the first two octets of the payload.
pub fn front(payload: &[u8]) -> Option<u16> {
    payload
        .first_chunk()
        .map(|front| u16::from_be_bytes(*front))
}

/// A request that went up and waits for its response.
#[derive(Debug)]
pub struct Asked {
    pub message: Message,
    /// Bytes of the message, for protocols with a dissector.
    pub bytes: Box<[u8]>,
    pub exemplar: Option<Exemplar>,
    /// Number of its frame.
    pub frame: u64,
    pub time_ns: u64,
}

/// See the module documentation.
#[derive(Debug, Default)]
pub struct Track {
    /// Interface and name of the flow in the kernel program.
    pub source: (u32, u64),
    /// Something was wrong with the flow: so many frames with payload must be without fault before
    /// anything is granted for it again.
    pub probation: u32,
    /// How often something was wrong while it was trusted.
    pub faults: u8,
    /// The kernel program looks at it in full, as of the last frame.
    pub inspected: bool,
    /// Interface and name of the flow that the program was told to forgive and has not yet.
    pub forgiven: Option<(u32, u64)>,
    /// Granted keys and their handles.
    pub keys: HashMap<OperationKey, u32, RandomState>,
    pub asked: Option<Asked>,
    /// Kernel time of the latest payload of the server that went up.
    pub answered_ns: u64,
    /// Kernel time of the withheld request last reported by itself.
    pub told_ns: u64,
    /// Kernel time of the withheld request last given back to the dissector.
    pub reopened_ns: u64,
    /// Kernel time and handle of the latest withheld request.
    pub latest: (u64, u32),
    /// The same operation once it was withdrawn: its response may still be on its way.
    pub withdrawn: Option<(u32, Entry)>,
    /// The next segment of this end continues its stream wherever it starts.
    pub resume: Ends<bool>,
    /// On the link layer, where the kernel program has a flow of its own for each [`front`]: its name of the
    /// latest one that something was granted for.
    fronts: Vec<(u16, u64)>,
    /// Operations of request and response seen together, latest last.
    pairs: Vec<([u64; 2], [u64; 2])>,
}

impl Track {
    pub fn new(source: (u32, u64)) -> Self {
        Self {
            source,
            ..Self::default()
        }
    }

    /// Whether operations may be granted.
    pub const fn is_trusted(&self) -> bool {
        self.probation == 0 && !self.inspected
    }

    /// Notes a fault: the flow has to prove itself anew. Each time it was trusted again in between
    /// that takes longer.
    pub fn distrust(&mut self) {
        if self.probation == 0 {
            self.faults = self.faults.saturating_add(1);
        }
        let doublings = self.faults.saturating_sub(1);
        let doublings = doublings.min(limits::FLOW_PROBATION_DOUBLINGS);
        self.probation = limits::FLOW_PROBATION << doublings;
    }

    /// Notes a frame with payload and without fault; true for the one that ends the probation.
    pub const fn proved(&mut self) -> bool {
        let was = self.probation;
        self.probation = was.saturating_sub(1);
        was == 1
    }

    /// Takes note of a flow that something is granted for; false when there is no room.
    pub fn know_front(&mut self, front: u16, flow: u64) -> bool {
        if let Some(known) = self.fronts.iter_mut().find(|known| known.0 == front) {
            known.1 = flow;
            return true;
        }
        let room = self.fronts.len() < limits::FLOW_FRONTS;
        if room {
            self.fronts.push((front, flow));
        }
        room
    }

    /// Whether the kernel program forgot the flow that something was granted for, and began another one
    /// called `flow`: once of each.
    pub fn forgot_front(&mut self, front: u16, flow: u64) -> bool {
        let known = self.fronts.iter_mut().find(|known| known.0 == front);
        known.is_some_and(|known| std::mem::replace(&mut known.1, flow) != flow)
    }

    /// Handles of all granted keys, ascending.
    pub fn handles(&self) -> Vec<u32> {
        let mut handles: Vec<u32> = self.keys.values().copied().collect();
        handles.sort_unstable();
        handles
    }

    /// Notes that two operations stood together; true when they did before.
    pub fn paired(&mut self, request: [u64; 2], response: [u64; 2]) -> bool {
        let pair = (request, response);
        if self.pairs.contains(&pair) {
            return true;
        }
        if self.pairs.len() >= PAIRS {
            self.pairs.remove(0);
        }
        self.pairs.push(pair);
        false
    }
}

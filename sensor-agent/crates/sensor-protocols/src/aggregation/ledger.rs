//! What is granted over all flows, and the changes that wait for the source.
//!
//! A grant that is withdrawn stays until the last record of its key came, so that no count is
//! without an owner.

use foldhash::fast::RandomState;
use hashbrown::HashMap;

use super::exemplar::Exemplar;
use super::track::Track;
use super::{GrantChange, OperationKey};
use crate::addr::Endpoint;
use crate::counters::{Counter, Counters};
use crate::flow::End;
use crate::flow::table::Index;
use crate::limits;
use crate::observation::{Protocol, Transport};
use crate::time::Timestamp;

/// One granted operation.
#[derive(Debug)]
pub struct Entry {
    pub interface: u32,
    pub key: OperationKey,
    pub owner: Owner,
    /// What its repeats are reported as; `None` when only the flow has something of them.
    pub exemplar: Option<Exemplar>,
    /// Bytes of the message, of a request.
    pub message: Box<[u8]>,
    /// Messages, and their bytes, that were reported before the kernel program told their count.
    pub told: u64,
    pub told_bytes: u64,
    /// When it was last counted or granted.
    pub used: Timestamp,
    /// Withdrawn; its last record has not come yet.
    pub closing: bool,
}

/// The flow of a granted operation, and who sends it.
#[derive(Clone, Copy, Debug)]
pub struct Owner {
    pub at: Index,
    pub flow: u64,
    pub end: End,
    pub source: Endpoint,
    pub destination: Endpoint,
    pub transport: Transport,
    /// Protocol of the facts about the flow.
    pub protocol: Protocol,
}

/// See the module documentation.
#[derive(Debug, Default)]
pub struct Ledger {
    entries: HashMap<u32, Entry, RandomState>,
    changes: Vec<GrantChange>,
    last_handle: u32,
    /// Ports told to the sources: transport and port.
    ports: Vec<(u32, Transport, u16)>,
    /// Operations not granted because there were too many, by interface.
    refused: HashMap<u32, u64, RandomState>,
}

impl Ledger {
    pub fn get_mut(&mut self, handle: u32) -> Option<&mut Entry> {
        self.entries.get_mut(&handle)
    }

    /// Operations of an interface that were not granted because there were too many.
    pub fn refused(&self, interface: u32) -> u64 {
        self.refused.get(&interface).copied().unwrap_or(0)
    }

    /// Takes the changes that wait.
    pub fn take_changes(&mut self) -> Vec<GrantChange> {
        std::mem::take(&mut self.changes)
    }

    /// Grants an operation of a flow: its handle, also when it was granted before. `None` and
    /// counted when there is no room. `time_ns` is the kernel time of the message.
    pub fn allow(
        &mut self,
        track: &mut Track,
        time_ns: u64,
        entry: Entry,
        counters: &mut Counters,
    ) -> Option<u32> {
        if let Some(handle) = track.keys.get(&entry.key) {
            return Some(*handle);
        }
        let room = track.keys.len() < limits::FLOW_OPERATIONS
            && self.entries.len() < limits::GRANTED_OPERATIONS
            && entry.message.len() <= limits::EXEMPLAR_BYTES;
        if !room {
            counters.bump(Counter::OperationsRefused);
            let refused = self.refused.entry(entry.interface).or_insert(0);
            *refused = refused.saturating_add(1);
            return None;
        }
        let handle = self.fresh_handle();
        let (interface, key) = (entry.interface, entry.key);
        track.keys.insert(key, handle);
        self.entries.insert(handle, entry);
        self.changes.push(GrantChange::Allow {
            interface,
            key,
            handle,
            time_ns,
        });
        counters.bump(Counter::OperationsGranted);
        self.gauge(counters);
        Some(handle)
    }

    /// The next handle that nobody has.
    fn fresh_handle(&mut self) -> u32 {
        loop {
            self.last_handle = self.last_handle.wrapping_add(1).max(1);
            if !self.entries.contains_key(&self.last_handle) {
                return self.last_handle;
            }
        }
    }

    /// Withdraws everything that is granted for a flow.
    pub fn withdraw_all(&mut self, track: &mut Track, counters: &mut Counters) {
        for handle in track.handles() {
            self.withdraw(handle, counters);
        }
        track.keys.clear();
        track.asked = None;
        self.take_back(track);
    }

    /// Withdraws one operation; the caller takes it out of the flow's keys.
    pub fn withdraw(&mut self, handle: u32, counters: &mut Counters) {
        let Some(entry) = self.entries.get_mut(&handle).filter(|e| !e.closing) else {
            return;
        };
        entry.closing = true;
        self.changes.push(GrantChange::Withdraw {
            interface: entry.interface,
            key: entry.key,
            handle,
        });
        counters.bump(Counter::OperationsWithdrawn);
    }

    /// Lets the kernel program count a flow again that it inspects.
    pub fn forgive(&mut self, track: &mut Track) {
        let (interface, flow) = track.source;
        track.forgiven = Some(track.source);
        self.changes.push(GrantChange::Forgive { interface, flow });
    }

    /// Takes back what [`Self::forgive`] said about a flow, if it did: there is a fault again, or it
    /// has ended.
    pub fn take_back(&mut self, track: &mut Track) {
        if let Some((interface, flow)) = track.forgiven.take() {
            self.changes.push(GrantChange::Forgiven { interface, flow });
        }
    }

    /// Takes note of a frame of the flow that the kernel program calls `source`, and `inspected` or
    /// not: one that was forgiven and is not inspected any more was lifted.
    pub fn inspected(
        &mut self,
        track: &mut Track,
        source: (u32, u64),
        inspected: bool,
        counters: &mut Counters,
    ) {
        let Some(forgiven) = track.forgiven else {
            return;
        };
        let lifted = forgiven == source && !inspected;
        if lifted {
            counters.bump(Counter::FlowsForgiven);
        }
        if lifted || forgiven != source {
            self.take_back(track);
        }
    }

    /// Handles of what was not counted since `before`, ascending.
    pub fn unused_since(&self, before: Timestamp) -> Vec<u32> {
        let unused = self
            .entries
            .iter()
            .filter(|(_, entry)| !entry.closing && entry.used < before);
        let mut handles: Vec<u32> = unused.map(|(handle, _)| *handle).collect();
        handles.sort_unstable();
        handles
    }

    /// Number of the frame that stands for a granted operation.
    pub fn frame(&self, handle: u32) -> Option<u64> {
        let entry = self.entries.get(&handle)?;
        entry.exemplar.as_ref().map(|exemplar| exemplar.frame)
    }

    /// Takes out an operation whose last record came.
    pub fn close(&mut self, handle: u32, counters: &mut Counters) -> Option<Entry> {
        let entry = self.entries.remove(&handle);
        self.gauge(counters);
        entry
    }

    /// Whether repeats of an operation are withheld.
    pub fn is_granted(&self, handle: u32) -> bool {
        self.entries
            .get(&handle)
            .is_some_and(|entry| !entry.closing)
    }

    /// Tells the source once that a port belongs to a protocol.
    pub fn port(&mut self, change: GrantChange) {
        let GrantChange::Port {
            interface,
            transport,
            port,
            ..
        } = change
        else {
            return;
        };
        let known = self.ports.contains(&(interface, transport, port));
        if !known && self.ports.len() < limits::AGGREGATED_PORTS {
            self.ports.push((interface, transport, port));
            self.changes.push(change);
        }
    }

    fn gauge(&self, counters: &mut Counters) {
        counters.set(Counter::OperationsHeld, self.entries.len() as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: (u32, u64) = (3, 77);

    fn forgiven() -> (Ledger, Track, Counters) {
        let (mut ledger, mut track) = (Ledger::default(), Track::new(SOURCE));
        ledger.forgive(&mut track);
        (ledger, track, Counters::default())
    }

    const TOLD: GrantChange = GrantChange::Forgive {
        interface: 3,
        flow: 77,
    };
    const TAKEN_BACK: GrantChange = GrantChange::Forgiven {
        interface: 3,
        flow: 77,
    };

    #[test]
    fn a_flow_is_forgiven_once_the_kernel_lifted_it() {
        let (mut ledger, mut track, mut counters) = forgiven();
        ledger.inspected(&mut track, SOURCE, true, &mut counters);
        assert_eq!(counters.get(Counter::FlowsForgiven), 0);
        assert_eq!(ledger.take_changes(), [TOLD]);
        for _ in 0..2 {
            ledger.inspected(&mut track, SOURCE, false, &mut counters);
        }
        assert_eq!(counters.get(Counter::FlowsForgiven), 1);
        assert_eq!(ledger.take_changes(), [TAKEN_BACK]);
    }

    #[test]
    fn another_flow_in_its_place_was_not_forgiven() {
        let (mut ledger, mut track, mut counters) = forgiven();
        ledger.inspected(&mut track, (3, 78), false, &mut counters);
        assert_eq!(counters.get(Counter::FlowsForgiven), 0);
        assert_eq!(ledger.take_changes(), [TOLD, TAKEN_BACK]);
    }

    #[test]
    fn a_further_fault_takes_it_back() {
        let (mut ledger, mut track, mut counters) = forgiven();
        ledger.withdraw_all(&mut track, &mut counters);
        assert_eq!(ledger.take_changes(), [TOLD, TAKEN_BACK]);
        ledger.inspected(&mut track, SOURCE, false, &mut counters);
        assert_eq!(counters.get(Counter::FlowsForgiven), 0);
    }
}

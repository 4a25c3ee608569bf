//! What the kernel program counted, booked on flows and reported as observations.
//!
//! Records of one flow are taken together: requests first, then what answers them, so that the
//! state of the flow afterwards is that after its last frame. The one request that may still wait
//! for its response is reported by itself, last.

use super::steps::class_of;
use super::{Inspector, Sink, Stage};
use crate::aggregation::exemplar::Exemplar;
use crate::aggregation::ledger::Entry;
use crate::aggregation::{Aggregated, GrantChange, KIND_REQUEST, OperationRecord, dissected};
use crate::counters::Counter;
use crate::flow::reassembly::Stamp;
use crate::flow::{Flow, table};
use crate::limits;
use crate::observation::{
    AnomalySet, Direction, Identity, Observation, Outcome, Repeats, flow as flow_facts,
};
use crate::time::Timestamp;

impl Inspector {
    /// Takes what may be withheld from now on, and what not any more, in this order.
    pub fn take_grants(&mut self) -> Vec<GrantChange> {
        self.ledger.take_changes()
    }

    /// Whether operations are granted whose records are of interest.
    pub fn has_grants(&self) -> bool {
        self.counters.get(Counter::OperationsHeld) > 0
    }

    /// Operations of an interface that were not granted because there were too many.
    pub fn operations_refused(&self, interface: u32) -> u64 {
        self.ledger.refused(interface)
    }

    /// Takes what the kernel program counted: all records of one drain, in any order.
    pub fn operation_records(&mut self, records: &[OperationRecord], sink: &mut impl Sink) {
        let mut owned = Vec::with_capacity(records.len());
        for record in records {
            match self.ledger.get_mut(record.handle) {
                Some(entry) => owned.push((entry.owner.flow, phase(entry), *record)),
                None => self.counters.add(Counter::OperationStrays, record.packets),
            }
        }
        owned.sort_unstable_by_key(|(flow, phase, record)| (*flow, *phase, record.handle));
        for group in owned.chunk_by(|a, b| a.0 == b.0) {
            self.records_of_flow(group, sink);
        }
        for record in records.iter().filter(|record| record.closed) {
            self.close(record.handle);
        }
    }

    /// Forgets a withdrawn operation, but for the request that may still be answered.
    fn close(&mut self, handle: u32) {
        let Some(entry) = self.ledger.close(handle, &mut self.counters) else {
            return;
        };
        if let Some(flow) = flow_of(&mut self.table, &entry)
            && let Some(track) = flow.track.as_deref_mut()
            && track.latest.1 == handle
        {
            track.withdrawn = Some((handle, entry));
        }
    }

    fn records_of_flow(&mut self, group: &[(u64, u8, OperationRecord)], sink: &mut impl Sink) {
        let open = self.open_request(group);
        for (_, _, record) in group.iter().filter(|(_, _, record)| record.packets > 0) {
            self.record(record, open == Some(record.handle), sink);
        }
        let Some(handle) = open else {
            return;
        };
        let last = group.iter().find(|(_, _, record)| record.handle == handle);
        let (table, ledger, mut stage) = self.stage_and_ledger(sink);
        if let (Some(entry), Some((_, _, record))) = (ledger.get_mut(handle), last) {
            let at = Stamp {
                time: record.last,
                frame: 0,
            };
            let flow = flow_of(table, entry);
            stage.tell(flow.as_deref(), entry, at);
            // Its count came just before.
            entry.told = 0;
            entry.told_bytes = 0;
        }
    }

    /// Handle of the request that the latest frame of the flow was, unless it was reported before.
    fn open_request(&mut self, group: &[(u64, u8, OperationRecord)]) -> Option<u32> {
        let counted = group.iter().filter(|(_, _, record)| record.packets > 0);
        let latest = |phase: u8| {
            let of_phase = counted.clone().filter(move |(_, of, _)| *of == phase);
            of_phase.max_by_key(|(_, _, record)| record.last_ns)
        };
        let (_, _, request) = latest(REQUESTS)?;
        let answered = latest(RESPONSES).map_or(0, |(_, _, record)| record.last_ns);
        let entry = self.ledger.get_mut(request.handle)?;
        let flow = flow_of(&mut self.table, entry)?;
        let track = flow.track.as_deref_mut()?;
        track.latest = track.latest.max((request.last_ns, request.handle));
        let open = request.last_ns > answered.max(track.answered_ns);
        if !open || track.told_ns == request.last_ns {
            return None;
        }
        track.told_ns = request.last_ns;
        Some(request.handle)
    }

    /// Books one record; `open`: its last message is reported by itself.
    fn record(&mut self, record: &OperationRecord, open: bool, sink: &mut impl Sink) {
        let (table, ledger, mut stage) = self.stage_and_ledger(sink);
        let Some(entry) = ledger.get_mut(record.handle) else {
            return;
        };
        entry.used = entry.used.max(record.last);
        stage
            .counters
            .add(Counter::OperationRepeats, record.packets);
        let mut flow = flow_of(table, entry);
        stage.book(flow.as_deref_mut(), entry, record);
        stage.repeat(flow.as_deref(), entry, record, open);
        if flow.is_some() {
            let (at, class) = (
                entry.owner.at,
                flow.map_or(table::Class::Other, |flow| class_of(flow)),
            );
            self.table.touch(at, class);
        }
    }

    /// Withdraws what was not repeated for long, about once a minute.
    pub(super) fn withdraw_unused(&mut self, now: Timestamp) {
        const EVERY: std::time::Duration = std::time::Duration::from_mins(1);
        if now.since(self.swept) < EVERY {
            return;
        }
        self.swept = now;
        let idle = u64::try_from(limits::OPERATION_IDLE.as_nanos()).unwrap_or(u64::MAX);
        let before = Timestamp::from_nanos(now.as_nanos().saturating_sub(idle));
        for handle in self.ledger.unused_since(before) {
            self.ledger.withdraw(handle, &mut self.counters);
            let Some(entry) = self.ledger.get_mut(handle) else {
                continue;
            };
            if let Some(flow) = flow_of(&mut self.table, entry)
                && let Some(track) = flow.track.as_deref_mut()
            {
                track.keys.remove(&entry.key);
            }
        }
    }
}

/// Order within a flow.
const REQUESTS: u8 = 0;
const RESPONSES: u8 = 1;

const fn phase(entry: &Entry) -> u8 {
    if entry.key.kind == KIND_REQUEST {
        REQUESTS
    } else if entry.exemplar.is_some() || entry.key.kind == crate::aggregation::KIND_RESPONSE {
        RESPONSES
    } else {
        2
    }
}

/// The flow of a granted operation, while it lives.
fn flow_of<'t>(table: &'t mut table::Table, entry: &Entry) -> Option<&'t mut Flow> {
    let flow = table.get_mut(entry.owner.at)?;
    (flow.id == entry.owner.flow).then_some(flow)
}

/// An observation about the parties of a granted operation, with nothing but its times and counts.
fn about<'a>(flow: Option<&Flow>, entry: &Entry, at: Stamp) -> Observation<'a> {
    let owner = &entry.owner;
    let ends = flow.map(|flow| {
        let (source, destination) = (flow.ends.of(owner.end), flow.ends.of(owner.end.peer()));
        (source.endpoint, destination.endpoint)
    });
    let (source, destination) = ends.unwrap_or((owner.source, owner.destination));
    Observation {
        time: at.time,
        frame: at.frame,
        count: 1,
        bytes: 0,
        flow: owner.flow,
        source,
        destination,
        transport: owner.transport,
        protocol: owner.protocol,
        direction: Direction::OneWay,
        operation: flow_facts::UPDATED,
        station: None,
        objects: &[],
        values: &[],
        outcome: Outcome::None,
        anomalies: AnomalySet::EMPTY,
        identity: Identity::NONE,
        request: None,
        repeats: None,
    }
}

impl<S: Sink> Stage<'_, S> {
    /// Books frames and bytes on the flow; on one that has ended, by a fact of its own.
    fn book(&mut self, flow: Option<&mut Flow>, entry: &Entry, record: &OperationRecord) {
        if entry.exemplar.is_some()
            && let Some(row) = dissected(Aggregated::from_u8(entry.key.protocol))
            && let Some(counts) = self.counters.protocol_mut(row.spoken)
        {
            counts.packets = counts.packets.saturating_add(record.packets);
            counts.bytes = counts.bytes.saturating_add(record.bytes);
        }
        let at = Stamp {
            time: record.last,
            frame: flow.as_deref().map_or(0, |flow| flow.last_frame),
        };
        let Some(flow) = flow else {
            self.sink.observe(&Observation {
                count: record.packets,
                bytes: record.bytes,
                ..about(None, entry, at)
            });
            return;
        };
        flow.last = flow.last.max(record.last);
        let sent = flow.ends.of_mut(entry.owner.end);
        sent.frames = sent.frames.saturating_add(record.packets);
        sent.bytes = sent.bytes.saturating_add(record.bytes);
        if record.last.since(sent.reported) >= limits::FLOW_UPDATE {
            self.flow_fact(flow, entry.owner.end, at, flow_facts::UPDATED);
        }
    }

    /// Reports the messages of a record that were not reported yet, but for the last when it is
    /// `open`.
    fn repeat(
        &mut self,
        flow: Option<&Flow>,
        entry: &mut Entry,
        record: &OperationRecord,
        open: bool,
    ) {
        let Some(exemplar) = &entry.exemplar else {
            return;
        };
        let told = entry.told.min(record.packets);
        let told_bytes = entry.told_bytes.min(record.bytes);
        entry.told = entry.told.saturating_sub(told);
        entry.told_bytes = entry.told_bytes.saturating_sub(told_bytes);
        let (apart, apart_bytes) = if open {
            (1, exemplar.wire_bytes())
        } else {
            (0, 0)
        };
        let count = record.packets.saturating_sub(told).saturating_sub(apart);
        if count == 0 {
            return;
        }
        let mut repeats = Repeats {
            first: record.first,
            last: record.last,
            min_gap: record.min_gap,
            max_gap: record.max_gap,
        };
        if open {
            repeats.last = repeats.time(record.packets.saturating_sub(2), record.packets);
        }
        let at = Stamp {
            time: repeats.last,
            frame: 0,
        };
        let bytes = record.bytes.saturating_sub(told_bytes);
        let about = Observation {
            count,
            bytes: bytes.saturating_sub(apart_bytes),
            repeats: Some(&repeats),
            ..about(flow, entry, at)
        };
        self.messages(exemplar, count);
        exemplar.again(&about, |observation| self.sink.observe(observation));
    }

    /// Reports one message ahead of the count of its key.
    pub(super) fn tell(&mut self, flow: Option<&Flow>, entry: &mut Entry, at: Stamp) {
        let Some(exemplar) = &entry.exemplar else {
            return;
        };
        entry.told = entry.told.saturating_add(1);
        entry.told_bytes = entry.told_bytes.saturating_add(exemplar.wire_bytes());
        let about = Observation {
            bytes: exemplar.wire_bytes(),
            ..about(flow, entry, at)
        };
        self.messages(exemplar, 1);
        exemplar.again(&about, |observation| self.sink.observe(observation));
    }

    fn messages(&mut self, exemplar: &Exemplar, count: u64) {
        for protocol in exemplar.protocols() {
            if let Some(counts) = self.counters.protocol_mut(protocol) {
                counts.messages = counts.messages.saturating_add(count);
            }
        }
    }
}

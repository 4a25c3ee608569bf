//! Kernel counters, summed over CPUs, as the status of the source.

use aya::Ebpf;
use aya::maps::{IterableMap, Map, MapData, PerCpuArray};
use sensor_common::counter::{COUNTERS as LIST, Counter, CounterBlock, Term};
use sensor_common::maps::COUNTERS;

use super::CaptureError;
use super::census::second_handle;
use super::load::{map_error, missing};
use crate::capture::SourceStatus;

/// The counter map of one loaded program.
pub(super) struct KernelCounters {
    map: PerCpuArray<MapData, CounterBlock>,
}

impl KernelCounters {
    pub(super) fn take(program: &mut Ebpf) -> Result<Self, CaptureError> {
        let map = program
            .take_map(COUNTERS)
            .ok_or_else(|| missing(COUNTERS))?;
        let map = PerCpuArray::try_from(map).map_err(|error| map_error(COUNTERS, &error))?;
        Ok(Self { map })
    }

    /// Another handle to the same counters.
    pub(super) fn second(&self) -> Result<Self, CaptureError> {
        let map = Map::PerCpuArray(second_handle(COUNTERS, self.map.map())?);
        let map = PerCpuArray::try_from(map).map_err(|error| map_error(COUNTERS, &error))?;
        Ok(Self { map })
    }

    /// The counters of all CPUs together.
    pub(super) fn sum(&self) -> Result<CounterBlock, CaptureError> {
        let blocks = self
            .map
            .get(&0, 0)
            .map_err(|error| map_error(COUNTERS, &error))?;
        let mut sum = CounterBlock::default();
        for block in blocks.iter() {
            sum.add(block);
        }
        Ok(sum)
    }
}

/// Fills in the terms of the conservation sum.
///
/// `unreadable` records reached the ring but not the pipeline, so they move from "handed up" to
/// "lost".
pub(super) fn fill(status: &mut SourceStatus, block: &CounterBlock, unreadable: u64) {
    let reasons = |term: Term| {
        LIST.iter()
            .filter(move |info| info.term == term)
            .map(|info| (info.reason, block.get(info.counter)))
    };
    status.kernel = Some(*block);
    status.received = block.get(Counter::Received);
    status.received_bytes = block.get(Counter::ReceivedBytes);
    status.counted = block.sum(Term::Counted);
    status.handed_up = block.sum(Term::HandedUp).saturating_sub(unreadable);
    status.filtered = reasons(Term::Filtered).collect();
    status.lost = reasons(Term::Lost)
        .chain([("unreadable", unreadable)])
        .collect();
    if let Some(aggregation) = &mut status.aggregation {
        aggregation.counted = status.counted;
        aggregation.refreshed = block.get(Counter::OperationsRefreshed);
        aggregation.flows_inspected = block.get(Counter::FlowsInspected);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_keeps_the_conservation_sum() {
        let mut block = CounterBlock::default();
        for (counter, value) in [
            (Counter::Received, 20),
            (Counter::HandedUp, 9),
            (Counter::Counted, 4),
            (Counter::FilteredSubnet, 2),
            (Counter::FilteredMac, 1),
            (Counter::LostRingFull, 4),
        ] {
            block.values[counter as usize] = value;
        }
        let mut status = SourceStatus::default();
        fill(&mut status, &block, 3);
        let filtered: u64 = status.filtered.iter().map(|(_, count)| count).sum();
        let lost: u64 = status.lost.iter().map(|(_, count)| count).sum();
        assert_eq!(
            status.received,
            filtered + status.counted + status.handed_up + lost
        );
        assert_eq!((status.handed_up, lost), (6, 7));
        assert!(status.lost.contains(&("ring_full", 4)));
    }
}

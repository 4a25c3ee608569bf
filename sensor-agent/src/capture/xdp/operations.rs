//! What the program may withhold, and what it counted instead of handing it up.
//!
//! Data in: changes of the inspector. Data out: records, with wall-clock times. The map of
//! operations has entries from here alone. It is read in batches once the epoch was raised, so
//! that nobody writes to the intervals that are read; a withdrawn entry is read and removed in one
//! step. What the map has no room for is counted and goes up as before.
//!
//! Limits: [`OPERATIONS_CAPACITY`] entries; one drain reads each once.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use aya::Ebpf;
use aya::maps::{Array, HashMap, Map, MapData, MapError};
use sensor_common::maps::{
    FORGIVEN, OPERATIONS, OPERATIONS_CAPACITY, PORT_PROTOCOLS, PORT_PROTOCOLS_UDP,
};
use sensor_common::operation::{Interval, OperationKey, OperationStats};
use sensor_common::ports::AGGREGATED_PORTS;
use sensor_protocols::aggregation::{GrantChange, OperationRecord};
use sensor_protocols::limits::GRANTED_OPERATIONS;
use sensor_protocols::observation::Transport;

use super::clock::KernelClock;
use super::knobs::Knobs;
use super::load::{map_error, missing};
use super::rules::is_not_there;
use super::{CaptureError, sys};
use crate::capture::AggregationStatus;

/// Entries read by one system call.
const BATCH: usize = 4096;

/// A run of the program that began before the epoch was raised is over after this time.
const RUN_ENDS_WITHIN: Duration = Duration::from_micros(100);

/// Operations that may be counted at once: what the map holds, and no more than the agent grants.
const CAPACITY: u64 = {
    let (map, agent) = (OPERATIONS_CAPACITY as u64, GRANTED_OPERATIONS as u64);
    if map < agent { map } else { agent }
};

/// Flows that stayed on the program's list of forgiven ones against the agent's will: a further
/// fault does not keep the program from counting them again.
#[derive(Debug, Default)]
struct NotTakenBack {
    flows: u64,
    cause: String,
}

impl NotTakenBack {
    fn note(&mut self, removed: Result<(), MapError>) {
        match removed {
            // The list may have made room for another meanwhile.
            Ok(()) => {}
            Err(error) if is_not_there(&error) => {}
            Err(error) => {
                self.flows = self.flows.saturating_add(1);
                self.cause = map_error(FORGIVEN, &error).to_string();
            }
        }
    }

    fn told(&self) -> Option<String> {
        let Self { flows, cause } = self;
        (*flows > 0).then(|| format!("{flows} forgiven flows could not be taken back: {cause}"))
    }
}

/// The maps of one loaded program.
pub(super) struct OperationTable {
    map: HashMap<MapData, OperationKey, OperationStats>,
    fd: OwnedFd,
    ports: Array<MapData, u32>,
    forgiven: HashMap<MapData, u64, u32>,
    interface: u32,
    /// Intervals up to this one were reported.
    drained: u64,
    granted: u64,
    refused: u64,
    recorded: u64,
    not_taken_back: NotTakenBack,
    keys: Vec<OperationKey>,
    values: Vec<OperationStats>,
}

impl OperationTable {
    /// Takes the maps and says which ports carry which protocol.
    pub(super) fn take(program: &mut Ebpf, interface: u32) -> Result<Self, CaptureError> {
        let map = program
            .take_map(OPERATIONS)
            .ok_or_else(|| missing(OPERATIONS))?;
        let Map::HashMap(data) = &map else {
            return Err(missing(OPERATIONS));
        };
        let fd = data.fd().as_fd().try_clone_to_owned();
        let fd = fd.map_err(failed)?;
        let ports = program
            .take_map(PORT_PROTOCOLS)
            .ok_or_else(|| missing(PORT_PROTOCOLS))?;
        let mut table = Self {
            map: HashMap::try_from(map).map_err(|error| map_error(OPERATIONS, &error))?,
            fd,
            forgiven: super::rules::take(program, FORGIVEN)?,
            ports: Array::try_from(ports).map_err(|error| map_error(PORT_PROTOCOLS, &error))?,
            interface,
            drained: 0,
            granted: 0,
            refused: 0,
            recorded: 0,
            not_taken_back: NotTakenBack::default(),
            keys: vec![OperationKey::default(); BATCH],
            values: vec![OperationStats::default(); BATCH],
        };
        for known in AGGREGATED_PORTS {
            table.port(known.index(), known.protocol as u32)?;
        }
        Ok(table)
    }

    /// What this side of the agent knows about the aggregation; the inspector adds what it refused.
    pub(super) const fn status(&self) -> AggregationStatus {
        AggregationStatus {
            interface: self.interface,
            operations_granted: self.granted,
            capacity: CAPACITY,
            refused: self.refused,
            counted: 0,
            recorded: self.recorded,
            refreshed: 0,
            flows_inspected: 0,
        }
    }

    /// What people should know.
    pub(super) fn note(&self) -> Option<String> {
        self.not_taken_back.told()
    }

    /// Carries out changes in their order; see [`crate::capture::Source::grant`].
    pub(super) fn change(
        &mut self,
        changes: &[GrantChange],
        clock: &KernelClock,
        records: &mut Vec<OperationRecord>,
    ) -> Result<(), CaptureError> {
        for change in changes {
            match *change {
                GrantChange::Allow {
                    interface,
                    key,
                    handle,
                    time_ns,
                } if interface == self.interface => self.allow(key, handle, time_ns)?,
                GrantChange::Withdraw {
                    interface,
                    key,
                    handle,
                } if interface == self.interface => {
                    records.push(self.withdraw(key, handle, clock)?);
                }
                GrantChange::Forgive { interface, flow } if interface == self.interface => {
                    self.forgive(flow)?;
                }
                GrantChange::Forgiven { interface, flow } if interface == self.interface => {
                    let removed = self.forgiven.remove(&flow);
                    self.not_taken_back.note(removed);
                }
                GrantChange::Port {
                    interface,
                    transport,
                    port,
                    protocol,
                } if interface == self.interface => {
                    let first = match transport {
                        Transport::Udp => PORT_PROTOCOLS_UDP,
                        Transport::Tcp | Transport::Link | Transport::Ip | Transport::Sctp => 0,
                    };
                    self.port(first | u32::from(port), protocol as u32)?;
                }
                // Another interface's.
                GrantChange::Allow { .. }
                | GrantChange::Withdraw { .. }
                | GrantChange::Forgive { .. }
                | GrantChange::Forgiven { .. }
                | GrantChange::Port { .. } => {}
            }
        }
        Ok(())
    }

    fn allow(&mut self, key: OperationKey, handle: u32, time_ns: u64) -> Result<(), CaptureError> {
        let stats = OperationStats {
            handle,
            last_ns: time_ns,
            refreshed_ns: time_ns,
            ..OperationStats::default()
        };
        match self.map.insert(key, stats, 0) {
            Ok(()) => self.granted += 1,
            Err(error) if is_full(&error) => self.refused += 1,
            Err(error) => return Err(map_error(OPERATIONS, &error)),
        }
        Ok(())
    }

    fn withdraw(
        &mut self,
        key: OperationKey,
        handle: u32,
        clock: &KernelClock,
    ) -> Result<OperationRecord, CaptureError> {
        let taken = sys::take_element::<_, OperationStats>(self.fd.as_fd(), &key);
        let nothing_more = OperationRecord::nothing_more(handle);
        // The map had no room for it.
        let Some(stats) = taken.map_err(failed)? else {
            return Ok(nothing_more);
        };
        self.granted = self.granted.saturating_sub(1);
        let record =
            record(&stats, self.drained, clock).map_or(nothing_more, |record| OperationRecord {
                closed: true,
                ..record
            });
        self.recorded += record.packets;
        Ok(record)
    }

    /// The least recently forgiven makes room; it stays inspected.
    fn forgive(&mut self, flow: u64) -> Result<(), CaptureError> {
        let set = self.forgiven.insert(flow, 0, 0);
        set.map_err(|error| map_error(FORGIVEN, &error))
    }

    /// A port that is known already keeps its protocol.
    fn port(&mut self, index: u32, protocol: u32) -> Result<(), CaptureError> {
        let failed = |error: &MapError| map_error(PORT_PROTOCOLS, error);
        if self.ports.get(&index, 0).map_err(|error| failed(&error))? == 0 {
            let set = self.ports.set(index, protocol, 0);
            set.map_err(|error| failed(&error))?;
        }
        Ok(())
    }

    /// Appends what was counted since the last drain.
    pub(super) fn drain(
        &mut self,
        knobs: &Knobs,
        clock: &KernelClock,
        records: &mut Vec<OperationRecord>,
    ) -> Result<(), CaptureError> {
        if self.granted == 0 {
            return Ok(());
        }
        let over = u64::from(knobs.raise_epoch()?);
        std::thread::sleep(RUN_ENDS_WITHIN);
        let mut position = None;
        loop {
            let read = sys::read_batch(self.fd.as_fd(), position, &mut self.keys, &mut self.values);
            let (count, next) = read.map_err(failed)?;
            for stats in self.values.iter().take(count) {
                if let Some(record) = interval_of(stats, over)
                    .and_then(|interval| merged(stats.handle, [interval, &NOTHING], clock))
                {
                    self.recorded += record.packets;
                    records.push(record);
                }
            }
            if next.is_none() {
                break;
            }
            position = next;
        }
        self.drained = over;
        Ok(())
    }
}

const NOTHING: Interval = Interval {
    epoch: 0,
    packets: 0,
    bytes: 0,
    first_ns: 0,
    last_ns: 0,
    min_gap_ns: 0,
    max_gap_ns: 0,
};

/// What an entry counted in one epoch.
fn interval_of(stats: &OperationStats, epoch: u64) -> Option<&Interval> {
    let intervals = stats.intervals.iter();
    intervals
        .filter(|interval| interval.epoch == epoch)
        .find(|interval| interval.packets > 0)
}

/// What an entry counted after the epoch `drained`.
fn record(stats: &OperationStats, drained: u64, clock: &KernelClock) -> Option<OperationRecord> {
    let [even, odd] = &stats.intervals;
    let of = |interval| {
        let interval: &Interval = interval;
        if interval.epoch > drained {
            *interval
        } else {
            NOTHING
        }
    };
    merged(stats.handle, [&of(even), &of(odd)], clock)
}

/// One record of two intervals; `None` when nothing was counted in either.
fn merged(handle: u32, intervals: [&Interval; 2], clock: &KernelClock) -> Option<OperationRecord> {
    let counted = || intervals.into_iter().filter(|i| i.packets > 0);
    let first_ns = counted().map(|interval| interval.first_ns).min()?;
    let last_ns = counted().map(|interval| interval.last_ns).max()?;
    let gaps = || counted().filter(|interval| interval.max_gap_ns > 0);
    let min_gap = gaps().map(|interval| interval.min_gap_ns).min();
    let max_gap = gaps().map(|interval| interval.max_gap_ns).max();
    Some(OperationRecord {
        handle,
        packets: counted().map(|interval| interval.packets).sum(),
        bytes: counted().map(|interval| interval.bytes).sum(),
        first: clock.wall(first_ns),
        last: clock.wall(last_ns),
        last_ns,
        min_gap: Duration::from_nanos(min_gap.unwrap_or(0)),
        max_gap: Duration::from_nanos(max_gap.unwrap_or(0)),
        closed: false,
    })
}

fn is_full(error: &MapError) -> bool {
    let MapError::SyscallError(error) = error else {
        return false;
    };
    error.io_error.raw_os_error() == Some(libc::E2BIG)
}

fn failed(error: io::Error) -> CaptureError {
    map_error(OPERATIONS, &MapError::IoError(error))
}

#[cfg(test)]
mod tests {
    use aya::sys::SyscallError;

    use super::*;

    fn interval(epoch: u64, packets: u64, first_ns: u64, last_ns: u64) -> Interval {
        Interval {
            epoch,
            packets,
            bytes: packets * 60,
            first_ns,
            last_ns,
            min_gap_ns: 5,
            max_gap_ns: last_ns - first_ns,
        }
    }

    #[test]
    fn a_forgiven_flow_that_stays_on_the_list_is_told() {
        let mut stuck = NotTakenBack::default();
        stuck.note(Ok(()));
        stuck.note(Err(MapError::KeyNotFound));
        // What the removal of a key that is not there answers.
        stuck.note(Err(MapError::SyscallError(SyscallError {
            call: "bpf_map_delete_elem",
            io_error: io::Error::from(io::ErrorKind::NotFound),
        })));
        assert_eq!(stuck.told(), None);
        let denied = io::Error::from(io::ErrorKind::PermissionDenied);
        stuck.note(Err(MapError::IoError(denied)));
        let told = stuck.told().expect("one stayed");
        assert!(told.starts_with("1 forgiven flows"), "{told}");
        assert!(told.contains("permission denied"), "{told}");
    }

    #[test]
    fn the_capacity_is_the_smaller_of_both_limits() {
        assert_eq!(CAPACITY, 65_536);
    }

    #[test]
    fn what_was_drained_is_not_reported_again() {
        let stats = OperationStats {
            handle: 9,
            intervals: [interval(8, 3, 100, 200), interval(7, 4, 50, 90)],
            ..OperationStats::default()
        };
        let clock = KernelClock::new();
        let packets = |drained| record(&stats, drained, &clock).map(|record| record.packets);
        assert_eq!(packets(6), Some(7));
        assert_eq!(packets(7), Some(3));
        assert_eq!(packets(8), None);
        let both = record(&stats, 6, &clock).expect("seven frames");
        assert_eq!((both.handle, both.bytes, both.last_ns), (9, 420, 200));
        assert_eq!(both.last.since(both.first), Duration::from_nanos(150));
        assert_eq!(
            (both.min_gap, both.max_gap),
            (Duration::from_nanos(5), Duration::from_nanos(100))
        );
    }

    #[test]
    fn a_drain_reads_the_interval_that_is_over() {
        let stats = OperationStats {
            handle: 9,
            intervals: [interval(8, 3, 100, 200), interval(7, 4, 50, 90)],
            ..OperationStats::default()
        };
        let packets = |epoch| interval_of(&stats, epoch).map(|interval| interval.packets);
        assert_eq!(packets(7), Some(4));
        assert_eq!(packets(8), Some(3));
        assert_eq!(packets(9), None);
        assert_eq!(interval_of(&OperationStats::default(), 0), None);
    }
}

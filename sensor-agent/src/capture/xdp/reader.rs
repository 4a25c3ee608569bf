//! Reads frames from the ring buffer.
//!
//! The kernel does not wake the reader for each frame, since a wake-up costs more than the frame.
//! The reader looks by itself: at once while there is traffic, then every millisecond, on a silent
//! interface every eight. A ring that fills up wakes it earlier.

use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use aya::Ebpf;
use aya::maps::{MapData, RingBuf};
use sensor_common::maps::FRAMES;
use sensor_common::operation::KIND_NONE;
use sensor_common::record::{
    RECORD_INSPECT, RECORD_OPEN, RECORD_OWN_NUMBER, RECORD_OWN_SEQUENCE, RECORD_PEER_NUMBER,
    RECORD_PEER_SEQUENCE, RECORD_WITHHELD, RecordHeader,
};
use sensor_protocols::aggregation::{Aggregated, Direction, KernelFacts, Message, OpenRequest};
use sensor_protocols::frame::{Frame, LinkType};

use super::CaptureError;
use super::clock::KernelClock;
use super::load::{map_error, missing};
use super::sys;
use crate::capture::RingFill;

const SHORTEST_NAP: Duration = Duration::from_millis(1);
const LONGEST_NAP: Duration = Duration::from_millis(8);

/// The reading end of the ring.
pub(super) struct RingReader {
    ring: RingBuf<MapData>,
    clock: KernelClock,
    /// Frames read so far.
    frames: u64,
    /// Records that were shorter than they said: never, unless program and agent disagree.
    unreadable: u64,
    nap: Duration,
    /// Where writer and reader stand; `None` when the kernel did not let it be mapped.
    positions: Option<sys::RingPositions>,
    capacity: u64,
    high_water: u64,
    /// Whether what the program says about frames is of use.
    facts: bool,
}

impl RingReader {
    pub(super) fn take(
        program: &mut Ebpf,
        capacity: u32,
        facts: bool,
    ) -> Result<Self, CaptureError> {
        let map = program.take_map(FRAMES).ok_or_else(|| missing(FRAMES))?;
        let ring = RingBuf::try_from(map).map_err(|error| map_error(FRAMES, &error))?;
        Ok(Self {
            positions: sys::RingPositions::map(ring.as_fd()),
            capacity: u64::from(capacity),
            high_water: 0,
            ring,
            clock: KernelClock::new(),
            frames: 0,
            unreadable: 0,
            nap: SHORTEST_NAP,
            facts,
        })
    }

    pub(super) const fn clock(&self) -> &KernelClock {
        &self.clock
    }

    pub(super) const fn clock_mut(&mut self) -> &mut KernelClock {
        &mut self.clock
    }

    pub(super) const fn unreadable(&self) -> u64 {
        self.unreadable
    }

    /// How full the ring is, and was at most when the reader came; `None` when it cannot be told.
    pub(super) fn fill(&self) -> Option<RingFill> {
        let used = self.positions.as_ref()?.used();
        Some(RingFill {
            capacity: self.capacity,
            used,
            high_water: self.high_water.max(used),
        })
    }

    /// Hands up to `max` frames to `sink`, waiting at most `wait` for the first one.
    pub(super) fn poll(
        &mut self,
        max: usize,
        wait: Duration,
        sink: &mut dyn FnMut(Frame<'_>),
    ) -> usize {
        self.clock.refresh();
        let mut read = self.drain(max, sink);
        if read > 0 {
            self.nap = SHORTEST_NAP;
            return read;
        }
        let deadline = Instant::now() + wait;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return 0;
            }
            sys::wait_readable(self.ring.as_fd(), left.min(self.nap));
            read = self.drain(max, sink);
            if read > 0 {
                self.nap = SHORTEST_NAP;
                return read;
            }
            self.nap = (self.nap * 2).min(LONGEST_NAP);
        }
    }

    fn drain(&mut self, max: usize, sink: &mut dyn FnMut(Frame<'_>)) -> usize {
        if let Some(positions) = &self.positions {
            self.high_water = self.high_water.max(positions.used());
        }
        let mut read = 0;
        while read < max {
            let Some(item) = self.ring.next() else { break };
            let Some((header, data)) = RecordHeader::split(&item) else {
                self.unreadable += 1;
                continue;
            };
            self.frames += 1;
            read += 1;
            let facts = self.facts.then(|| facts(&header, &self.clock));
            sink(Frame {
                time: self.clock.wall(header.time_ns),
                number: self.frames,
                link: LinkType::Ethernet,
                wire_len: header.wire_len,
                data,
                kernel: facts.as_ref(),
            });
        }
        read
    }
}

/// What a record says about its frame, in the terms of the inspector.
fn facts(header: &RecordHeader, clock: &KernelClock) -> KernelFacts {
    let direction = Direction::from_u8(header.direction);
    let is = |flag| header.flags & flag != 0;
    let withheld = is(RECORD_WITHHELD);
    KernelFacts {
        message: (header.kind != KIND_NONE).then_some(Message {
            protocol: Aggregated::from_u8(header.protocol),
            kind: header.kind,
            operation: header.operation,
            tag: header.tag,
        }),
        inspected: is(RECORD_INSPECT),
        withheld,
        own_sequence: (withheld && is(RECORD_OWN_SEQUENCE)).then_some(header.own_sequence),
        peer_sequence: (withheld && is(RECORD_PEER_SEQUENCE)).then_some(header.peer_sequence),
        own_number: (withheld && is(RECORD_OWN_NUMBER)).then_some(header.open_tag),
        peer_number: (withheld && is(RECORD_PEER_NUMBER)).then_some(header.open_handle),
        open: is(RECORD_OPEN).then(|| OpenRequest {
            handle: header.open_handle,
            tag: header.open_tag,
            time: clock.wall(header.open_ns),
            time_ns: header.open_ns,
        }),
        ..KernelFacts::new(header.interface, header.flow, direction, header.time_ns)
    }
}

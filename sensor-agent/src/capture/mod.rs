//! Stage 2: frames from a live interface or a capture file, behind one interface.
//!
//! Data in: an interface with the kernel program (`xdp`), an `AF_PACKET` socket, or a pcap or
//! pcapng file or stream. Data out: [`Frame`]s, borrowed for the length of a call, in the order
//! they were captured, and counters in which nothing is lost without a name.

pub mod af_packet;
pub mod filter;
pub mod pcap;
#[cfg(feature = "xdp")]
pub mod xdp;

use std::sync::Arc;
use std::time::Duration;

pub use sensor_common::counter;
use sensor_protocols::aggregation::{GrantChange, OperationRecord};
use sensor_protocols::frame::Frame;

use self::filter::FilterControl;

/// A source of frames.
pub trait Source: Send {
    /// Hands up to `max` frames to `sink`, waiting at most `wait` for the first one.
    ///
    /// A live source returns [`Progress::Idle`] when nothing came in time; a file returns
    /// [`Progress::Finished`] after its last frame. Errors are final for this source.
    fn poll(
        &mut self,
        max: usize,
        wait: Duration,
        sink: &mut dyn FnMut(Frame<'_>),
    ) -> Result<Progress, CaptureError>;

    /// The filter of this source; `None` when it leaves nothing out.
    fn filters(&self) -> Option<Arc<dyn FilterControl>> {
        None
    }

    /// Carries out what may be withheld and what not any more, as far as it is about this source,
    /// and appends the last record of each key that was withdrawn. Sources that withhold nothing
    /// have nothing to do.
    fn grant(
        &mut self,
        changes: &[GrantChange],
        records: &mut Vec<OperationRecord>,
    ) -> Result<(), CaptureError> {
        let _ = (changes, records);
        Ok(())
    }

    /// Appends what was withheld since the last call. Call it about once a second.
    fn operation_records(
        &mut self,
        records: &mut Vec<OperationRecord>,
    ) -> Result<(), CaptureError> {
        let _ = records;
        Ok(())
    }

    /// What came in, what went up and what was lost, so far.
    fn status(&self) -> SourceStatus;
}

/// What one call of [`Source::poll`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// So many frames went to the sink.
    Frames(usize),
    Idle,
    Finished,
}

/// State and counters of one source, as the API and the metrics show them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceStatus {
    /// `xdp`, `af_packet` or `pcap`.
    pub kind: &'static str,
    /// Interface name or file path.
    pub name: String,
    /// How it is attached: `native`, `generic`, `socket`, `file`; with the reason for a fallback.
    pub mode: String,
    /// Remark for people: why native mode was refused, that a file was cut short …
    pub notes: Vec<String>,
    /// Frames the source was offered: `received = filtered + counted + handed_up + lost`.
    pub received: u64,
    pub received_bytes: u64,
    /// Frames left out on purpose, by reason.
    pub filtered: Vec<(&'static str, u64)>,
    /// Frames only counted in the kernel, because their content is known.
    pub counted: u64,
    /// Frames that reached user space in full.
    pub handed_up: u64,
    /// Frames lost against our will, by reason.
    pub lost: Vec<(&'static str, u64)>,
    /// Filter rules leave frames out; otherwise every frame is inspected.
    pub filters_apply: bool,
    /// Every counter of the kernel program; `None` for sources without one.
    pub kernel: Option<counter::CounterBlock>,
    /// The buffer between kernel and agent.
    pub ring: Option<RingFill>,
    /// Tables of the kernel program.
    pub maps: Vec<MapFill>,
    /// Flows that had to make room for others, as of the last count.
    pub flows_evicted: Option<u64>,
    /// What the program costs; `None` when nobody measures.
    pub run_time: Option<RunTime>,
    /// What is only counted; `None` for sources that hand up everything.
    pub aggregation: Option<AggregationStatus>,
}

/// How full a ring buffer is, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RingFill {
    pub capacity: u64,
    pub used: u64,
    /// Most that was in it when the reader came.
    pub high_water: u64,
}

/// How full a table of the kernel program is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MapFill {
    /// Name of the map in small letters.
    pub name: String,
    pub entries: u64,
    pub capacity: u64,
}

impl MapFill {
    pub fn new(map: &str, entries: u64, capacity: u64) -> Self {
        Self {
            name: map.to_ascii_lowercase(),
            entries,
            capacity,
        }
    }
}

/// Runs of the kernel program and the time they took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunTime {
    pub nanos: u64,
    pub runs: u64,
}

/// What the kernel program of a source withholds and counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AggregationStatus {
    /// Index of the interface in the kernel.
    pub interface: u32,
    /// Operations whose repeats are only counted at this moment.
    pub operations_granted: u64,
    /// How many there may be: the smaller of the agent's limit, which all interfaces share, and that of
    /// the kernel's map.
    pub capacity: u64,
    /// Operations for which the kernel or the agent had no room.
    pub refused: u64,
    /// Frames that were only counted.
    pub counted: u64,
    /// Those of them whose counts the agent has booked; the rest follows within a second.
    pub recorded: u64,
    /// Frames that went up although they are known, because that had not happened for long.
    pub refreshed: u64,
    /// Flows that are looked at in full because a frame broke the pattern that allows counting.
    pub flows_inspected: u64,
}

/// Why a source cannot be opened or read. Each message names the cause and the remedy.
#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    #[error("cannot read capture file {path}: {cause}; {remedy}")]
    File {
        path: String,
        cause: String,
        remedy: &'static str,
    },
    #[error("interface {name}: {cause}; {remedy}")]
    Interface {
        name: String,
        cause: String,
        remedy: String,
    },
    /// The filter rules cannot be meant or do not fit; no other source would carry them out either.
    #[error("the filter rules cannot be in force: {cause}")]
    Rules { cause: String },
    #[error("this host cannot capture with {kind}: {cause}; {remedy}")]
    Host {
        kind: &'static str,
        cause: String,
        remedy: String,
    },
}

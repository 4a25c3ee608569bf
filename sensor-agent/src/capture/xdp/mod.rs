//! Live capture with the kernel program: loads it, attaches it, reads its ring and its counters.
//!
//! Data in: the name of an Ethernet interface and [`XdpSettings`]. Data out: frames through
//! [`Source`], kernel counters as [`SourceStatus`], flow records through [`XdpSource::drain_flows`].
//!
//! Limits: one source is one interface with its own copy of the maps, so that several interfaces
//! share nothing. The attachment is a `bpf_link` that lives in this process: when the source is
//! dropped, or the process dies in whatever way, the kernel detaches the program by itself.
//! Frame times are kernel times (monotonic clock) plus the distance to the wall clock, measured
//! anew once a second to about a microsecond; see [`clock`].

mod attach;
mod census;
mod clock;
mod counters;
mod filters;
pub mod flows;
mod generations;
mod grace;
pub mod host;
mod kernel_log;
mod knobs;
mod load;
pub mod object;
mod operations;
mod pair_tables;
mod reader;
pub mod rules;
mod run_time;
mod sys;

use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use aya::Ebpf;
use sensor_common::maps::{FLOWS, FLOWS_CAPACITY, FRAMES_BYTES};
use sensor_common::record::MAX_FRAME;
pub use sensor_common::settings::Verdict;
use sensor_protocols::aggregation::{GrantChange, OperationRecord};
use sensor_protocols::frame::Frame;
use sensor_protocols::time::Timestamp;

use self::attach::Attachment;
use self::census::Census;
use self::counters::KernelCounters;
use self::filters::KernelFilters;
use self::flows::{FlowRecord, FlowTable};
use self::kernel_log::KernelLog;
use self::knobs::Knobs;
use self::operations::OperationTable;
use self::reader::RingReader;
use self::rules::FilterRule;
use super::filter::FilterControl;
use super::{CaptureError, MapFill, Progress, Source, SourceStatus};

/// How the program is to be attached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AttachMode {
    /// In the driver; where the driver refuses, in the network stack, with the reason as a note.
    #[default]
    Auto,
    /// In the driver or not at all.
    Native,
    /// In the network stack, which works everywhere and costs a copy for each frame.
    Generic,
}

/// Settings of one [`XdpSource`].
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "switches that have nothing to do with each other"
)]
pub struct XdpSettings {
    /// Name of an Ethernet interface.
    pub interface: String,
    pub mode: AttachMode,
    /// Bytes of the frame ring: a power of two, at least one page.
    pub ring_bytes: u32,
    /// Flows the kernel keeps at once.
    pub flow_capacity: u32,
    /// Bytes of a frame that are handed up at most, 1 to 65536.
    pub snap_len: u32,
    /// Receive frames that are addressed to others; a mirror port needs it.
    pub promiscuous: bool,
    /// What becomes of a frame that was seen.
    pub verdict: Verdict,
    /// Which frames to leave out at first, see [`super::filter`].
    pub rules: Vec<FilterRule>,
    /// Let the program withhold repeats of what the inspector granted.
    pub aggregate: bool,
    /// How long a granted operation may go without one of its messages going up.
    pub aggregate_refresh: Duration,
    /// Lets the program log each frame it cannot parse; for debugging only.
    pub kernel_log: bool,
    /// Have the kernel measure how long the program runs; costs some nanoseconds for each frame.
    pub run_time_statistics: bool,
}

impl XdpSettings {
    /// Defaults for an interface: attach as the driver allows, leave nothing out, pass every frame
    /// on.
    pub fn new(interface: impl Into<String>) -> Self {
        Self {
            interface: interface.into(),
            mode: AttachMode::default(),
            ring_bytes: FRAMES_BYTES,
            flow_capacity: FLOWS_CAPACITY,
            snap_len: u32::try_from(MAX_FRAME).unwrap_or(u32::MAX),
            promiscuous: true,
            verdict: Verdict::default(),
            rules: Vec::new(),
            aggregate: true,
            aggregate_refresh: Duration::from_mins(5),
            kernel_log: false,
            run_time_statistics: false,
        }
    }
}

/// Frames and counters of one interface.
pub struct XdpSource {
    settings: XdpSettings,
    attachment: Attachment,
    reader: RingReader,
    counters: KernelCounters,
    flows: FlowTable,
    filters: Arc<KernelFilters>,
    census: Census,
    log: Option<KernelLog>,
    /// For [`run_time`]; `None` when the kernel did not give a second descriptor.
    program_fd: Option<OwnedFd>,
    /// Holds the measuring on; the text says why there is none that was asked for.
    measuring: Option<Result<OwnedFd, String>>,
    knobs: Knobs,
    operations: OperationTable,
    notes: Vec<String>,
    /// Keeps program and maps alive.
    program: Ebpf,
}

impl XdpSource {
    /// Loads the program, writes settings and rules, and attaches it.
    pub fn open(settings: XdpSettings) -> Result<Self, CaptureError> {
        Self::open_object(settings, object::object()?)
    }

    /// As [`Self::open`], with another build of the program, for tests of what a kernel refuses.
    pub fn open_object(settings: XdpSettings, object: &[u8]) -> Result<Self, CaptureError> {
        let interface = attach::find_interface(&settings.interface)?;
        let (mut program, notes) = load::load(&settings, object)?;
        let counters = KernelCounters::take(&mut program)?;
        let reader = RingReader::take(&mut program, settings.ring_bytes, settings.aggregate)?;
        let flows = FlowTable::take(&mut program, settings.flow_capacity)?;
        let knobs = Knobs::take(&mut program, &settings)?;
        let operations = OperationTable::take(&mut program, interface.index)?;
        let filters = Arc::new(KernelFilters::take(&mut program, &settings, knobs.clone())?);
        let census = flows.census(&counters)?;
        let program_fd = run_time::program_fd(&mut program);
        let measuring = settings.run_time_statistics.then(run_time::enable);
        let log = KernelLog::start(&mut program, settings.kernel_log)?;
        let attachment = attach::attach(&mut program, interface, &settings)?;
        Ok(Self {
            settings,
            attachment,
            reader,
            counters,
            flows,
            filters,
            census,
            log,
            program_fd,
            measuring,
            knobs,
            operations,
            notes,
            program,
        })
    }

    /// Takes every flow record the kernel holds, oldest change first, and starts them afresh.
    pub fn drain_flows(&mut self) -> Result<Vec<FlowRecord>, CaptureError> {
        self.flows.drain()
    }

    /// Replaces the filter rules while frames come in; see [`FilterControl::apply`].
    pub fn set_rules(&mut self, rules: &[FilterRule]) -> Result<(), CaptureError> {
        self.filters.apply(rules)
    }

    /// Hits of every filter rule, in the order the rules were given.
    pub fn rule_hits(&self) -> Result<Vec<u64>, CaptureError> {
        self.filters.all_hits()
    }

    /// Sum of the kernel counters over all CPUs, for callers that need each by itself.
    pub fn kernel_counters(&self) -> Result<sensor_common::counter::CounterBlock, CaptureError> {
        self.counters.sum()
    }

    /// Fill of the flow table and of the rule maps.
    fn maps(&self) -> Vec<MapFill> {
        let flows = self.census.flows();
        let flows = flows.map(|count| MapFill::new(FLOWS, count.entries, self.flows.capacity()));
        flows.into_iter().chain(self.filters.fill()).collect()
    }

    /// For tests that play captures: frames received from now on bear this time.
    pub fn set_time(&mut self, time: Timestamp) {
        self.reader.clock_mut().set(time);
    }

    /// The loaded program, for tests that run it without an interface.
    pub fn program(&self) -> &Ebpf {
        &self.program
    }
}

impl Source for XdpSource {
    fn poll(
        &mut self,
        max: usize,
        wait: Duration,
        sink: &mut dyn FnMut(Frame<'_>),
    ) -> Result<Progress, CaptureError> {
        if let Some(log) = &mut self.log {
            log.flush();
        }
        match self.reader.poll(max, wait, sink) {
            0 => {
                self.attachment.check()?;
                Ok(Progress::Idle)
            }
            frames => Ok(Progress::Frames(frames)),
        }
    }

    fn filters(&self) -> Option<Arc<dyn FilterControl>> {
        Some(Arc::clone(&self.filters) as Arc<dyn FilterControl>)
    }

    fn grant(
        &mut self,
        changes: &[GrantChange],
        records: &mut Vec<OperationRecord>,
    ) -> Result<(), CaptureError> {
        self.operations
            .change(changes, self.reader.clock(), records)
    }

    fn operation_records(
        &mut self,
        records: &mut Vec<OperationRecord>,
    ) -> Result<(), CaptureError> {
        self.operations
            .drain(&self.knobs, self.reader.clock(), records)
    }

    fn status(&self) -> SourceStatus {
        let mut status = SourceStatus {
            kind: "xdp",
            name: self.settings.interface.clone(),
            mode: self.attachment.mode().to_owned(),
            notes: [self.attachment.notes(), &self.notes].concat(),
            ..SourceStatus::default()
        };
        if let Some(Err(cause)) = &self.measuring {
            status.notes.push(cause.clone());
        }
        status.notes.extend(self.operations.note());
        status.notes.extend(self.filters.remarks());
        status.filters_apply = true;
        status.ring = self.reader.fill();
        status.maps = self.maps();
        status.flows_evicted = self.census.flows().map(|count| count.evicted);
        status.run_time = self.program_fd.as_ref().and_then(run_time::read);
        status.aggregation = self.settings.aggregate.then(|| self.operations.status());
        match self.counters.sum() {
            Ok(block) => counters::fill(&mut status, &block, self.reader.unreadable()),
            Err(error) => status.notes.push(error.to_string()),
        }
        status
    }
}

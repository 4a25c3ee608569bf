//! Log lines of the kernel program, off unless asked for.
//!
//! The level is a constant of the program that is set before the verifier runs: when the log is
//! off, the verifier removes the log instructions and a frame costs nothing more.

use aya::Ebpf;
use aya_log::{EbpfLogger, Level};
use log::{Log, Metadata, Record};

use super::CaptureError;
use super::load::missing;

/// The level the program is loaded with; zero logs nothing.
pub(super) const fn level(enabled: bool) -> u8 {
    if enabled { Level::Debug as u8 } else { 0 }
}

/// Reads log lines and passes them to `tracing`.
pub(super) struct KernelLog {
    logger: EbpfLogger<ToTracing>,
}

impl KernelLog {
    pub(super) fn start(program: &mut Ebpf, enabled: bool) -> Result<Option<Self>, CaptureError> {
        if !enabled {
            return Ok(None);
        }
        let logger = EbpfLogger::init_with_logger(program, ToTracing)
            .map_err(|error| missing(&format!("log ({error})")))?;
        Ok(Some(Self { logger }))
    }

    /// Passes on what has come in.
    pub(super) fn flush(&mut self) {
        self.logger.flush();
    }
}

struct ToTracing;

impl Log for ToTracing {
    fn enabled(&self, _metadata: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        tracing::debug!(target: "kernel", "{}", record.args());
    }

    fn flush(&self) {}
}

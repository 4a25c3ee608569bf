//! What ends the sensor: SIGTERM, SIGINT, or a sensing thread that cannot go on.

use std::io;
use std::sync::Arc;

use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Notify;

use crate::cli::say;

/// Waits for the end of the sensor. Signals count from its creation on.
pub(super) struct Ended {
    runtime: Runtime,
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
    sensing: Arc<Notify>,
}

/// Held by the sensing thread: tells when the thread ends, in whatever way.
pub(super) struct TellWhenDropped(Arc<Notify>);

impl Ended {
    pub(super) fn new() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_io().build()?;
        let (terminate, interrupt, hang_up) = {
            let _inside = runtime.enter();
            (
                signal(SignalKind::terminate())?,
                signal(SignalKind::interrupt())?,
                signal(SignalKind::hangup())?,
            )
        };
        Ok(Self {
            runtime,
            terminate,
            interrupt,
            hang_up,
            sensing: Arc::new(Notify::new()),
        })
    }

    /// What the sensing thread holds.
    pub(super) fn told_by(&self) -> TellWhenDropped {
        TellWhenDropped(Arc::clone(&self.sensing))
    }

    /// Returns when the sensor is to end.
    pub(super) fn wait(&mut self) {
        let Self {
            runtime,
            terminate,
            interrupt,
            hang_up,
            sensing,
        } = self;
        runtime.block_on(async {
            loop {
                tokio::select! {
                    // In this order: a hang-up right before the end is still answered.
                    biased;
                    _ = hang_up.recv() => {
                        say("SIGHUP: settings are read at the start only; restart the sensor to change them");
                    }
                    _ = terminate.recv() => return,
                    _ = interrupt.recv() => return,
                    () = sensing.notified() => return,
                }
            }
        });
    }
}

impl Drop for TellWhenDropped {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

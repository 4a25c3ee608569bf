//! What ends the sensor: SIGTERM, SIGINT, or a sensing thread that cannot go on.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Notify;

use crate::cli::say;

/// Waits for the end of the sensor. Signals count from its creation on.
pub(super) struct Ended {
    runtime: Runtime,
    signals: Mutex<Signals>,
    sensing_ended: Notify,
}

struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
}

impl Ended {
    pub(super) fn new() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_io().build()?;
        let signals = {
            let _inside = runtime.enter();
            Signals {
                terminate: signal(SignalKind::terminate())?,
                interrupt: signal(SignalKind::interrupt())?,
                hang_up: signal(SignalKind::hangup())?,
            }
        };
        Ok(Self {
            runtime,
            signals: Mutex::new(signals),
            sensing_ended: Notify::new(),
        })
    }

    /// Returns when the sensor is to end.
    pub(super) fn wait(&self) {
        let mut signals = self.signals.lock().unwrap_or_else(PoisonError::into_inner);
        self.runtime.block_on(async {
            loop {
                tokio::select! {
                    _ = signals.terminate.recv() => return,
                    _ = signals.interrupt.recv() => return,
                    _ = signals.hang_up.recv() => {
                        say("SIGHUP: settings are read at the start only; restart the sensor to change them");
                    }
                    () = self.sensing_ended.notified() => return,
                }
            }
        });
    }
}

/// Held by the sensing thread: tells when the thread ends, in whatever way.
pub(super) struct TellWhenDropped(pub(super) Arc<Ended>);

impl Drop for TellWhenDropped {
    fn drop(&mut self) {
        self.0.sensing_ended.notify_one();
    }
}

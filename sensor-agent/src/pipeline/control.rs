//! Commands of operators for the running detector.
//!
//! The service calls [`Control::apply`] from its own threads; the sensing thread takes the commands
//! between two polls of its sources ([`Commands::carry_out`]) and acknowledges them, so the next
//! frame already meets them. The queue is bounded: when the sensing thread does not keep up, the
//! caller is told so.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, OnceLock};
use std::thread::{self, ThreadId};
use std::time::Duration;

use sensor_detect::detector::{Command, Detector};

use crate::service::{ControlError, DetectorControl};

/// Batches of commands that may wait. Each belongs to a call of a person or program.
const QUEUE: usize = 64;

/// How long a caller waits for the acknowledgement. After that its commands stand in the queue and
/// will be carried out before the next frame all the same.
const PATIENCE: Duration = Duration::from_secs(2);

/// The thread that carries commands out; it must not wait for itself.
type Sensing = Arc<OnceLock<ThreadId>>;

/// Commands of one call, and where to acknowledge them.
struct Batch {
    commands: Vec<Command>,
    done: SyncSender<()>,
}

/// The callers' end.
pub(crate) struct Control {
    queue: SyncSender<Batch>,
    sensing: Sensing,
}

/// The sensing thread's end.
pub(crate) struct Commands {
    queue: Receiver<Batch>,
    sensing: Sensing,
}

/// The two ends of a queue.
pub(crate) fn channel() -> (Control, Commands) {
    let (sender, receiver) = sync_channel(QUEUE);
    let sensing = Sensing::default();
    let control = Control {
        queue: sender,
        sensing: Arc::clone(&sensing),
    };
    let commands = Commands {
        queue: receiver,
        sensing,
    };
    (control, commands)
}

impl DetectorControl for Control {
    fn apply(&self, commands: Vec<Command>) -> Result<(), ControlError> {
        let (done, acknowledged) = sync_channel(1);
        match self.queue.try_send(Batch { commands, done }) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => return Err(ControlError::Busy),
            Err(TrySendError::Disconnected(_)) => return Err(ControlError::Stopped),
        }
        if self.sensing.get() == Some(&thread::current().id()) {
            return Ok(());
        }
        match acknowledged.recv_timeout(PATIENCE) {
            Ok(()) | Err(RecvTimeoutError::Timeout) => Ok(()),
            Err(RecvTimeoutError::Disconnected) => Err(ControlError::Stopped),
        }
    }
}

impl Commands {
    /// Carries out what waits, without waiting.
    pub(crate) fn carry_out(&self, detector: &mut Detector) {
        self.sensing.get_or_init(|| thread::current().id());
        while let Ok(batch) = self.queue.try_recv() {
            batch.carry_out(detector);
        }
    }

    /// Waits up to `wait` for commands and carries them out.
    pub(crate) fn wait(&self, wait: Duration, detector: &mut Detector) {
        match self.queue.recv_timeout(wait) {
            Ok(batch) => batch.carry_out(detector),
            Err(RecvTimeoutError::Timeout) => {}
            // No caller is left: only time can pass.
            Err(RecvTimeoutError::Disconnected) => thread::sleep(wait),
        }
        self.carry_out(detector);
    }
}

impl Batch {
    fn carry_out(self, detector: &mut Detector) {
        for command in self.commands {
            detector.apply(command);
        }
        // A caller that ran out of patience does not listen.
        let _unheard = self.done.try_send(());
    }
}

#[cfg(test)]
mod tests {
    use std::thread;
    use std::time::Duration;

    use sensor_detect::detector::{Command, Detector, DetectorSettings, Mode};

    use super::{PATIENCE, QUEUE, channel};
    use crate::service::{ControlError, DetectorControl};

    #[test]
    fn a_command_is_applied_when_the_call_returns() {
        let (control, commands) = channel();
        let sensing = thread::spawn(move || {
            let mut detector = Detector::new(DetectorSettings::default());
            while detector.mode() != Mode::Learning {
                commands.wait(Duration::from_millis(1), &mut detector);
            }
            detector
        });
        let applied = control.apply(vec![Command::SetMode(Mode::Learning)]);
        assert_eq!(applied, Ok(()));
        let detector = sensing.join().expect("the thread ends");
        assert_eq!(detector.mode(), Mode::Learning);
    }

    #[test]
    fn the_sensing_thread_does_not_wait_for_itself() {
        let (control, commands) = channel();
        let mut detector = Detector::new(DetectorSettings::default());
        commands.carry_out(&mut detector);
        let started = std::time::Instant::now();
        assert_eq!(
            control.apply(vec![Command::SetMode(Mode::Learning)]),
            Ok(())
        );
        assert!(started.elapsed() < PATIENCE);
        commands.carry_out(&mut detector);
        assert_eq!(detector.mode(), Mode::Learning);
    }

    #[test]
    fn a_stopped_detector_is_told() {
        let (control, commands) = channel();
        drop(commands);
        assert_eq!(control.apply(Vec::new()), Err(ControlError::Stopped));
    }

    #[test]
    fn a_full_queue_is_told() {
        let (control, commands) = channel();
        thread::scope(|scope| {
            for _ in 0..QUEUE {
                scope.spawn(|| control.apply(Vec::new()));
            }
            let refused = loop {
                // Each call that finds room waits for its acknowledgement; the first that does not
                // comes back at once.
                match control.apply(Vec::new()) {
                    Err(error) => break error,
                    Ok(()) => thread::yield_now(),
                }
            };
            assert_eq!(refused, ControlError::Busy);
            commands.carry_out(&mut Detector::new(DetectorSettings::default()));
        });
    }
}

//! Waits until no kernel program runs any more that has read the old settings.
//!
//! Data in: the call, after the settings were switched. Data out: an end to the wait, and a remark when
//! the kernel gave no grace period. Limits: then a fixed time stands in for it, [`INSTEAD`].

use std::io;
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

/// Stands in for a grace period where the kernel gives none. A program runs for microseconds and is
/// not put aside for other work on common kernels, so this is long by orders of magnitude; it is no
/// proof, which is why it is remarked.
const INSTEAD: Duration = Duration::from_millis(100);

/// How to wait, and what was wrong with it.
pub(super) struct Grace {
    wait: fn() -> io::Result<()>,
    /// Why the kernel gives no grace period.
    refusal: OnceLock<String>,
}

impl Grace {
    pub(super) const fn new(wait: fn() -> io::Result<()>) -> Self {
        Self {
            wait,
            refusal: OnceLock::new(),
        }
    }

    /// Returns once the programs that run at this moment have ended.
    pub(super) fn let_programs_end(&self) {
        let Err(error) = (self.wait)() else { return };
        if self.refusal.set(error.to_string()).is_ok() {
            tracing::warn!("{}", remark(&error.to_string()));
        }
        thread::sleep(INSTEAD);
    }

    /// What people should know about the waits so far.
    pub(super) fn remark(&self) -> Option<String> {
        self.refusal.get().map(|cause| remark(cause))
    }
}

fn remark(cause: &str) -> String {
    format!(
        "the kernel does not tell when its program has left the old filter rules (membarrier: \
         {cause}); {} ms are waited instead, and a frame delayed for longer may meet rules that are \
         being replaced. Kernels with nohz_full and some sandboxes are like that",
        INSTEAD.as_millis()
    )
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn a_refused_grace_period_is_waited_for_otherwise_and_remarked() {
        let grace = Grace::new(|| Err(io::Error::from_raw_os_error(libc::EINVAL)));
        assert_eq!(grace.remark(), None);
        let started = Instant::now();
        grace.let_programs_end();
        assert!(started.elapsed() >= INSTEAD);
        let remark = grace.remark().expect("a remark");
        assert!(remark.contains("Invalid argument"), "{remark}");
        assert!(remark.contains("100 ms"), "{remark}");
    }

    #[test]
    fn a_grace_period_leaves_no_remark() {
        let grace = Grace::new(|| Ok(()));
        grace.let_programs_end();
        assert_eq!(grace.remark(), None);
    }
}

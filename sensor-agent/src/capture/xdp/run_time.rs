//! What the program costs per frame, as the kernel measures it when it is told to.
//!
//! Data in: the program's descriptor. Data out: runs and the time they took, from
//! `/proc/self/fdinfo` (`bpf_prog_show_fdinfo` in `kernel/bpf/syscall.c`). Limits: measuring costs
//! two readings of a clock for each frame, so it is off unless the configuration, or the host with
//! `kernel.bpf_stats_enabled`, asks for it.

use std::fs;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

use aya::Ebpf;
use aya::sys::{Stats, enable_stats};

use super::load::{chain, xdp_program};
use crate::capture::RunTime;

/// Has the kernel measure for as long as the descriptor lives; the text says why it does not.
pub(super) fn enable() -> Result<OwnedFd, String> {
    enable_stats(Stats::RunTime).map_err(|error| {
        format!(
            "run-time statistics are not to be had: {}; they need Linux 5.8 and CAP_SYS_ADMIN",
            chain(&error)
        )
    })
}

/// A descriptor of the program.
pub(super) fn program_fd(program: &mut Ebpf) -> Option<OwnedFd> {
    let fd = xdp_program(program).ok()?.fd().ok()?;
    fd.as_fd().try_clone_to_owned().ok()
}

/// Runs and their time so far; `None` when the kernel has measured none.
pub(super) fn read(program: &OwnedFd) -> Option<RunTime> {
    let path = format!("/proc/self/fdinfo/{}", program.as_raw_fd());
    parse(&fs::read_to_string(path).ok()?)
}

fn parse(text: &str) -> Option<RunTime> {
    let number = |name: &str| -> Option<u64> {
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        line.strip_prefix(':')?.trim().parse().ok()
    };
    let (nanos, runs) = (number("run_time_ns")?, number("run_cnt")?);
    (runs > 0).then_some(RunTime { nanos, runs })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_and_runs_are_read_and_no_runs_are_no_measurement() {
        let text =
            "pos:\t0\nprog_type:\t6\nrun_time_ns:\t1500\nrun_cnt:\t10\nrecursion_misses:\t0\n";
        let expected = RunTime {
            nanos: 1500,
            runs: 10,
        };
        assert_eq!(parse(text), Some(expected));
        assert_eq!(parse(&text.replace("\t10", "\t0")), None);
        assert_eq!(parse("pos:\t0\n"), None);
    }
}

//! The process itself, as the kernel tells it under `/proc/self` (proc(5)).

use std::fs;

use super::text::{Kind, Page};

/// Clock ticks of user space per second: fixed at 100 on every Linux architecture in use.
const TICKS: f64 = 100.0;

/// Writes what can be read; a host without `/proc` has none of it.
pub(super) fn process(page: &mut Page) {
    if let Some(bytes) = status_kib("VmRSS:") {
        page.single(
            "process_resident_memory_bytes",
            Kind::Gauge,
            "Resident memory size in bytes.",
            bytes.saturating_mul(1024),
        );
    }
    if let Some(stat) = Stat::read() {
        page.single(
            "process_cpu_seconds_total",
            Kind::Counter,
            "Total user and system CPU time spent in seconds.",
            stat.cpu_seconds,
        );
        page.single(
            "process_start_time_seconds",
            Kind::Gauge,
            "Start time of the process since unix epoch in seconds.",
            stat.start_seconds,
        );
    }
    if let Ok(files) = fs::read_dir("/proc/self/fd") {
        page.single(
            "process_open_fds",
            Kind::Gauge,
            "Number of open file descriptors.",
            files.count(),
        );
    }
}

fn status_kib(name: &str) -> Option<u64> {
    let text = fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

struct Stat {
    cpu_seconds: f64,
    start_seconds: f64,
}

impl Stat {
    fn read() -> Option<Self> {
        let stat = fs::read_to_string("/proc/self/stat").ok()?;
        let boot = fs::read_to_string("/proc/stat").ok()?;
        Self::parse(&stat, &boot)
    }

    /// Fields 14, 15 and 22 of the process, counted after the command in parentheses, which may
    /// itself hold spaces and parentheses; and the line `btime` of the system.
    fn parse(stat: &str, boot: &str) -> Option<Self> {
        let (_, rest) = stat.rsplit_once(')')?;
        let ticks = |field: usize| -> Option<f64> {
            let index = field.checked_sub(3)?;
            rest.split_whitespace().nth(index)?.parse().ok()
        };
        let boot = boot.lines().find_map(|line| line.strip_prefix("btime "))?;
        let boot: f64 = boot.trim().parse().ok()?;
        Some(Self {
            cpu_seconds: (ticks(14)? + ticks(15)?) / TICKS,
            start_seconds: boot + ticks(22)? / TICKS,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_counted_behind_the_command_whatever_it_is_called() {
        let stat = "42 (a) (b c) S 1 42 42 0 -1 4194560 9 0 0 0 150 50 0 0 20 0 9 0 1234 0 0";
        let parsed = Stat::parse(stat, "cpu 1 2\nbtime 1700000000\n").expect("well formed");
        assert!((parsed.cpu_seconds - 2.0).abs() < 1e-9);
        assert!((parsed.start_seconds - 1_700_000_012.34).abs() < 1e-3);
        assert!(Stat::parse("nothing", "").is_none());
    }
}

//! Progress of a verb with several long steps, and the table at its end.
//!
//! On a terminal a spinner with the time shows the running step; elsewhere one plain line when a
//! step starts, one a minute while it runs, and one when it ends. What the programs of a step say
//! goes to a log file, whose end is printed when the step fails.

use std::{
    fs,
    io::IsTerminal,
    path::{Path, PathBuf},
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};
use indicatif::{ProgressBar, ProgressStyle};

use crate::workspace;

/// Lines of a failed step's log that are printed.
const TAIL: usize = 120;

/// How a step ended when nothing failed.
pub(crate) enum Done {
    /// With a remark for the table, or an empty one.
    Passed(String),
    /// The reason why it was left out.
    Skipped(String),
}

impl Done {
    /// Passed without a remark.
    pub(crate) fn passed() -> Self {
        Self::Passed(String::new())
    }
}

/// One row of the closing table.
struct Row {
    name: String,
    verdict: &'static str,
    remark: String,
    took: Duration,
}

/// The steps of one verb.
pub(crate) struct Steps {
    total: usize,
    rows: Vec<Row>,
    start: Instant,
}

impl Steps {
    /// A verb with `total` steps; the number is only shown.
    pub(crate) fn new(total: usize) -> Self {
        Self {
            total,
            rows: Vec::new(),
            start: Instant::now(),
        }
    }

    /// Runs one step. An error is shown with the end of the log and kept for the table; the caller
    /// goes on with the next step or stops, as it sees fit.
    pub(crate) fn step(&mut self, name: &str, work: impl FnOnce(&Path) -> Result<Done>) -> bool {
        let log = log_file(name);
        let _ = fs::remove_file(&log);
        let label = format!("[{}/{}] {name}", self.rows.len() + 1, self.total);
        let start = Instant::now();
        let outcome = with_progress(&label, || work(&log));
        let took = start.elapsed();
        let (verdict, remark) = match outcome {
            Ok(Done::Passed(remark)) => ("ok", remark),
            Ok(Done::Skipped(reason)) => ("skipped", reason),
            Err(error) => {
                print_tail(&log);
                ("FAILED", format!("{error:#}"))
            }
        };
        let shown = if verdict == "ok" {
            String::new()
        } else {
            format!(" {verdict}")
        };
        let colon = if remark.is_empty() { "" } else { ": " };
        eprintln!("{label}{shown} … {}{colon}{remark}", seconds(took));
        self.rows.push(Row {
            name: name.to_owned(),
            verdict,
            remark,
            took,
        });
        verdict != "FAILED"
    }

    /// Prints the table; an error when a step failed.
    pub(crate) fn finish(self) -> Result<()> {
        println!();
        for row in &self.rows {
            println!(
                "{:<9}{:>8}  {:<26} {}",
                row.verdict,
                seconds(row.took),
                row.name,
                row.remark
            );
        }
        println!("in all   {:>8}", seconds(self.start.elapsed()));
        let failed: Vec<_> = self.with("FAILED").collect();
        let (passed, skipped) = (self.with("ok").count(), self.with("skipped").count());
        println!(
            "steps: {passed} passed, {} failed, {skipped} skipped",
            failed.len()
        );
        if failed.is_empty() {
            return Ok(());
        }
        bail!("failed: {}", failed.join(", "))
    }

    fn with(&self, verdict: &str) -> impl Iterator<Item = &str> {
        self.rows
            .iter()
            .filter(move |row| row.verdict == verdict)
            .map(|row| row.name.as_str())
    }
}

/// Whether something shows progress already; what runs inside it stays silent.
static SHOWING: AtomicBool = AtomicBool::new(false);

/// Runs `work` while a spinner turns or plain lines tell that it is still going on.
pub(crate) fn with_progress<T>(label: &str, work: impl FnOnce() -> T) -> T {
    if SHOWING.swap(true, Ordering::SeqCst) {
        return work();
    }
    let result = show_progress(label, work);
    SHOWING.store(false, Ordering::SeqCst);
    result
}

fn show_progress<T>(label: &str, work: impl FnOnce() -> T) -> T {
    if std::io::stderr().is_terminal() {
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
            bar.set_style(style);
        }
        bar.set_message(label.to_owned());
        bar.enable_steady_tick(Duration::from_millis(120));
        let result = work();
        bar.finish_and_clear();
        return result;
    }
    eprintln!("{label} …");
    thread::scope(|scope| {
        let (done, wait) = mpsc::channel::<()>();
        scope.spawn(move || heartbeat(label, &wait));
        let result = work();
        drop(done);
        result
    })
}

/// One line a minute until the other end of the channel goes away.
fn heartbeat(label: &str, wait: &mpsc::Receiver<()>) {
    let start = Instant::now();
    while wait.recv_timeout(Duration::from_mins(1)) == Err(mpsc::RecvTimeoutError::Timeout) {
        eprintln!("{label} … {} so far", seconds(start.elapsed()));
    }
}

fn log_file(name: &str) -> PathBuf {
    let file: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    workspace::scratch_dir()
        .join("logs")
        .join(format!("{file}.log"))
}

fn print_tail(log: &Path) {
    let Ok(text) = fs::read_to_string(log) else {
        return;
    };
    let lines: Vec<&str> = text.lines().collect();
    let from = lines.len().saturating_sub(TAIL);
    if from > 0 {
        eprintln!("  ({from} lines before these are in {})", log.display());
    }
    for line in lines.iter().skip(from) {
        eprintln!("  {line}");
    }
}

/// `12 s`, or `3 min 05 s`.
pub(crate) fn seconds(time: Duration) -> String {
    let secs = time.as_secs();
    if secs < 60 {
        return format!("{:.1} s", time.as_secs_f64());
    }
    format!("{} min {:02} s", secs / 60, secs % 60)
}

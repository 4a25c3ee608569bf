//! `cargo xtask demo`: the sensor at work on this machine, from nothing to alerts in a browser.
//!
//! Installs what is missing, builds the kernel program and the agent, makes a veth pair, starts
//! `sensor-agent run` with the real XDP program on one end, plays the captures of `tests/captures`
//! into the other end, and leaves the API up. Without root, or where the kernel program cannot be
//! built, the same captures take the way of a file through the same agent.

mod player;
mod rig;
mod told;

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};

use crate::{
    agent::{self, Profile},
    debian, ebpf,
    steps::with_progress,
    workspace,
};
use rig::Rig;

/// How often the demo looks whether it is to end.
const POLL: Duration = Duration::from_millis(100);

/// The captures are played again after this time, so that closed alerts come back and learned
/// ones stay away while somebody tries the API.
const AGAIN: Duration = Duration::from_mins(1);

#[derive(clap::Args)]
pub(crate) struct Args {
    /// End by itself after this time, such as 30s or 5m; without it Ctrl-C ends the demo
    #[arg(long = "for", value_name = "TIME", value_parser = duration)]
    duration: Option<Duration>,
    /// Take the way of a capture file even where live capture would work
    #[arg(long)]
    replay: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let end = Ending::new()?;
    let live = !args.replay && prepare_live()?;
    let program = build_agent()?;
    let rig = if live {
        match Rig::live(program.clone()) {
            Ok(rig) => rig,
            Err(error) => {
                eprintln!(
                    "live capture does not work here: {error:#}\nfalling back to a replay of the capture files"
                );
                Rig::replay(program)?
            }
        }
    } else {
        Rig::replay(program)?
    };
    show(rig, args.duration, &end)
}

/// The demo as a test: one round with the agent of the tests, live where that is possible. What was
/// seen and raised; an error when the sensor raised nothing or lost count.
pub(crate) fn check(program: &Path) -> Result<String> {
    let rig = if workspace::is_root() {
        Rig::live(program.to_path_buf())?
    } else {
        Rig::replay(program.to_path_buf())?
    };
    check_round(rig, &Ending::unasked())
}

fn check_round(mut rig: Rig, end: &Ending) -> Result<String> {
    let result = rig
        .first_round(end)
        .and_then(|()| told::summary(&rig))
        .and_then(|summary| {
            told::lines(&rig)?;
            Ok(summary)
        });
    let down = rig.take_down();
    let summary = result?;
    down.map(|()| summary)
}

/// Plays, tells, waits, and takes everything down again, also when playing fails.
fn show(mut rig: Rig, duration: Option<Duration>, end: &Ending) -> Result<()> {
    let result = rig
        .first_round(end)
        .and_then(|()| told::print(&rig))
        .and_then(|()| wait(&mut rig, duration, end));
    let down = rig.take_down();
    result.and(down)?;
    println!("demo ended; interfaces and the agent are gone");
    Ok(())
}

fn wait(rig: &mut Rig, duration: Option<Duration>, end: &Ending) -> Result<()> {
    match duration {
        Some(duration) => println!(
            "ends by itself in {} s; Ctrl-C ends it sooner",
            duration.as_secs()
        ),
        None => println!("Ctrl-C ends the demo"),
    }
    let start = Instant::now();
    let mut played = Instant::now();
    while !end.asked() && duration.is_none_or(|duration| start.elapsed() < duration) {
        ensure!(
            rig.agent_runs()? || end.asked(),
            "the agent ended; it said:\n{}",
            rig.agent_said()
        );
        if played.elapsed() > AGAIN {
            rig.play(end)?;
            played = Instant::now();
        }
        thread::sleep(POLL);
    }
    Ok(())
}

/// Whether live capture is possible: packages and the kernel program. What is missing is said.
fn prepare_live() -> Result<bool> {
    if !workspace::is_root() {
        let missing = debian::missing(&[debian::NETWORK, ebpf::PACKAGES].concat());
        eprintln!(
            "live capture needs root (namespaces, kernel programs): sudo -E cargo xtask demo"
        );
        if !missing.is_empty() {
            eprintln!("and these packages:\n  {}", debian::command(&missing));
        }
        eprintln!("falling back to a replay of the capture files");
        return Ok(false);
    }
    debian::ensure(debian::NETWORK)?;
    match ebpf::build() {
        Ok(_) => Ok(true),
        Err(error) => {
            eprintln!(
                "the kernel program cannot be built: {error:#}\nfalling back to a replay of the capture files"
            );
            Ok(false)
        }
    }
}

/// The debug build: it starts sooner and shares everything with `cargo xtask test`.
fn build_agent() -> Result<PathBuf> {
    let log = workspace::scratch_dir().join("logs/agent-build.log");
    with_progress(
        "agent (debug build; `cargo xtask build` makes the fast one)",
        || agent::build(Profile::Debug, &log),
    )
    .with_context(|| format!("the compiler's messages are in {}", log.display()))
}

/// Whether somebody asked the demo to end (SIGINT or SIGTERM).
#[derive(Clone)]
struct Ending(Arc<AtomicBool>);

impl Ending {
    fn new() -> Result<Self> {
        let asked = Arc::new(AtomicBool::new(false));
        let handler = Arc::clone(&asked);
        ctrlc::set_handler(move || handler.store(true, Ordering::SeqCst))
            .context("cannot listen for Ctrl-C")?;
        Ok(Self(asked))
    }

    /// One that nobody can ask.
    fn unasked() -> Self {
        Self(Arc::new(AtomicBool::new(false)))
    }

    fn asked(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// `30s`, `5m`, `1h`, or seconds without a unit.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(char::is_alphabetic);
    let number: u64 = digits
        .parse()
        .map_err(|_| format!("`{text}` is no time; write 30s, 5m or 1h"))?;
    match text.strip_prefix(digits) {
        Some("" | "s") => Ok(Duration::from_secs(number)),
        Some("m") => Ok(Duration::from_mins(number)),
        Some("h") => Ok(Duration::from_hours(number)),
        _ => Err(format!("`{text}` has an unknown unit; write 30s, 5m or 1h")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_units() {
        assert_eq!(duration("30s"), Ok(Duration::from_secs(30)));
        assert_eq!(duration("2m"), Ok(Duration::from_mins(2)));
        assert_eq!(duration("7"), Ok(Duration::from_secs(7)));
        assert!(duration("soon").is_err());
        assert!(duration("3 days").is_err());
    }
}

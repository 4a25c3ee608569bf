//! Files that a program writes and git keeps: the API description, the alert pages, the example
//! configuration. Each has one source of truth in the agent; a stale one fails `tidy` and `test`.
//!
//! Data in: what the agent prints. Data out: the file, or with `--check` whether it is fresh.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

use crate::{
    agent::{self, Profile},
    shell::Cmd,
    steps::with_progress,
    workspace,
};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Change nothing; fail when the file in the tree differs
    #[arg(long)]
    check: bool,
}

/// A file that is generated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    OpenApi,
    Alerts,
    Config,
}

impl Kind {
    pub(crate) const ALL: [Self; 3] = [Self::OpenApi, Self::Alerts, Self::Config];

    /// Path in the checkout.
    fn file(self) -> &'static str {
        match self {
            Self::OpenApi => "openapi/sensor-v1.json",
            Self::Alerts => "docs/alerts.md",
            Self::Config => "sensor-agent/config/sensor.example.toml",
        }
    }

    /// The verb that writes it.
    fn verb(self) -> &'static str {
        match self {
            Self::OpenApi => "openapi",
            Self::Alerts | Self::Config => "docs",
        }
    }

    /// What the file must hold, from the agent at `program`.
    fn render(self, program: &Path) -> Result<String> {
        match self {
            Self::OpenApi => Cmd::new(program).arg("openapi").stdout(),
            Self::Config => Cmd::new(program)
                .args(["check-config", "--example"])
                .stdout(),
            Self::Alerts => Cmd::new(program)
                .args(["alert-types", "--markdown"])
                .stdout(),
        }
    }
}

pub(crate) fn run(args: &Args, kinds: &[Kind]) -> Result<()> {
    let log = workspace::scratch_dir().join("logs/agent-build.log");
    let program = with_progress("building the agent", || agent::build(Profile::Debug, &log))
        .with_context(|| format!("the compiler's messages are in {}", log.display()))?;
    if args.check {
        let stale = stale(&program, kinds)?;
        return refuse(&stale);
    }
    for kind in kinds {
        let path = place(*kind);
        let text = kind.render(&program)?;
        if fs::read_to_string(&path).is_ok_and(|old| old == text) {
            println!("fresh    {}", kind.file());
            continue;
        }
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        println!("written  {}", kind.file());
    }
    Ok(())
}

/// One line for each file of `kinds` that differs from what the agent at `program` gives.
pub(crate) fn stale(program: &Path, kinds: &[Kind]) -> Result<Vec<String>> {
    let mut stale = Vec::new();
    for kind in kinds {
        let want = kind.render(program)?;
        let have = fs::read_to_string(place(*kind)).unwrap_or_default();
        if have != want {
            stale.push(format!(
                "{}: differs from what the agent gives; run `cargo xtask {}`",
                kind.file(),
                kind.verb()
            ));
        }
    }
    Ok(stale)
}

fn refuse(stale: &[String]) -> Result<()> {
    if stale.is_empty() {
        return Ok(());
    }
    bail!("{}", stale.join("\n"))
}

fn place(kind: Kind) -> PathBuf {
    workspace::root().join(kind.file())
}

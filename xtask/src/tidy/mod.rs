//! `cargo xtask tidy`: rules about the tree that no compiler checks.
//!
//! Data in: every file that git tracks or would track. Data out: one line for each breach, with the
//! place and what to do. Each check has its own file and a bad example among its tests.

mod captures;
mod coverage;
mod dependencies;
mod layers;
mod length;
mod module_docs;
mod owners;
mod panics;
mod paths;
mod placeholders;
mod pure;
mod safety;
mod source;

use std::path::Path;

use anyhow::{Result, bail};

use crate::{
    agent::{self, Profile},
    generated::{self, Kind},
    steps::with_progress,
    workspace,
};
use source::{Problem, Tree};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only checks that read the sources; freshness of generated files needs a built agent
    #[arg(long)]
    sources_only: bool,
}

/// One rule: its name, what it asks for, and the code that finds breaches.
struct Check {
    name: &'static str,
    asks: &'static str,
    find: fn(&Tree) -> Vec<Problem>,
}

const CHECKS: &[Check] = &[
    Check {
        name: "layers",
        asks: "inside the agent an import only goes down the order of the stages",
        find: layers::find,
    },
    Check {
        name: "pure",
        asks: "stages 3 to 5 do no I/O, see no clock and log nothing",
        find: pure::find,
    },
    Check {
        name: "owners",
        asks: "a crate with an owner is named only by its owner",
        find: owners::find,
    },
    Check {
        name: "length",
        asks: "files have at most 400 lines before their tests, functions at most 80",
        find: length::find,
    },
    Check {
        name: "safety",
        asks: "unsafe stands only in named files, each block under a SAFETY argument",
        find: safety::find,
    },
    Check {
        name: "panics",
        asks: "code that handles a peer's bytes holds no unwrap, expect or indexing",
        find: panics::find,
    },
    Check {
        name: "coverage",
        asks: "every dissector, rule and implemented alert type has its tests",
        find: coverage::find,
    },
    Check {
        name: "module_docs",
        asks: "every source file opens with what it is for",
        find: module_docs::find,
    },
    Check {
        name: "placeholders",
        asks: "nothing is left for later: no todo!, no ignored tests",
        find: placeholders::find,
    },
    Check {
        name: "paths",
        asks: "no path of one machine in the tree",
        find: paths::find,
    },
    Check {
        name: "dependencies",
        asks: "docs/dependencies.md has a line for every direct dependency, and no other",
        find: dependencies::find,
    },
    Check {
        name: "captures",
        asks: "every capture names its source and licence",
        find: captures::find,
    },
];

pub(crate) fn run(args: &Args) -> Result<()> {
    let tree = Tree::read(&workspace::root())?;
    let mut problems = 0;
    for check in CHECKS {
        let found = (check.find)(&tree);
        let verdict = if found.is_empty() { "ok" } else { "FAILED" };
        println!("{verdict:<7} {:<13} {}", check.name, check.asks);
        for problem in &found {
            println!("        {problem}");
        }
        problems += found.len();
    }
    if !args.sources_only {
        let log = workspace::scratch_dir().join("logs/agent-build.log");
        let program = with_progress("building the agent", || agent::build(Profile::Debug, &log))?;
        problems += freshness(&program)?;
    }
    if problems > 0 {
        bail!("{problems} breaches; the lines above say where and why");
    }
    Ok(())
}

/// Prints whether the generated files are what the agent at `program` gives.
fn freshness(program: &Path) -> Result<usize> {
    let stale = generated::stale(program, &Kind::ALL)?;
    let verdict = if stale.is_empty() { "ok" } else { "FAILED" };
    println!("{verdict:<7} {:<13} generated files are fresh", "generated");
    for line in &stale {
        println!("        {line}");
    }
    Ok(stale.len())
}

/// All checks over the tree for the verb `test`; the lines go to `log`.
pub(crate) fn check(log: &Path, program: &Path) -> Result<String> {
    let tree = Tree::read(&workspace::root())?;
    let mut lines: Vec<String> = Vec::new();
    for check in CHECKS {
        let found = (check.find)(&tree);
        lines.extend(
            found
                .iter()
                .map(|problem| format!("{}: {problem}", check.name)),
        );
    }
    lines.extend(generated::stale(program, &Kind::ALL)?);
    if lines.is_empty() {
        return Ok(format!("{} checks", CHECKS.len() + 1));
    }
    if let Some(folder) = log.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(log, lines.join("\n"))?;
    bail!("{} breaches", lines.len())
}

//! `cargo xtask new-protocol NAME`: the folder of a new dissector, and its rows in the lists.
//!
//! Data in: the name of a protocol. Data out: a dissector that compiles, passes its tests and keeps the contract
//! of `dissect/mod.rs`, for a layout that stands for the protocol's own; what remains to be done is printed.
//!
//! Limits: one protocol, one framing. Nothing is written unless every list is as this program knows it.

mod check;
mod name;
mod tree;

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};

use crate::{shell::Cmd, workspace};
pub(crate) use check::check;
use name::Name;
use tree::Change;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Identifier of the API: lower-case letters, digits and underscores, for instance `hart_ip`
    name: String,
    /// Name for people, for instance `HART-IP`
    #[arg(long)]
    title: String,
    /// Usual server port over TCP
    #[arg(long)]
    tcp: Option<u16>,
    /// Usual server port over UDP
    #[arg(long)]
    udp: Option<u16>,
    /// No plant speaks it to control or observe its process
    #[arg(long)]
    it: bool,
    /// Checkout that is changed, instead of this one
    #[arg(long, hide = true)]
    root: Option<PathBuf>,
}

/// A file of the folder `template`, and where it goes.
type Template = (&'static str, &'static str);

const TEMPLATES: &[Template] = &[
    (
        include_str!("template/mod.rs.txt"),
        "sensor-agent/crates/sensor-protocols/src/dissect/@NAME@/mod.rs",
    ),
    (
        include_str!("template/header.rs.txt"),
        "sensor-agent/crates/sensor-protocols/src/dissect/@NAME@/header.rs",
    ),
    (
        include_str!("template/codes.rs.txt"),
        "sensor-agent/crates/sensor-protocols/src/dissect/@NAME@/codes.rs",
    ),
    (
        include_str!("template/probe.rs.txt"),
        "sensor-agent/crates/sensor-protocols/src/dissect/@NAME@/probe.rs",
    ),
    (
        include_str!("template/tests.rs.txt"),
        "sensor-agent/crates/sensor-protocols/src/dissect/@NAME@/tests.rs",
    ),
    (
        include_str!("template/limits.rs.txt"),
        "sensor-agent/crates/sensor-protocols/src/limits/@NAME@.rs",
    ),
    (
        include_str!("template/facts.rs.txt"),
        "sensor-agent/src/cli/facts/@NAME@.rs",
    ),
];

const REMAINS: &str = "\
What remains, in this order (docs/new-protocol.md has each step):
  1. header.rs, probe.rs, codes.rs: the layout, the signature and the tables of the standard
  2. tests.rs: octets of a named capture for every operation
  3. mod.rs: objects, outcomes, identity, what departs from the standard
  4. facts: histograms and events; cargo xtask facts FOLDER --verbose
  5. docs/protocols.md, CHANGELOG.md, cargo xtask openapi, then cargo xtask test";

pub(crate) fn run(args: &Args) -> Result<()> {
    for (verb, path) in make(args)? {
        println!("{verb} {}", path.display());
    }
    println!("{REMAINS}");
    Ok(())
}

/// Writes files and rows; what was done with which, relative to the checkout.
fn make(args: &Args) -> Result<Vec<(&'static str, PathBuf)>> {
    let name = Name::new(&args.name, &args.title)?;
    let root = args.root.clone().unwrap_or_else(workspace::root);
    let rows = Rows::new(args);
    let mut written = templates(&root, &name, &rows)?;
    written.extend(tree::lists(&root, &name, &rows)?);
    for change in &written {
        change.write()?;
    }
    Cmd::cargo().args(["fmt", "--all"]).dir(&root).run()?;
    let relative = |path: &Path| path.strip_prefix(&root).unwrap_or(path).to_owned();
    Ok(written
        .iter()
        .map(|change| (change.verb, relative(&change.path)))
        .collect())
}

/// What the options make of the rows of a protocol.
struct Rows {
    hints: String,
    ports: String,
    kind: &'static str,
}

impl Rows {
    fn new(args: &Args) -> Self {
        let ports = [("Tcp", args.tcp), ("Udp", args.udp)];
        let known = || {
            ports
                .iter()
                .filter_map(|(over, port)| Some((over, (*port)?)))
        };
        let hints: Vec<_> = known().map(|(o, p)| format!("Hint::{o}({p})")).collect();
        let known: Vec<_> = known()
            .map(|(over, port)| format!("(Transport::{over}, {port})"))
            .collect();
        Self {
            hints: hints.join(", "),
            ports: known.join(", "),
            kind: if args.it { "It" } else { "Ot" },
        }
    }
}

/// New files, none of which may be there.
fn templates(root: &Path, name: &Name, rows: &Rows) -> Result<Vec<Change>> {
    let made = TEMPLATES.iter().map(|(text, place)| {
        let path = root.join(name.fill(place, rows));
        ensure!(
            !path.exists(),
            "{} is already there; choose another name",
            path.display()
        );
        let mut text = name.fill(text, rows);
        if rows.ports.is_empty() && place.contains("facts") {
            text = text.replace("Protocol, Transport}", "Protocol}");
        }
        if rows.hints.is_empty() {
            text = text.replace("registry::{Entry, Hint}", "registry::Entry");
        }
        Ok(Change {
            path,
            text,
            verb: "new    ",
        })
    });
    made.collect()
}

impl Change {
    fn write(&self) -> Result<()> {
        let shown = || self.path.display().to_string();
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder).with_context(shown)?;
        }
        fs::write(&self.path, &self.text).with_context(shown)
    }
}

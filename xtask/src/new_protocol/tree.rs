//! The lists that a protocol stands in: one row each.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};

use super::{Rows, name::Name};

/// A file as it is to be.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) path: PathBuf,
    pub(super) text: String,
    /// What is done with it.
    pub(super) verb: &'static str,
}

/// Where a row goes: file, what stands behind it, the row.
type Place = (&'static str, Anchor, &'static str);

/// Where a row stands in a file.
enum Anchor {
    /// In front of the first line that is this.
    Before(&'static str),
    /// In front of the first line that is this, by what kind of protocol it is.
    BeforeByKind { ot: &'static str, it: &'static str },
    /// In front of the next `}` or `];` at the start of a line, behind the line that ends with this.
    EndOf(&'static str),
}

const PROTOCOLS: &str = "sensor-agent/crates/sensor-protocols/src/observation/protocol.rs";

const PLACES: &[Place] = &[
    (
        PROTOCOLS,
        Anchor::EndOf("protocols! {"),
        "    @VARIANT@ \"@NAME@\" \"@TITLE@\" @KIND@,\n",
    ),
    (
        "sensor-agent/crates/sensor-protocols/src/dissect/mod.rs",
        Anchor::Before("mod open_requests;"),
        "pub mod @NAME@;\n",
    ),
    (
        "sensor-agent/crates/sensor-protocols/src/dissect/registry.rs",
        Anchor::BeforeByKind {
            ot: "    // IT protocols.",
            it: "    // Protocols that a number below the transport decides.",
        },
        "    super::@NAME@::ENTRY,\n",
    ),
    (
        "sensor-agent/crates/sensor-protocols/src/limits/mod.rs",
        Anchor::Before("mod modbus;"),
        "mod @NAME@;\n",
    ),
    (
        "sensor-agent/crates/sensor-protocols/src/limits/mod.rs",
        Anchor::Before("pub use modbus::*;"),
        "pub use @NAME@::*;\n",
    ),
    (
        "sensor-agent/src/cli/facts/mod.rs",
        Anchor::Before("mod modbus;"),
        "mod @NAME@;\n",
    ),
    (
        "sensor-agent/src/cli/facts/histograms.rs",
        Anchor::EndOf("const SECTIONS: &[Section] = &["),
        "    super::@NAME@::SECTION,\n",
    ),
];

/// The lists with their new rows.
pub(super) fn lists(root: &Path, name: &Name, rows: &Rows) -> Result<Vec<Change>> {
    let mut changes: Vec<Change> = Vec::new();
    let known = &opened(&mut changes, root.join(PROTOCOLS))?.text;
    ensure!(
        !known.contains(&format!(" \"{}\" ", name.id)),
        "`{}` is the identifier of another protocol; choose another name",
        name.id
    );
    for (file, anchor, row) in PLACES {
        let change = opened(&mut changes, root.join(file))?;
        let row = name.fill(row, rows).replace("@KIND@", rows.kind);
        ensure!(
            !change.text.contains(&row),
            "{file} already has the row `{}`; choose another name",
            row.trim()
        );
        let place = anchor.find(&change.text, rows.kind).with_context(|| {
            format!(
                "{file} is not as this program knows it; add the row `{}`",
                row.trim()
            )
        })?;
        change.text.insert_str(place, &row);
    }
    Ok(changes)
}

/// The file among those that are changed; read when it is the first row for it.
fn opened(changes: &mut Vec<Change>, path: PathBuf) -> Result<&mut Change> {
    let at = changes.iter().position(|change| change.path == path);
    if at.is_none() {
        let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        changes.push(Change {
            path,
            text,
            verb: "changed",
        });
    }
    let at = at.unwrap_or(changes.len() - 1);
    Ok(&mut changes[at])
}

impl Anchor {
    fn find(&self, text: &str, kind: &str) -> Option<usize> {
        let before = |line: &str| Some(text.find(&format!("\n{line}\n"))? + 1);
        match self {
            Self::Before(line) => before(line),
            Self::BeforeByKind { ot, it } => before(if kind == "Ot" { ot } else { it }),
            Self::EndOf(start) => {
                let from = text.find(&format!("{start}\n"))? + start.len();
                let rest = &text[from..];
                let end = rest
                    .find("\n}")
                    .into_iter()
                    .chain(rest.find("\n];"))
                    .min()?;
                Some(from + end + 1)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_go_where_their_list_ends() {
        let text = "a\nconst LIST: &[u8] = &[\n    1,\n];\n\nfn f() {\n}\n";
        let found = |anchor: Anchor, kind: &str| anchor.find(text, kind).map(|at| &text[at..]);
        let end = found(Anchor::EndOf("= &["), "Ot").unwrap();
        assert!(end.starts_with("];"));
        let function = found(Anchor::Before("fn f() {"), "Ot").unwrap();
        assert!(function.starts_with("fn f"));
        let by_kind = || Anchor::BeforeByKind {
            ot: "    1,",
            it: "];",
        };
        assert!(found(by_kind(), "Ot").unwrap().starts_with("    1"));
        assert!(found(by_kind(), "It").unwrap().starts_with("];"));
        assert_eq!(found(Anchor::Before("fn g"), "Ot"), None);
        assert_eq!(found(Anchor::EndOf("no list"), "Ot"), None);
    }

    /// Lists of this checkout: whether a name can be added is seen without writing anything.
    #[test]
    fn a_name_that_is_taken_is_refused_with_what_to_do() {
        let rows = Rows {
            hints: String::new(),
            ports: String::new(),
            kind: "Ot",
        };
        let add = |id: &str| {
            let name = Name::new(id, "X").unwrap();
            lists(&crate::workspace::root(), &name, &rows).map(|changes| changes.len())
        };
        for taken in ["tcp", "ssh", "modbus"] {
            let error = add(taken).unwrap_err().to_string();
            assert!(error.contains("choose another name"), "{error}");
        }
        assert_eq!(add("no_such_protocol_yet").unwrap(), 6, "files with lists");
    }
}

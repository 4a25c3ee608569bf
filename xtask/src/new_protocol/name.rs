//! The names of a protocol: identifier, variant, capitals, title.

use anyhow::{Result, ensure};

use super::Rows;

/// Longest identifier.
const LONGEST: usize = 32;

/// Words of the language that could be taken for a name.
const RESERVED: &[&str] = &[
    "as", "async", "await", "box", "break", "const", "crate", "dyn", "else", "enum", "extern",
    "fn", "for", "gen", "if", "impl", "in", "let", "loop", "match", "mod", "move", "mut", "pub",
    "ref", "return", "self", "static", "struct", "super", "trait", "try", "type", "unsafe", "use",
    "where", "while", "yield",
];

/// A name that was checked.
#[derive(Debug)]
pub(super) struct Name {
    pub(super) id: String,
    pub(super) title: String,
    /// As the enum has it: `HartIp`.
    pub(super) variant: String,
}

impl Name {
    pub(super) fn new(id: &str, title: &str) -> Result<Self> {
        let starts = id.starts_with(|c: char| c.is_ascii_lowercase());
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        ensure!(
            starts && id.chars().all(allowed) && id.len() <= LONGEST && !id.ends_with('_'),
            "`{id}` cannot be an identifier: a lower-case letter, then at most {} lower-case letters, digits and underscores",
            LONGEST - 1
        );
        ensure!(
            !RESERVED.contains(&id),
            "`{id}` is a word of the language; choose another name"
        );
        let printable = |c: char| !c.is_control() && c != '"' && c != '\\';
        ensure!(
            !title.trim().is_empty() && title.chars().all(printable),
            "--title must be text without quotation marks, for instance \"HART-IP\""
        );
        let variant = id.split('_').map(capitalised).collect();
        Ok(Self {
            id: id.to_owned(),
            title: title.trim().to_owned(),
            variant,
        })
    }

    /// A template with the names and rows in place.
    pub(super) fn fill(&self, text: &str, rows: &Rows) -> String {
        text.replace("@NAME@", &self.id)
            .replace("@CAPS@", &self.id.to_uppercase())
            .replace("@VARIANT@", &self.variant)
            .replace("@TITLE@", &self.title)
            .replace("@HINTS@", &rows.hints)
            .replace("@PORTS@", &rows.ports)
    }
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_an_identifier() {
        let name = Name::new("hart_ip2", " HART-IP ").unwrap();
        assert_eq!((&*name.variant, &*name.title), ("HartIp2", "HART-IP"));
    }

    #[test]
    fn what_cannot_be_a_name_is_refused_with_what_to_do() {
        let long = "a".repeat(LONGEST + 1);
        for bad in ["", "9p", "Hart", "hart-ip", "hart_", "../x", &long] {
            let error = Name::new(bad, "X").unwrap_err().to_string();
            assert!(error.contains("lower-case"), "{error}");
        }
        let error = Name::new("match", "X").unwrap_err().to_string();
        assert!(error.contains("another name"), "{error}");
        for bad in ["", "  ", "a\"b", "a\nb"] {
            assert!(Name::new("x", bad).is_err(), "{bad:?}");
        }
    }
}

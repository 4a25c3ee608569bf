//! Kinds of statements, by their first word.
//!
//! Data in: the text of a batch, UTF-16LE. Data out: the word and its kind. Source: Transact-SQL reference.

use crate::dissect::cursor::Cursor;
use crate::limits;
use crate::observation::OperationClass as Class;

/// Kinds, as `operation.sub`.
pub const QUERY: u32 = 1;
/// Changes rows.
pub const MANIPULATION: u32 = 2;
/// Changes tables, procedures, users: data definition.
pub const DEFINITION: u32 = 3;
/// Changes permissions.
pub const PERMISSION: u32 = 4;
/// Runs a procedure.
pub const EXECUTION: u32 = 5;
/// Saves, restores, stops, configures the server.
pub const ADMINISTRATION: u32 = 6;
/// Anything else: variables, conditions, transactions.
pub const OTHER: u32 = 7;

const WORDS: &[(&str, u32)] = &[
    ("ADD", DEFINITION),
    ("ALTER", DEFINITION),
    ("BACKUP", ADMINISTRATION),
    ("BULK", MANIPULATION),
    ("CREATE", DEFINITION),
    ("DBCC", ADMINISTRATION),
    ("DELETE", MANIPULATION),
    ("DENY", PERMISSION),
    ("DISABLE", DEFINITION),
    ("DROP", DEFINITION),
    ("ENABLE", DEFINITION),
    ("EXEC", EXECUTION),
    ("EXECUTE", EXECUTION),
    ("GRANT", PERMISSION),
    ("INSERT", MANIPULATION),
    ("KILL", ADMINISTRATION),
    ("MERGE", MANIPULATION),
    ("RECONFIGURE", ADMINISTRATION),
    ("RESTORE", ADMINISTRATION),
    ("REVOKE", PERMISSION),
    ("SELECT", QUERY),
    ("SHUTDOWN", ADMINISTRATION),
    ("TRUNCATE", DEFINITION),
    ("UPDATE", MANIPULATION),
    ("WITH", QUERY),
];

/// The first word of a statement.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word {
    letters: [u8; LONGEST],
    length: usize,
    pub(super) kind: u32,
}

/// Longest word that is told.
const LONGEST: usize = 16;

impl Word {
    pub(super) fn text(&self) -> &str {
        let letters = self.letters.get(..self.length).unwrap_or_default();
        std::str::from_utf8(letters).unwrap_or_default()
    }

    /// What the statement does.
    pub(super) const fn class(&self) -> Class {
        match self.kind {
            QUERY => Class::Read,
            MANIPULATION => Class::Write,
            DEFINITION | ADMINISTRATION => Class::Config,
            PERMISSION => Class::Auth,
            EXECUTION => Class::Control,
            _ => Class::Unknown,
        }
    }

    /// Reads the first word of a text, behind blanks and comments.
    pub(super) fn read(text: &[u8]) -> Option<Self> {
        let mut units = Units::of(text);
        let mut unit = units.behind_comments()?;
        let (mut letters, mut length) = ([0; LONGEST], 0_usize);
        while let Some(letter) = u8::try_from(unit).ok().filter(u8::is_ascii_alphabetic) {
            *letters.get_mut(length)? = letter.to_ascii_uppercase();
            length = length.saturating_add(1);
            let Some(next) = units.next() else { break };
            unit = next;
        }
        let mut word = Self {
            letters,
            length,
            kind: OTHER,
        };
        if length == 0 {
            return None;
        }
        let known = WORDS.iter().find(|(known, _)| *known == word.text());
        word.kind = known.map_or(OTHER, |(_, kind)| *kind);
        Some(word)
    }
}

/// Code units of a text; only so many are looked at.
struct Units<'a> {
    cursor: Cursor<'a>,
    left: usize,
}

impl<'a> Units<'a> {
    const fn of(text: &'a [u8]) -> Self {
        Self {
            cursor: Cursor::new(text),
            left: limits::TDS_STATEMENT_UNITS,
        }
    }

    fn next(&mut self) -> Option<u16> {
        self.left = self.left.checked_sub(1)?;
        self.cursor.u16_le().ok()
    }

    /// The first unit of a word.
    fn behind_comments(&mut self) -> Option<u16> {
        const DASH: u16 = 0x2d;
        const SLASH: u16 = 0x2f;
        const STAR: u16 = 0x2a;
        const LINE: u16 = 0x0a;
        loop {
            let unit = self.next()?;
            match unit {
                DASH if self.peek() == Some(DASH) => while self.next()? != LINE {},
                SLASH if self.peek() == Some(STAR) => {
                    self.next()?;
                    while self.next()? != STAR || self.peek() != Some(SLASH) {}
                    self.next()?;
                }
                // Blanks, brackets, semicolons, a byte order mark.
                0..=0x20 | 0x28 | 0x3b | 0xfeff => {}
                _ => return Some(unit),
            }
        }
    }

    fn peek(&self) -> Option<u16> {
        let mut ahead = self.cursor;
        ahead.u16_le().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(text: &str) -> Option<(String, u32)> {
        let text: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        Word::read(&text).map(|word| (word.text().to_owned(), word.kind))
    }

    #[test]
    fn the_first_word_tells_the_kind() {
        for (text, kind) in [
            ("select 1", QUERY),
            ("  -- a note\n /* and * more */ DROP TABLE x", DEFINITION),
            ("(SELECT 1)", QUERY),
            ("exec xp_cmdshell 'x'", EXECUTION),
            ("declare @x int", OTHER),
        ] {
            assert_eq!(word(text).map(|(_, kind)| kind), Some(kind), "{text}");
        }
        assert_eq!(word("drop table x").unwrap().0, "DROP");
        for text in ["", "   ", "-- only a note", "/* open", "'text'", "123"] {
            assert_eq!(word(text), None, "{text}");
        }
        assert_eq!(word(&"A".repeat(40)), None, "longer than any word");
        assert!(WORDS.is_sorted_by_key(|(word, _)| *word));
    }
}

//! The short list that is part of the program: names that published analyses found in malicious
//! software for plants and that stand for it until today.
//!
//! Few on purpose: addresses change hands, and a list in a program cannot be corrected. Feeds are for
//! the rest. Each line of `builtin.csv` names the analysis it is from.

use super::{Import, csv};

const LIST: &[u8] = include_bytes!("builtin.csv");

/// Name of the list as a source.
pub(super) const SOURCE: &str = "built-in";

/// The list.
///
/// # Panics
/// When it is not well-formed, which a test would show: it is part of the program.
pub fn builtin() -> Import {
    csv::read(LIST).unwrap_or_else(|error| panic!("builtin.csv: {error}"))
}

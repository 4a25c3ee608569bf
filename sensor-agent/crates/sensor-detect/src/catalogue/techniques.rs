//! MITRE ATT&CK for ICS techniques, for checking and for names.

use std::sync::LazyLock;

const DATA: &str = include_str!("attack-ics.csv");

/// One technique.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Technique {
    /// For instance `T0855`.
    pub id: String,
    pub name: String,
    /// For instance `impair-process-control`.
    pub tactics: Vec<String>,
    /// MITRE replaced or withdrew it.
    pub deprecated: bool,
}

static TECHNIQUES: LazyLock<Vec<Technique>> = LazyLock::new(|| {
    let mut reader = csv::Reader::from_reader(DATA.as_bytes());
    reader
        .records()
        .map(|record| {
            let record = record.unwrap_or_else(|error| panic!("attack-ics.csv: {error}"));
            let field = |at| record.get(at).unwrap_or_default();
            Technique {
                id: field(0).to_owned(),
                name: field(1).to_owned(),
                tactics: field(2).split_whitespace().map(str::to_owned).collect(),
                deprecated: field(3) == "yes",
            }
        })
        .collect()
});

/// Every technique of the matrix, deprecated ones included, by id.
pub fn techniques() -> &'static [Technique] {
    &TECHNIQUES
}

/// The technique with this id.
pub fn technique(id: &str) -> Option<&'static Technique> {
    TECHNIQUES.iter().find(|technique| technique.id == id)
}

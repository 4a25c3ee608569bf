//! `docs/dependencies.md` says why each direct dependency earns its place: a line for every one,
//! and no line for one that is gone.

use std::collections::BTreeSet;

use super::source::{Problem, SourceFile, Tree};

const PAGE: &str = "docs/dependencies.md";
const TABLES: &[&str] = &["dependencies", "dev-dependencies", "build-dependencies"];

pub(crate) fn find(tree: &Tree) -> Vec<Problem> {
    let used: BTreeSet<String> = tree
        .files
        .iter()
        .filter(|file| file.path.ends_with("Cargo.toml"))
        .flat_map(|file| direct(&file.text))
        .collect();
    let Some(page) = tree.get(PAGE) else {
        let none = SourceFile {
            path: PAGE.to_owned(),
            text: String::new(),
        };
        return vec![none.problem(1, "is missing")];
    };
    let listed: BTreeSet<String> = listed(&page.text).collect();
    let missing = used.difference(&listed).map(|name| {
        page.problem(
            1,
            format!("no line for `{name}`: say why it earns its place"),
        )
    });
    let gone = listed.difference(&used).map(|name| {
        page.problem(
            1,
            format!("`{name}` is no direct dependency any more: drop its line"),
        )
    });
    missing.chain(gone).collect()
}

/// Names of the crates from elsewhere that a manifest asks for.
fn direct(manifest: &str) -> Vec<String> {
    let Ok(manifest) = manifest.parse::<toml::Table>() else {
        return Vec::new();
    };
    let ours = |name: &str| name.starts_with("sensor-");
    TABLES
        .iter()
        .filter_map(|table| manifest.get(*table)?.as_table())
        .flat_map(|table| table.keys())
        .filter(|name| !ours(name))
        .cloned()
        .collect()
}

/// Names in the first column of the page's tables: "| `name` | …".
fn listed(page: &str) -> impl Iterator<Item = String> {
    page.lines()
        .filter_map(|line| line.strip_prefix("| `"))
        .filter_map(|line| line.split('`').next())
        .map(ToOwned::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_and_stale_lines_are_reported() {
        let manifest = "[dependencies]\nserde = \"1\"\nsensor-common = { path = \"x\" }\n[dev-dependencies]\nproptest = \"1\"\n";
        let page = "| crate | why |\n|--|--|\n| `serde` | models |\n| `gone` | old |\n";
        let found = find(&Tree::of(&[("a/Cargo.toml", manifest), (PAGE, page)]));
        let lines: Vec<_> = found.iter().map(ToString::to_string).collect();
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert!(lines[0].contains("no line for `proptest`"));
        assert!(lines[1].contains("`gone` is no direct dependency"));
    }

    #[test]
    fn a_missing_page_is_reported() {
        assert_eq!(find(&Tree::of(&[])).len(), 1);
    }
}

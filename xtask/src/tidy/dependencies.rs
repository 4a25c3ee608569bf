//! `docs/dependencies.md` says why each direct dependency earns its place: a line for every one,
//! and no line for one that is gone. A dependency that no source file of its package names is
//! reported too.

use std::collections::BTreeSet;

use super::source::{Problem, SourceFile, Tree};

const PAGE: &str = "docs/dependencies.md";
const TABLES: &[&str] = &["dependencies", "dev-dependencies", "build-dependencies"];

pub(crate) fn find(tree: &Tree) -> Vec<Problem> {
    let manifests = || {
        tree.files
            .iter()
            .filter(|file| file.path.ends_with("Cargo.toml"))
    };
    let mut problems: Vec<Problem> = manifests().flat_map(|file| unused(tree, file)).collect();
    let used: BTreeSet<String> = manifests().flat_map(|file| direct(&file.text)).collect();
    let Some(page) = tree.get(PAGE) else {
        let none = SourceFile {
            path: PAGE.to_owned(),
            text: String::new(),
        };
        problems.push(none.problem(1, "is missing"));
        return problems;
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
    problems.extend(missing.chain(gone));
    problems
}

/// Dependencies that no Rust file of the package mentions.
fn unused(tree: &Tree, manifest: &SourceFile) -> Vec<Problem> {
    let folder = manifest.path.trim_end_matches("Cargo.toml");
    direct(&manifest.text)
        .into_iter()
        .filter(|name| {
            let word = name.replace('-', "_");
            !tree
                .rust_below(folder)
                .any(|file| file.text.contains(&word))
        })
        .map(|name| manifest.problem(1, format!("nothing in {folder} uses `{name}`: drop it")))
        .collect()
}

/// Names of the crates from elsewhere that a manifest asks for.
fn direct(manifest: &str) -> Vec<String> {
    let Ok(manifest) = manifest.parse::<toml::Table>() else {
        return Vec::new();
    };
    let ours = |name: &str| name.starts_with("sensor-");
    let targets = manifest.get("target").and_then(toml::Value::as_table);
    let for_targets = targets.into_iter().flat_map(toml::Table::values);
    let places = for_targets
        .filter_map(toml::Value::as_table)
        .chain([&manifest]);
    places
        .flat_map(|place| {
            TABLES
                .iter()
                .filter_map(|table| place.get(*table)?.as_table())
        })
        .flat_map(toml::Table::keys)
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
        let code = ("a/src/lib.rs", "use serde::x; use proptest::y;");
        let found = find(&Tree::of(&[("a/Cargo.toml", manifest), (PAGE, page), code]));
        let lines: Vec<_> = found.iter().map(ToString::to_string).collect();
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert!(lines[0].contains("no line for `proptest`"));
        assert!(lines[1].contains("`gone` is no direct dependency"));
    }

    #[test]
    fn dependencies_of_one_target_count_and_must_be_used() {
        let manifest = "[target.'cfg(target_arch = \"bpf\")'.dependencies]\naya-ebpf = \"1\"\n";
        let page = (PAGE, "| `aya-ebpf` | kernel side |\n");
        let idle = find(&Tree::of(&[
            ("a/Cargo.toml", manifest),
            page,
            ("a/src/x.rs", ""),
        ]));
        assert_eq!(idle.len(), 1, "{idle:?}");
        let used = ("a/src/x.rs", "use aya_ebpf::macros::map;");
        assert!(find(&Tree::of(&[("a/Cargo.toml", manifest), page, used])).is_empty());
    }

    #[test]
    fn a_missing_page_is_reported() {
        assert_eq!(find(&Tree::of(&[])).len(), 1);
    }
}

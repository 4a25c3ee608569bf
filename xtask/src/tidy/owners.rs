//! Crates with an owner: only one part of the agent may name them, so that each can be replaced
//! where it is used and nowhere else.

use super::source::{Problem, SourceFile, Tree, collect, paths};

const SOURCE: &str = "sensor-agent/src/";

/// Crate, and the places below `sensor-agent/src/` that may name it.
const OWNERS: &[(&str, &[&str])] = &[
    ("redb", &["store/"]),
    ("postcard", &["store/"]),
    ("aya", &["capture/xdp/"]),
    ("aya_log", &["capture/xdp/"]),
    ("sensor_common", &["capture/"]),
    ("pcap_parser", &["capture/"]),
    ("socket2", &["capture/", "cli/check_host/"]),
    ("actix_web", &["api/"]),
    ("utoipa", &["api/"]),
    ("utoipa_actix_web", &["api/"]),
    ("utoipa_swagger_ui", &["api/"]),
    ("clap", &["cli/", "config/", "main.rs"]),
    ("indicatif", &["cli/"]),
    ("anyhow", &["cli/", "main.rs"]),
];

pub(crate) fn find(tree: &Tree) -> Vec<Problem> {
    collect(
        tree.rust_below(SOURCE).filter(|file| !file.is_test()),
        check,
    )
}

fn check(file: &SourceFile) -> Result<Vec<Problem>, Problem> {
    let inside = file.path.strip_prefix(SOURCE).unwrap_or(&file.path);
    let problems = paths(file.product_tokens()?)
        .iter()
        .filter(|path| path.segments.len() > 1)
        .filter_map(|path| {
            let (name, places) = OWNERS.iter().find(|(name, _)| path.segments[0] == *name)?;
            let allowed = places.iter().any(|place| inside.starts_with(place));
            (!allowed).then(|| {
                file.problem(
                    path.line,
                    format!("only {} may name `{name}`", places.join(", ")),
                )
            })
        })
        .collect();
    Ok(problems)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_database_is_named_by_the_store_only() {
        let text = "use redb::Database;";
        let bad = Tree::of(&[("sensor-agent/src/api/x.rs", text)]);
        let good = Tree::of(&[("sensor-agent/src/store/x.rs", text)]);
        assert_eq!(find(&bad).len(), 1);
        assert!(find(&good).is_empty());
    }

    #[test]
    fn a_local_name_that_looks_like_a_crate_is_fine() {
        let tree = Tree::of(&[(
            "sensor-agent/src/api/x.rs",
            "fn f(log: u8, redb: u8) -> u8 { redb }",
        )]);
        assert!(find(&tree).is_empty());
    }
}

//! Every dissector and every rule of an engine has tests, and every alert type that is marked
//! implemented has a test that raises it.

use super::source::{Problem, SourceFile, Tree};

const DISSECT: &str = "sensor-agent/crates/sensor-protocols/src/dissect/";
const ENGINES: &str = "sensor-agent/crates/sensor-detect/src/engines/";

pub(crate) fn find(tree: &Tree) -> Vec<Problem> {
    let mut problems = dissectors(tree);
    problems.extend(rules(tree));
    problems
}

/// A folder below `dissect/` is a dissector; some file in it must hold tests.
fn dissectors(tree: &Tree) -> Vec<Problem> {
    tree.rust_below(DISSECT)
        .filter_map(|file| {
            let folder = file.path.strip_prefix(DISSECT)?.strip_suffix("/mod.rs")?;
            let inside = format!("{DISSECT}{folder}/");
            let tested = tree.rust_below(&inside).any(has_tests);
            (!tested).then(|| file.problem(1, format!("dissector `{folder}` has no tests")))
        })
        .collect()
}

/// A file below an engine's folder is a rule with its tests beside it.
fn rules(tree: &Tree) -> Vec<Problem> {
    tree.rust_below(ENGINES)
        .filter(|file| is_rule(&file.path) && !has_tests(file))
        .filter(|file| !tested_beside(tree, file))
        .map(|file| file.problem(1, "this rule has no tests"))
        .collect()
}

fn is_rule(path: &str) -> bool {
    let inside = path.strip_prefix(ENGINES).unwrap_or_default();
    inside.contains('/') && !inside.ends_with("mod.rs") && !inside.ends_with("tests.rs")
}

/// Tests of `rule.rs` may stand in `rule/tests.rs`.
fn tested_beside(tree: &Tree, file: &SourceFile) -> bool {
    let folder = file.path.trim_end_matches(".rs");
    tree.get(&format!("{folder}/tests.rs"))
        .is_some_and(has_tests)
}

fn has_tests(file: &SourceFile) -> bool {
    file.text.contains("#[test]") || file.text.contains("proptest!")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TESTED: &str = "#[cfg(test)] mod tests { #[test] fn t() {} }";

    #[test]
    fn a_dissector_without_tests_is_reported() {
        let modbus = format!("{DISSECT}modbus/mod.rs");
        let tests = format!("{DISSECT}modbus/tests.rs");
        assert_eq!(find(&Tree::of(&[(&modbus, "//! x")])).len(), 1);
        assert!(
            find(&Tree::of(&[
                (&modbus, "//! x"),
                (&tests, "#[test] fn t() {}")
            ]))
            .is_empty()
        );
    }

    #[test]
    fn a_rule_without_tests_is_reported() {
        let rule = format!("{ENGINES}anomaly/port_scan.rs");
        assert_eq!(find(&Tree::of(&[(&rule, "//! x")])).len(), 1);
        assert!(find(&Tree::of(&[(&rule, TESTED)])).is_empty());
    }
}

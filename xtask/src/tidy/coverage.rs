//! Every dissector and every rule of an engine has tests: a rule beside its code, or for each alert
//! type it raises a case among the tests of the detection crate, where a test compares the cases with
//! the registry of rules.

use std::collections::BTreeSet;

use super::source::{Problem, SourceFile, Tree};

const DISSECT: &str = "sensor-agent/crates/sensor-protocols/src/dissect/";
const ENGINES: &str = "sensor-agent/crates/sensor-detect/src/engines/";
const CATALOGUE: &str = "sensor-agent/crates/sensor-detect/src/catalogue/alert-types.csv";
const CASES: &str = "sensor-agent/crates/sensor-detect/tests/";

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

/// A file below an engine's folder that declares a `RULE`.
fn rules(tree: &Tree) -> Vec<Problem> {
    let ids = catalogue(tree);
    let mut problems = Vec::new();
    for rule in tree.rust_below(ENGINES).filter(|file| is_rule(file)) {
        let raised: Vec<&str> = literals(&rule.text)
            .filter(|text| ids.contains(text))
            .collect();
        let tested = has_tests(rule) || tested_beside(tree, rule);
        if raised.is_empty() && !tested {
            problems.push(rule.problem(1, "this rule has no tests"));
        }
        for id in raised {
            if !has_case(tree, id) {
                problems.push(rule.problem(1, format!("no case in {CASES} raises `{id}`")));
            }
        }
    }
    problems
}

fn is_rule(file: &SourceFile) -> bool {
    file.text.contains("const RULE: ")
}

/// Identifiers of all alert types: the first column of the catalogue.
fn catalogue(tree: &Tree) -> BTreeSet<&str> {
    let text = tree.get(CATALOGUE).map_or("", |file| file.text.as_str());
    text.lines()
        .skip(1)
        .filter_map(|line| line.split(',').next())
        .collect()
}

/// Texts between quotation marks.
fn literals(text: &str) -> impl Iterator<Item = &str> {
    text.split('"').skip(1).step_by(2)
}

fn has_case(tree: &Tree, id: &str) -> bool {
    let quoted = format!("\"{id}\"");
    tree.rust_below(CASES)
        .any(|file| file.text.contains(&quoted))
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
    fn a_type_that_no_case_raises_is_reported() {
        let rule = format!("{ENGINES}anomaly/port_scan.rs");
        let cases = format!("{CASES}types.rs");
        let code = "pub const RULE: Rule = Rule { raises: \"port_scan\", other: \"x\" };";
        let catalogue = (CATALOGUE, "id,engine\nport_scan,anomaly\n");
        let bare = find(&Tree::of(&[(&rule, code), catalogue]));
        assert_eq!(bare.len(), 1, "{bare:?}");
        let tested = (cases.as_str(), "(\"port_scan\", raise)");
        assert!(find(&Tree::of(&[(&rule, code), catalogue, tested])).is_empty());
    }

    #[test]
    fn a_rule_that_raises_nothing_known_needs_tests() {
        let rule = format!("{ENGINES}anomaly/odd.rs");
        assert_eq!(
            find(&Tree::of(&[(&rule, "pub const RULE: Rule = x;")])).len(),
            1
        );
        let helper = format!("{ENGINES}anomaly/failed.rs");
        assert!(find(&Tree::of(&[(&helper, "pub fn f() {}")])).is_empty());
    }
}

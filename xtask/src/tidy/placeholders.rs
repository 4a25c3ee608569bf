//! Nothing is left for later: no `todo!`, no ignored tests, no dead code kept by an attribute.

use super::source::{Problem, SourceFile, Tree};

/// What must not stand in code, in two halves so that this file does not report itself.
const FORBIDDEN: &[(&str, &str)] = &[
    ("#[ign", "ore"),
    ("todo", "!("),
    ("unimpl", "emented!("),
    ("allow(dead", "_code"),
    ("expect(dead", "_code"),
    ("// TO", "DO"),
    ("// FIX", "ME"),
    ("// XX", "X"),
];

pub(crate) fn find(tree: &Tree) -> Vec<Problem> {
    tree.rust().flat_map(check).collect()
}

fn check(file: &SourceFile) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (index, line) in file.text.lines().enumerate() {
        for (head, tail) in FORBIDDEN {
            let form = format!("{head}{tail}");
            if line.contains(&form) {
                problems
                    .push(file.problem(index + 1, format!("`{form}` leaves something for later")));
            }
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ignored_test_is_reported() {
        let text = format!("#[test]\n{}{}]\nfn t() {{}}\n", "#[ign", "ore");
        let found = find(&Tree::of(&[("a.rs", &text)]));
        assert_eq!(found.len(), 1);
        assert!(found[0].to_string().starts_with("a.rs:2:"));
    }

    #[test]
    fn the_word_in_a_text_is_fine() {
        assert!(find(&Tree::of(&[("a.rs", "// frames that are ignored\n")])).is_empty());
    }
}

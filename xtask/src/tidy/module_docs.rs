//! Every source file opens with what it is for; integration tests with what they prove.

use super::source::{Problem, SourceFile, Tree};

pub(crate) fn find(tree: &Tree) -> Vec<Problem> {
    tree.rust().filter_map(check).collect()
}

fn check(file: &SourceFile) -> Option<Problem> {
    let documented = file
        .text
        .lines()
        .find(|line| !line.trim().is_empty() && !line.starts_with("#!["))
        .is_some_and(|line| line.starts_with("//!"));
    // A `tests.rs` beside its module proves what that module says.
    let beside = file.path.ends_with("/tests.rs");
    (!documented && !beside)
        .then(|| file.problem(1, "open with `//!`: duty, data in, data out, limits"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_an_opening_is_reported() {
        let tree = Tree::of(&[
            ("a.rs", "use std::fs;\n"),
            ("b.rs", "//! Reads.\n"),
            ("c/tests.rs", "use x;"),
        ]);
        let found: Vec<_> = find(&tree).iter().map(ToString::to_string).collect();
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("a.rs:1:"));
    }
}

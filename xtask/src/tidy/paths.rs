//! No path of one machine in the tree: home folders, and where this checkout happens to lie.

use std::env;

use super::source::{Problem, SourceFile, Tree};
use crate::workspace;

pub(crate) fn find(tree: &Tree) -> Vec<Problem> {
    let places = places();
    tree.files
        .iter()
        .filter(|file| !file.has_extension("lock"))
        .flat_map(|file| check(file, &places))
        .collect()
}

/// Prefixes that only mean something on one machine.
fn places() -> Vec<String> {
    let mut places = vec![
        ["/ro", "ot/"].concat(),
        ["/ho", "me/"].concat(),
        ["/Us", "ers/"].concat(),
    ];
    let here = workspace::root();
    // The two folders above the checkout: a tree in `/a/b/c` must not say `/a/b/`.
    places.extend(
        here.parent()
            .filter(|above| above.components().count() > 1)
            .map(|above| format!("{}/", above.display())),
    );
    places.extend(
        env::var("HOME")
            .ok()
            .filter(|home| home.len() > 1)
            .map(|home| format!("{home}/")),
    );
    places
}

fn check(file: &SourceFile, places: &[String]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (index, line) in file.text.lines().enumerate() {
        if let Some(place) = places.iter().find(|place| names(line, place)) {
            problems
                .push(file.problem(index + 1, format!("names `{place}`, a path of one machine")));
        }
    }
    problems
}

/// Whether `line` holds `place` as the start of a path, not as the middle of one.
fn names(line: &str, place: &str) -> bool {
    line.match_indices(place).any(|(at, _)| {
        let before = line.get(..at).and_then(|head| head.chars().next_back());
        !before.is_some_and(|c| c.is_ascii_alphanumeric() || "_.-/~}*".contains(c))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> usize {
        let places = [["/ho", "me/"].concat()];
        let tree = Tree::of(&[("a.md", text)]);
        tree.files
            .iter()
            .flat_map(|file| check(file, &places))
            .count()
    }

    #[test]
    fn a_home_folder_is_reported() {
        assert_eq!(found(&["see `/ho", "me/ada/x`"].concat()), 1);
    }

    #[test]
    fn the_middle_of_a_path_is_fine() {
        assert_eq!(found(&["see `docs/ho", "me/x`"].concat()), 0);
    }
}

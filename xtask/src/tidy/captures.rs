//! Captures come from others: each has a row with source and licence in `tests/captures/README.md`
//! and what tshark finds in it beside it.

use super::source::{Problem, Tree};

const FOLDER: &str = "tests/captures/";
const README: &str = "tests/captures/README.md";

pub(crate) fn find(tree: &Tree) -> Vec<Problem> {
    let readme = tree.get(README).map_or("", |file| file.text.as_str());
    let mut problems = Vec::new();
    for file in &tree.files {
        let Some(name) = file
            .path
            .strip_prefix(FOLDER)
            .filter(|name| is_capture(name))
        else {
            continue;
        };
        if !readme.lines().any(|line| has_licence(line, name)) {
            problems.push(file.problem(1, format!("no row with source and licence in {README}")));
        }
        let facts = format!(
            "{}.facts.json",
            file.path.rsplit_once('.').map_or("", |(stem, _)| stem)
        );
        if tree.get(&facts).is_none() {
            problems.push(file.problem(1, format!("no {facts} beside it")));
        }
    }
    problems
}

fn is_capture(name: &str) -> bool {
    [".pcap", ".pcapng"].iter().any(|end| name.ends_with(end))
}

/// A row is `| name | packets | sha256 | source | licence | content |`.
fn has_licence(line: &str, name: &str) -> bool {
    let cells: Vec<&str> = line.split('|').map(str::trim).collect();
    cells.get(1) == Some(&name)
        && [4, 5]
            .iter()
            .all(|cell| cells.get(*cell).is_some_and(|text| !text.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_capture_without_a_row_is_reported() {
        let row = "| a/x.pcap | 4 | abc | zeek/zeek | BSD-3-Clause | benign |\n| a/y.pcap | 4 | abc | | | |\n";
        let tree = Tree::of(&[
            ("tests/captures/a/x.pcap", ""),
            ("tests/captures/a/x.facts.json", "{}"),
            ("tests/captures/a/y.pcap", ""),
            ("tests/captures/a/y.facts.json", "{}"),
            (README, row),
        ]);
        let lines: Vec<_> = find(&tree).iter().map(ToString::to_string).collect();
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(lines[0].starts_with("tests/captures/a/y.pcap"));
    }

    #[test]
    fn a_capture_without_facts_is_reported() {
        let row = "| a/x.pcap | 4 | abc | zeek/zeek | BSD-3-Clause | benign |\n";
        let tree = Tree::of(&[("tests/captures/a/x.pcap", ""), (README, row)]);
        assert_eq!(find(&tree).len(), 1);
    }
}

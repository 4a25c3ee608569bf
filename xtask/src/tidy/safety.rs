//! `unsafe` stands only in files named here, each with the reason, and every use is argued for in
//! a `SAFETY:` comment right above it.

use super::source::{Problem, SourceFile, Tree};

/// Files or folders where `unsafe` may stand, and why it must.
const ALLOWED: &[(&str, &str)] = &[
    (
        "sensor-ebpf/src/",
        "packet pointers, maps and helpers of the kernel",
    ),
    (
        "sensor-common/src/user.rs",
        "aya's marker trait for plain data",
    ),
    (
        "sensor-agent/src/capture/xdp/",
        "kernel calls that aya does not wrap",
    ),
    (
        "sensor-agent/src/capture/af_packet",
        "socket options and the mapped ring of AF_PACKET",
    ),
    (
        "tests/e2e/src/",
        "namespaces and raw sockets of the test rig",
    ),
];

/// Words that a SAFETY comment needs at least: a restated rule is no argument.
const WORDS: usize = 4;

pub(crate) fn find(tree: &Tree) -> Vec<Problem> {
    tree.rust().flat_map(check).collect()
}

fn check(file: &SourceFile) -> Vec<Problem> {
    let lines: Vec<&str> = file.text.lines().collect();
    let mut problems = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        if !uses_unsafe(line) {
            continue;
        }
        let number = index + 1;
        if !ALLOWED
            .iter()
            .any(|(place, _)| file.path.starts_with(place))
        {
            problems.push(file.problem(
                number,
                "unsafe outside the files named in xtask/src/tidy/safety.rs",
            ));
        }
        let words = argument(lines.get(..index).unwrap_or_default());
        if words < WORDS {
            let what =
                format!("the SAFETY comment above has {words} words; argue why this is sound");
            problems.push(file.problem(number, what));
        }
    }
    problems
}

/// Whether code in this line opens an unsafe block, function or implementation.
fn uses_unsafe(line: &str) -> bool {
    let code = line.split("//").next().unwrap_or_default();
    if code.contains('"') || code.trim_start().starts_with('#') {
        return false; // texts and attributes such as `unsafe(no_mangle)`
    }
    ["unsafe {", "unsafe fn", "unsafe impl", "unsafe extern"]
        .iter()
        .any(|form| code.contains(form))
}

/// Words of the SAFETY comment that ends right above, attributes and a statement's head allowed
/// in between; 0 when there is none.
fn argument(above: &[&str]) -> usize {
    let mut words = 0;
    let mut inside_comment = false;
    for line in above.iter().rev().map(|line| line.trim()) {
        let comment = line.strip_prefix("///").or_else(|| line.strip_prefix("//"));
        if let Some(text) = comment {
            inside_comment = true;
            words += text.split_whitespace().count();
            if text.contains("SAFETY:") || text.contains("# Safety") {
                return words.saturating_sub(1);
            }
        } else if inside_comment || line.ends_with([';', '}']) || line.is_empty() {
            return 0;
        }
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALLOWED_FILE: &str = "sensor-common/src/user.rs";

    fn found(path: &str, text: &str) -> Vec<String> {
        find(&Tree::of(&[(path, text)]))
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn an_argued_block_in_a_named_file_is_fine() {
        let text = "// SAFETY: the type has no padding and any bit pattern is valid.\nunsafe impl Pod for A {}\n";
        assert!(found(ALLOWED_FILE, text).is_empty());
    }

    #[test]
    fn a_bare_block_is_reported() {
        let found = found(ALLOWED_FILE, "let a = 1;\nlet b = unsafe { f() };\n");
        assert_eq!(found.len(), 1, "{found:?}");
    }

    #[test]
    fn a_slogan_is_no_argument() {
        assert_eq!(
            found(ALLOWED_FILE, "// SAFETY: it is safe.\nunsafe { f() };\n").len(),
            1
        );
    }

    #[test]
    fn a_comment_of_another_statement_does_not_count() {
        let text = "// SAFETY: the pointer was checked against the end of the packet.\nf();\nunsafe { g() };\n";
        assert_eq!(found(ALLOWED_FILE, text).len(), 1);
    }

    #[test]
    fn unsafe_in_any_other_file_is_reported() {
        let text =
            "// SAFETY: the type has no padding and any bit pattern is valid.\nunsafe { f() };\n";
        assert_eq!(found("sensor-agent/src/api/mod.rs", text).len(), 1);
    }
}

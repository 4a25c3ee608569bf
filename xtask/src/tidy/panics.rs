//! Code that handles a peer's bytes must not be able to panic: no `unwrap`, `expect` or indexing in
//! decode, flow and dissect. Clippy denies them too; this also sees that nobody switched it off.

use syn::visit::Visit;

use super::source::{Problem, SourceFile, Tree, collect};

const CRATE: &str = "sensor-agent/crates/sensor-protocols/src/";
const FOLDERS: &[&str] = &["decode", "flow", "dissect"];
const LINTS: &[&str] = &[
    "unwrap_used",
    "expect_used",
    "indexing_slicing",
    "arithmetic_side_effects",
];

pub(crate) fn find(tree: &Tree) -> Vec<Problem> {
    let mut problems = collect(tree.rust_below(CRATE).filter(|file| applies(file)), check);
    problems.extend(
        tree.get(&format!("{CRATE}lib.rs"))
            .into_iter()
            .flat_map(|lib| missing_lints(tree, lib)),
    );
    problems
}

fn applies(file: &SourceFile) -> bool {
    let inside = file.path.strip_prefix(CRATE).unwrap_or_default();
    !file.is_test() && FOLDERS.iter().any(|folder| inside.starts_with(folder))
}

/// The lints must be denied at the crate's head or at the head of each folder's module.
fn missing_lints(tree: &Tree, lib: &SourceFile) -> Vec<Problem> {
    let mut problems = Vec::new();
    for folder in FOLDERS {
        let Some(module) = tree.get(&format!("{CRATE}{folder}/mod.rs")) else {
            continue;
        };
        for lint in LINTS {
            let name = format!("clippy::{lint}");
            if !denies(lib, &name) && !denies(module, &name) {
                problems
                    .push(module.problem(1, format!("deny `{name}` here or at the crate's head")));
            }
        }
    }
    problems
}

fn denies(file: &SourceFile, lint: &str) -> bool {
    let head: String = file.text.split_whitespace().collect();
    head.split("#![")
        .skip(1)
        .filter_map(|attribute| attribute.split(']').next())
        .any(|attribute| {
            let denied = attribute.starts_with("deny(") || attribute.starts_with("forbid(");
            let guarded = attribute.contains(",deny(") || attribute.contains(",forbid(");
            (denied || guarded) && attribute.contains(lint)
        })
}

fn check(file: &SourceFile) -> Result<Vec<Problem>, Problem> {
    let mut visitor = Panics {
        file,
        problems: Vec::new(),
    };
    visitor.visit_file(&file.product()?);
    Ok(visitor.problems)
}

struct Panics<'a> {
    file: &'a SourceFile,
    problems: Vec<Problem>,
}

impl Panics<'_> {
    fn report(&mut self, line: usize, what: &str) {
        self.problems.push(
            self.file
                .problem(line, format!("{what} can panic on a peer's bytes")),
        );
    }
}

/// `Option::unwrap()` and `expect("…")`; a method of ours that is called `expect` takes no text.
fn is_panicking(call: &syn::ExprMethodCall) -> bool {
    let takes_text = || {
        matches!(
            call.args.first(),
            Some(syn::Expr::Lit(_) | syn::Expr::Macro(_))
        )
    };
    match call.args.len() {
        0 => call.method == "unwrap" || call.method == "unwrap_err",
        1 => call.method == "expect" && takes_text(),
        _ => false,
    }
}

impl<'ast> Visit<'ast> for Panics<'_> {
    fn visit_expr_index(&mut self, index: &'ast syn::ExprIndex) {
        self.report(index.bracket_token.span.open().start().line, "indexing");
        syn::visit::visit_expr_index(self, index);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        if is_panicking(call) {
            self.report(
                call.method.span().start().line,
                &format!("`{}`", call.method),
            );
        }
        syn::visit::visit_expr_method_call(self, call);
    }

    fn visit_macro(&mut self, mac: &'ast syn::Macro) {
        let name = mac
            .path
            .segments
            .last()
            .map(|segment| segment.ident.to_string());
        if matches!(
            name.as_deref(),
            Some("panic" | "unreachable" | "assert" | "assert_eq")
        ) {
            self.report(mac.bang_token.span.start().line, "an assertion or panic");
        }
        syn::visit::visit_macro(self, mac);
    }

    // Constants are evaluated by the compiler, where a panic is a compile error.
    fn visit_item_const(&mut self, _: &'ast syn::ItemConst) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "sensor-agent/crates/sensor-protocols/src/dissect/modbus/mbap.rs";

    fn found(text: &str) -> usize {
        find(&Tree::of(&[(FILE, text)])).len()
    }

    #[test]
    fn unwrap_expect_and_indexing_are_reported() {
        assert_eq!(
            found("fn f(b: &[u8]) { b[0]; b.get(1).unwrap(); b.get(2).expect(\"x\"); }"),
            3
        );
    }

    #[test]
    fn a_method_of_ours_may_be_called_expect() {
        assert_eq!(
            found("fn f(a: A) { a.expect(a.n() < 3, Anomaly::BadLength); }"),
            0
        );
    }

    #[test]
    fn get_is_fine_and_tests_may_unwrap() {
        let text = "fn f(b: &[u8]) -> Option<u8> { b.get(0).copied() }\n#[cfg(test)]\nmod tests { fn t() { g().unwrap(); } }";
        assert_eq!(found(text), 0);
    }

    #[test]
    fn a_module_without_the_lints_is_reported() {
        let lib = (
            "sensor-agent/crates/sensor-protocols/src/lib.rs",
            "#![forbid(unsafe_code)]",
        );
        let flow = "sensor-agent/crates/sensor-protocols/src/flow/mod.rs";
        let bare = Tree::of(&[lib, (flow, "//! x")]);
        assert_eq!(find(&bare).len(), LINTS.len());
        let all = "#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]";
        assert!(find(&Tree::of(&[lib, (flow, all)])).is_empty());
        let outside_tests = format!("#![cfg_attr(not(test), {})]", &all[3..all.len() - 1]);
        assert!(find(&Tree::of(&[lib, (flow, &outside_tests)])).is_empty());
    }
}

//! Length of files and functions. Long ones are tables that belong into data, or two things in one.

use syn::visit::Visit;

use super::source::{Problem, SourceFile, Tree, collect};

/// Lines of a file before its tests.
const FILE: usize = 400;

/// Lines of a function, signature and braces included; the same number as in `clippy.toml`.
const FUNCTION: usize = 80;

pub(crate) fn find(tree: &Tree) -> Vec<Problem> {
    let mut problems: Vec<Problem> = tree.rust().filter_map(check_file).collect();
    problems.extend(collect(tree.rust(), check_functions));
    problems
}

fn check_file(file: &SourceFile) -> Option<Problem> {
    let lines = file.product_lines();
    (lines > FILE).then(|| {
        file.problem(
            lines,
            format!("{lines} lines before the tests; split it, the limit is {FILE}"),
        )
    })
}

fn check_functions(file: &SourceFile) -> Result<Vec<Problem>, Problem> {
    let mut visitor = Functions {
        file,
        problems: Vec::new(),
    };
    visitor.visit_file(&file.product()?);
    Ok(visitor.problems)
}

struct Functions<'a> {
    file: &'a SourceFile,
    problems: Vec<Problem>,
}

impl Functions<'_> {
    fn measure(&mut self, name: &syn::Ident, block: &syn::Block) {
        let first = name.span().start().line;
        let last = block.brace_token.span.close().end().line;
        let lines = (last + 1).saturating_sub(first);
        if lines > FUNCTION {
            let what =
                format!("function `{name}` has {lines} lines; split it, the limit is {FUNCTION}");
            self.problems.push(self.file.problem(first, what));
        }
    }
}

impl<'ast> Visit<'ast> for Functions<'_> {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.measure(&item.sig.ident, &item.block);
        syn::visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.measure(&item.sig.ident, &item.block);
        syn::visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(block) = &item.default {
            self.measure(&item.sig.ident, block);
        }
        syn::visit::visit_trait_item_fn(self, item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        find(&Tree::of(&[("a.rs", text)]))
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn a_long_method_is_reported_at_its_name() {
        let text = format!(
            "struct A;\nimpl A {{\nfn long() {{\n{}}}\n}}\n",
            "f();\n".repeat(79)
        );
        let found = found(&text);
        assert_eq!(
            found,
            ["a.rs:3: function `long` has 81 lines; split it, the limit is 80"]
        );
    }

    #[test]
    fn eighty_lines_are_fine() {
        let text = format!("fn f() {{\n{}}}\n", "f();\n".repeat(78));
        assert!(found(&text).is_empty());
    }

    #[test]
    fn a_long_file_is_reported_and_its_tests_do_not_count() {
        let long = "// x\n".repeat(401);
        assert_eq!(found(&long).len(), 1);
        let tested = format!(
            "{}#[cfg(test)]\nmod tests {{}}\n{}",
            "// x\n".repeat(400),
            "// x\n".repeat(50)
        );
        assert!(found(&tested).is_empty());
    }
}

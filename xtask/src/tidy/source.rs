//! The tree as the checks see it: paths, texts, and parsed Rust files, read once.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::shell::Cmd;

/// Everything that git tracks or would track.
pub(crate) struct Tree {
    pub files: Vec<SourceFile>,
}

/// One file: its path relative to the root, with `/`, and its text if it is UTF-8.
pub(crate) struct SourceFile {
    pub path: String,
    pub text: String,
}

impl Tree {
    pub(crate) fn read(root: &Path) -> Result<Self> {
        let listed = Cmd::new("git")
            .args([
                "ls-files",
                "--cached",
                "--others",
                "--exclude-standard",
                "-z",
            ])
            .dir(root)
            .stdout()
            .context("the tree is read through git")?;
        let files = listed
            .split('\0')
            .filter(|path| !path.is_empty())
            .filter_map(|path| SourceFile::read(root, path))
            .collect();
        Ok(Self { files })
    }

    /// A tree of the given files, for tests of the checks.
    #[cfg(test)]
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let files = files
            .iter()
            .map(|(path, text)| SourceFile {
                path: (*path).to_owned(),
                text: (*text).to_owned(),
            })
            .collect();
        Self { files }
    }

    /// The Rust files.
    pub(crate) fn rust(&self) -> impl Iterator<Item = &SourceFile> {
        self.files.iter().filter(|file| file.has_extension("rs"))
    }

    /// The Rust files below `folder`, which ends with `/`.
    pub(crate) fn rust_below<'a>(
        &'a self,
        folder: &'a str,
    ) -> impl Iterator<Item = &'a SourceFile> {
        self.rust()
            .filter(move |file| file.path.starts_with(folder))
    }

    /// The file at exactly this path.
    pub(crate) fn get(&self, path: &str) -> Option<&SourceFile> {
        self.files.iter().find(|file| file.path == path)
    }
}

impl SourceFile {
    /// A deleted file that git still tracks is left out; a binary file has no text.
    fn read(root: &Path, path: &str) -> Option<Self> {
        let bytes = fs::read(root.join(path)).ok()?;
        Some(Self {
            path: path.to_owned(),
            text: String::from_utf8(bytes).unwrap_or_default(),
        })
    }

    pub(crate) fn has_extension(&self, extension: &str) -> bool {
        Path::new(&self.path)
            .extension()
            .is_some_and(|ext| ext == extension)
    }

    /// Whether the whole file is test code, so that the rules for product code do not apply.
    pub(crate) fn is_test(&self) -> bool {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        name == "tests.rs" || self.path.contains("/tests/") || self.path.starts_with("tests/")
    }

    /// Lines before the first `#[cfg(test)]` at the start of a line.
    pub(crate) fn product_lines(&self) -> usize {
        self.text
            .lines()
            .take_while(|line| !line.starts_with("#[cfg(test)]"))
            .count()
    }

    /// The token stream without items under `#[cfg(test)]`; an error names the syntax problem.
    pub(crate) fn product_tokens(&self) -> Result<TokenStream, Problem> {
        self.text
            .parse()
            .map(without_tests)
            .map_err(|error| self.problem(1, format!("is not Rust: {error}")))
    }

    /// The parsed file without items under `#[cfg(test)]`.
    pub(crate) fn product(&self) -> Result<syn::File, Problem> {
        let tokens = self.product_tokens()?;
        syn::parse2(tokens).map_err(|error| {
            let line = error.span().start().line;
            self.problem(line, format!("cannot be parsed: {error}"))
        })
    }

    pub(crate) fn problem(&self, line: usize, what: impl Into<String>) -> Problem {
        Problem {
            path: self.path.clone(),
            line,
            what: what.into(),
        }
    }
}

/// A breach: where, and what to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    path: String,
    line: usize,
    what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.what)
    }
}

/// Collects the answers of a check that may find a file unreadable.
pub(crate) fn collect(
    files: impl Iterator<Item = impl std::borrow::Borrow<SourceFile>>,
    find: impl Fn(&SourceFile) -> Result<Vec<Problem>, Problem>,
) -> Vec<Problem> {
    files
        .flat_map(|file| find(file.borrow()).unwrap_or_else(|problem| vec![problem]))
        .collect()
}

/// Drops every item that stands under an attribute with `cfg(test)`, at any depth.
fn without_tests(tokens: TokenStream) -> TokenStream {
    let mut kept = Vec::new();
    let mut skipping = false;
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        if is_hash(&token) && tokens.peek().is_some_and(is_cfg_test) {
            tokens.next();
            drop_attributes(&mut kept);
            skipping = true;
            continue;
        }
        if !skipping {
            kept.push(descend(token));
            continue;
        }
        // The item ends with its body or with a semicolon; further attributes belong to it.
        if ends_item(&token) {
            skipping = false;
            if tokens.peek().is_some_and(is_semicolon) {
                tokens.next();
            }
        }
    }
    kept.into_iter().collect()
}

/// Drops the attributes and doc comments at the end of `kept`: they belong to the dropped item.
fn drop_attributes(kept: &mut Vec<TokenTree>) {
    while let [.., hash, TokenTree::Group(group)] = kept.as_slice() {
        if !is_hash(hash) || group.delimiter() != Delimiter::Bracket {
            return;
        }
        kept.truncate(kept.len() - 2);
    }
}

fn descend(token: TokenTree) -> TokenTree {
    let TokenTree::Group(group) = token else {
        return token;
    };
    let mut inner = proc_macro2::Group::new(group.delimiter(), without_tests(group.stream()));
    inner.set_span(group.span());
    TokenTree::Group(inner)
}

fn is_hash(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == '#')
}

fn is_semicolon(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == ';')
}

fn is_cfg_test(token: &TokenTree) -> bool {
    let TokenTree::Group(group) = token else {
        return false;
    };
    let text: String = group.stream().to_string().split_whitespace().collect();
    group.delimiter() == Delimiter::Bracket
        && (text == "cfg(test)" || text.starts_with("cfg(all(test,"))
}

fn ends_item(token: &TokenTree) -> bool {
    match token {
        TokenTree::Punct(_) => is_semicolon(token),
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        TokenTree::Ident(_) | TokenTree::Literal(_) => false,
    }
}

/// A path written in the code, such as `crate::store::Store` or `redb`, with its line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct WrittenPath {
    pub segments: Vec<String>,
    pub line: usize,
}

/// Every path in `tokens`, with the groups of `use` trees written out.
pub(crate) fn paths(tokens: TokenStream) -> Vec<WrittenPath> {
    let mut found = Vec::new();
    walk(tokens, &[], &mut found);
    found
}

fn walk(tokens: TokenStream, prefix: &[String], found: &mut Vec<WrittenPath>) {
    let mut tokens = tokens.into_iter().peekable();
    let mut current: Vec<String> = Vec::new();
    let mut line = 1;
    let mut joined = false;
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Ident(ident) => {
                if !joined {
                    flush(prefix, &mut current, line, found);
                    line = ident.span().start().line;
                }
                current.push(ident.to_string());
                joined = false;
            }
            TokenTree::Punct(colon) if colon.as_char() == ':' && next_is_colon(tokens.peek()) => {
                tokens.next();
                joined = true;
            }
            TokenTree::Group(group) if joined && group.delimiter() == Delimiter::Brace => {
                let base: Vec<String> = prefix.iter().chain(&current).cloned().collect();
                current.clear();
                joined = false;
                walk(group.stream(), &base, found);
            }
            TokenTree::Group(group) => {
                flush(prefix, &mut current, line, found);
                joined = false;
                walk(group.stream(), &[], found);
            }
            TokenTree::Punct(_) | TokenTree::Literal(_) => {
                flush(prefix, &mut current, line, found);
                joined = false;
            }
        }
    }
    flush(prefix, &mut current, line, found);
}

fn next_is_colon(token: Option<&TokenTree>) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == ':')
}

fn flush(prefix: &[String], current: &mut Vec<String>, line: usize, found: &mut Vec<WrittenPath>) {
    if current.is_empty() {
        return;
    }
    let segments = prefix.iter().cloned().chain(current.drain(..)).collect();
    found.push(WrittenPath { segments, line });
}

/// Modules of a file inside its crate: `capture/xdp/ring.rs` gives `capture, xdp, ring`.
pub(crate) fn module_path(file: &str, source_folder: &str) -> Vec<String> {
    let inside = file.strip_prefix(source_folder).unwrap_or(file);
    let stem: PathBuf = Path::new(inside).with_extension("");
    let mut modules: Vec<String> = stem
        .iter()
        .map(|part| part.to_string_lossy().into_owned())
        .collect();
    if matches!(
        modules.last().map(String::as_str),
        Some("mod" | "lib" | "main")
    ) {
        modules.pop();
    }
    modules
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> Vec<String> {
        paths(text.parse().unwrap())
            .into_iter()
            .map(|path| path.segments.join("::"))
            .collect()
    }

    #[test]
    fn groups_of_use_trees_are_written_out() {
        let found = written("use crate::{api::v1, store};");
        assert!(found.contains(&"crate::api::v1".to_owned()), "{found:?}");
        assert!(found.contains(&"crate::store".to_owned()), "{found:?}");
    }

    #[test]
    fn paths_in_code_and_macros_are_seen() {
        let found =
            written("fn f() { println!(\"{}\", crate::api::NAME); let x: redb::Database; }");
        assert!(found.contains(&"crate::api::NAME".to_owned()), "{found:?}");
        assert!(found.contains(&"redb::Database".to_owned()), "{found:?}");
    }

    #[test]
    fn items_under_cfg_test_are_dropped() {
        let file = SourceFile {
            path: "x.rs".to_owned(),
            text: "mod a { /// docs\n #[cfg(test)] use bad::{x}; fn f() {} }\n#[cfg(test)]\nmod tests { use worse::y; }".to_owned(),
        };
        let text = file.product_tokens().unwrap().to_string();
        assert!(file.product().is_ok(), "{text}");
        assert!(text.contains("fn f"), "{text}");
        assert!(!text.contains("bad") && !text.contains("worse"), "{text}");
    }

    #[test]
    fn a_module_path_leaves_out_mod_and_lib() {
        assert_eq!(
            module_path("a/src/capture/xdp/ring.rs", "a/src/"),
            ["capture", "xdp", "ring"]
        );
        assert_eq!(module_path("a/src/capture/mod.rs", "a/src/"), ["capture"]);
        assert!(module_path("a/src/lib.rs", "a/src/").is_empty());
    }
}

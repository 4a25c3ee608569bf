//! How a section is declared, read, checked and described: from one list of fields.

use std::fmt::Write;
use std::ops::Range;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde::de::IntoDeserializer;
use toml::Spanned;
use toml::de::{DeString, DeTable};

use super::Value;

/// One section of the file. Use [`section!`] to declare one.
pub(super) trait Section: Default {
    /// The name in brackets.
    const NAME: &'static str;
    /// Its doc comment, line by line.
    const ABOUT: &'static [&'static str];
    /// Its keys, in file order.
    fn fields() -> Vec<Field>;
    /// Reads it; every mistake goes to `problems`, and the default stands in for the value.
    fn read(table: DeTable<'_>, problems: &mut Problems<'_>) -> Self;
}

/// One key, as the example shows it.
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) about: &'static [&'static str],
    /// The default as TOML; `None` when the key is unset by default.
    pub(super) default: Option<String>,
    /// A value to show for a key that is unset by default.
    pub(super) example: Option<&'static str>,
}

/// Mistakes found in one file.
pub(super) struct Problems<'t> {
    text: &'t str,
    /// Byte offset and text of each mistake.
    found: Vec<(usize, String)>,
}

impl<'t> Problems<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            text,
            found: Vec::new(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    pub(super) fn add(&mut self, span: Option<Range<usize>>, what: &str) {
        let at = span.map_or(0, |span| span.start);
        let one_line = what.split_whitespace().collect::<Vec<_>>().join(" ");
        self.found
            .push((at, format!("line {}: {one_line}", self.line(at))));
    }

    /// The mistakes in file order.
    pub(super) fn into_list(mut self) -> Vec<String> {
        self.found.sort_by_key(|(at, _)| *at);
        self.found.into_iter().map(|(_, what)| what).collect()
    }

    fn line(&self, at: usize) -> usize {
        let before = self.text.get(..at).unwrap_or_default();
        1 + before.matches('\n').count()
    }
}

/// Takes `section.key` out of `table`; the default where it is missing or wrong.
pub(super) fn take<T: DeserializeOwned>(
    table: &mut DeTable<'_>,
    section: &str,
    key: &str,
    default: T,
    check: impl FnOnce(&T) -> Option<String>,
    problems: &mut Problems<'_>,
) -> T {
    let Some(value): Option<Value<'_>> = table.remove(key) else {
        return default;
    };
    let span = value.span();
    let read = T::deserialize(value.into_deserializer())
        .map_err(|error| error.message().to_owned())
        .and_then(|value| match check(&value) {
            None => Ok(value),
            Some(complaint) => Err(complaint),
        });
    match read {
        Ok(value) => value,
        Err(complaint) => {
            problems.add(Some(span), &format!("{section}.{key}: {complaint}"));
            default
        }
    }
}

/// Reports the keys that are left after every known one was taken.
pub(super) fn refuse_rest<S: Section>(table: &DeTable<'_>, problems: &mut Problems<'_>) {
    for key in table.keys() {
        problems.add(Some(key.span()), &unknown_key::<S>(key));
    }
}

fn unknown_key<S: Section>(key: &Spanned<DeString<'_>>) -> String {
    let known: Vec<_> = S::fields().iter().map(|field| field.name).collect();
    let key = key.get_ref();
    let near = known
        .iter()
        .map(|name| (distance(name, key), *name))
        .min()
        .filter(|(distance, _)| *distance <= 3);
    let section = S::NAME;
    match near {
        Some((_, name)) => {
            format!("there is no key `{section}.{key}`, did you mean `{section}.{name}`?")
        }
        None => format!(
            "there is no key `{section}.{key}`; keys of this section are {}",
            known.join(", ")
        ),
    }
}

/// Levenshtein distance: how many letters to insert, delete or replace.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut previous = i + 1;
        for (cell, right) in row.iter_mut().skip(1).zip(&b) {
            let replaced = diagonal + usize::from(left != *right);
            diagonal = *cell;
            previous = replaced.min(previous + 1).min(diagonal + 1);
            *cell = previous;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

/// `value` as it stands in a TOML file; `None` when it is unset.
pub(super) fn to_toml<T: Serialize>(value: &T) -> Option<String> {
    toml::Value::try_from(value)
        .ok()
        .map(|value| value.to_string())
}

/// Appends the commented description of a section.
pub(super) fn describe<S: Section>(out: &mut String) {
    out.push('\n');
    comment(S::ABOUT, out);
    let _infallible = writeln!(out, "[{}]", S::NAME);
    for field in S::fields() {
        out.push('\n');
        comment(field.about, out);
        if let Some(default) = field.default {
            let _infallible = writeln!(out, "{} = {default}", field.name);
        }
        if let Some(example) = field.example {
            let _infallible = writeln!(out, "# Example: {} = {example}", field.name);
        }
    }
}

fn comment(lines: &[&str], out: &mut String) {
    for line in lines {
        out.push_str(format!("# {}", line.trim()).trim_end());
        out.push('\n');
    }
}

/// Declares a section: its name, keys, types, defaults and documentation in one place.
///
/// `key: Type = default, check function, example "TOML";` where `check` and `example` may be left
/// out. A check answers what is wrong with a value, naming the allowed range.
macro_rules! section {
    (
        $(#[doc = $about:literal])*
        pub struct $name:ident = $section:literal {
            $(
                $(#[doc = $doc:literal])*
                $field:ident: $type:ty = $default:expr $(, check $check:expr)? $(, example $example:literal)?;
            )*
        }
    ) => {
        $(#[doc = $about])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name {
            $($(#[doc = $doc])* pub $field: $type,)*
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $default,)* }
            }
        }

        impl $crate::config::section::Section for $name {
            const NAME: &'static str = $section;
            const ABOUT: &'static [&'static str] = &[$($about),*];

            fn fields() -> Vec<$crate::config::section::Field> {
                let defaults = Self::default();
                vec![$($crate::config::section::Field {
                    name: stringify!($field),
                    about: &[$($doc),*],
                    default: $crate::config::section::to_toml(&defaults.$field),
                    example: $crate::config::section::section!(@optional $($example)?),
                },)*]
            }

            fn read(
                mut table: toml::de::DeTable<'_>,
                problems: &mut $crate::config::section::Problems<'_>,
            ) -> Self {
                let read = Self {
                    $($field: $crate::config::section::take(
                        &mut table,
                        $section,
                        stringify!($field),
                        $default,
                        $crate::config::section::section!(@check $type, $($check)?),
                        problems,
                    ),)*
                };
                $crate::config::section::refuse_rest::<Self>(&table, problems);
                read
            }
        }
    };
    (@optional) => { None };
    (@optional $value:literal) => { Some($value) };
    (@check $type:ty,) => { |_: &$type| None };
    (@check $type:ty, $check:expr) => { $check };
}

pub(super) use section;

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn distance_counts_edits() {
        assert_eq!(distance("listen", "listen"), 0);
        assert_eq!(distance("interface", "interfaces"), 1);
        assert_eq!(distance("sotre", "store"), 2);
        assert_eq!(distance("", "abc"), 3);
    }
}

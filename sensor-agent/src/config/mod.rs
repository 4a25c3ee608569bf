//! What the sensor is told to do: one TOML file, one type per section.
//!
//! Data in: the text of the file. Data out: a checked [`Config`], or every mistake in the file at
//! once, each with its line, its key path and what is allowed. A section's doc comments are the
//! manual: [`example`] makes the commented example file out of them and of the defaults.
//!
//! Defaults are safe: the API listens on the loopback address only and asks for a token, capture
//! is passive, every table has a bound. A key that does not exist is an error, since a typing
//! mistake must not switch a protection off silently.

mod api;
mod capture;
mod detect;
mod section;
mod sensor;
mod store;
mod units;

use std::fs;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

pub use self::api::Api;
pub use self::capture::{AfterCapture, Attach, Backend, Capture};
pub use self::detect::{Detect, ThresholdSetting};
use self::section::{Problems, Section, describe};
pub use self::sensor::Sensor;
pub use self::store::Store;
pub use self::units::{ByteSize, HumanDuration};

/// The whole configuration, checked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Config {
    pub sensor: Sensor,
    pub capture: Capture,
    pub detect: Detect,
    pub store: Store,
    pub api: Api,
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("cannot read configuration {path}: {cause}; check the path, or run without --config")]
    Unreadable { path: String, cause: String },
    #[error("configuration {path} has {count}: {list}", count = count(problems), list = problems.join("; "))]
    Invalid {
        path: String,
        /// One entry for each mistake, in file order.
        problems: Vec<String>,
    },
}

fn count(problems: &[String]) -> String {
    match problems.len() {
        1 => "a mistake".to_owned(),
        many => format!("{many} mistakes"),
    }
}

impl Config {
    /// Reads and checks the file at `path`.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = fs::read_to_string(path).map_err(|error| ConfigError::Unreadable {
            path: path.display().to_string(),
            cause: error.to_string(),
        })?;
        Self::parse(&text).map_err(|problems| ConfigError::Invalid {
            path: path.display().to_string(),
            problems,
        })
    }

    /// Checks the text of a configuration; the error lists every mistake.
    pub fn parse(text: &str) -> Result<Self, Vec<String>> {
        let (document, syntax) = DeTable::parse_recoverable(text);
        let mut problems = Problems::new(text);
        for error in &syntax {
            problems.add(error.span(), error.message());
        }
        if !problems.is_empty() {
            return Err(problems.into_list());
        }
        let mut document = document.into_inner();
        let config = Self {
            sensor: take(&mut document, &mut problems),
            capture: take(&mut document, &mut problems),
            detect: take(&mut document, &mut problems),
            store: take(&mut document, &mut problems),
            api: take(&mut document, &mut problems),
        };
        for key in document.keys() {
            problems.add(
                Some(key.span()),
                &format!(
                    "there is no section or key `{}`; sections are {}",
                    key.get_ref(),
                    Self::SECTIONS.join(", ")
                ),
            );
        }
        let mut list = problems.into_list();
        if let Err(problems) = config.detect.settings() {
            list.extend(problems);
        }
        if list.is_empty() {
            Ok(config)
        } else {
            Err(list)
        }
    }

    const SECTIONS: [&'static str; 5] = [
        Sensor::NAME,
        Capture::NAME,
        Detect::NAME,
        Store::NAME,
        Api::NAME,
    ];
}

/// Takes one section out of the document.
fn take<S: Section>(document: &mut DeTable<'_>, problems: &mut Problems<'_>) -> S {
    let Some(value) = document.remove(S::NAME) else {
        return S::default();
    };
    let span = value.span();
    match value.into_inner() {
        DeValue::Table(table) => S::read(table, problems),
        DeValue::String(_)
        | DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_)
        | DeValue::Array(_) => {
            problems.add(
                Some(span),
                &format!("`{0}` is a section: write [{0}]", S::NAME),
            );
            S::default()
        }
    }
}

/// The commented example file: every key with its meaning, allowed values and default.
pub fn example() -> String {
    let mut out = String::from(
        "# Configuration of sensor-agent. Every key is optional; the values below are the defaults.\n\
         # Check a file with `sensor-agent check-config FILE`.\n",
    );
    describe::<Sensor>(&mut out);
    describe::<Capture>(&mut out);
    describe::<Detect>(&mut out);
    describe::<Store>(&mut out);
    describe::<Api>(&mut out);
    out
}

/// A value of the document with its place.
type Value<'i> = Spanned<DeValue<'i>>;

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::Duration;

    use super::{Config, Section, example};

    #[test]
    fn an_empty_file_is_the_defaults() {
        assert_eq!(Config::parse(""), Ok(Config::default()));
    }

    #[test]
    fn the_example_is_fresh_and_loads_as_the_defaults() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/config/sensor.example.toml");
        let generated = example();
        if std::env::var_os("TELLTALE_BLESS").is_some() {
            fs::write(path, &generated).expect("the example can be written");
        }
        let stored = fs::read_to_string(path).expect("the example file exists");
        assert!(
            stored == generated,
            "{path} is stale; run the tests once with TELLTALE_BLESS=1"
        );
        assert_eq!(Config::parse(&stored), Ok(Config::default()));
    }

    #[test]
    fn every_example_in_the_example_file_loads() {
        let mut lines: Vec<String> = Vec::new();
        for line in example().lines() {
            match line.strip_prefix("# Example: ") {
                // The example stands below the default of the same key and replaces it.
                Some(value) => *lines.last_mut().expect("a line before") = value.to_owned(),
                None => lines.push(line.to_owned()),
            }
        }
        let config = Config::parse(&lines.join("\n")).expect("the examples are valid");
        assert_ne!(config, Config::default());
    }

    #[test]
    fn values_with_units_are_read() {
        let config = Config::parse(
            "[capture]\ninterfaces = [\"eth1\"]\nring = \"8 MiB\"\n[store]\nretention = \"30 d\"\n",
        )
        .expect("valid");
        assert_eq!(config.capture.interfaces, ["eth1"]);
        assert_eq!(config.capture.ring.bytes(), 8 << 20);
        assert_eq!(config.store.retention.get(), Duration::from_hours(30 * 24));
    }

    #[test]
    fn all_mistakes_are_listed_with_line_key_and_remedy() {
        let text = "[capture]\ninterface = \"eth1\"\nring = \"8 lightyears\"\n\
                    [api]\nlisten = 7\n[sotre]\npath = \"x\"\n";
        let problems = Config::parse(text).expect_err("five mistakes");
        let expected = [
            "line 2: there is no key `capture.interface`, did you mean `capture.interfaces`",
            "line 3: capture.ring:",
            "line 5: api.listen:",
            "line 6: there is no section or key `sotre`",
        ];
        assert_eq!(problems.len(), expected.len(), "{problems:#?}");
        for (problem, expected) in problems.iter().zip(expected) {
            assert!(problem.starts_with(expected), "{problem}");
        }
    }

    #[test]
    fn values_out_of_range_name_the_range() {
        let problems = Config::parse("[capture]\nring = \"1 KiB\"\n").expect_err("too small");
        assert!(problems[0].contains("1 MiB"), "{problems:?}");
    }

    #[test]
    fn broken_toml_names_the_line() {
        let problems = Config::parse("[api]\nlisten = \n").expect_err("not TOML");
        assert!(problems[0].starts_with("line 2"), "{problems:?}");
    }

    #[test]
    fn a_value_where_a_section_belongs_is_told() {
        let problems = Config::parse("api = 5\n").expect_err("not a section");
        assert!(problems[0].contains("write [api]"), "{problems:?}");
    }

    #[test]
    fn section_names_are_the_keys_of_the_example() {
        for name in Config::SECTIONS {
            assert!(example().contains(&format!("\n[{name}]\n")), "{name}");
        }
        assert_eq!(super::Api::NAME, "api");
    }
}

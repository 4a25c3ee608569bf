//! The order of the stages inside the agent: an import may only go down.
//!
//! `cli` says what people may type, `pipeline` above it wires the stages and carries out what moves
//! frames, `main` dispatches. `metrics` reads what every stage up to `service` counts.

use super::source::{Problem, SourceFile, Tree, WrittenPath, collect, module_path, paths};

const SOURCE: &str = "sensor-agent/src/";

/// Modules from the bottom to the top; those in one row do not know each other.
const ORDER: &[&[&str]] = &[
    &["config"],
    &["capture"],
    &["alert"],
    &["store"],
    &["service"],
    &["metrics"],
    &["api", "forward"],
    &["cli"],
    &["pipeline"],
    &["main"],
];

pub(crate) fn find(tree: &Tree) -> Vec<Problem> {
    collect(
        tree.rust_below(SOURCE).filter(|file| !file.is_test()),
        check,
    )
}

fn check(file: &SourceFile) -> Result<Vec<Problem>, Problem> {
    let modules = module_path(&file.path, SOURCE);
    let Some(own) = modules.first() else {
        return Ok(Vec::new()); // lib.rs lists the modules, main.rs joins them
    };
    let Some(level) = level(own) else {
        return Ok(vec![file.problem(1, format!("module `{own}` has no place in the order of the stages; give it one in xtask/src/tidy/layers.rs"))]);
    };
    let problems = paths(file.product_tokens()?)
        .iter()
        .filter_map(|path| {
            let target = target(path, &modules)?;
            upward(own, level, &target).then(|| {
                file.problem(
                    path.line,
                    format!("`{own}` must not know `{target}`: {}", order()),
                )
            })
        })
        .collect();
    Ok(problems)
}

/// Whether `own`, at `level`, may not name `target`.
fn upward(own: &str, own_level: usize, target: &str) -> bool {
    target != own && level(target).is_some_and(|target| target >= own_level)
}

/// The stage that `path` leads to, when it leads into this crate.
fn target(path: &WrittenPath, modules: &[String]) -> Option<String> {
    let first = path.segments.first()?;
    match first.as_str() {
        "crate" | "sensor_agent" => path.segments.get(1).cloned(),
        "super" => {
            let up = path
                .segments
                .iter()
                .take_while(|part| *part == "super")
                .count();
            // From `a::b`, `super` is `a` and `super::super` the crate.
            (up >= modules.len())
                .then(|| path.segments.get(up).cloned())
                .flatten()
        }
        _ => None,
    }
}

fn level(module: &str) -> Option<usize> {
    ORDER.iter().position(|row| row.contains(&module))
}

fn order() -> String {
    let rows: Vec<String> = ORDER.iter().map(|row| row.join(", ")).collect();
    rows.join(" < ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str, text: &str) -> Vec<String> {
        find(&Tree::of(&[(path, text)]))
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn an_import_down_is_fine() {
        assert!(lines("sensor-agent/src/api/v1.rs", "use crate::service::Service;").is_empty());
    }

    #[test]
    fn an_import_up_is_reported_with_its_line() {
        let found = lines(
            "sensor-agent/src/store/mod.rs",
            "//! x\nuse crate::{config::C, api::v1};",
        );
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].starts_with("sensor-agent/src/store/mod.rs:2: `store` must not know `api`")
        );
    }

    #[test]
    fn a_neighbour_in_one_row_is_reported() {
        assert_eq!(
            lines(
                "sensor-agent/src/forward/mod.rs",
                "fn f() { crate::api::x() }"
            )
            .len(),
            1
        );
    }

    #[test]
    fn super_out_of_the_stage_is_followed() {
        assert_eq!(
            lines(
                "sensor-agent/src/alert/key.rs",
                "use super::super::pipeline::X;"
            )
            .len(),
            1
        );
        assert_eq!(
            lines("sensor-agent/src/alert/mod.rs", "use super::pipeline::X;").len(),
            1
        );
        assert!(lines("sensor-agent/src/alert/key.rs", "use super::pipeline::X;").is_empty());
    }

    #[test]
    fn tests_may_use_what_they_like() {
        let text = "#[cfg(test)]\nmod tests { use crate::pipeline::run; }";
        assert!(lines("sensor-agent/src/alert/mod.rs", text).is_empty());
    }

    #[test]
    fn a_module_without_a_place_is_reported() {
        assert_eq!(lines("sensor-agent/src/extra/mod.rs", "").len(), 1);
    }
}

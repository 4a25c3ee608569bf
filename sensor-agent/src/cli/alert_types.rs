//! `alert-types`: the catalogue of this build.

use sensor_detect::catalogue::{AlertType, catalogue, document};

use super::{Failure, Stdout};
use crate::api::dto;

/// List the alert types, with what each needs to be raised.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Print every property of each type as a JSON array.
    #[arg(long)]
    json: bool,
    /// Leave out the types that this build does not raise yet.
    #[arg(long)]
    implemented: bool,
    /// Print the alert reference in Markdown.
    #[arg(long, conflicts_with_all = ["json", "implemented"])]
    markdown: bool,
}

pub fn run(args: &Args) -> Result<(), Failure> {
    let wanted: Vec<&AlertType> = catalogue()
        .iter()
        .filter(|kind| !args.implemented || kind.not_implemented.is_none())
        .collect();
    let mut out = Stdout::default();
    if args.markdown {
        out.line(document().trim_end())?;
        return out.finish();
    }
    if args.json {
        let types: Vec<_> = wanted
            .into_iter()
            .map(dto::alert_type::AlertType::from)
            .collect();
        out.json(&types)?;
    } else {
        for kind in wanted {
            out.line(&for_people(kind))?;
        }
    }
    out.finish()
}

/// `modbus_exception   major    Title (off by default)`.
fn for_people(kind: &AlertType) -> String {
    let remark = match (&kind.not_implemented, kind.enabled_by_default) {
        (Some(_), _) => " (not raised by this build)",
        (None, false) => " (off by default)",
        (None, true) => "",
    };
    format!(
        "{:<52} {:<8} {}{remark}",
        kind.id,
        kind.severity.id(),
        kind.title
    )
}

//! `openapi`: the specification of the REST interface.

use super::{Failure, Stdout};
use crate::api::openapi_json;

/// Print the OpenAPI document of the REST interface.
#[derive(Debug, clap::Args)]
pub struct Args {}

pub fn run(_args: &Args) -> Result<(), Failure> {
    let mut out = Stdout::default();
    out.line(openapi_json().trim_end())?;
    out.finish()
}

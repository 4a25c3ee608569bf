//! `export`: the alerts of a data directory, without a running sensor.

use std::io::Write;
use std::path::PathBuf;

use super::{Failure, Stdout};
use crate::api::dto::alert::Alert;
use crate::api::export::{csv_heading, csv_row};
use crate::service::{AlertQuery, Service, ServiceError, ServiceSettings};
use crate::store::FILE_NAME;

/// Print every alert kept in a data directory, newest first.
///
/// The sensor must not run on it at the same time; a running one exports over its REST interface.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder of the database.
    #[arg(long, value_name = "DIR")]
    data_dir: PathBuf,
    /// Form of the list.
    #[arg(long, value_enum, default_value_t = Form::Ndjson)]
    format: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    /// One alert a line, as JSON.
    Ndjson,
    /// A table for spreadsheets.
    Csv,
}

pub fn run(args: &Args) -> Result<(), Failure> {
    // Opening would make a new database where there is none.
    let database = args.data_dir.join(FILE_NAME);
    if !database.is_file() {
        return Err(Failure::run_time(format!(
            "there is no database {}; name the data directory of a sensor",
            database.display()
        )));
    }
    let (service, restored) =
        Service::open(ServiceSettings::new(&args.data_dir)).map_err(Failure::run_time)?;
    let written = match restored.store_failure {
        Some(failure) => Err(Failure::run_time(failure)),
        None => write_all(&service, args.format),
    };
    service.close();
    written
}

fn write_all(service: &Service, form: Form) -> Result<(), Failure> {
    let mut out = Stdout::default();
    if form == Form::Csv {
        out.write_all(csv_heading::<Alert>().as_bytes())?;
    }
    let rows = service
        .export_alerts(AlertQuery::default())
        .map_err(|error| unreadable(&error))?;
    for row in rows {
        let alert = Alert::from(row.map_err(|error| unreadable(&error))?);
        match form {
            Form::Ndjson => out.json_line(&alert)?,
            Form::Csv => out.write_all(csv_row(&alert).as_bytes())?,
        }
    }
    out.finish()
}

fn unreadable(error: &ServiceError) -> Failure {
    Failure::run_time(format!(
        "the list ends here: {error}; what follows could not be read"
    ))
}

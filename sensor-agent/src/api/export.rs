//! Lists as CSV and NDJSON, streamed in constant memory.
//!
//! Data in: an iterator of rows that may block on the disk. Data out: chunks of text. A row that
//! cannot be read breaks the connection off, so that a client never takes half a list for a whole
//! one. A client that stops reading loses its stream after [`limits::EXPORT_STALL`].

use std::fmt::Write as _;

use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_DISPOSITION, HeaderName, HeaderValue};
use actix_web::web::Bytes;
use futures_util::stream;
use serde::Serialize;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, mpsc};

use super::dto::alert::Alert;
use super::dto::timeline::TimelineEvent;
use super::limits;
use super::problem::ApiError;
use crate::service::ServiceError;

/// A row that knows its CSV form.
pub(crate) trait Row: Serialize + Send + 'static {
    const HEADER: &'static [&'static str];
    /// Name of the file that browsers save.
    const FILE: &'static str;

    fn cells(&self) -> Vec<String>;
}

/// The text form of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Csv,
    Ndjson,
}

type Chunk = Result<Bytes, ApiError>;

/// Answers with all rows. The permit is held until the last byte is sent.
pub(crate) fn respond<R: Row>(
    rows: impl Iterator<Item = Result<R, ServiceError>> + Send + 'static,
    form: Form,
    permit: OwnedSemaphorePermit,
) -> HttpResponse {
    let (sender, receiver) = mpsc::channel::<Chunk>(limits::EXPORT_CHUNKS_AHEAD);
    let runtime = Handle::current();
    tokio::task::spawn_blocking(move || {
        let send = |chunk: Chunk| {
            let sending = tokio::time::timeout(limits::EXPORT_STALL, sender.send(chunk));
            matches!(runtime.block_on(sending), Ok(Ok(())))
        };
        produce(rows, form, send);
        drop(permit);
    });
    let chunks = stream::unfold(receiver, |mut receiver| async move {
        receiver.recv().await.map(|chunk| (chunk, receiver))
    });
    let mut response = HttpResponse::Ok();
    if form == Form::Csv {
        response.insert_header(attachment(R::FILE));
    }
    let media = match form {
        Form::Csv => "text/csv; charset=utf-8",
        Form::Ndjson => "application/x-ndjson",
    };
    response.content_type(media).streaming(chunks)
}

fn attachment(file: &str) -> (HeaderName, HeaderValue) {
    let value = HeaderValue::from_str(&format!("attachment; filename=\"{file}\""))
        .unwrap_or(HeaderValue::from_static("attachment"));
    (CONTENT_DISPOSITION, value)
}

/// Writes rows into chunks until they end, fail, or nobody takes them.
fn produce<R: Row>(
    rows: impl Iterator<Item = Result<R, ServiceError>>,
    form: Form,
    send: impl Fn(Chunk) -> bool,
) {
    let mut text = String::new();
    if form == Form::Csv {
        line(&mut text, R::HEADER.iter().map(|name| (*name).to_owned()));
    }
    for row in rows {
        match row {
            Ok(row) => encode(&mut text, &row, form),
            Err(error) => {
                send(Err(ApiError::internal(error)));
                return;
            }
        }
        if text.len() >= limits::EXPORT_CHUNK_BYTES && !send(Ok(take(&mut text))) {
            return;
        }
    }
    send(Ok(take(&mut text)));
}

/// The heading of a CSV list of `R`, for callers that write their own stream.
pub(crate) fn csv_heading<R: Row>() -> String {
    let mut text = String::new();
    line(&mut text, R::HEADER.iter().map(|name| (*name).to_owned()));
    text
}

/// One row of such a list.
pub(crate) fn csv_row<R: Row>(row: &R) -> String {
    let mut text = String::new();
    line(&mut text, row.cells().into_iter());
    text
}

fn take(text: &mut String) -> Bytes {
    Bytes::from(std::mem::take(text))
}

fn encode<R: Row>(text: &mut String, row: &R, form: Form) {
    match form {
        Form::Csv => line(text, row.cells().into_iter()),
        Form::Ndjson => {
            // DTOs hold text, numbers and lists only, which always have a JSON form.
            text.push_str(&serde_json::to_string(row).unwrap_or_default());
            text.push('\n');
        }
    }
}

/// One record (RFC 4180): every cell quoted, lines end with CR LF.
fn line(text: &mut String, cells: impl Iterator<Item = String>) {
    for (index, cell) in cells.enumerate() {
        let comma = if index == 0 { "" } else { "," };
        let guard = if is_formula(&cell) { "'" } else { "" };
        // Writing to a String cannot fail.
        let _ = write!(text, "{comma}\"{guard}{}\"", cell.replace('"', "\"\""));
    }
    text.push_str("\r\n");
}

/// Spreadsheets would run it: names on the wire are chosen by the peer.
fn is_formula(cell: &str) -> bool {
    cell.starts_with(['=', '+', '-', '@', '\t', '\r'])
}

impl Row for Alert {
    /// The eight columns that users of Defender for IoT know.
    const HEADER: &'static [&'static str] = &[
        "source address",
        "destination address",
        "alert title",
        "alert severity",
        "alert message",
        "additional information",
        "acknowledged status",
        "PCAP availability",
    ];
    const FILE: &'static str = "alerts.csv";

    fn cells(&self) -> Vec<String> {
        use super::dto::term::Vocabulary;
        let address = |party: &Option<super::dto::alert::AlertParty>| {
            let party = party.as_ref();
            party
                .and_then(|party| party.ip.clone().or_else(|| party.mac.clone()))
                .unwrap_or_default()
        };
        let word = |yes: bool, yes_word: &str, no_word: &str| {
            String::from(if yes { yes_word } else { no_word })
        };
        vec![
            address(&self.source),
            address(&self.destination),
            self.title.clone(),
            self.severity.0.word().to_owned(),
            self.message.clone(),
            additional_information(self),
            word(self.acknowledged, "acknowledged", "not acknowledged"),
            word(self.pcap_available, "available", "not available"),
        ]
    }
}

/// The violations, one a line, and how many are not listed.
fn additional_information(alert: &Alert) -> String {
    let mut lines: Vec<String> = alert.violations.iter().map(violation_line).collect();
    if alert.violations_omitted > 0 {
        lines.push(format!(
            "and {} messages of further violations",
            alert.violations_omitted
        ));
    }
    lines.join("\n")
}

fn violation_line(violation: &super::dto::alert::Violation) -> String {
    let values: Vec<String> = violation
        .values
        .iter()
        .map(|value| format!("{}: {}", value.name, value.value))
        .collect();
    format!("{} (count: {})", values.join(", "), violation.count)
}

impl Row for TimelineEvent {
    const HEADER: &'static [&'static str] = &[
        "id",
        "time",
        "type",
        "severity",
        "title",
        "content",
        "actor",
        "address",
        "operation",
        "alert id",
        "before",
        "after",
    ];
    const FILE: &'static str = "timeline.csv";

    fn cells(&self) -> Vec<String> {
        use super::dto::term::Vocabulary;
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        vec![
            self.id.to_string(),
            self.time.to_string(),
            self.event_type.0.word().to_owned(),
            self.severity.0.word().to_owned(),
            self.title.clone(),
            self.content.clone(),
            self.actor.clone(),
            text(&self.actor_address),
            self.operation.map_or("", |term| term.0.word()).to_owned(),
            self.alert_id.map(|id| id.to_string()).unwrap_or_default(),
            text(&self.before),
            text(&self.after),
        ]
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[derive(Serialize)]
    struct Pair(String, String);

    impl Row for Pair {
        const HEADER: &'static [&'static str] = &["a", "b"];
        const FILE: &'static str = "pairs.csv";

        fn cells(&self) -> Vec<String> {
            vec![self.0.clone(), self.1.clone()]
        }
    }

    fn row(a: &str, b: &str) -> Pair {
        Pair(a.to_owned(), b.to_owned())
    }

    /// Everything that was sent, and whether it ended well.
    fn sent(rows: Vec<Result<Pair, ServiceError>>, form: Form) -> (String, bool) {
        let text = RefCell::new(String::new());
        let failed = RefCell::new(false);
        produce(rows.into_iter(), form, |chunk| {
            match chunk {
                Ok(bytes) => text
                    .borrow_mut()
                    .push_str(std::str::from_utf8(&bytes).expect("UTF-8")),
                Err(_) => *failed.borrow_mut() = true,
            }
            true
        });
        (text.into_inner(), !failed.into_inner())
    }

    #[test]
    fn cells_are_quoted_and_formulas_lose_their_force() {
        let rows = vec![
            row("=cmd|' /C calc'!A0", "say \"hi\", twice"),
            row("+1", "-1"),
            row("@SUM(A1)", "\tx"),
            row("\rx", "1=1"),
        ];
        let (text, _) = sent(rows.into_iter().map(Ok).collect(), Form::Csv);
        assert_eq!(
            text,
            "\"a\",\"b\"\r\n\
             \"'=cmd|' /C calc'!A0\",\"say \"\"hi\"\", twice\"\r\n\
             \"'+1\",\"'-1\"\r\n\
             \"'@SUM(A1)\",\"'\tx\"\r\n\
             \"'\rx\",\"1=1\"\r\n"
        );
    }

    #[test]
    fn an_empty_list_still_has_its_header() {
        assert_eq!(sent(Vec::new(), Form::Csv).0, "\"a\",\"b\"\r\n");
        assert_eq!(sent(Vec::new(), Form::Ndjson).0, "");
    }

    #[test]
    fn a_list_that_cannot_be_read_to_its_end_does_not_look_complete() {
        let broken = Err(ServiceError::NotFound {
            what: "page",
            id: String::from("7"),
        });
        let (_, complete) = sent(
            vec![Ok(row("x", "y")), broken, Ok(row("z", "z"))],
            Form::Ndjson,
        );
        assert!(!complete);
    }

    #[test]
    fn a_reader_that_left_stops_the_rows() {
        let read = RefCell::new(0_u32);
        let long = "x".repeat(limits::EXPORT_CHUNK_BYTES);
        let rows = std::iter::repeat_with(|| {
            *read.borrow_mut() += 1;
            Ok(row(&long, ""))
        });
        produce(rows.take(1000), Form::Csv, |_| false);
        assert_eq!(read.into_inner(), 1);
    }
}

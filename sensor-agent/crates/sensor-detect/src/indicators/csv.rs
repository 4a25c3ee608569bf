//! Indicators as CSV: a header line, then one indicator a line.
//!
//! Columns: `kind`, `value`; optionally `family`, `verdict` (malicious, suspicious), `expires`. Others
//! are passed over. Without a header whose columns are known, a file is a plain list: one address,
//! network, name, URL or hash a line, as blocklists are published; `#` begins a comment.

use ::csv::{ReaderBuilder, StringRecord, Trim};

use super::{Import, Indicator, IndicatorKind, Verdict, time};

/// Reads a feed.
///
/// # Errors
/// When it is not UTF-8.
pub(super) fn read(feed: &[u8]) -> Result<Import, String> {
    let text = std::str::from_utf8(feed).map_err(|error| {
        format!(
            "the feed is not UTF-8 text: octet {} is wrong",
            error.valid_up_to() + 1
        )
    })?;
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .comment(Some(b'#'))
        .trim(Trim::All)
        .from_reader(text.as_bytes());
    let mut columns: Option<Columns> = None;
    let mut import = Import::default();
    for (at, record) in reader.records().enumerate() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                import.leave_out(at + 1, error.to_string());
                continue;
            }
        };
        let line = record.position().map_or(at + 1, |position| {
            usize::try_from(position.line()).unwrap_or(usize::MAX)
        });
        if at == 0 {
            columns = Columns::of(&record);
            if columns.is_some() {
                continue;
            }
        }
        let indicator = match &columns {
            Some(columns) => columns.indicator(&record),
            None => plain(record.get(0).unwrap_or_default()),
        };
        import.take(line, indicator);
    }
    Ok(import)
}

/// Where the columns are.
struct Columns {
    kind: usize,
    value: usize,
    family: Option<usize>,
    verdict: Option<usize>,
    expires: Option<usize>,
}

impl Columns {
    /// `None` when the record is no header.
    fn of(header: &StringRecord) -> Option<Self> {
        let place = |name: &str| {
            header
                .iter()
                .position(|column| column.eq_ignore_ascii_case(name))
        };
        Some(Self {
            kind: place("kind").or_else(|| place("type"))?,
            value: place("value").or_else(|| place("indicator"))?,
            family: place("family"),
            verdict: place("verdict"),
            expires: place("expires"),
        })
    }

    fn indicator(&self, record: &StringRecord) -> Result<Indicator, String> {
        let field = |at: Option<usize>| at.and_then(|at| record.get(at)).unwrap_or_default();
        let kind: IndicatorKind = field(Some(self.kind)).parse()?;
        let mut indicator =
            Indicator::new(kind, field(Some(self.value)))?.of_family(field(self.family))?;
        indicator.verdict = field(self.verdict).parse::<Verdict>()?;
        let expires = field(self.expires);
        if !expires.is_empty() {
            indicator.expires = Some(time(expires)?);
        }
        Ok(indicator)
    }
}

/// An entry of a plain list: the kind follows from its form.
fn plain(value: &str) -> Result<Indicator, String> {
    let by_form = [
        IndicatorKind::Ip,
        IndicatorKind::Network,
        IndicatorKind::FileHash,
        IndicatorKind::Domain,
    ];
    if value.contains("://") {
        return Indicator::new(IndicatorKind::Url, value);
    }
    by_form
        .into_iter()
        .find_map(|kind| Indicator::new(kind, value).ok())
        .ok_or_else(|| {
            format!("`{value}` is no address, network, name, URL or hash; is the header `kind,value` missing?")
        })
}

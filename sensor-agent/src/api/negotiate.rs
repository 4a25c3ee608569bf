//! Which media type an answer gets (RFC 9110, section 12.5.1).

use actix_web::http::header::{ACCEPT, HeaderMap};

pub(crate) const JSON: &str = "application/json";
pub(crate) const CSV: &str = "text/csv";
pub(crate) const NDJSON: &str = "application/x-ndjson";

/// The offered media type that the client likes best; the first on a tie. `None`: it takes none.
pub(crate) fn best<'a>(headers: &HeaderMap, offered: &[&'a str]) -> Option<&'a str> {
    let ranges: Vec<Range> = headers
        .get_all(ACCEPT)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(Range::parse)
        .collect();
    if ranges.is_empty() && !headers.contains_key(ACCEPT) {
        return offered.first().copied();
    }
    let mut best: Option<(&str, u16)> = None;
    for media in offered {
        let quality = quality(&ranges, media);
        if quality > best.map_or(0, |(_, quality)| quality) {
            best = Some((media, quality));
        }
    }
    best.map(|(media, _)| media)
}

/// One media range with its weight in thousandths.
struct Range {
    kind: String,
    subtype: String,
    quality: u16,
}

impl Range {
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let (kind, subtype) = parts.next()?.split_once('/')?;
        let mut quality = 1000;
        for parameter in parts {
            if let Some(weight) = parameter.strip_prefix("q=") {
                quality = thousandths(weight)?;
            }
        }
        Some(Self {
            kind: kind.to_ascii_lowercase(),
            subtype: subtype.to_ascii_lowercase(),
            quality,
        })
    }

    /// How closely the range names `media`: 0 not at all, 3 exactly.
    fn closeness(&self, media: &str) -> u8 {
        let (kind, subtype) = media.split_once('/').unwrap_or((media, ""));
        match (self.kind.as_str(), self.subtype.as_str()) {
            (k, s) if k == kind && s == subtype => 3,
            (k, "*") if k == kind => 2,
            ("*", "*") => 1,
            _ => 0,
        }
    }
}

/// The weight of the closest range.
fn quality(ranges: &[Range], media: &str) -> u16 {
    ranges
        .iter()
        .map(|range| (range.closeness(media), range.quality))
        .filter(|(closeness, _)| *closeness > 0)
        .max_by_key(|(closeness, quality)| (*closeness, *quality))
        .map_or(0, |(_, quality)| quality)
}

/// `0.5` as 500; `None` when it is no weight.
fn thousandths(weight: &str) -> Option<u16> {
    let value: f32 = weight.parse().ok()?;
    if !(0.0..=1.0).contains(&value) {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "within 0 to 1000 after the check above"
    )]
    Some((value * 1000.0).round() as u16)
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn check(accept: Option<&str>, expect: Option<&str>) {
        let mut headers = HeaderMap::new();
        if let Some(accept) = accept {
            headers.insert(ACCEPT, HeaderValue::from_str(accept).expect("header text"));
        }
        assert_eq!(best(&headers, &[JSON, CSV, NDJSON]), expect, "{accept:?}");
    }

    #[test]
    fn the_clients_order_decides_and_ties_go_to_json() {
        check(None, Some(JSON));
        check(Some("*/*"), Some(JSON));
        check(Some("text/csv"), Some(CSV));
        check(Some("Text/CSV; charset=utf-8"), Some(CSV));
        check(Some("text/*"), Some(CSV));
        check(Some("application/x-ndjson, text/csv;q=0.9"), Some(NDJSON));
        check(Some("application/json;q=0.1, text/csv;q=0.2"), Some(CSV));
        check(Some("text/html, */*;q=0.1"), Some(JSON));
    }

    #[test]
    fn an_exact_range_beats_a_wildcard_even_to_exclude() {
        check(Some("application/json;q=0, */*"), Some(CSV));
        check(Some("*/*;q=0"), None);
    }

    #[test]
    fn what_is_not_offered_or_not_a_range_is_not_acceptable() {
        check(Some("image/png"), None);
        check(Some("garbage"), None);
        check(Some("text/csv;q=7"), None);
    }
}

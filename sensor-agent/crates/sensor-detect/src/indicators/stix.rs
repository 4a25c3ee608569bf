//! Indicators as STIX 2.1: a bundle, or a list of objects; of them the indicators whose pattern
//! compares single values.
//!
//! Source: OASIS, *STIX Version 2.1*, 4.7 (indicator) and 9 (patterning). Of the patterning language
//! comparisons with `=`, joined by OR, inside one observation or several joined by OR are read; what
//! needs AND, FOLLOWEDBY, qualifiers or other operators is left out by name, since half a pattern
//! would match what its author did not mean.

use serde::Deserialize;

use super::{Import, Indicator, IndicatorKind, Verdict, time};

#[derive(Deserialize)]
#[serde(untagged)]
enum Feed {
    Bundle { objects: Vec<serde_json::Value> },
    Objects(Vec<serde_json::Value>),
}

#[derive(Deserialize)]
struct Object {
    pattern: String,
    #[serde(default)]
    pattern_type: Option<String>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    valid_until: Option<String>,
    #[serde(default)]
    revoked: bool,
    #[serde(default)]
    indicator_types: Vec<String>,
}

/// Reads a feed.
///
/// # Errors
/// When it is no bundle and no list of objects.
pub(super) fn read(feed: &[u8]) -> Result<Import, String> {
    let feed: Feed = serde_json::from_slice(feed)
        .map_err(|error| format!("the feed is no STIX bundle: {error}"))?;
    let (Feed::Bundle { objects } | Feed::Objects(objects)) = feed;
    let mut import = Import::default();
    for (at, object) in objects.into_iter().enumerate() {
        let is_indicator = object.get("type").and_then(|t| t.as_str()) == Some("indicator");
        if is_indicator {
            indicator(at + 1, object, &mut import);
        }
    }
    Ok(import)
}

fn indicator(place: usize, object: serde_json::Value, import: &mut Import) {
    let object: Object = match serde_json::from_value(object) {
        Ok(object) => object,
        Err(error) => return import.leave_out(place, error.to_string()),
    };
    if object.revoked {
        return import.leave_out(place, "the indicator was revoked");
    }
    if object
        .pattern_type
        .as_deref()
        .is_some_and(|language| language != "stix")
    {
        return import.leave_out(place, "the pattern is not in the language `stix`");
    }
    let comparisons = match comparisons(&object.pattern) {
        Ok(comparisons) => comparisons,
        Err(reason) => return import.leave_out(place, reason),
    };
    for (path, value) in comparisons {
        let made = one(&object, &path, &value);
        import.take(place, made);
    }
}

fn one(object: &Object, path: &str, value: &str) -> Result<Indicator, String> {
    let kind = kind(path, value).ok_or_else(|| format!("`{path}` is not compared with traffic"))?;
    let mut indicator =
        Indicator::new(kind, value)?.of_family(object.name.as_deref().unwrap_or_default())?;
    // 6.7: activity that is only suspicious has a type of its own.
    let suspicious = object
        .indicator_types
        .iter()
        .any(|t| t == "anomalous-activity");
    let malicious = object
        .indicator_types
        .iter()
        .any(|t| t == "malicious-activity");
    if suspicious && !malicious {
        indicator.verdict = Verdict::Suspicious;
    }
    if let Some(until) = &object.valid_until {
        indicator.expires = Some(time(until)?);
    }
    Ok(indicator)
}

fn kind(path: &str, value: &str) -> Option<IndicatorKind> {
    match path {
        "ipv4-addr:value" | "ipv6-addr:value" if value.contains('/') => {
            Some(IndicatorKind::Network)
        }
        "ipv4-addr:value" | "ipv6-addr:value" => Some(IndicatorKind::Ip),
        "network-traffic:dst_ref.value" | "network-traffic:src_ref.value" => value
            .parse::<std::net::IpAddr>()
            .ok()
            .map(|_| IndicatorKind::Ip),
        "domain-name:value" => Some(IndicatorKind::Domain),
        "url:value" => Some(IndicatorKind::Url),
        "network-traffic:extensions.'http-request-ext'.request_header.'User-Agent'" => {
            Some(IndicatorKind::UserAgent)
        }
        _ if path.starts_with("file:hashes.") => Some(IndicatorKind::FileHash),
        _ => None,
    }
}

/// Most comparisons of one pattern.
const MOST_COMPARISONS: usize = 1000;

/// The comparisons `path = 'value'` of a pattern that consists of nothing else.
fn comparisons(pattern: &str) -> Result<Vec<(String, String)>, String> {
    let mut rest = pattern.trim();
    let mut found = Vec::new();
    let mut depth = 0_usize;
    loop {
        rest = rest.trim_start();
        while let Some(after) = rest.strip_prefix(['[', '(']) {
            depth += 1;
            rest = after.trim_start();
        }
        let (path, value, after) = comparison(rest)?;
        found.push((path, value));
        if found.len() > MOST_COMPARISONS {
            return Err(format!(
                "a pattern has at most {MOST_COMPARISONS} comparisons"
            ));
        }
        rest = after.trim_start();
        while let Some(after) = rest.strip_prefix([']', ')']) {
            depth = depth
                .checked_sub(1)
                .ok_or("a bracket closes that was not opened")?;
            rest = after.trim_start();
        }
        if rest.is_empty() {
            break;
        }
        rest = rest.strip_prefix("OR").ok_or_else(|| {
            let word = rest.split_whitespace().next().unwrap_or_default();
            format!("patterns with `{word}` are not supported; single values joined by OR are")
        })?;
    }
    if depth == 0 {
        Ok(found)
    } else {
        Err("a bracket is not closed".to_owned())
    }
}

/// `path = 'value'` and what is behind it. In a text a backslash keeps the next character (9.3).
fn comparison(text: &str) -> Result<(String, String, &str), String> {
    let unsupported = || "only comparisons of a value with `=` are supported".to_owned();
    let (path, rest) = text.split_once('=').ok_or_else(unsupported)?;
    let path = path.trim_end();
    let operator = path.ends_with(['!', '<', '>']) || path.contains(char::is_whitespace);
    let rest = rest
        .trim_start()
        .strip_prefix('\'')
        .ok_or_else(unsupported)?;
    if operator {
        return Err(unsupported());
    }
    let mut value = String::new();
    let mut characters = rest.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '\'' => {
                let after = rest.get(at + 1..).unwrap_or_default();
                return Ok((path.to_owned(), value, after));
            }
            '\\' => value.extend(characters.next().map(|(_, kept)| kept)),
            _ => value.push(character),
        }
    }
    Err("a text of the pattern is not closed".to_owned())
}

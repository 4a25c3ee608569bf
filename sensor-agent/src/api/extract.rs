//! Extractors whose failures are problem details: query string, JSON body, `If-Match`, caller.
//!
//! Everything is strict: unknown parameters, unknown fields and values out of range are errors that
//! name the place. Limits stand in [`super::limits`].

use std::future::{Ready, ready};
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::web::{BytesMut, PathConfig};
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::StreamExt;
use serde::de::DeserializeOwned;

use super::problem::{ApiError, Code};
use super::{Shared, limits};

/// The query string as `T`. Repeated parameters become lists.
#[derive(Debug)]
pub(crate) struct Params<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest for Params<T> {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(params(request.query_string()).map(Self))
    }
}

/// Reads a query string.
pub(crate) fn params<T: DeserializeOwned>(query: &str) -> Result<T, ApiError> {
    if query.len() > limits::QUERY_BYTES {
        return Err(ApiError::new(
            Code::InvalidQuery,
            format!(
                "the query string is longer than {} bytes",
                limits::QUERY_BYTES
            ),
        ));
    }
    let source = serde_html_form::Deserializer::from_bytes(query.as_bytes());
    serde_path_to_error::deserialize(source).map_err(|error| {
        let name = error.path().to_string();
        let reason = error.into_inner().to_string();
        let place = if name == "." { "query" } else { name.as_str() };
        ApiError::new(Code::InvalidQuery, format!("query parameter: {reason}")).field(place, reason)
    })
}

/// A JSON body as `T`.
#[derive(Debug)]
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest for Body<T> {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let head = check_head(request, limits::BODY_BYTES);
        let payload = payload.take();
        Box::pin(async move {
            head?;
            let bytes = read(payload).await?;
            json(&bytes).map(Self)
        })
    }
}

/// A JSON body as `T`, up to the size that a whole set of capture filters takes. Few are read at a
/// time.
#[derive(Debug)]
pub(crate) struct LargeBody<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest for LargeBody<T> {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let head = check_head(request, limits::FILTER_BODY_BYTES);
        let permit = request
            .app_data::<web::Data<Shared>>()
            .ok_or_else(|| ApiError::internal("the application was built without its state"))
            .and_then(|shared| shared.large_body_permit());
        let payload = payload.take();
        Box::pin(async move {
            head?;
            let _permit = permit?;
            let bytes = read_up_to(payload, limits::FILTER_BODY_BYTES).await?;
            json(&bytes).map(Self)
        })
    }
}

/// A JSON body as `T` that may be left out: no body, and `null`, mean the default.
#[derive(Debug)]
pub(crate) struct OptionalBody<T>(pub(crate) T);

impl<T: DeserializeOwned + Default> FromRequest for OptionalBody<T> {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let head = check_head(request, limits::BODY_BYTES);
        let payload = payload.take();
        Box::pin(async move {
            let bytes = read(payload).await?;
            if bytes.is_empty() {
                return Ok(Self(T::default()));
            }
            head?;
            let value: Option<T> = json(&bytes)?;
            Ok(Self(value.unwrap_or_default()))
        })
    }
}

/// Media type, coding and announced length of a body.
fn check_head(request: &HttpRequest, most: usize) -> Result<(), ApiError> {
    let headers = request.headers();
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let media = text(header::CONTENT_TYPE).unwrap_or_default();
    if !is_json(media) {
        return Err(ApiError::new(
            Code::UnsupportedMediaType,
            "the body must have the media type application/json in UTF-8",
        ));
    }
    if text(header::CONTENT_ENCODING).is_some_and(|coding| coding != "identity") {
        return Err(ApiError::new(
            Code::UnsupportedMediaType,
            "the body must not have a content coding",
        ));
    }
    let announced = text(header::CONTENT_LENGTH).and_then(|length| length.parse::<usize>().ok());
    if announced.is_some_and(|length| length > most) {
        return Err(too_large(most));
    }
    Ok(())
}

/// `application/json`, alone or with `charset=utf-8` (RFC 8259, section 11).
fn is_json(media: &str) -> bool {
    let mut parts = media.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default();
    essence.eq_ignore_ascii_case("application/json")
        && parts.all(|parameter| {
            parameter.eq_ignore_ascii_case("charset=utf-8")
                || parameter.eq_ignore_ascii_case("charset=\"utf-8\"")
        })
}

fn too_large(most: usize) -> ApiError {
    ApiError::new(
        Code::PayloadTooLarge,
        format!("the body is larger than {most} bytes"),
    )
}

/// Collects a body within the limits of size and time.
pub(crate) async fn read(payload: Payload) -> Result<BytesMut, ApiError> {
    read_up_to(payload, limits::BODY_BYTES).await
}

async fn read_up_to(payload: Payload, most: usize) -> Result<BytesMut, ApiError> {
    tokio::time::timeout(limits::BODY_TIMEOUT, collect(payload, most))
        .await
        .unwrap_or_else(|_| {
            let seconds = limits::BODY_TIMEOUT.as_secs();
            Err(ApiError::new(
                Code::RequestTimeout,
                format!("the body did not arrive within {seconds} seconds"),
            ))
        })
}

async fn collect(mut payload: Payload, most: usize) -> Result<BytesMut, ApiError> {
    let mut bytes = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| {
            ApiError::new(Code::InvalidBody, format!("the body broke off: {error}"))
        })?;
        if bytes.len().saturating_add(chunk.len()) > most {
            return Err(too_large(most));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    let mut source = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut source).map_err(|error| {
        let pointer = pointer(error.path());
        let reason = error.into_inner().to_string();
        ApiError::new(Code::InvalidBody, format!("request body: {reason}")).field(pointer, reason)
    })?;
    source.end().map_err(|error| {
        ApiError::new(Code::InvalidBody, format!("request body: {error}"))
            .field("", error.to_string())
    })?;
    Ok(value)
}

/// The place as a JSON pointer (RFC 6901).
fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let mut pointer = String::new();
    for segment in path {
        let step = match segment {
            Segment::Seq { index } => index.to_string(),
            Segment::Map { key } => key.replace('~', "~0").replace('/', "~1"),
            Segment::Enum { variant } => variant.clone(),
            Segment::Unknown => String::from("?"),
        };
        pointer.push('/');
        pointer.push_str(&step);
    }
    pointer
}

/// Path parameters fail as problem details, too.
pub(crate) fn path_config() -> PathConfig {
    PathConfig::default().error_handler(|error, _| {
        let reason = error.to_string();
        ApiError::new(Code::InvalidPath, format!("path: {reason}"))
            .field("path", reason)
            .into()
    })
}

/// Revision named by `If-Match`; `None` when the header is absent or `*`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct IfMatch(pub(crate) Option<u64>);

impl FromRequest for IfMatch {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let mut values = request.headers().get_all(header::IF_MATCH);
        let result = match (values.next(), values.next()) {
            (None, _) => Ok(Self(None)),
            (Some(value), None) => if_match(value.as_bytes()).map(Self),
            (Some(_), Some(_)) => Err(bad_if_match()),
        };
        ready(result)
    }
}

fn if_match(value: &[u8]) -> Result<Option<u64>, ApiError> {
    let text = std::str::from_utf8(value)
        .map_err(|_| bad_if_match())?
        .trim();
    if text == "*" {
        return Ok(None);
    }
    // The quotes belong to the tag (RFC 9110, section 8.8.3), but shells eat them.
    let quoted = text.strip_prefix('"').map(|rest| rest.strip_suffix('"'));
    let revision = quoted
        .unwrap_or(Some(text))
        .filter(|digits| digits.len() <= 16 && digits.bytes().all(|b| b.is_ascii_digit()))
        .and_then(|digits| digits.parse().ok());
    revision.map(Some).ok_or_else(bad_if_match)
}

fn bad_if_match() -> ApiError {
    ApiError::new(
        Code::InvalidHeader,
        "If-Match takes `*` or the one ETag that the resource was read with, such as \"7\"",
    )
    .field("If-Match", "not `*` and not one strong ETag of this server")
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        #[serde(default)]
        status: Vec<String>,
        learnable: Option<bool>,
        limit: Option<u32>,
    }

    #[test]
    fn repeated_parameters_become_lists_and_types_are_read() {
        let sample: Sample =
            params("status=new&status=active&learnable=true&limit=5").expect("valid");
        assert_eq!(sample.status, ["new", "active"]);
        assert_eq!((sample.learnable, sample.limit), (Some(true), Some(5)));
    }

    #[test]
    fn unknown_repeated_and_malformed_parameters_are_errors() {
        for query in [
            "colour=red",
            "limit=1&limit=2",
            "learnable=yes",
            "limit=x",
            "limit=-1",
        ] {
            let error = params::<Sample>(query).expect_err(query);
            assert_eq!(error.code, Code::InvalidQuery, "{query}");
            assert_eq!(error.errors.len(), 1, "{query}");
        }
    }

    #[test]
    fn a_query_of_a_megabyte_is_not_parsed() {
        let query = format!("status={}", "x".repeat(1024 * 1024));
        assert_eq!(
            params::<Sample>(&query).expect_err("too long").code,
            Code::InvalidQuery
        );
    }

    #[test]
    fn the_pointer_leads_to_the_fault() {
        let error = json::<Sample>(br#"{"status":["new",7]}"#).expect_err("7 is no text");
        assert_eq!(error.errors[0].pointer, "/status/1");
        let error = json::<Sample>(br#"{"color":1}"#).expect_err("unknown field");
        assert_eq!(
            (error.code, error.errors[0].pointer.as_str()),
            (Code::InvalidBody, "/color")
        );
        assert!(json::<Sample>(b"{} {}").is_err(), "two values got through");
    }

    #[test]
    fn deep_nesting_ends_in_an_error() {
        let deep = "[".repeat(100_000);
        assert!(json::<serde_json::Value>(deep.as_bytes()).is_err());
    }

    #[test]
    fn only_utf8_json_is_json() {
        assert!(is_json("application/json"));
        assert!(is_json("Application/JSON; charset=UTF-8"));
        for other in [
            "",
            "text/json",
            "application/json; charset=latin1",
            "application/jsonp",
        ] {
            assert!(!is_json(other), "{other}");
        }
    }

    #[test]
    fn if_match_takes_a_star_or_one_strong_etag() {
        assert_eq!(if_match(b"*").expect("star"), None);
        assert_eq!(if_match(b"\"7\"").expect("etag"), Some(7));
        assert_eq!(if_match(b"7").expect("etag without quotes"), Some(7));
        for bad in [
            "\"7",
            "W/\"7\"",
            "\"7\", \"8\"",
            "\"\"",
            "\"-1\"",
            "\"99999999999999999\"",
            "",
        ] {
            assert!(if_match(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}

//! The one error shape of the interface: RFC 9457 problem details with a stable `code`.
//!
//! Data in: an [`ApiError`] from an extractor, the gate or a handler. Data out: a [`Problem`] body.
//! The public text says what is wrong and what to do; the private cause goes to the log only.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use utoipa::ToSchema;

pub use super::codes::Code;

/// Media type of every error body.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// Error body of every operation (RFC 9457).
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "type": "/api/v1/problems/not_found",
    "title": "No such resource",
    "status": 404,
    "detail": "there is no alert 4711",
    "instance": "/api/v1/alerts/4711",
    "code": "not_found",
    "request_id": "5f3c9a1e-000000000000002a",
    "errors": []
}))]
pub struct Problem {
    /// Where the kind of problem is explained; relative to this server.
    #[serde(rename = "type")]
    #[schema(example = "/api/v1/problems/not_found", max_length = 100)]
    pub kind: String,
    /// Short text for the kind of problem; the same for every occurrence.
    #[schema(example = "No such resource", max_length = 100)]
    pub title: &'static str,
    /// HTTP status code of this response.
    #[schema(example = 404, minimum = 400, maximum = 599)]
    pub status: u16,
    /// What went wrong with this request and what to do about it.
    #[schema(example = "there is no alert 4711", max_length = 2000)]
    pub detail: String,
    /// Path of the request, without its query.
    #[schema(example = "/api/v1/alerts/4711", max_length = 2000)]
    pub instance: String,
    /// Stable machine-readable code; programs should branch on this.
    pub code: Code,
    /// Identifier of this request, also in the `X-Request-Id` header and in the sensor's log.
    #[schema(example = "5f3c9a1e-000000000000002a", max_length = 64)]
    pub request_id: String,
    /// Single faults of the input, when there are any to point at.
    #[schema(max_items = 100)]
    pub errors: Vec<FieldError>,
    /// Revision the resource has, when `If-Match` named another.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 7, minimum = 0, maximum = 9_007_199_254_740_991_u64)]
    pub current_revision: Option<u64>,
}

/// One fault of the input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// JSON pointer into the body (RFC 6901), or the name of the parameter.
    #[schema(example = "/status", max_length = 500)]
    pub pointer: String,
    /// What is wrong with it.
    #[schema(example = "unknown variant `open`", max_length = 2000)]
    pub message: String,
}

/// An error on its way to the client.
#[derive(Debug)]
pub struct ApiError {
    pub code: Code,
    pub detail: String,
    pub errors: Vec<FieldError>,
    pub current_revision: Option<u64>,
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// For the log only; never shown to the client.
    pub cause: Option<String>,
}

impl ApiError {
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
            errors: Vec::new(),
            current_revision: None,
            headers: Vec::new(),
            cause: None,
        }
    }

    /// An error whose reason is ours: the client learns the request identifier, the log the cause.
    pub fn internal(cause: impl fmt::Display) -> Self {
        let mut error = Self::new(
            Code::Internal,
            "the sensor could not answer; its log holds the reason under this request_id",
        );
        error.cause = Some(cause.to_string());
        error
    }

    #[must_use]
    pub fn field(mut self, pointer: impl Into<String>, message: impl Into<String>) -> Self {
        self.errors.push(FieldError {
            pointer: pointer.into(),
            message: message.into(),
        });
        self
    }

    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The body, for a request with this path and identifier.
    pub fn problem(&self, instance: &str, request_id: &str) -> Problem {
        Problem {
            kind: self.code.uri(),
            title: self.code.title(),
            status: self.code.status().as_u16(),
            detail: self.detail.clone(),
            instance: instance.to_owned(),
            code: self.code,
            request_id: request_id.to_owned(),
            errors: self.errors.clone(),
            current_revision: self.current_revision,
        }
    }

    /// The whole response, for a request with this path and identifier.
    pub fn response(&self, instance: &str, request_id: &str) -> HttpResponse {
        let mut response = HttpResponse::build(self.code.status());
        for (name, value) in &self.headers {
            response.insert_header((name.clone(), value.clone()));
        }
        let body = serde_json::to_string(&self.problem(instance, request_id))
            .unwrap_or_else(|_| String::from("{}"));
        response.content_type(MEDIA_TYPE).body(body)
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl std::error::Error for ApiError {}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.code.status()
    }

    /// Without path and identifier; `envelope` writes the body anew with both.
    fn error_response(&self) -> HttpResponse {
        self.response("", "")
    }
}

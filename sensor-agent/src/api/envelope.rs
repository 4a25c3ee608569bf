//! What every response gets: a request identifier, security headers, one error shape, a measurement.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, web};

use super::Shared;
use super::problem::{ApiError, Code};

/// Name of the header with the request's identifier.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// No page of the API may be framed or load anything.
const API_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";

/// Swagger UI runs scripts, styles and requests of this origin only; it writes inline styles and
/// draws its icons from data URIs.
const DOCS_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; \
     form-action 'none'; frame-ancestors 'none'";

/// Gives out identifiers that are unique within a run and differ between runs.
#[derive(Debug)]
pub(crate) struct RequestIds {
    run: u32,
    next: AtomicU64,
}

impl RequestIds {
    /// Starts a series that is marked with `run`.
    pub(crate) fn new(run: u32) -> Self {
        Self {
            run,
            next: AtomicU64::new(1),
        }
    }

    fn next(&self) -> String {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        format!("{:08x}-{number:016x}", self.run)
    }
}

/// The outermost middleware.
pub(crate) async fn envelope(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let started = Instant::now();
    let Some(shared) = request.app_data::<web::Data<Shared>>().cloned() else {
        return Err(ApiError::internal("the application was built without its state").into());
    };
    let request_id = shared.request_ids.next();
    let route = shared.gate.rule(&request).ok().map(|rule| rule.route);
    let response = next.call(request).await?.map_into_boxed_body();
    let mut response = as_problem(response, &request_id);
    set_headers(&mut response, &request_id);
    let status = response.status().as_u16();
    shared.http.record(route, status, started.elapsed());
    Ok(response)
}

/// Writes every error body as problem details with path and identifier.
fn as_problem(response: ServiceResponse<BoxBody>, request_id: &str) -> ServiceResponse<BoxBody> {
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) || is_final(response.headers()) {
        return response;
    }
    let instance = response.request().path().to_owned();
    let known = response
        .response()
        .error()
        .and_then(|error| error.as_error::<ApiError>());
    if let Some(error) = known {
        log_cause(error, &instance, request_id);
        let body = error.response(&instance, request_id);
        return response.into_response(body);
    }
    let code = Code::for_status(status);
    let reason = status.canonical_reason().unwrap_or("error");
    let body = ApiError::new(code, reason.to_lowercase()).response(&instance, request_id);
    response.into_response(body)
}

/// Error bodies that have a documented shape of their own: health answers 503 with its checks.
fn is_final(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|media| media == "application/json")
}

fn log_cause(error: &ApiError, instance: &str, request_id: &str) {
    if let Some(cause) = &error.cause {
        tracing::error!(request_id, instance, cause, "request failed");
    }
}

fn set_headers(response: &mut ServiceResponse<BoxBody>, request_id: &str) {
    let docs = response.request().path().starts_with("/docs");
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(request_id) {
        headers.insert(REQUEST_ID, value);
    }
    let policy = if docs { DOCS_POLICY } else { API_POLICY };
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(policy),
    );
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    );
    if !docs {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

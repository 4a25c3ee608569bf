//! From the wire to the service and back: queries, actors, errors, and the way onto a thread that
//! may block.

use actix_web::dev::Payload;
use actix_web::http::header::{HeaderValue, RETRY_AFTER};
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use std::future::{Ready, ready};

use super::bounded::Limit;
use super::dto::query::{AlertParams, CursorText, PageParams, TimelineParams};
use super::dto::term::Term;
use super::extract::IfMatch;
use super::limits;
use super::page::Binding;
use super::problem::{ApiError, Code};
use crate::alert::{Actor, Edit, Refusal};
use crate::service::{FilterFaults, Principal, Service, ServiceError};
use crate::store::{AlertQuery, Cursor, ListQuery, TimelineQuery};

/// Runs a call of the service where it may wait for the disk.
pub(crate) async fn run<T: Send + 'static>(
    service: &Service,
    call: impl FnOnce(&Service) -> Result<T, ServiceError> + Send + 'static,
) -> Result<T, ApiError> {
    let service = service.clone();
    web::block(move || call(&service))
        .await
        .map_err(ApiError::internal)?
        .map_err(service_error)
}

/// A failed call as a problem.
pub(crate) fn service_error(error: ServiceError) -> ApiError {
    let detail = error.to_string();
    match error {
        ServiceError::NotFound { .. } => ApiError::new(Code::NotFound, detail),
        ServiceError::Refused(refusal) => ApiError::new(refusal_code(&refusal), detail),
        ServiceError::RevisionMismatch { current } => changed(current),
        ServiceError::Filter(faults) => filter_error(&faults),
        ServiceError::Invalid { .. } => ApiError::new(Code::InvalidBody, detail),
        ServiceError::Unavailable { .. } => ApiError::new(Code::Unavailable, detail)
            .header(RETRY_AFTER, HeaderValue::from_static("5")),
    }
}

/// `If-Match` named another revision.
fn changed(current: u64) -> ApiError {
    let detail = format!("it is at revision {current}; read it again before changing it");
    let mut error = ApiError::new(Code::PreconditionFailed, detail);
    error.current_revision = Some(current);
    match super::etag(current) {
        Some(value) => error.header(actix_web::http::header::ETAG, value),
        None => error,
    }
}

/// The code of the same name; a test proves that there is one for every refusal.
fn refusal_code(refusal: &Refusal) -> Code {
    named(refusal.code())
}

fn named(name: &str) -> Code {
    let code = Code::ALL.iter().find(|code| code.as_str() == name);
    code.copied().unwrap_or(Code::Internal)
}

/// Faults of filter rules, each with its place in the body.
fn filter_error(faults: &FilterFaults) -> ApiError {
    let error = ApiError::new(named(faults.first.code.as_str()), faults.to_string());
    faults.listed.iter().fold(error, |error, fault| {
        let rule = fault.position.map(|position| format!("/rules/{position}"));
        let pointer = rule.unwrap_or_default() + fault.field;
        error.field(pointer, fault.message.clone())
    })
}

/// Who calls, for the timeline.
#[derive(Clone, Debug)]
pub(crate) struct Caller(pub(crate) Actor);

impl Caller {
    /// The change this caller makes, on the strength of `If-Match`.
    pub(crate) fn edit(self, if_match: IfMatch) -> Edit {
        Edit {
            actor: self.0,
            expected_revision: if_match.0,
        }
    }
}

impl FromRequest for Caller {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let address = request.peer_addr().map(|peer| peer.ip());
        let name = request
            .extensions()
            .get::<Principal>()
            .map(|principal| principal.name.clone());
        ready(
            name.map(|name| Self(Actor::new(name, address)))
                .ok_or_else(|| ApiError::internal("a change reached its handler without a token")),
        )
    }
}

/// Alert filter.
pub(crate) fn alert_query(params: AlertParams, list: Binding) -> Result<AlertQuery, ApiError> {
    Ok(AlertQuery {
        status: few("status", params.status, term)?,
        severity: few("severity", params.severity, term)?,
        engine: few("engine", params.engine, term)?,
        type_id: few("type_id", params.type_id, |value| value.0)?,
        protocol: few("protocol", params.protocol, term)?,
        source: few("source", params.source, |value| value.0)?,
        destination: few("destination", params.destination, |value| value.0)?,
        party: few("party", params.party, |value| value.0)?,
        learnable: params.learnable,
        acknowledged: params.acknowledged,
        learned: params.learned,
        muted: params.muted,
        pinned: params.pinned,
        from: params.since.map(|time| time.0),
        to: params.until.map(|time| time.0),
        text: params.text.map(super::bounded::Text::into_string),
        limit: Some(page_limit(params.limit)),
        cursor: cursor(params.cursor.as_ref(), list)?,
    })
}

/// Timeline filter.
pub(crate) fn timeline_query(
    params: TimelineParams,
    list: Binding,
) -> Result<TimelineQuery, ApiError> {
    Ok(TimelineQuery {
        event_type: few("event_type", params.event_type, term)?,
        severity: few("severity", params.severity, term)?,
        alert_id: params.alert_id.map(super::bounded::Id::get),
        device_id: params.device_id.map(super::bounded::Id::get),
        user_operation: params.user_operation,
        from: params.since.map(|time| time.0),
        to: params.until.map(|time| time.0),
        text: params.text.map(super::bounded::Text::into_string),
        limit: Some(page_limit(params.limit)),
        cursor: cursor(params.cursor.as_ref(), list)?,
    })
}

/// A slice of a list without a filter.
pub(crate) fn list_query(params: &PageParams, list: Binding) -> Result<ListQuery, ApiError> {
    Ok(ListQuery {
        limit: Some(page_limit(params.limit)),
        cursor: cursor(params.cursor.as_ref(), list)?,
    })
}

fn term<T>(term: Term<T>) -> T {
    term.0
}

/// Values of one repeatable parameter, not more than a query can sensibly hold.
fn few<T, U>(name: &str, values: Vec<T>, convert: fn(T) -> U) -> Result<Vec<U>, ApiError> {
    if values.len() > limits::FILTER_VALUES {
        let reason = format!("may be repeated {} times at most", limits::FILTER_VALUES);
        let error = ApiError::new(Code::InvalidQuery, format!("`{name}` {reason}"));
        return Err(error.field(name, reason));
    }
    Ok(values.into_iter().map(convert).collect())
}

fn page_limit(limit: Option<Limit>) -> usize {
    let limit = limit.map_or(u64::from(limits::PAGE_DEFAULT), Limit::get);
    usize::try_from(limit).unwrap_or(usize::MAX)
}

fn cursor(text: Option<&CursorText>, list: Binding) -> Result<Option<Cursor>, ApiError> {
    text.map(|text| list.decode(text.as_str())).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_has_its_own_problem_code() {
        for code in Refusal::CODES {
            assert!(
                Code::ALL.iter().any(|known| known.as_str() == *code),
                "refusal {code} has no problem code"
            );
        }
    }
}

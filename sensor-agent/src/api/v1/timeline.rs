//! The event timeline.

use actix_web::{HttpRequest, HttpResponse, get, web};

use super::IdPath;
use crate::api::bounded::Id;
use crate::api::convert::{list_query, run, timeline_query};
use crate::api::dto::TimelineList;
use crate::api::dto::query::{Format, PageParams, TimelineParams};
use crate::api::dto::timeline::TimelineEvent;
use crate::api::export::{self, Form};
use crate::api::extract::Params;
use crate::api::page::Binding;
use crate::api::problem::ApiError;
use crate::api::{Shared, negotiate};
use crate::service::{Service, ServiceError};
use crate::store::{PAGE_LIMIT, TimelineQuery};

/// List timeline events
///
/// Newest first: what happened on the network, to alerts, and by whose hand. JSON comes in pages;
/// CSV and NDJSON hold the whole list (at most `limit` events, when it is given) and are streamed.
#[utoipa::path(
    tag = "timeline",
    operation_id = "listTimeline",
    params(TimelineParams),
    responses((
        status = 200,
        description = "The events that match",
        content(
            (TimelineList = "application/json"),
            (String = "text/csv", example = "\"id\",\"time\",\"type\",\"severity\",\"title\",\"content\",\"actor\",\"address\",\"operation\",\"alert id\",\"before\",\"after\"\r\n"),
            (String = "application/x-ndjson", example = "{\"id\":210,\"event_type\":\"alert_updated\"}\n")
        )
    ))
)]
#[get("/timeline")]
pub(crate) async fn list(
    shared: web::Data<Shared>,
    request: HttpRequest,
    Params(params): Params<TimelineParams>,
) -> Result<HttpResponse, ApiError> {
    let binding = Binding::new("timeline", request.query_string());
    let most = params.limit;
    let form = form(&request, params.format);
    let query = timeline_query(params, binding)?;
    let Some(form) = form else {
        let page = run(&shared.service, move |service| service.timeline(&query)).await?;
        let page: TimelineList = binding.list(page);
        return Ok(HttpResponse::Ok().json(page));
    };
    let most = most.map_or(usize::MAX, |_| query.limit.unwrap_or(usize::MAX));
    let permit = shared.export_permit()?;
    let rows = Rows::new(shared.service.clone(), query).take(most);
    Ok(export::respond(rows, form, permit))
}

/// The form of a list: `None` is JSON in pages. The gate has made sure that one is acceptable.
pub(crate) fn form(request: &HttpRequest, wish: Option<Format>) -> Option<Form> {
    let offered = [negotiate::JSON, negotiate::CSV, negotiate::NDJSON];
    let media = wish.map(Format::media);
    match media.or_else(|| negotiate::best(request.headers(), &offered)) {
        Some(negotiate::CSV) => Some(Form::Csv),
        Some(negotiate::NDJSON) => Some(Form::Ndjson),
        _ => None,
    }
}

/// All events of a query, page after page.
struct Rows {
    service: Service,
    /// `None` after the last page and after an error.
    query: Option<TimelineQuery>,
    page: std::vec::IntoIter<crate::alert::TimelineEvent>,
}

impl Rows {
    fn new(service: Service, mut query: TimelineQuery) -> Self {
        query.limit = Some(PAGE_LIMIT);
        Self {
            service,
            query: Some(query),
            page: Vec::new().into_iter(),
        }
    }
}

impl Iterator for Rows {
    type Item = Result<TimelineEvent, ServiceError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(event) = self.page.next() {
                return Some(Ok(event.into()));
            }
            let mut query = self.query.take()?;
            match self.service.timeline(&query) {
                Ok(page) => {
                    query.cursor = page.next_cursor;
                    self.query = query.cursor.is_some().then_some(query);
                    self.page = page.items.into_iter();
                }
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

/// List what happened to an alert
///
/// Newest first.
#[utoipa::path(
    tag = "timeline",
    operation_id = "getAlertTimeline",
    params(IdPath, PageParams),
    responses((status = 200, description = "The events of the alert", body = TimelineList))
)]
#[get("/alerts/{id}/timeline")]
pub(crate) async fn of_alert(
    shared: web::Data<Shared>,
    request: HttpRequest,
    id: web::Path<Id>,
    Params(params): Params<PageParams>,
) -> Result<web::Json<TimelineList>, ApiError> {
    let binding = Binding::new(request.path(), request.query_string());
    let query = list_query(&params, binding)?;
    let page = run(&shared.service, move |service| {
        service.history(id.get(), &query)
    })
    .await?;
    Ok(web::Json(binding.list(page)))
}

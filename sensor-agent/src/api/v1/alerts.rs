//! Alerts: list, get, change.

use actix_web::http::header::ETAG;
use actix_web::{HttpRequest, HttpResponse, get, patch, web};

use super::{IdPath, IfMatchHeader};
use crate::alert as domain;
use crate::api::bounded::{Id, Text};
use crate::api::convert::{Caller, alert_query, run};
use crate::api::dto::AlertList;
use crate::api::dto::action::AlertPatch;
use crate::api::dto::alert::{Alert, Remediation};
use crate::api::dto::query::AlertParams;
use crate::api::export::{self, Form};
use crate::api::extract::{Body, IfMatch, Params};
use crate::api::page::Binding;
use crate::api::problem::{ApiError, Code};
use crate::api::{Shared, etag};
use crate::service::AlertChange;
use crate::store::AlertQuery;

/// List alerts
///
/// Newest first. JSON comes in pages; CSV and NDJSON hold the whole list (at most `limit` alerts,
/// when it is given) and are streamed.
#[utoipa::path(
    tag = "alerts",
    operation_id = "listAlerts",
    params(AlertParams),
    responses((
        status = 200,
        description = "The alerts that match",
        content(
            (AlertList = "application/json"),
            (String = "text/csv", example = "\"source address\",\"destination address\",\"alert title\",\"alert severity\",\"alert message\",\"additional information\",\"acknowledged status\",\"PCAP availability\"\r\n"),
            (String = "application/x-ndjson", example = "{\"id\":17,\"type_id\":\"modbus_unpermitted_function_code\"}\n")
        )
    ))
)]
#[get("/alerts")]
pub(crate) async fn list(
    shared: web::Data<Shared>,
    request: HttpRequest,
    Params(params): Params<AlertParams>,
) -> Result<HttpResponse, ApiError> {
    let binding = Binding::new("alerts", request.query_string());
    let most = params.limit;
    let form = super::timeline::form(&request, params.format);
    let query = alert_query(params, binding)?;
    let Some(form) = form else {
        let page = run(&shared.service, move |service| service.alerts(&query)).await?;
        let page: AlertList = binding.list(page);
        return Ok(HttpResponse::Ok().json(page));
    };
    let most = most.map_or(usize::MAX, |_| query.limit.unwrap_or(usize::MAX));
    export(&shared, query, most, form).await
}

async fn export(
    shared: &Shared,
    query: AlertQuery,
    most: usize,
    form: Form,
) -> Result<HttpResponse, ApiError> {
    let permit = shared.export_permit()?;
    let rows = run(&shared.service, move |service| service.export_alerts(query)).await?;
    let rows = rows.take(most).map(|row| row.map(Alert::from));
    Ok(export::respond(rows, form, permit))
}

/// Get an alert
#[utoipa::path(
    tag = "alerts",
    operation_id = "getAlert",
    params(IdPath),
    responses((status = 200, description = "The alert", body = Alert,
        headers(("ETag" = String, description = "Revision of the alert, for If-Match"))))
)]
#[get("/alerts/{id}")]
pub(crate) async fn get(
    shared: web::Data<Shared>,
    id: web::Path<Id>,
) -> Result<HttpResponse, ApiError> {
    let alert = run(&shared.service, move |service| service.alert(id.get())).await?;
    Ok(answer(alert))
}

/// Change an alert
///
/// Sets status, acknowledgement, pin and assignee, all that are named or none; what is left out
/// stays as it is.
#[utoipa::path(
    tag = "alerts",
    operation_id = "updateAlert",
    params(IdPath, IfMatchHeader),
    request_body = AlertPatch,
    responses((status = 200, description = "The alert after the change", body = Alert,
        headers(("ETag" = String, description = "Revision of the alert, for If-Match"))))
)]
#[patch("/alerts/{id}")]
pub(crate) async fn update(
    shared: web::Data<Shared>,
    id: web::Path<Id>,
    if_match: IfMatch,
    caller: Caller,
    Body(patch): Body<AlertPatch>,
) -> Result<HttpResponse, ApiError> {
    if patch.is_empty() {
        return Err(ApiError::new(
            Code::InvalidBody,
            "the body changes nothing; name a field",
        ));
    }
    let edit = caller.edit(if_match);
    let change = AlertChange {
        status: patch.status.map(|status| status.0),
        acknowledged: patch.acknowledged,
        pinned: patch.pinned,
        assignee: patch
            .assignee
            .map(|assignee| assignee.map(Text::into_string)),
    };
    let alert = run(&shared.service, move |service| {
        service.change(id.get(), &change, &edit)
    })
    .await?;
    Ok(answer(alert))
}

/// Get remediation steps
///
/// What to do about the alert, and when alerts of its type are known to be wrong.
#[utoipa::path(
    tag = "alerts",
    operation_id = "getRemediation",
    params(IdPath),
    responses((status = 200, description = "The steps", body = Remediation))
)]
#[get("/alerts/{id}/remediation")]
pub(crate) async fn remediation(
    shared: web::Data<Shared>,
    id: web::Path<Id>,
) -> Result<web::Json<Remediation>, ApiError> {
    let alert = run(&shared.service, move |service| service.alert(id.get())).await?;
    let kind = shared.service.alert_types().get(&alert.type_id);
    Ok(web::Json(Remediation {
        alert_id: alert.id,
        type_id: alert.type_id.to_string(),
        steps: alert.remediation_steps,
        false_positives: kind
            .map(|kind| kind.false_positives.clone())
            .filter(|text| !text.is_empty()),
    }))
}

/// An alert with its revision as ETag.
pub(crate) fn answer(alert: domain::Alert) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    if let Some(value) = etag(alert.revision) {
        response.insert_header((ETAG, value));
    }
    response.json(Alert::from(alert))
}

//! Actions on an alert. Each answers the alert as it is after the action, once that is durable.

use actix_web::{HttpResponse, get, post, web};

use super::alerts::answer;
use super::{IdPath, IfMatchHeader};
use crate::alert::{LearnRequest, MuteRequest, Status};
use crate::api::Shared;
use crate::api::bounded::{Id, Text};
use crate::api::convert::{Caller, run};
use crate::api::dto::action::{LearnBody, MuteBody};
use crate::api::dto::alert::Alert;
use crate::api::dto::learning::LearnPreview;
use crate::api::extract::{IfMatch, OptionalBody};
use crate::api::problem::ApiError;

/// Close an alert
///
/// The same traffic opens a new alert, which names this one as its predecessor.
#[utoipa::path(
    tag = "alert actions",
    operation_id = "closeAlert",
    params(IdPath, IfMatchHeader),
    responses((status = 200, description = "The alert after the action", body = Alert,
        headers(("ETag" = String, description = "Revision of the alert, for If-Match"))))
)]
#[post("/alerts/{id}/actions/close")]
pub(crate) async fn close(
    shared: web::Data<Shared>,
    id: web::Path<Id>,
    if_match: IfMatch,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let edit = caller.edit(if_match);
    let alert = run(&shared.service, move |service| {
        service.set_status(id.get(), Status::Closed, &edit)
    })
    .await?;
    Ok(answer(alert))
}

/// Reopen an alert
///
/// Its status is `new` again and it takes up further traffic of its kind.
#[utoipa::path(
    tag = "alert actions",
    operation_id = "reopenAlert",
    params(IdPath, IfMatchHeader),
    responses((status = 200, description = "The alert after the action", body = Alert,
        headers(("ETag" = String, description = "Revision of the alert, for If-Match"))))
)]
#[post("/alerts/{id}/actions/reopen")]
pub(crate) async fn reopen(
    shared: web::Data<Shared>,
    id: web::Path<Id>,
    if_match: IfMatch,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let edit = caller.edit(if_match);
    let alert = run(&shared.service, move |service| {
        service.set_status(id.get(), Status::New, &edit)
    })
    .await?;
    Ok(answer(alert))
}

/// Take an alert up
///
/// Its status is `active`: somebody works on it.
#[utoipa::path(
    tag = "alert actions",
    operation_id = "activateAlert",
    params(IdPath, IfMatchHeader),
    responses((status = 200, description = "The alert after the action", body = Alert,
        headers(("ETag" = String, description = "Revision of the alert, for If-Match"))))
)]
#[post("/alerts/{id}/actions/activate")]
pub(crate) async fn activate(
    shared: web::Data<Shared>,
    id: web::Path<Id>,
    if_match: IfMatch,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let edit = caller.edit(if_match);
    let alert = run(&shared.service, move |service| {
        service.set_status(id.get(), Status::Active, &edit)
    })
    .await?;
    Ok(answer(alert))
}

/// Acknowledge an alert
///
/// Somebody has taken notice; the status stays as it is. PATCH takes the acknowledgement back.
#[utoipa::path(
    tag = "alert actions",
    operation_id = "acknowledgeAlert",
    params(IdPath, IfMatchHeader),
    responses((status = 200, description = "The alert after the action", body = Alert,
        headers(("ETag" = String, description = "Revision of the alert, for If-Match"))))
)]
#[post("/alerts/{id}/actions/ack")]
pub(crate) async fn acknowledge(
    shared: web::Data<Shared>,
    id: web::Path<Id>,
    if_match: IfMatch,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let edit = caller.edit(if_match);
    let alert = run(&shared.service, move |service| {
        service.acknowledge(id.get(), true, &edit)
    })
    .await?;
    Ok(answer(alert))
}

/// Learn an alert
///
/// Closes it and puts its traffic into the baseline, so that it raises no further alert. Only for
/// learnable types; `learn-preview` lists what would enter.
#[utoipa::path(
    tag = "alert actions",
    operation_id = "learnAlert",
    params(IdPath, IfMatchHeader),
    request_body = Option<LearnBody>,
    responses((status = 200, description = "The alert after the action", body = Alert,
        headers(("ETag" = String, description = "Revision of the alert, for If-Match"))))
)]
#[post("/alerts/{id}/actions/learn")]
pub(crate) async fn learn(
    shared: web::Data<Shared>,
    id: web::Path<Id>,
    if_match: IfMatch,
    caller: Caller,
    OptionalBody(body): OptionalBody<LearnBody>,
) -> Result<HttpResponse, ApiError> {
    let edit = caller.edit(if_match);
    let request = learn_request(body);
    let alert = run(&shared.service, move |service| {
        service.learn(id.get(), &request, &edit)
    })
    .await?;
    Ok(answer(alert))
}

/// Unlearn an alert
///
/// Takes back what was learned from it; its status is `new` and the next occurrence raises again.
#[utoipa::path(
    tag = "alert actions",
    operation_id = "unlearnAlert",
    params(IdPath, IfMatchHeader),
    responses((status = 200, description = "The alert after the action", body = Alert,
        headers(("ETag" = String, description = "Revision of the alert, for If-Match"))))
)]
#[post("/alerts/{id}/actions/unlearn")]
pub(crate) async fn unlearn(
    shared: web::Data<Shared>,
    id: web::Path<Id>,
    if_match: IfMatch,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let edit = caller.edit(if_match);
    let alert = run(&shared.service, move |service| {
        service.unlearn(id.get(), &edit)
    })
    .await?;
    Ok(answer(alert))
}

/// Mute an alert
///
/// Closes it and ignores the same kind of traffic of the same parties. Only for types that cannot be
/// learned, and never when a party is an Internet address.
#[utoipa::path(
    tag = "alert actions",
    operation_id = "muteAlert",
    params(IdPath, IfMatchHeader),
    request_body = Option<MuteBody>,
    responses((status = 200, description = "The alert after the action", body = Alert,
        headers(("ETag" = String, description = "Revision of the alert, for If-Match"))))
)]
#[post("/alerts/{id}/actions/mute")]
pub(crate) async fn mute(
    shared: web::Data<Shared>,
    id: web::Path<Id>,
    if_match: IfMatch,
    caller: Caller,
    OptionalBody(body): OptionalBody<MuteBody>,
) -> Result<HttpResponse, ApiError> {
    let edit = caller.edit(if_match);
    let request = MuteRequest {
        reason: body.reason.map(Text::into_string),
        expires: body.expires_at.map(|time| time.0),
    };
    let alert = run(&shared.service, move |service| {
        service.mute(id.get(), &request, &edit)
    })
    .await?;
    Ok(answer(alert))
}

/// Unmute an alert
///
/// Lifts the mute that was set from it; its status is `new` and the next occurrence raises again.
#[utoipa::path(
    tag = "alert actions",
    operation_id = "unmuteAlert",
    params(IdPath, IfMatchHeader),
    responses((status = 200, description = "The alert after the action", body = Alert,
        headers(("ETag" = String, description = "Revision of the alert, for If-Match"))))
)]
#[post("/alerts/{id}/actions/unmute")]
pub(crate) async fn unmute(
    shared: web::Data<Shared>,
    id: web::Path<Id>,
    if_match: IfMatch,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let edit = caller.edit(if_match);
    let alert = run(&shared.service, move |service| {
        service.unmute(id.get(), &edit)
    })
    .await?;
    Ok(answer(alert))
}

/// Preview a learn
///
/// Exactly what learning the alert would put into the baseline; nothing changes.
#[utoipa::path(
    tag = "alert actions",
    operation_id = "previewLearn",
    params(IdPath),
    responses((status = 200, description = "What would be learned", body = LearnPreview))
)]
#[get("/alerts/{id}/learn-preview")]
pub(crate) async fn learn_preview(
    shared: web::Data<Shared>,
    id: web::Path<Id>,
) -> Result<web::Json<LearnPreview>, ApiError> {
    let id = id.get();
    let everything = LearnRequest::default();
    let preview = run(&shared.service, move |service| {
        service.learn_preview(id, &everything)
    })
    .await?;
    Ok(web::Json(LearnPreview::new(id, preview)))
}

fn learn_request(body: LearnBody) -> LearnRequest {
    LearnRequest {
        violations: body.violations.map(|positions| {
            positions
                .into_iter()
                .filter_map(|position| usize::try_from(position.get()).ok())
                .collect()
        }),
        reason: body.reason.map(Text::into_string),
        expires: body.expires_at.map(|time| time.0),
    }
}

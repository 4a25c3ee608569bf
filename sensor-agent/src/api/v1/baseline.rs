//! The baseline and the learning mode.

use actix_web::{HttpRequest, get, put, web};

use crate::api::Shared;
use crate::api::convert::{Caller, list_query, run};
use crate::api::dto::BaselineList;
use crate::api::dto::action::LearningModeBody;
use crate::api::dto::query::PageParams;
use crate::api::extract::{Body, Params};
use crate::api::page::Binding;
use crate::api::problem::ApiError;

/// List the baseline
///
/// Every combination that is allowed, learned from traffic or by an operator, in a stable order.
#[utoipa::path(
    tag = "baseline",
    operation_id = "listBaseline",
    params(PageParams),
    responses((status = 200, description = "A page of the baseline", body = BaselineList))
)]
#[get("/baseline")]
pub(crate) async fn list(
    shared: web::Data<Shared>,
    request: HttpRequest,
    Params(params): Params<PageParams>,
) -> Result<web::Json<BaselineList>, ApiError> {
    let binding = Binding::new("baseline", request.query_string());
    let query = list_query(&params, binding)?;
    let page = run(&shared.service, move |service| service.baseline(&query)).await?;
    Ok(web::Json(binding.list(page)))
}

/// Get the learning mode
#[utoipa::path(
    tag = "baseline",
    operation_id = "getLearningMode",
    responses((status = 200, description = "The mode", body = LearningModeBody))
)]
#[get("/learning-mode")]
pub(crate) async fn get_mode(shared: web::Data<Shared>) -> web::Json<LearningModeBody> {
    web::Json(LearningModeBody {
        mode: shared.service.mode().into(),
    })
}

/// Set the learning mode
///
/// Takes effect before the next frame and is kept for the next start.
#[utoipa::path(
    tag = "baseline",
    operation_id = "setLearningMode",
    request_body = LearningModeBody,
    responses((status = 200, description = "The mode that was set", body = LearningModeBody))
)]
#[put("/learning-mode")]
pub(crate) async fn set_mode(
    shared: web::Data<Shared>,
    caller: Caller,
    Body(wish): Body<LearningModeBody>,
) -> Result<web::Json<LearningModeBody>, ApiError> {
    let mode = run(&shared.service, move |service| {
        service.set_mode(wish.mode.0, &caller.0)
    })
    .await?;
    Ok(web::Json(LearningModeBody { mode: mode.into() }))
}

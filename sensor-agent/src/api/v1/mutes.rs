//! Mutes as resources. A mute is named by the alert it was set from.

use actix_web::{HttpRequest, HttpResponse, delete, get, web};

use super::IdPath;
use crate::alert::Edit;
use crate::api::Shared;
use crate::api::bounded::Id;
use crate::api::convert::{Caller, list_query, run};
use crate::api::dto::MuteList;
use crate::api::dto::baseline::Mute;
use crate::api::dto::query::PageParams;
use crate::api::extract::Params;
use crate::api::page::Binding;
use crate::api::problem::ApiError;

/// List mutes
#[utoipa::path(
    tag = "mutes",
    operation_id = "listMutes",
    params(PageParams),
    responses((status = 200, description = "A page of the mutes", body = MuteList))
)]
#[get("/mutes")]
pub(crate) async fn list(
    shared: web::Data<Shared>,
    request: HttpRequest,
    Params(params): Params<PageParams>,
) -> Result<web::Json<MuteList>, ApiError> {
    let binding = Binding::new("mutes", request.query_string());
    let query = list_query(&params, binding)?;
    let page = run(&shared.service, move |service| service.mutes(&query)).await?;
    Ok(web::Json(binding.list(page)))
}

/// Get a mute
#[utoipa::path(
    tag = "mutes",
    operation_id = "getMute",
    params(IdPath),
    responses((status = 200, description = "The mute set from this alert", body = Mute))
)]
#[get("/mutes/{id}")]
pub(crate) async fn get(
    shared: web::Data<Shared>,
    id: web::Path<Id>,
) -> Result<web::Json<Mute>, ApiError> {
    let mute = run(&shared.service, move |service| service.mute_of(id.get())).await?;
    Ok(web::Json(mute.into()))
}

/// Lift a mute
///
/// As `unmute` on the alert it was set from: the alert is `new` again.
#[utoipa::path(
    tag = "mutes",
    operation_id = "deleteMute",
    params(IdPath),
    responses((status = 204, description = "The mute is lifted"))
)]
#[delete("/mutes/{id}")]
pub(crate) async fn delete(
    shared: web::Data<Shared>,
    id: web::Path<Id>,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let edit = Edit::by(caller.0);
    run(&shared.service, move |service| {
        service.unmute(id.get(), &edit)
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

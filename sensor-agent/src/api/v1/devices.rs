//! The inventory.

use actix_web::{HttpRequest, get, web};

use super::IdPath;
use crate::api::Shared;
use crate::api::bounded::Id;
use crate::api::convert::{list_query, run};
use crate::api::dto::DeviceList;
use crate::api::dto::device::Device;
use crate::api::dto::query::PageParams;
use crate::api::extract::Params;
use crate::api::page::Binding;
use crate::api::problem::ApiError;

/// List devices
///
/// In the order of their numbers, which is that of their first appearance.
#[utoipa::path(
    tag = "devices",
    operation_id = "listDevices",
    params(PageParams),
    responses((status = 200, description = "A page of the inventory", body = DeviceList))
)]
#[get("/devices")]
pub(crate) async fn list(
    shared: web::Data<Shared>,
    request: HttpRequest,
    Params(params): Params<PageParams>,
) -> Result<web::Json<DeviceList>, ApiError> {
    let binding = Binding::new("devices", request.query_string());
    let query = list_query(&params, binding)?;
    let page = run(&shared.service, move |service| service.devices(&query)).await?;
    Ok(web::Json(binding.list(page)))
}

/// Get a device
#[utoipa::path(
    tag = "devices",
    operation_id = "getDevice",
    params(IdPath),
    responses((status = 200, description = "The device", body = Device))
)]
#[get("/devices/{id}")]
pub(crate) async fn get(
    shared: web::Data<Shared>,
    id: web::Path<Id>,
) -> Result<web::Json<Device>, ApiError> {
    let device = run(&shared.service, move |service| service.device(id.get())).await?;
    Ok(web::Json(device.into()))
}

//! The alert catalogue.

use actix_web::{get, web};

use super::TypeIdPath;
use crate::api::Shared;
use crate::api::bounded::Text;
use crate::api::dto::alert_type::{AlertType, AlertTypeList};
use crate::api::problem::{ApiError, Code};

/// List alert types
///
/// The whole catalogue, with the types that this build does not raise yet.
#[utoipa::path(
    tag = "catalogue",
    operation_id = "listAlertTypes",
    responses((status = 200, description = "All types", body = AlertTypeList))
)]
#[get("/alert-types")]
pub(crate) async fn list(shared: web::Data<Shared>) -> web::Json<AlertTypeList> {
    let items = shared
        .service
        .alert_types()
        .iter()
        .map(Into::into)
        .collect();
    web::Json(AlertTypeList { items })
}

/// Get an alert type
#[utoipa::path(
    tag = "catalogue",
    operation_id = "getAlertType",
    params(TypeIdPath),
    responses((status = 200, description = "The type", body = AlertType))
)]
#[get("/alert-types/{id}")]
pub(crate) async fn get(
    shared: web::Data<Shared>,
    id: web::Path<Text<1, 100>>,
) -> Result<web::Json<AlertType>, ApiError> {
    let kind = shared.service.alert_types().get(id.as_str());
    kind.map(|kind| web::Json(kind.into())).ok_or_else(|| {
        ApiError::new(
            Code::NotFound,
            format!("there is no alert type {}", id.as_str()),
        )
    })
}

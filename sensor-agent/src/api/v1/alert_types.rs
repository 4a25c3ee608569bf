//! The alert catalogue.

use actix_web::{get, web};
use utoipa::IntoParams;

use crate::api::Shared;
use crate::api::bounded::Text;
use crate::api::dto::alert_type::{AlertType, AlertTypeList};
use crate::api::problem::{ApiError, Code};

/// `{id}` of an alert type.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "describes the parameter; the handler takes the bare text")]
pub struct TypeIdPath {
    /// Identifier of the type.
    #[param(min_length = 1, max_length = 100, pattern = "^[a-z0-9_]{1,100}$", example = "port_scan")]
    pub id: String,
}

/// List alert types
///
/// The whole catalogue, with the types that this build does not raise yet.
#[utoipa::path(
    tag = "catalogue",
    operation_id = "listAlertTypes",
    responses((status = 200, description = "All types", body = AlertTypeList))
)]
#[get("/alert-types")]
pub async fn list(shared: web::Data<Shared>) -> web::Json<AlertTypeList> {
    let items = shared.service.alert_types().iter().map(Into::into).collect();
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
pub async fn get(
    shared: web::Data<Shared>,
    id: web::Path<Text<1, 100>>,
) -> Result<web::Json<AlertType>, ApiError> {
    let kind = shared.service.alert_types().get(id.as_str());
    kind.map(|kind| web::Json(kind.into())).ok_or_else(|| {
        ApiError::new(Code::NotFound, format!("there is no alert type {}", id.as_str()))
    })
}

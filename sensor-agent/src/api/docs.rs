//! The pages around the API that need no token: Swagger UI and the specification.
//!
//! Swagger UI is part of the binary and loads nothing from elsewhere; its outside validator is off.

use actix_web::http::header::{CACHE_CONTROL, LOCATION};
use actix_web::{HttpResponse, web};
use utoipa_swagger_ui::{Config, SwaggerUi};

use super::Shared;

/// Registers the pages of [`super::access::STATIC_PAGES`].
pub(crate) fn pages(config: &mut web::ServiceConfig) {
    config
        .route("/", web::get().to(to_docs))
        .route("/docs", web::get().to(to_docs))
        .route("/openapi.json", web::get().to(specification))
        .service(SwaggerUi::new("/docs/{_:.*}").config(settings()));
}

fn settings() -> Config<'static> {
    Config::new(["/openapi.json"])
        .validator_url("none")
        .persist_authorization(true)
        .try_it_out_enabled(true)
        .display_request_duration(true)
        .display_operation_id(true)
        .deep_linking(true)
        .filter(true)
}

async fn to_docs() -> HttpResponse {
    HttpResponse::Found()
        .insert_header((LOCATION, "/docs/"))
        .finish()
}

async fn specification(shared: web::Data<Shared>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .content_type("application/json")
        .body(shared.spec.clone())
}

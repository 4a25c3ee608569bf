//! The sensor about itself.

use actix_web::{HttpResponse, get, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::CodePath;
use crate::api::Shared;
use crate::api::bounded::Text;
use crate::api::codes::Code;
use crate::api::convert::run;
use crate::api::dto::sensor::{Capture, EngineList, Health, ProtocolList, Version};
use crate::api::problem::ApiError;
use crate::service::HealthStatus;

/// Get the health of the sensor
///
/// Needs no token and tells no secrets. 200 while it senses, also when something is degraded; 503
/// when it does not sense or cannot keep what it finds. Both have the same body.
#[utoipa::path(
    tag = "sensor",
    operation_id = "getHealth",
    responses(
        (status = 200, description = "It senses", body = Health),
        (status = 503, description = "It does not sense, or cannot keep what it finds", body = Health)
    )
)]
#[get("/health")]
pub(crate) async fn health(shared: web::Data<Shared>) -> Result<HttpResponse, ApiError> {
    let health = run(&shared.service, |service| Ok(service.health())).await?;
    let mut response = match health.status {
        HealthStatus::Ok | HealthStatus::Degraded => HttpResponse::Ok(),
        HealthStatus::Failing => HttpResponse::ServiceUnavailable(),
    };
    Ok(response.json(Health::from(health)))
}

/// Get the state of capture
///
/// Per source: what came in, what was left out on purpose, what was lost and why.
#[utoipa::path(
    tag = "sensor",
    operation_id = "getCapture",
    responses((status = 200, description = "The sources", body = Capture))
)]
#[get("/capture")]
pub(crate) async fn capture(shared: web::Data<Shared>) -> web::Json<Capture> {
    web::Json(Capture::from(&*shared.service.live()))
}

/// List protocols
///
/// What was decoded of each protocol so far.
#[utoipa::path(
    tag = "sensor",
    operation_id = "listProtocols",
    responses((status = 200, description = "Counters per protocol", body = ProtocolList))
)]
#[get("/protocols")]
pub(crate) async fn protocols(shared: web::Data<Shared>) -> web::Json<ProtocolList> {
    web::Json(ProtocolList::from(&*shared.service.live()))
}

/// List engines
///
/// How the detection engines, their alert types and their tables are doing.
#[utoipa::path(
    tag = "sensor",
    operation_id = "listEngines",
    responses((status = 200, description = "The engines", body = EngineList))
)]
#[get("/engines")]
pub(crate) async fn engines(shared: web::Data<Shared>) -> web::Json<EngineList> {
    web::Json(EngineList::from(&*shared.service.live()))
}

/// Get the version
#[utoipa::path(
    tag = "sensor",
    operation_id = "getVersion",
    responses((status = 200, description = "What is running here", body = Version))
)]
#[get("/version")]
pub(crate) async fn version(shared: web::Data<Shared>) -> web::Json<Version> {
    let types = shared.service.alert_types();
    web::Json(Version {
        product: String::from("Telltale"),
        version: String::from(env!("CARGO_PKG_VERSION")),
        api: String::from("v1"),
        time: shared.service.now().into(),
        alert_types: types.len(),
        alert_types_implemented: types
            .iter()
            .filter(|kind| kind.not_implemented.is_none())
            .count(),
        license: String::from(env!("CARGO_PKG_LICENSE")),
    })
}

/// A kind of problem.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProblemType {
    pub(crate) code: Code,
    /// HTTP status code it comes with.
    #[schema(example = 404, minimum = 400, maximum = 599)]
    pub(crate) status: u16,
    #[schema(example = "No such resource", max_length = 100)]
    pub(crate) title: &'static str,
    /// When it comes and what to do about it.
    #[schema(
        example = "Nothing exists at this path. Identifiers are never reused.",
        max_length = 1000
    )]
    pub(crate) explanation: &'static str,
}

/// Explain a problem
///
/// `type` of every problem leads here.
#[utoipa::path(
    tag = "sensor",
    operation_id = "getProblemType",
    params(CodePath),
    responses((status = 200, description = "The explanation", body = ProblemType))
)]
#[get("/problems/{code}")]
pub(crate) async fn problem(
    code: web::Path<Text<1, 100>>,
) -> Result<web::Json<ProblemType>, ApiError> {
    let known = Code::ALL
        .iter()
        .find(|known| known.as_str() == code.as_str());
    let code = known.ok_or_else(|| {
        ApiError::new(
            Code::NotFound,
            format!("there is no problem {}", code.as_str()),
        )
    })?;
    Ok(web::Json(ProblemType {
        code: *code,
        status: code.status().as_u16(),
        title: code.title(),
        explanation: code.about(),
    }))
}

/// Get metrics
///
/// In the text format of Prometheus.
#[utoipa::path(
    tag = "sensor",
    operation_id = "getMetrics",
    responses((status = 200, description = "The metrics", content_type = "text/plain", body = String,
        example = "# HELP sensor_alerts_open Alerts that are new or active.\n# TYPE sensor_alerts_open gauge\n"))
)]
#[get("/metrics")]
pub(crate) async fn prometheus(shared: web::Data<Shared>) -> Result<HttpResponse, ApiError> {
    let text = run(&shared.service, |service| {
        Ok(crate::metrics::render(service))
    })
    .await?;
    let http = shared.http.render(shared.gate.routes());
    Ok(HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .body(text + &http))
}

//! Stage 8: the REST interface.
//!
//! Data in: HTTP requests. Data out: what the service knows, as the types of [`dto`].
//!
//! ```text
//!   request ─► envelope (identifier, headers, one error shape, measurement)
//!           ─► gate (method, token, role, parameter names, Accept)
//!           ─► replay (Idempotency-Key)
//!           ─► handler in v1: extract, one call of the service, convert
//! ```
//!
//! Routes and specification come from one registration ([`routes`]); who may call what stands in
//! [`access`]; limits stand in [`limits`]. Only `/api/v1/health`, `/docs/` and `/openapi.json` can
//! be reached without a token.

pub mod access;
pub mod bounded;
pub mod codes;
mod convert;
mod docs;
pub mod dto;
mod envelope;
pub(crate) mod export;
mod extract;
mod gate;
pub mod limits;
mod negotiate;
mod openapi;
mod page;
pub mod problem;
mod replay;
mod routes;
mod server;
mod v1;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderValue, RETRY_AFTER};
use actix_web::middleware::from_fn;
use actix_web::web::Bytes;
use actix_web::{App, Error, web};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use utoipa_actix_web::AppExt;

pub use openapi::openapi_json;
pub use server::{ApiSettings, Handle, StartError, serve};

use crate::metrics::http::HttpMetrics;
use crate::service::Service;
use problem::{ApiError, Code};

/// What all workers share.
pub(crate) struct Shared {
    service: Service,
    gate: gate::Gate,
    http: HttpMetrics,
    request_ids: envelope::RequestIds,
    exports: Arc<Semaphore>,
    large_bodies: Arc<Semaphore>,
    running: replay::Running,
    spec: Bytes,
}

impl Shared {
    /// Compiles specification and rules. `run` marks the request identifiers of this run.
    fn new(service: Service, run: u32) -> Self {
        let spec = openapi::spec();
        let gate = gate::Gate::new(&spec);
        let http = HttpMetrics::new(gate.routes().len());
        Self {
            service,
            gate,
            http,
            request_ids: envelope::RequestIds::new(run),
            running: replay::Running::default(),
            exports: Arc::new(Semaphore::new(limits::EXPORTS)),
            large_bodies: Arc::new(Semaphore::new(limits::FILTER_BODIES)),
            spec: Bytes::from(openapi_json()),
        }
    }

    /// Leave to read a large body.
    fn large_body_permit(&self) -> Result<OwnedSemaphorePermit, ApiError> {
        let permit = Arc::clone(&self.large_bodies).try_acquire_owned();
        permit.map_err(|_| {
            let detail = "another set of filters is being read; try again in a moment";
            ApiError::new(Code::Unavailable, detail)
                .header(RETRY_AFTER, HeaderValue::from_static("5"))
        })
    }

    /// Leave to run an export.
    fn export_permit(&self) -> Result<OwnedSemaphorePermit, ApiError> {
        Arc::clone(&self.exports).try_acquire_owned().map_err(|_| {
            let detail = format!("{} exports are running, which is the most", limits::EXPORTS);
            ApiError::new(Code::Unavailable, detail)
                .header(RETRY_AFTER, HeaderValue::from_static("10"))
        })
    }
}

/// The whole application; each worker has one.
fn app(
    shared: web::Data<Shared>,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = Error,
        InitError = (),
    >,
> {
    let (app, _) = App::new()
        .app_data(shared)
        .app_data(extract::path_config())
        // The last one wrapped runs first.
        .wrap(from_fn(replay::replay))
        .wrap(from_fn(gate::gate))
        .wrap(from_fn(envelope::envelope))
        .into_utoipa_app()
        .configure(routes::routes)
        .split_for_parts();
    app.configure(docs::pages)
        .default_service(web::to(nothing_here))
}

async fn nothing_here() -> Result<&'static str, ApiError> {
    Err(gate::no_such_path())
}

/// A revision as a strong entity tag.
fn etag(revision: u64) -> Option<HeaderValue> {
    HeaderValue::from_str(&format!("\"{revision}\"")).ok()
}

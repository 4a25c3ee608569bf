//! `Idempotency-Key`: a repeated POST gets its first answer again and does nothing twice.
//!
//! Data in: POST requests that passed the gate. Data out: the kept answer, or the handler's, which
//! is then kept for a day. Keys belong to the token they were used with. Only successes are kept:
//! a refused call changed nothing, so that doing it again is harmless. Limits: the key's length,
//! and the body's as everywhere.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::body::{BoxBody, MessageBody, to_bytes};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::{ETAG, HeaderName, HeaderValue, IF_MATCH};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::Bytes;
use actix_web::{Error, HttpMessage, HttpResponse, web};
use futures_util::stream;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::convert::run;
use super::problem::{ApiError, Code};
use super::{Shared, extract};
use crate::service::{KeptReply, Principal};

/// Form of a key, and its longest.
pub(crate) const KEY_PATTERN: &str = "^[!-~]{1,64}$";
pub(crate) const KEY_CHARS: usize = 64;

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// Keys of calls that have not ended.
#[derive(Clone, Debug, Default)]
pub(crate) struct Running(Arc<Mutex<HashSet<String>>>);

impl Running {
    /// Marks a call as running until the mark is dropped; `None` when it is running already.
    fn enter(&self, key: &str) -> Option<Mark> {
        // Nothing under the lock can panic half way, so a poisoned set is still whole.
        let mut keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        keys.insert(key.to_owned()).then(|| Mark {
            running: self.clone(),
            key: key.to_owned(),
        })
    }
}

struct Mark {
    running: Running,
    key: String,
}

impl Drop for Mark {
    fn drop(&mut self) {
        let mut keys = self
            .running
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        keys.remove(&self.key);
    }
}

/// What is kept of an answer.
#[derive(Serialize, Deserialize)]
struct Kept {
    etag: Option<String>,
    body: String,
}

/// The middleware between gate and handler.
pub(crate) async fn replay(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let key = match key(&request) {
        Ok(Some(key)) => key,
        Ok(None) => {
            return next
                .call(request)
                .await
                .map(ServiceResponse::map_into_boxed_body);
        }
        Err(error) => return Ok(request.error_response(error)),
    };
    let Some(shared) = request.app_data::<web::Data<Shared>>().cloned() else {
        return Err(ApiError::internal("the application was built without its state").into());
    };
    let (head, payload) = request.into_parts();
    let body = match extract::read(payload).await {
        Ok(body) => body.freeze(),
        Err(error) => return Ok(ServiceResponse::new(head, HttpResponse::from_error(error))),
    };
    let condition = head.headers().get(IF_MATCH).map(HeaderValue::as_bytes);
    let fingerprint = fingerprint([
        head.path().as_bytes(),
        condition.unwrap_or(b"absent"),
        &body,
    ]);
    let request = ServiceRequest::from_parts(head, whole(body));
    match recall(&shared, &key, fingerprint).await {
        Ok(Recalled::Answer(answer)) => Ok(request.into_response(answer)),
        Ok(Recalled::First(mark)) => {
            let response = next.call(request).await?.map_into_boxed_body();
            let response = keep(&shared, key, fingerprint, response).await;
            drop(mark);
            response
        }
        Err(error) => Ok(request.error_response(error)),
    }
}

/// The key of a POST, joined with the token it came with.
fn key(request: &ServiceRequest) -> Result<Option<String>, ApiError> {
    if request.method() != Method::POST {
        return Ok(None);
    }
    let Some(value) = request.headers().get(KEY) else {
        return Ok(None);
    };
    let text = value.to_str().unwrap_or_default();
    let valid = (1..=KEY_CHARS).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
    if !valid {
        let reason = "takes 1 to 64 visible ASCII characters";
        let error = ApiError::new(Code::InvalidHeader, format!("Idempotency-Key {reason}"));
        return Err(error.field("Idempotency-Key", reason));
    }
    let extensions = request.extensions();
    let token = extensions
        .get::<Principal>()
        .map_or(0, |principal| principal.token_id);
    Ok(Some(format!("{token}:{text}")))
}

/// Of everything that makes two calls the same; lengths keep the parts apart.
fn fingerprint(parts: [&[u8]; 3]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// A body that was read, to be read again.
fn whole(body: Bytes) -> Payload {
    Payload::Stream {
        payload: Box::pin(stream::once(async move { Ok(body) })),
    }
}

enum Recalled {
    /// Answered before.
    Answer(HttpResponse),
    /// The first call with this key.
    First(Mark),
}

async fn recall(shared: &Shared, key: &str, asked: [u8; 32]) -> Result<Recalled, ApiError> {
    let mark = shared.running.enter(key).ok_or_else(|| {
        ApiError::new(
            Code::IdempotencyInProgress,
            "a call with this Idempotency-Key is running; repeat it in a moment",
        )
    })?;
    let owned = key.to_owned();
    let Some(reply) = run(&shared.service, move |service| service.recall_reply(&owned)).await?
    else {
        return Ok(Recalled::First(mark));
    };
    if reply.request != asked {
        return Err(ApiError::new(
            Code::IdempotencyKeyReused,
            "this Idempotency-Key was used for a call with another path, body or If-Match; choose a new one",
        ));
    }
    answer(&reply).map(Recalled::Answer)
}

fn answer(reply: &KeptReply) -> Result<HttpResponse, ApiError> {
    let kept: Kept = serde_json::from_slice(&reply.body).map_err(ApiError::internal)?;
    let status = StatusCode::from_u16(reply.status).map_err(ApiError::internal)?;
    let mut response = HttpResponse::build(status);
    response.insert_header((REPLAYED, HeaderValue::from_static("true")));
    if let Some(etag) = kept.etag {
        response.insert_header((ETAG, etag));
    }
    Ok(response.content_type("application/json").body(kept.body))
}

/// Keeps a success and hands it on.
async fn keep(
    shared: &Shared,
    key: String,
    fingerprint: [u8; 32],
    response: ServiceResponse<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if !response.status().is_success() {
        return Ok(response);
    }
    let (request, response) = response.into_parts();
    let (head, body) = response.into_parts();
    let bytes = to_bytes(body).await.map_err(ApiError::internal)?;
    let etag = head
        .headers()
        .get(ETAG)
        .and_then(|value| value.to_str().ok());
    let kept = Kept {
        etag: etag.map(str::to_owned),
        body: String::from_utf8_lossy(&bytes).into_owned(),
    };
    let reply = KeptReply {
        request: fingerprint,
        status: head.status().as_u16(),
        body: serde_json::to_vec(&kept).map_err(ApiError::internal)?,
    };
    let kept = run(&shared.service, move |service| {
        service.keep_reply(&key, &reply)
    })
    .await;
    if let Err(error) = kept {
        // The change itself is durable; only a repetition would be carried out again.
        tracing::warn!(%error, "an answer could not be kept for its Idempotency-Key");
    }
    let response = head.set_body(BoxBody::new(bytes));
    Ok(ServiceResponse::new(request, response))
}

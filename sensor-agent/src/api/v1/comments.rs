//! Comments of an alert.

use actix_web::http::header::ETAG;
use actix_web::{HttpResponse, get, post, web};

use super::{IdPath, IfMatchHeader};
use crate::api::bounded::Id;
use crate::api::convert::{Caller, run};
use crate::api::dto::action::NewComment;
use crate::api::dto::alert::{Comment, CommentList};
use crate::api::extract::{Body, IfMatch};
use crate::api::problem::ApiError;
use crate::api::{Shared, etag};

/// List the comments of an alert
///
/// Oldest first.
#[utoipa::path(
    tag = "comments",
    operation_id = "listComments",
    params(IdPath),
    responses((status = 200, description = "The comments", body = CommentList))
)]
#[get("/alerts/{id}/comments")]
pub(crate) async fn list(
    shared: web::Data<Shared>,
    id: web::Path<Id>,
) -> Result<web::Json<CommentList>, ApiError> {
    let comments = run(&shared.service, move |service| service.comments(id.get())).await?;
    let items = comments.into_iter().map(Into::into).collect();
    Ok(web::Json(CommentList { items }))
}

/// Comment on an alert
#[utoipa::path(
    tag = "comments",
    operation_id = "addComment",
    params(IdPath, IfMatchHeader),
    request_body = NewComment,
    responses((status = 201, description = "The comment", body = Comment,
        headers(("ETag" = String, description = "Revision of the alert, for If-Match"))))
)]
#[post("/alerts/{id}/comments")]
pub(crate) async fn add(
    shared: web::Data<Shared>,
    id: web::Path<Id>,
    if_match: IfMatch,
    caller: Caller,
    Body(comment): Body<NewComment>,
) -> Result<HttpResponse, ApiError> {
    let edit = caller.edit(if_match);
    let alert = run(&shared.service, move |service| {
        service.comment(id.get(), comment.text.as_str(), &edit)
    })
    .await?;
    let mut response = HttpResponse::Created();
    if let Some(value) = etag(alert.revision) {
        response.insert_header((ETAG, value));
    }
    let last = alert.comments.into_iter().next_back();
    let comment =
        last.ok_or_else(|| ApiError::internal("a new comment is missing in its alert"))?;
    Ok(response.json(Comment::from(comment)))
}

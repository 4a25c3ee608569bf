//! Capture filter rules as resources.

use actix_web::http::header::ETAG;
use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, put, web};

use super::{IdPath, IfMatchHeader};
use crate::api::bounded::Id;
use crate::api::convert::{Caller, list_query, run};
use crate::api::dto::filters::{
    Filter, FilterList, FilterPatch, FilterSet, FiltersReplaced, NewFilter,
};
use crate::api::dto::query::PageParams;
use crate::api::extract::{Body, IfMatch, LargeBody, Params};
use crate::api::page::Binding;
use crate::api::problem::{ApiError, Code};
use crate::api::{Shared, etag, limits};
use crate::service::{self, NewFilter as NewRule};

/// List the capture filters
///
/// What is left out before it is inspected, with the frames each rule decided. Rules of the
/// configuration file stand here too; they are changed in the file.
#[utoipa::path(
    tag = "capture filters",
    operation_id = "listFilters",
    params(PageParams),
    responses((status = 200, description = "A page of the rules", body = FilterList,
        headers(("ETag" = String, description = "Revision of the rules as a whole, for If-Match"))))
)]
#[get("/capture/filters")]
pub(crate) async fn list(
    shared: web::Data<Shared>,
    request: HttpRequest,
    Params(params): Params<PageParams>,
) -> Result<HttpResponse, ApiError> {
    let binding = Binding::new("filters", request.query_string());
    let query = list_query(&params, binding)?;
    let page = run(&shared.service, move |service| service.filters(&query)).await?;
    let revision = page.revision;
    Ok(tagged(HttpResponse::Ok(), revision).json(FilterList {
        next_cursor: page.next_cursor.map(|cursor| binding.encode(&cursor)),
        items: page.items.into_iter().map(Into::into).collect(),
        total: page.total,
        revision,
        unfiltered_sources: page.unfiltered,
    }))
}

/// Get a capture filter
#[utoipa::path(
    tag = "capture filters",
    operation_id = "getFilter",
    params(IdPath),
    responses((status = 200, description = "The rule", body = Filter,
        headers(("ETag" = String, description = "Revision of the rule, for If-Match"))))
)]
#[get("/capture/filters/{id}")]
pub(crate) async fn get(
    shared: web::Data<Shared>,
    id: web::Path<Id>,
) -> Result<HttpResponse, ApiError> {
    let filter = run(&shared.service, move |service| service.filter(id.get())).await?;
    Ok(answer(HttpResponse::Ok(), filter))
}

/// Add a capture filter
///
/// It is in force on every source that can filter when this answers, and kept for later starts. No
/// frame is lost meanwhile.
#[utoipa::path(
    tag = "capture filters",
    operation_id = "createFilter",
    params(),
    request_body = NewFilter,
    responses((status = 201, description = "The rule", body = Filter,
        headers(("ETag" = String, description = "Revision of the rule, for If-Match"))))
)]
#[post("/capture/filters")]
pub(crate) async fn create(
    shared: web::Data<Shared>,
    caller: Caller,
    Body(new): Body<NewFilter>,
) -> Result<HttpResponse, ApiError> {
    let new = new.into();
    let filter = run(&shared.service, move |service| {
        service.add_filter(&new, &caller.0)
    })
    .await?;
    Ok(answer(HttpResponse::Created(), filter))
}

/// Replace all capture filters
///
/// All or nothing: when one rule is wrong nothing is changed. Until this answers a frame meets the
/// rules before, those after, or both together; none is lost. Takes up to 100000 rules in a body of up to 16 MiB; more are refused, never cut. Rules
/// of the configuration stay.
#[utoipa::path(
    tag = "capture filters",
    operation_id = "replaceFilters",
    params(IfMatchHeader),
    request_body = FilterSet,
    responses((status = 200, description = "What was done", body = FiltersReplaced,
        headers(("ETag" = String, description = "Revision of the rules as a whole, for If-Match"))))
)]
#[put("/capture/filters")]
pub(crate) async fn replace(
    shared: web::Data<Shared>,
    if_match: IfMatch,
    caller: Caller,
    LargeBody(set): LargeBody<FilterSet>,
) -> Result<HttpResponse, ApiError> {
    let most = limits::FILTER_RULES;
    if set.rules.len() > most {
        let count = set.rules.len();
        let detail =
            format!("{count} rules are more than the {most} of one call; nothing was changed");
        return Err(ApiError::new(Code::FilterLimit, detail).field("/rules", "too many"));
    }
    let edit = caller.edit(if_match);
    let done = run(&shared.service, move |service| {
        let rules: Vec<NewRule> = set.rules.into_iter().map(Into::into).collect();
        service.replace_filters(&rules, &edit)
    })
    .await?;
    Ok(tagged(HttpResponse::Ok(), done.revision).json(FiltersReplaced::from(done)))
}

/// Change a capture filter
///
/// What is left out stays as it is.
#[utoipa::path(
    tag = "capture filters",
    operation_id = "updateFilter",
    params(IdPath, IfMatchHeader),
    request_body = FilterPatch,
    responses((status = 200, description = "The rule after the change", body = Filter,
        headers(("ETag" = String, description = "Revision of the rule, for If-Match"))))
)]
#[patch("/capture/filters/{id}")]
pub(crate) async fn update(
    shared: web::Data<Shared>,
    id: web::Path<Id>,
    if_match: IfMatch,
    caller: Caller,
    Body(patch): Body<FilterPatch>,
) -> Result<HttpResponse, ApiError> {
    if patch.is_empty() {
        return Err(ApiError::new(
            Code::InvalidBody,
            "the body changes nothing; name a field",
        ));
    }
    let (change, edit) = (patch.into(), caller.edit(if_match));
    let filter = run(&shared.service, move |service| {
        service.change_filter(id.get(), &change, &edit)
    })
    .await?;
    Ok(answer(HttpResponse::Ok(), filter))
}

/// Delete a capture filter
#[utoipa::path(
    tag = "capture filters",
    operation_id = "deleteFilter",
    params(IdPath, IfMatchHeader),
    responses((status = 204, description = "The rule is gone"))
)]
#[delete("/capture/filters/{id}")]
pub(crate) async fn delete(
    shared: web::Data<Shared>,
    id: web::Path<Id>,
    if_match: IfMatch,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let edit = caller.edit(if_match);
    run(&shared.service, move |service| {
        service.remove_filter(id.get(), &edit)
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// A rule with its revision as ETag.
fn answer(response: actix_web::HttpResponseBuilder, filter: service::FilterInfo) -> HttpResponse {
    tagged(response, filter.revision).json(Filter::from(filter))
}

fn tagged(
    mut response: actix_web::HttpResponseBuilder,
    revision: u64,
) -> actix_web::HttpResponseBuilder {
    if let Some(value) = etag(revision) {
        response.insert_header((ETAG, value));
    }
    response
}

//! What every request passes before its handler: method, token, role, parameter names, `Accept`.
//!
//! Data in: a request and the rules, which are compiled once from the specification and
//! [`access`]. Data out: the request with its [`Principal`], or a problem. A request that matches
//! no rule never reaches a handler.

use std::collections::{BTreeSet, HashMap};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, web};
use serde_json::Value;

use super::access::{self, Access};
use super::problem::{ApiError, Code};
use super::{Shared, negotiate};
use crate::service::Principal;

/// Names of the methods in a path item (OpenAPI 3.1, section 4.8.9).
const METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// The rules of all paths, by the pattern they are registered under.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    paths: HashMap<String, Vec<Rule>>,
    /// Route labels for the metrics, by [`Rule::route`].
    routes: Vec<String>,
}

/// The rule of one operation.
#[derive(Debug)]
pub(crate) struct Rule {
    method: Method,
    access: Access,
    /// Query parameters it knows; `None` for pages that take any.
    query: Option<BTreeSet<String>>,
    /// Media types of its success response; empty when it has no body.
    media: Vec<String>,
    /// Its number, for the metrics.
    pub(crate) route: usize,
}

impl Gate {
    /// Compiles the rules of a finished specification.
    pub(crate) fn new(spec: &Value) -> Self {
        let mut gate = Self::default();
        for (path, item) in spec["paths"].as_object().into_iter().flatten() {
            for name in METHODS {
                if let Some(operation) = item.get(name) {
                    gate.add_operation(path, name, operation);
                }
            }
        }
        for path in access::STATIC_PAGES {
            gate.add(path, Method::GET, Access::Open, None, Vec::new());
        }
        gate
    }

    fn add_operation(&mut self, path: &str, method: &str, operation: &Value) {
        let id = operation["operationId"].as_str().unwrap_or_default();
        // Fails closed: without an entry in the table there is no rule, and so no way in.
        let Some(access) = access::of(id) else { return };
        let Ok(method) = Method::from_bytes(method.to_ascii_uppercase().as_bytes()) else {
            return;
        };
        self.add(
            path,
            method,
            access,
            Some(query_names(operation)),
            success_media(operation),
        );
    }

    fn add(
        &mut self,
        path: &str,
        method: Method,
        access: Access,
        query: Option<BTreeSet<String>>,
        media: Vec<String>,
    ) {
        let route = self.routes.len();
        self.routes.push(format!("{method} {path}"));
        self.paths.entry(path.to_owned()).or_default().push(Rule {
            method,
            access,
            query,
            media,
            route,
        });
    }

    /// Route labels in the order of their numbers.
    pub(crate) fn routes(&self) -> &[String] {
        &self.routes
    }

    /// The rule for a request, or why there is none.
    pub(crate) fn rule(&self, request: &ServiceRequest) -> Result<&Rule, ApiError> {
        let pattern = request.resource_map().match_pattern(request.path());
        let rules = pattern
            .as_ref()
            .and_then(|pattern| self.paths.get(pattern))
            .ok_or_else(no_such_path)?;
        rules
            .iter()
            .find(|rule| rule.method == *request.method())
            .ok_or_else(|| not_allowed(rules))
    }
}

fn query_names(operation: &Value) -> BTreeSet<String> {
    operation["parameters"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|parameter| parameter["in"] == "query")
        .filter_map(|parameter| parameter["name"].as_str().map(str::to_owned))
        .collect()
}

fn success_media(operation: &Value) -> Vec<String> {
    operation["responses"]
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(status, _)| status.starts_with('2'))
        .filter_map(|(_, response)| response["content"].as_object())
        .flat_map(|content| content.keys())
        .map(|media| media.split(';').next().unwrap_or(media).to_owned())
        .collect()
}

/// The error for a path that leads nowhere.
pub(crate) fn no_such_path() -> ApiError {
    ApiError::new(
        Code::NotFound,
        "there is nothing at this path; /openapi.json lists what there is",
    )
}

fn not_allowed(rules: &[Rule]) -> ApiError {
    let methods: Vec<&str> = rules.iter().map(|rule| rule.method.as_str()).collect();
    let list = methods.join(", ");
    let error = ApiError::new(
        Code::MethodNotAllowed,
        format!("this path takes the methods {list}"),
    );
    match HeaderValue::from_str(&list) {
        Ok(value) => error.header(header::ALLOW, value),
        Err(_) => error,
    }
}

/// The middleware around routing.
pub(crate) async fn gate(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    match check(&request) {
        Ok(()) => next
            .call(request)
            .await
            .map(ServiceResponse::map_into_boxed_body),
        Err(error) => Ok(request.error_response(error)),
    }
}

fn check(request: &ServiceRequest) -> Result<(), ApiError> {
    let shared = request
        .app_data::<web::Data<Shared>>()
        .ok_or_else(|| ApiError::internal("the application was built without its state"))?;
    // The specification is public, so nobody learns anything from a 404 or 405.
    let rule = shared.gate.rule(request)?;
    if rule.access != Access::Open {
        let principal = authenticate(request, shared)?;
        check_role(&principal, rule)?;
        request.extensions_mut().insert(principal);
    }
    check_form(request, rule)
}

/// Finds out whose token the request carries (RFC 6750, section 2.1).
fn authenticate(request: &ServiceRequest, shared: &Shared) -> Result<Principal, ApiError> {
    let header = request.headers().get(header::AUTHORIZATION);
    let Some(value) = header else {
        return Err(unauthenticated(
            "this operation needs a token",
            "Bearer realm=\"telltale\"",
        ));
    };
    let invalid = || {
        unauthenticated(
            "the token is not one of this sensor's valid tokens",
            "Bearer realm=\"telltale\", error=\"invalid_token\"",
        )
    };
    let (scheme, secret) = value
        .to_str()
        .ok()
        .and_then(|text| text.split_once(' '))
        .ok_or_else(invalid)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(invalid());
    }
    shared
        .service
        .authenticate(secret.trim())
        .ok_or_else(invalid)
}

fn unauthenticated(detail: &str, challenge: &'static str) -> ApiError {
    ApiError::new(
        Code::Unauthenticated,
        format!("{detail}; send `Authorization: Bearer <token>`"),
    )
    .header(
        header::WWW_AUTHENTICATE,
        HeaderValue::from_static(challenge),
    )
}

fn check_role(principal: &Principal, rule: &Rule) -> Result<(), ApiError> {
    match rule.access {
        Access::Open => Ok(()),
        Access::Role(needed) if principal.role >= needed => Ok(()),
        Access::Role(needed) => Err(ApiError::new(
            Code::Forbidden,
            format!(
                "this operation needs the role {}, the token has the role {}",
                needed.id(),
                principal.role.id()
            ),
        )),
    }
}

/// Parameter names and `Accept`.
fn check_form(request: &ServiceRequest, rule: &Rule) -> Result<(), ApiError> {
    let Some(known) = &rule.query else {
        return Ok(());
    };
    let names = web::Query::<Vec<(String, String)>>::from_query(request.query_string())
        .map_err(|error| ApiError::new(Code::InvalidQuery, format!("query string: {error}")))?;
    if let Some((unknown, _)) = names.iter().find(|(name, _)| !known.contains(name)) {
        return Err(unknown_parameter(unknown, known));
    }
    let chosen_by_query = names.iter().any(|(name, _)| name == "format");
    let offered: Vec<&str> = rule.media.iter().map(String::as_str).collect();
    if chosen_by_query
        || offered.is_empty()
        || negotiate::best(request.headers(), &offered).is_some()
    {
        return Ok(());
    }
    Err(ApiError::new(
        Code::NotAcceptable,
        format!("this operation answers with {}", offered.join(", ")),
    ))
}

fn unknown_parameter(name: &str, known: &BTreeSet<String>) -> ApiError {
    let list: Vec<&str> = known.iter().map(String::as_str).collect();
    let hint = if list.is_empty() {
        String::from("this operation takes none")
    } else {
        format!("this operation takes {}", list.join(", "))
    };
    ApiError::new(
        Code::InvalidQuery,
        format!("there is no query parameter `{name}`; {hint}"),
    )
    .field(name, "unknown parameter")
}

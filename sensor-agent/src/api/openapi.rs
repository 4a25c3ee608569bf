//! The specification: what utoipa collects from the routes, completed with what every operation
//! has in common: who may call it, the header and statuses of its errors.

use actix_web::App;
use serde_json::{Map, Value, json};
use utoipa::OpenApi;
use utoipa_actix_web::AppExt;

use super::access::{self, Access};
use super::codes::Code;
use super::problem::{self, FieldError, Problem};
use super::{replay, routes};
use crate::service::Role;

/// Name of the security scheme.
const SCHEME: &str = "bearer";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Telltale sensor",
        version = "1.0.0",
        description = "REST interface of the passive OT network sensor Telltale.\n\n\
            **Authentication.** Every operation needs `Authorization: Bearer <token>`, except \
            `GET /api/v1/health`. The pages `/docs/` and `/openapi.json` hold no data of the site \
            and need no token either. The first start of the sensor leaves an administrator's token \
            in `admin.token` in its data directory.\n\n\
            **Errors** are problem details (RFC 9457) with a stable `code`; \
            `GET /api/v1/problems/{code}` explains it. Unknown query parameters and unknown fields \
            are errors, never ignored. Every answer has an `X-Request-Id`.\n\n\
            **Lists** come in pages: repeat the request with `cursor` set to `next_cursor` until \
            that is null. A cursor is only good for the filter it came from.\n\n\
            **Changes** of an alert or a filter answer its revision as `ETag`; send it back in `If-Match` to \
            have the change refused when somebody else was faster.\n\n\
            **Times** are RFC 3339 in UTC with up to nine digits of a second.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
        contact(name = "Telltale", url = "https://example.invalid/telltale")
    ),
    servers((url = "/", description = "This sensor")),
    tags(
        (name = "alerts", description = "What the engines found, and its state"),
        (name = "alert actions", description = "What can be done about an alert"),
        (name = "comments", description = "Remarks of people on an alert"),
        (name = "timeline", description = "What happened, in the order in which it happened"),
        (name = "catalogue", description = "The types of alerts with their fixed properties"),
        (name = "devices", description = "The inventory, as far as traffic tells"),
        (name = "mutes", description = "Traffic that raises no alerts because somebody muted it"),
        (name = "baseline", description = "What is normal, and how the sensor learns it"),
        (name = "capture filters", description = "Traffic that is left out before it is inspected"),
        (name = "sensor", description = "The sensor about itself")
    ),
    components(schemas(Problem, FieldError, Code))
)]
struct Document;

/// The finished specification.
pub(crate) fn spec() -> Value {
    let (_, api) = App::new()
        .into_utoipa_app()
        .openapi(Document::openapi())
        .configure(routes::routes)
        .split_for_parts();
    // A document of maps, lists and texts always has a JSON form.
    let mut spec = serde_json::to_value(api).unwrap_or_default();
    complete(&mut spec);
    spec
}

/// The finished specification as text, the content of `openapi/sensor-v1.json`.
pub fn openapi_json() -> String {
    let mut text = serde_json::to_string_pretty(&spec()).unwrap_or_default();
    text.push('\n');
    text
}

fn complete(spec: &mut Value) {
    spec["components"]["securitySchemes"] = json!({ SCHEME: {
        "type": "http",
        "scheme": "bearer",
        "description": "A token of this sensor; its role decides what it may do."
    }});
    spec["components"]["responses"] = shared_responses();
    let Some(paths) = spec["paths"].as_object_mut() else {
        return;
    };
    for (path, item) in paths {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            complete_operation(path, method, operation);
        }
    }
}

fn complete_operation(path: &str, method: &str, operation: &mut Value) {
    let id = operation["operationId"].as_str().unwrap_or_default();
    let access = access::of(id);
    add_access(operation, access);
    if method == "post" {
        add_idempotency_key(operation);
    }
    parameters_are_never_null(operation);
    examples_are_not_filled_in(operation);
    for status in statuses(path, method, operation, access) {
        let key = status.to_string();
        if operation["responses"].get(&key).is_none() {
            operation["responses"][&key] =
                json!({ "$ref": format!("#/components/responses/Problem{status}") });
        }
    }
    if let Some(responses) = operation["responses"].as_object_mut() {
        responses.sort_keys();
    }
}

/// Security section, role and a sentence for people.
fn add_access(operation: &mut Value, access: Option<Access>) {
    let sentence = match access {
        Some(Access::Role(role)) => {
            operation["security"] = json!([{ SCHEME: [] }]);
            operation["x-required-role"] = json!(role.id());
            format!("Needs the role **{}**{}.", role.id(), or_higher(role))
        }
        Some(Access::Open) => {
            operation["security"] = json!([]);
            String::from("Needs no token.")
        }
        // No way in: the gate has no rule for it, and a test fails.
        None => return,
    };
    let text = match operation["description"].as_str() {
        Some(text) if !text.is_empty() => format!("{text}\n\n{sentence}"),
        _ => sentence,
    };
    operation["description"] = json!(text);
}

const fn or_higher(role: Role) -> &'static str {
    match role {
        Role::Viewer | Role::Analyst => " or a higher one",
        Role::Admin => "",
    }
}

/// The header that makes a repeated call harmless (see [`super::replay`]).
fn add_idempotency_key(operation: &mut Value) {
    let parameter = json!({
        "name": "Idempotency-Key",
        "in": "header",
        "required": false,
        "description": "Chosen by the client for one call. When the call is repeated with the \
            same key within a day, it gets the first answer again and nothing is done twice; \
            the answer then has the header `Idempotency-Replayed: true`.",
        "schema": {
            "type": "string",
            "pattern": replay::KEY_PATTERN,
            "minLength": 1,
            "maxLength": replay::KEY_CHARS
        },
        "example": "b3c1f6e2-close-17"
    });
    let parameters = operation
        .get_mut("parameters")
        .and_then(Value::as_array_mut);
    if let Some(parameters) = parameters {
        parameters.push(parameter);
    }
}

/// An optional parameter is left out; unlike a field it cannot be null.
fn parameters_are_never_null(operation: &mut Value) {
    let parameters = operation
        .get_mut("parameters")
        .and_then(Value::as_array_mut);
    for parameter in parameters.into_iter().flatten() {
        let Some(kind) = parameter.pointer_mut("/schema/type") else {
            continue;
        };
        let only = kind
            .as_array()
            .and_then(|kinds| kinds.iter().find(|kind| *kind != "null"));
        if let Some(only) = only.cloned() {
            *kind = only;
        }
    }
}

/// Swagger UI fills in `example`; an optional parameter should start empty, so its example moves
/// into the schema, where it is only shown.
fn examples_are_not_filled_in(operation: &mut Value) {
    let parameters = operation
        .get_mut("parameters")
        .and_then(Value::as_array_mut);
    for parameter in parameters.into_iter().flatten() {
        if parameter["required"] == true {
            continue;
        }
        let example = parameter
            .as_object_mut()
            .and_then(|map| map.remove("example"));
        if let Some(example) = example {
            parameter["schema"]["examples"] = json!([example]);
        }
    }
}

/// The error statuses that an operation can answer with.
fn statuses(path: &str, method: &str, operation: &Value, access: Option<Access>) -> Vec<u16> {
    let has_parameter = |place: &str| {
        let parameters = operation["parameters"].as_array();
        let mut parameters = parameters.into_iter().flatten();
        parameters.any(|parameter| parameter["in"] == place || parameter["name"] == place)
    };
    let changes_alert = method != "get" && (path.contains("/alerts/") || path.contains("/mutes/"));
    let changes_filters = method != "get" && path.contains("/capture/filters");
    let may_refuse = changes_alert || changes_filters || path.ends_with("/learn-preview");
    let groups: [(bool, &[u16]); 6] = [
        (true, &[400, 405, 406, 500, 503]),
        (access != Some(Access::Open), &[401, 403]),
        (has_parameter("path"), &[404]),
        (has_parameter("If-Match"), &[412]),
        (operation.get("requestBody").is_some(), &[408, 413, 415]),
        (may_refuse, &[409, 422]),
    ];
    let applying = groups.iter().filter(|(applies, _)| *applies);
    applying
        .flat_map(|(_, list)| list.iter().copied())
        .collect()
}

/// One response per error status, with an example for each of its codes.
fn shared_responses() -> Value {
    let mut responses = Map::new();
    for code in Code::ALL {
        let status = code.status().as_u16();
        let name = format!("Problem{status}");
        let response = responses
            .entry(name)
            .or_insert_with(|| new_response(status));
        response["content"][problem::MEDIA_TYPE]["examples"][code.as_str()] = example(*code);
    }
    Value::Object(responses)
}

fn new_response(status: u16) -> Value {
    let reason = actix_web::http::StatusCode::from_u16(status)
        .ok()
        .and_then(|status| status.canonical_reason())
        .unwrap_or("Error");
    let mut response = json!({
        "description": reason,
        "content": { problem::MEDIA_TYPE: {
            "schema": { "$ref": "#/components/schemas/Problem" },
            "examples": {}
        }}
    });
    if let Some((name, about)) = header_of(status) {
        response["headers"] = json!({ name: {
            "description": about,
            "schema": { "type": "string" }
        }});
    }
    response
}

/// The header that comes with a status, and what it says.
const fn header_of(status: u16) -> Option<(&'static str, &'static str)> {
    match status {
        401 => Some(("WWW-Authenticate", "How to authenticate (RFC 6750)")),
        405 => Some(("Allow", "Methods that the path takes")),
        412 => Some(("ETag", "Present revision of the resource")),
        503 => Some(("Retry-After", "Seconds after which to try again")),
        _ => None,
    }
}

fn example(code: Code) -> Value {
    json!({
        "summary": code.title(),
        "description": code.about(),
        "value": {
            "type": code.uri(),
            "title": code.title(),
            "status": code.status().as_u16(),
            "detail": code.about(),
            "instance": "/api/v1/alerts/17",
            "code": code.as_str(),
            "request_id": "5f3c9a1e-000000000000002a",
            "errors": []
        }
    })
}

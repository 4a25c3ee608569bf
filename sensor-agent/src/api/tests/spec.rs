//! The specification is valid, complete, bounded, and the same as what is registered.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::api::access::{self, Access};
use crate::api::bounded::Id;
use crate::api::codes::Code;
use crate::api::{limits, openapi};

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// Every operation as (path, method, operation).
fn operations(spec: &Value) -> Vec<(String, String, Value)> {
    let mut found = Vec::new();
    for (path, item) in spec["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("path item") {
            assert!(METHODS.contains(&method.as_str()), "{method} {path}");
            found.push((path.clone(), method.clone(), operation.clone()));
        }
    }
    found
}

/// Calls `visit` with every object of the document and the way to it.
fn walk(value: &Value, way: &str, visit: &mut impl FnMut(&str, &serde_json::Map<String, Value>)) {
    match value {
        Value::Object(map) => {
            visit(way, map);
            for (key, inner) in map {
                walk(inner, &format!("{way}/{key}"), visit);
            }
        }
        Value::Array(list) => {
            for (index, inner) in list.iter().enumerate() {
                walk(inner, &format!("{way}/{index}"), visit);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn the_document_is_openapi_3_1_and_every_reference_leads_somewhere() {
    let spec = openapi::spec();
    assert_eq!(spec["openapi"], "3.1.0");
    assert_eq!(spec["servers"][0]["url"], "/");
    for part in ["title", "version", "description", "license", "contact"] {
        assert!(spec["info"].get(part).is_some(), "info.{part}");
    }
    walk(&spec, "", &mut |way, map| {
        // Only values inside examples may be null.
        let null = map.iter().find(|(_, value)| value.is_null());
        assert!(
            null.is_none() || way.contains("/example"),
            "{way}: {null:?}"
        );
    });
    let codes: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(
        spec["components"]["schemas"]["ProblemCode"]["enum"],
        serde_json::json!(codes)
    );
    let mut references = 0;
    walk(&spec, "", &mut |way, map| {
        if let Some(Value::String(target)) = map.get("$ref") {
            let pointer = target.strip_prefix('#').expect("local reference");
            assert!(spec.pointer(pointer).is_some(), "{way}: {target}");
            references += 1;
        }
    });
    assert!(references > 100, "only {references} references");
}

#[test]
fn every_operation_is_named_once_tagged_summed_up_and_secured_as_the_table_says() {
    let spec = openapi::spec();
    let tags: BTreeSet<&str> = spec["tags"]
        .as_array()
        .expect("tags")
        .iter()
        .filter_map(|tag| tag["name"].as_str())
        .collect();
    let mut ids = BTreeSet::new();
    for (path, method, operation) in operations(&spec) {
        let at = format!("{method} {path}");
        let id = operation["operationId"].as_str().expect("operationId");
        assert!(ids.insert(id.to_owned()), "{id} twice");
        let tag = operation["tags"][0].as_str().unwrap_or_default();
        assert!(tags.contains(tag), "{at}: tag {tag:?} is not described");
        assert_ne!(
            operation["summary"].as_str().unwrap_or_default(),
            "",
            "{at}: summary"
        );
        match access::of(id) {
            Some(Access::Open) => assert_eq!(operation["security"], serde_json::json!([])),
            Some(Access::Role(role)) => {
                assert_eq!(
                    operation["security"],
                    serde_json::json!([{ "bearer": [] }]),
                    "{at}"
                );
                assert_eq!(operation["x-required-role"], role.id(), "{at}");
            }
            None => panic!("{at}: {id} is missing in access::OPERATIONS"),
        }
    }
    let table: BTreeSet<String> = access::OPERATIONS
        .iter()
        .map(|(id, _)| (*id).to_owned())
        .collect();
    assert_eq!(ids, table, "operations and access table differ");
}

#[test]
fn every_operation_documents_its_errors_as_problems() {
    let spec = openapi::spec();
    for (path, method, operation) in operations(&spec) {
        let at = format!("{method} {path}");
        let responses = operation["responses"].as_object().expect("responses");
        assert!(
            responses.keys().any(|status| status.starts_with('2')),
            "{at}"
        );
        let open = operation["security"] == serde_json::json!([]);
        let mut wanted = vec!["400", "405", "406", "500", "503"];
        if !open {
            wanted.extend(["401", "403"]);
        }
        if path.contains('{') {
            wanted.push("404");
        }
        if operation.get("requestBody").is_some() {
            wanted.extend(["408", "413", "415"]);
        }
        for status in wanted {
            assert!(responses.contains_key(status), "{at}: {status}");
        }
        for (status, response) in responses {
            assert_ne!(resolve(&spec, response)["description"], "", "{at} {status}");
        }
    }
    for (name, response) in spec["components"]["responses"]
        .as_object()
        .expect("responses")
    {
        let content = &response["content"]["application/problem+json"];
        assert_eq!(
            content["schema"]["$ref"], "#/components/schemas/Problem",
            "{name}"
        );
        let examples = content["examples"].as_object().expect("examples");
        assert!(!examples.is_empty(), "{name}");
    }
}

fn resolve<'a>(spec: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"]
        .as_str()
        .and_then(|target| target.strip_prefix('#'))
    {
        Some(pointer) => spec.pointer(pointer).expect("reference"),
        None => value,
    }
}

#[test]
fn every_integer_and_text_is_bounded() {
    let spec = openapi::spec();
    let mut faults = Vec::new();
    walk(&spec, "", &mut |way, map| {
        // Examples hold values, not schemas; headers of answers are ours.
        if way.contains("/example") || way.contains("/headers/") || way.contains("/content/text~") {
            return;
        }
        let kinds: Vec<&str> = match map.get("type") {
            Some(Value::String(kind)) => vec![kind],
            Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
            _ => return,
        };
        if kinds.contains(&"integer")
            && !(map.contains_key("minimum") && map.contains_key("maximum"))
            && !way.contains("/content/")
        {
            faults.push(format!("{way}: integer without minimum and maximum"));
        }
        let closed = ["maxLength", "pattern", "enum", "const"];
        if kinds.contains(&"string")
            && !closed.iter().any(|word| map.contains_key(*word))
            && !(way.contains("/content/text/") || way.contains("/content/application/x-ndjson/"))
        {
            faults.push(format!("{way}: text without maxLength, pattern or enum"));
        }
        if kinds.contains(&"array") && !map.contains_key("maxItems") {
            faults.push(format!("{way}: list without maxItems"));
        }
    });
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn literal_bounds_of_the_attributes_agree_with_the_limits() {
    let spec = openapi::spec();
    for (path, method, operation) in operations(&spec) {
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let at = format!("{method} {path} {}", parameter["name"]);
            let schema = &parameter["schema"];
            match parameter["name"].as_str().expect("name") {
                _ if parameter["required"] != true && parameter.get("example").is_some() => {
                    panic!("{at}: Swagger UI would fill the example in");
                }
                "limit" => {
                    assert_eq!(schema["maximum"], limits::PAGE_MAX, "{at}");
                    assert_eq!(schema["default"], limits::PAGE_DEFAULT, "{at}");
                }
                "cursor" => assert_eq!(schema["maxLength"], limits::CURSOR_CHARS, "{at}"),
                "id" if schema["type"] == "integer" => {
                    assert_eq!(schema["maximum"], limits::ID_MAX, "{at}");
                    assert!(serde_json::from_str::<Id>(&limits::ID_MAX.to_string()).is_ok());
                }
                _ if schema["type"] == "array" => {
                    assert_eq!(schema["maxItems"], limits::FILTER_VALUES, "{at}");
                }
                _ => {}
            }
        }
    }
}

#[test]
fn every_field_of_a_schema_is_described_or_is_a_described_type() {
    let spec = openapi::spec();
    for (name, schema) in spec["components"]["schemas"].as_object().expect("schemas") {
        for (field, property) in schema["properties"].as_object().into_iter().flatten() {
            let described = property.get("description").is_some()
                || property.get("$ref").is_some()
                || property.get("oneOf").is_some()
                || property.get("example").is_some();
            assert!(described, "{name}.{field} says nothing about itself");
        }
    }
}

#[test]
fn examples_hold_no_secrets() {
    let text = openapi::openapi_json().to_lowercase();
    for word in ["secret\":", "bearer ey", "authorization: bearer a"] {
        assert!(!text.contains(word), "{word}");
    }
    // A token is 64 hexadecimal digits; nothing of that form may stand in the document.
    let longest = text
        .split(|c: char| !c.is_ascii_hexdigit())
        .map(str::len)
        .max();
    assert!(
        longest < Some(64),
        "a run of {longest:?} hexadecimal digits"
    );
}

#[test]
fn the_committed_specification_is_what_the_code_generates() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../openapi/sensor-v1.json");
    let committed = std::fs::read_to_string(path).expect("openapi/sensor-v1.json");
    assert!(
        committed == openapi::openapi_json(),
        "openapi/sensor-v1.json is stale; write it anew with `cargo xtask openapi`"
    );
}

/// What is registered, from actix-web's own list.
#[actix_web::test]
async fn routes_and_specification_are_the_same_list() {
    use actix_web::introspection::IntrospectionTree;
    use actix_web::{App, test, web};
    use utoipa_actix_web::AppExt;

    let (app, _) = App::new()
        .into_utoipa_app()
        .configure(crate::api::routes::routes)
        .split_for_parts();
    let app = test::init_service(app.configure(crate::api::docs::pages)).await;
    let request = test::TestRequest::get().uri("/nowhere").to_request();
    let response = test::call_service(&app, request).await;
    let tree = response
        .request()
        .app_data::<web::Data<IntrospectionTree>>()
        .expect("introspection is on in tests");
    let report: Value = serde_json::from_str(&tree.report_as_json()).expect("JSON");

    let mut registered: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for item in report.as_array().expect("list") {
        let methods = item["methods"].as_array().expect("methods");
        if methods.is_empty() {
            continue; // a scope or a step on the way
        }
        let path = item["full_path"].as_str().expect("path").to_owned();
        let names = methods
            .iter()
            .filter_map(|m| m.as_str().map(str::to_lowercase));
        registered.entry(path).or_default().extend(names);
    }
    let mut specified: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (path, method, _) in operations(&openapi::spec()) {
        specified.entry(path).or_default().insert(method);
    }
    for page in access::STATIC_PAGES {
        specified
            .entry((*page).to_owned())
            .or_default()
            .insert(String::from("get"));
    }
    assert_eq!(registered, specified);
}

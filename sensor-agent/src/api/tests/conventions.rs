//! What holds for every operation: problems, strictness, negotiation, limits, paging.

use super::world::{World, learnable};
use crate::api::limits;

#[actix_web::test]
async fn unknown_and_malformed_parameters_are_named() {
    let world = World::new();
    for (query, name) in [
        ("colour=red", "colour"),
        ("status=open", "status"),
        ("severity=high", "severity"),
        ("source=plc", "source"),
        ("since=yesterday", "since"),
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("learnable=maybe", "learnable"),
        ("type_id=no_such_type", "type_id"),
    ] {
        let answer = world.get(&format!("/api/v1/alerts?{query}")).await;
        assert_eq!(answer.code(400), "invalid_query", "{query}");
        let pointer = answer.problem()["errors"][0]["pointer"].to_string();
        assert!(pointer.contains(name), "{query}: {pointer}");
    }
    for path in [
        "version",
        "alert-types",
        "capture",
        "health",
        "engines",
        "alerts/1",
    ] {
        let answer = world.get(&format!("/api/v1/{path}?verbose=1")).await;
        assert_eq!(answer.code(400), "invalid_query", "{path}");
    }
}

#[actix_web::test]
async fn identifiers_out_of_form_are_400_and_unknown_ones_404() {
    let world = World::new();
    for id in [
        "0",
        "-1",
        "x",
        "1.5",
        "9007199254740992",
        "99999999999999999999999",
    ] {
        let answer = world.get(&format!("/api/v1/alerts/{id}")).await;
        assert_eq!(answer.code(400), "invalid_path", "{id}");
    }
    for path in [
        "alerts/7",
        "devices/7",
        "mutes/7",
        "alert-types/nothing",
        "problems/nothing",
    ] {
        assert_eq!(
            world.get(&format!("/api/v1/{path}")).await.code(404),
            "not_found",
            "{path}"
        );
    }
    for path in ["comments", "timeline", "remediation", "learn-preview"] {
        let answer = world.get(&format!("/api/v1/alerts/7/{path}")).await;
        assert_eq!(answer.code(404), "not_found", "{path}");
    }
}

#[actix_web::test]
async fn a_method_the_path_does_not_take_is_told_which_it_takes() {
    let world = World::new();
    let answer = world.call("DELETE", "/api/v1/alerts/1").send().await;
    assert_eq!(answer.code(405), "method_not_allowed");
    let mut methods: Vec<&str> = answer.header("allow").split(", ").collect();
    methods.sort_unstable();
    assert_eq!(methods, ["GET", "PATCH"]);
    for method in ["POST", "TRACE", "OPTIONS", "HEAD", "PUT"] {
        let answer = world.call(method, "/api/v1/health").send().await;
        assert_eq!(answer.status.as_u16(), 405, "{method}");
        assert_eq!(answer.header("allow"), "GET", "{method}");
    }
}

#[actix_web::test]
async fn media_types_are_negotiated_both_ways() {
    let world = World::new();
    let get = |path: &str, accept: &str| world.call("GET", path).header("accept", accept);
    let answer = get("/api/v1/alerts", "image/png").send().await;
    assert_eq!(answer.code(406), "not_acceptable");
    let answer = get("/api/v1/devices", "text/csv").send().await;
    assert_eq!(answer.code(406), "not_acceptable");
    get(
        "/metrics",
        "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5",
    )
    .send()
    .await
    .ok();

    let id = world.raise(learnable(7));
    let patch = || world.call("PATCH", &format!("/api/v1/alerts/{id}"));
    let json = r#"{"pinned":true}"#.as_bytes().to_vec();
    let plain = patch()
        .header("content-type", "text/plain")
        .raw(json.clone());
    assert_eq!(plain.send().await.code(415), "unsupported_media_type");
    assert_eq!(
        patch().raw(json).send().await.code(415),
        "unsupported_media_type"
    );
    let coded = patch()
        .header("content-encoding", "gzip")
        .body(r#"{"pinned":true}"#);
    assert_eq!(coded.send().await.code(415), "unsupported_media_type");
    patch().body(r#"{"pinned":true}"#).send().await.ok();
}

#[actix_web::test]
async fn bodies_are_strict_and_bounded() {
    let world = World::new();
    let id = world.raise(learnable(7));
    let patch = |body: &str| {
        world
            .call("PATCH", &format!("/api/v1/alerts/{id}"))
            .body(body)
    };
    for (body, pointer) in [
        (r#"{"state":"closed"}"#, "/state"),
        (r#"{"status":"open"}"#, "/status"),
        (r#"{"assignee":""}"#, "/assignee"),
        (r#"{"pinned":1}"#, "/pinned"),
    ] {
        let answer = patch(body).send().await;
        assert_eq!(answer.code(400), "invalid_body", "{body}");
        assert_eq!(answer.problem()["errors"][0]["pointer"], pointer, "{body}");
    }
    for body in ["", "{}", "{", "[]", "null", "{\"pinned\":true} x"] {
        assert_eq!(patch(body).send().await.code(400), "invalid_body", "{body}");
    }
    let huge = format!("{{\"assignee\":\"{}\"}}", "x".repeat(limits::BODY_BYTES));
    assert_eq!(patch(&huge).send().await.code(413), "payload_too_large");
    let deep = "[".repeat(500_000);
    assert_eq!(patch(&deep).send().await.code(400), "invalid_body");
}

#[actix_web::test]
async fn every_answer_has_its_identifier_and_cannot_be_framed_or_stored() {
    let world = World::new();
    let first = world.get("/api/v1/version").await.ok();
    let second = world.get("/api/v1/nothing").await;
    assert_ne!(first.header("x-request-id"), "");
    assert_ne!(first.header("x-request-id"), second.header("x-request-id"));
    for answer in [first, second] {
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert!(
            answer
                .header("content-security-policy")
                .contains("frame-ancestors 'none'")
        );
    }
}

#[actix_web::test]
async fn every_code_is_explained_where_its_type_leads() {
    let world = World::new();
    for code in crate::api::codes::Code::ALL {
        let answer = world.get(&code.uri()).await.ok().json();
        assert_eq!(answer["code"], code.as_str());
        assert_eq!(answer["status"], code.status().as_u16());
    }
}

#[actix_web::test]
async fn pages_cover_a_list_without_gap_or_repetition_and_cursors_stick_to_their_filter() {
    let world = World::new();
    let mut raised: Vec<u64> = (1..=5).map(|host| world.raise(learnable(host))).collect();
    raised.reverse();
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let uri = format!("/api/v1/alerts?status=new&limit=2{cursor}");
        let page = world.get(&uri).await.ok().json();
        let items = page["items"].as_array().expect("items");
        assert!(items.len() <= 2);
        seen.extend(items.iter().map(|alert| alert["id"].as_u64().expect("id")));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, raised, "newest first, each once");
    let first = world
        .get("/api/v1/alerts?status=new&limit=2")
        .await
        .ok()
        .json();
    let cursor = first["next_cursor"].as_str().expect("more");
    for uri in [
        format!("/api/v1/alerts?status=closed&cursor={cursor}"),
        format!("/api/v1/alerts?cursor={cursor}"),
        format!("/api/v1/devices?cursor={cursor}"),
        String::from("/api/v1/alerts?cursor=zz"),
    ] {
        assert_eq!(world.get(&uri).await.code(400), "invalid_cursor", "{uri}");
    }
}

#[actix_web::test]
async fn a_repeated_post_with_its_key_is_answered_again_and_done_once() {
    let world = World::new();
    let id = world.raise(learnable(7));
    let comments = format!("/api/v1/alerts/{id}/comments");
    let add = |key: &str, text: &str| {
        let body = format!("{{\"text\":\"{text}\"}}");
        world
            .call("POST", &comments)
            .header("idempotency-key", key)
            .body(&body)
    };
    let first = add("k1", "one").send().await.ok();
    let again = add("k1", "one").send().await.ok();
    assert_eq!(first.status.as_u16(), 201);
    assert_eq!((again.status, &again.body), (first.status, &first.body));
    assert_eq!(again.header("etag"), first.header("etag"));
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(first.header("idempotency-replayed"), "");
    assert_eq!(
        add("k1", "two").send().await.code(422),
        "idempotency_key_reused"
    );
    assert_eq!(add("", "two").send().await.code(400), "invalid_header");
    let list = world.get(&comments).await.ok().json();
    assert_eq!(list["items"].as_array().expect("items").len(), 1);
    // Keys of different tokens are different keys.
    let other = world
        .with_role(crate::service::Role::Analyst, "POST", &comments)
        .header("idempotency-key", "k1")
        .body(r#"{"text":"three"}"#);
    assert_eq!(other.send().await.status.as_u16(), 201);
}

//! Capture filters over HTTP.

use serde_json::{Value, json};

use super::world::{Answer, World};
use crate::api::limits;
use crate::capture::filter::{Action, FilterRule, Match};
use crate::service::{FaultCode, FaultKind};

const FILTERS: &str = "/api/v1/capture/filters";

async fn add(world: &World, what: Value, action: &str) -> Answer {
    let body = json!({"what": what, "action": action, "comment": "why"});
    world
        .call("POST", FILTERS)
        .body(&body.to_string())
        .send()
        .await
}

async fn put(world: &World, rules: &[Value]) -> Answer {
    let body = json!({ "rules": rules }).to_string();
    world.call("PUT", FILTERS).body(&body).send().await
}

fn port(number: u32) -> Value {
    json!({"what": {"kind": "port", "port": number}, "action": "exclude"})
}

#[actix_web::test]
async fn a_rule_is_set_read_changed_under_if_match_and_deleted() {
    let world = World::new();
    let what = json!({"kind": "subnet_pair", "subnets": ["10.2.0.0/16", "10.1.0.0/16"]});
    let created = add(&world, what, "exclude").await;
    assert_eq!(created.status.as_u16(), 201);
    assert_eq!(created.header("etag"), "\"1\"");
    let rule = created.json();
    assert_eq!(
        rule["what"]["subnets"],
        json!(["10.1.0.0/16", "10.2.0.0/16"])
    );
    let shown = [
        "origin",
        "action",
        "hits",
        "active",
        "comment",
        "created_by",
        "revision",
    ];
    let shown: Vec<_> = shown.iter().map(|field| rule[*field].clone()).collect();
    let expected = [
        json!("api"),
        json!("exclude"),
        json!(0),
        json!(true),
        json!("why"),
        json!("admin"),
        json!(1),
    ];
    assert_eq!(shown, expected);
    assert!(rule["created_at"].is_string());
    let one = format!("{FILTERS}/{}", rule["id"]);
    let patch = |tag: &'static str| {
        let call = world.call("PATCH", &one).header("if-match", tag);
        call.body(r#"{"action":"include","comment":null}"#).send()
    };
    let changed = patch("\"1\"").await.ok().json();
    assert_eq!(
        (&changed["action"], &changed["comment"]),
        (&json!("include"), &Value::Null)
    );
    let stale = patch("\"1\"").await;
    assert_eq!(stale.code(412), "precondition_failed");
    assert_eq!(stale.json()["current_revision"], 2);
    let nothing = world.call("PATCH", &one).body("{}").send().await;
    assert_eq!(nothing.code(400), "invalid_body");
    let delete = world
        .call("DELETE", &one)
        .header("if-match", "\"2\"")
        .send()
        .await;
    assert_eq!(delete.status.as_u16(), 204);
    assert_eq!(world.get(&one).await.code(404), "not_found");
}

#[actix_web::test]
async fn every_bad_rule_has_its_code_and_its_place() {
    let world = World::new();
    let subnet = |text: &str| json!({"kind": "subnet", "subnet": text});
    let cases = [
        (subnet("10.0.0.9/8"), "filter_host_bits", "/what/subnet"),
        (subnet("ten"), "filter_subnet_malformed", "/what/subnet"),
        (
            json!({"kind": "subnet_pair", "subnets": ["10.0.0.0/8", "fd00::/8"]}),
            "filter_pair_families",
            "/what/subnets",
        ),
        (
            json!({"kind": "port", "port": 0}),
            "filter_port_range",
            "/what/port",
        ),
        (
            json!({"kind": "vlan", "vlan": 4096}),
            "filter_vlan_range",
            "/what/vlan",
        ),
        (
            json!({"kind": "mac", "mac": "aa"}),
            "filter_mac_malformed",
            "/what/mac",
        ),
    ];
    for (what, code, place) in cases {
        let answer = add(&world, what.clone(), "exclude").await;
        assert_eq!(answer.code(422), code, "{what}");
        assert_eq!(answer.json()["errors"][0]["pointer"], place);
        let bulk = put(
            &world,
            &[port(7), json!({"what": what, "action": "exclude"})],
        )
        .await;
        assert_eq!(bulk.code(422), code, "{what}");
        assert_eq!(
            bulk.json()["errors"][0]["pointer"],
            format!("/rules/1{place}")
        );
    }
    for body in [
        r#"{"what":{"kind":"port","port":1},"action":"drop"}"#,
        r#"{"what":{"kind":"host","host":"a"},"action":"exclude"}"#,
        r#"{"what":{"kind":"port","port":1,"vlan":2},"action":"exclude"}"#,
        r#"{"what":{"kind":"port","port":-1},"action":"exclude"}"#,
        r#"{"what":{"kind":"port"},"action":"exclude"}"#,
        r#"{"action":"exclude"}"#,
    ] {
        let answer = world.call("POST", FILTERS).body(body).send().await;
        assert_eq!(answer.code(400), "invalid_body", "{body}");
    }
    let listed = world.get(FILTERS).await.ok().json();
    assert_eq!(listed["total"], 0, "nothing of it was done");
}

#[actix_web::test]
async fn two_rules_for_one_thing_are_a_conflict_however_they_are_written() {
    let world = World::new();
    let pair = |one: &str, other: &str| json!({"kind": "subnet_pair", "subnets": [one, other]});
    add(&world, pair("10.1.0.0/16", "10.2.0.0/16"), "exclude")
        .await
        .ok();
    let again = add(&world, pair("10.2.0.0/16", "10.1.0.0/16"), "include").await;
    assert_eq!(again.code(409), "filter_duplicate");
    assert!(
        again.json()["detail"]
            .as_str()
            .is_some_and(|text| text.contains("filter 1 "))
    );
    let bulk = put(&world, &[port(1), port(2), port(1)]).await;
    assert_eq!(bulk.code(409), "filter_duplicate");
    assert_eq!(bulk.json()["errors"][0]["pointer"], "/rules/2/what");
}

#[actix_web::test]
async fn rules_of_the_configuration_are_shown_and_stay() {
    let world = World::new();
    let rule = FilterRule {
        what: Match::Port(443),
        action: Action::Exclude,
    };
    let unfiltered = vec!["eth3".to_owned()];
    world
        .service
        .attach_filters(&[rule], Vec::new(), unfiltered)
        .expect("attached");
    put(&world, &[port(7)]).await.ok();
    let list = world.get(FILTERS).await.ok();
    assert_eq!(list.header("etag"), "\"1\"");
    let list = list.json();
    assert_eq!((&list["total"], &list["revision"]), (&json!(2), &json!(1)));
    assert_eq!(list["unfiltered_sources"], json!(["eth3"]));
    let configured = &list["items"][1];
    assert_eq!(configured["origin"], "configuration");
    assert_eq!(configured["created_by"], Value::Null);
    let one = format!("{FILTERS}/{}", configured["id"]);
    let change = world
        .call("PATCH", &one)
        .body(r#"{"action":"include"}"#)
        .send()
        .await;
    assert_eq!(change.code(409), "filter_read_only");
    let delete = world.call("DELETE", &one).send().await;
    assert_eq!(delete.code(409), "filter_read_only");
    put(&world, &[]).await.ok();
    let left = world.get(FILTERS).await.ok().json();
    assert_eq!(left["items"].as_array().map(Vec::len), Some(1));
}

#[actix_web::test]
async fn a_hundred_thousand_rules_go_in_one_body_and_no_more() {
    let world = World::new();
    let subnet = |n: usize| {
        let [a, b, c] = [n >> 16, n >> 8, n].map(|part| part & 0xff);
        json!({"what": {"kind": "subnet", "subnet": format!("10.{a}.{b}.{c}/32")}, "action": "exclude"})
    };
    let mut rules: Vec<Value> = (0..limits::FILTER_RULES).map(subnet).collect();
    let done = put(&world, &rules).await.ok().json();
    assert_eq!(done["total"], limits::FILTER_RULES);
    rules.push(subnet(limits::FILTER_RULES));
    let refused = put(&world, &rules).await;
    assert_eq!(refused.code(409), "filter_limit");
    let large = vec![b' '; limits::FILTER_BODY_BYTES + 1];
    let call = world
        .call("PUT", FILTERS)
        .header("content-type", "application/json");
    assert_eq!(call.raw(large).send().await.code(413), "payload_too_large");
    let list = world
        .get(&format!("{FILTERS}?limit=1000"))
        .await
        .ok()
        .json();
    assert_eq!(list["total"], limits::FILTER_RULES);
    assert_eq!(list["items"].as_array().map(Vec::len), Some(1000));
    let next = list["next_cursor"].as_str().expect("a next page");
    let page = world
        .get(&format!("{FILTERS}?limit=1&cursor={next}"))
        .await
        .ok()
        .json();
    assert_eq!(page["items"][0]["id"], 1001);
}

#[actix_web::test]
async fn if_match_guards_the_whole_set_and_a_repeated_post_does_nothing_twice() {
    let world = World::new();
    let post = || {
        let call = world.call("POST", FILTERS).header("idempotency-key", "k1");
        call.body(&port(7).to_string()).send()
    };
    let first = post().await.ok().json();
    let second = post().await.ok();
    assert_eq!(second.header("idempotency-replayed"), "true");
    assert_eq!(second.json(), first);
    let body = json!({"rules": []}).to_string();
    let stale = world
        .call("PUT", FILTERS)
        .header("if-match", "\"0\"")
        .body(&body)
        .send()
        .await;
    assert_eq!(stale.code(412), "precondition_failed");
    let fresh = world
        .call("PUT", FILTERS)
        .header("if-match", "\"1\"")
        .body(&body)
        .send()
        .await
        .ok();
    assert_eq!(
        (fresh.header("etag"), &fresh.json()["removed"]),
        ("\"2\"", &json!(1))
    );
}

#[test]
fn every_fault_of_a_rule_has_a_code_with_the_status_of_its_kind() {
    for fault in FaultCode::ALL {
        let code = crate::api::codes::Code::ALL
            .iter()
            .find(|code| code.as_str() == fault.as_str())
            .unwrap_or_else(|| panic!("no code {}", fault.as_str()));
        let status = match fault.kind() {
            FaultKind::Invalid => 422,
            FaultKind::Conflict => 409,
        };
        assert_eq!(code.status().as_u16(), status, "{}", code.as_str());
    }
}

#[test]
fn the_specification_names_the_limit_of_one_call() {
    let spec = crate::api::openapi::spec();
    let rules = &spec["components"]["schemas"]["FilterSet"]["properties"]["rules"];
    assert_eq!(rules["maxItems"], limits::FILTER_RULES);
}

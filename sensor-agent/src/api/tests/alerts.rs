//! The life of an alert over HTTP.

use sensor_detect::detector::Command;
use serde_json::Value;

use super::world::{Answer, World, from_the_internet, learnable, mutable};

async fn act(world: &World, id: u64, action: &str) -> Answer {
    world
        .post(&format!("/api/v1/alerts/{id}/actions/{action}"))
        .await
}

async fn alert(world: &World, id: u64) -> Value {
    world.get(&format!("/api/v1/alerts/{id}")).await.ok().json()
}

#[actix_web::test]
async fn an_alert_is_listed_and_read_with_every_field_of_the_contract() {
    let world = World::new();
    let id = world.raise(learnable(7));
    let answer = world.get(&format!("/api/v1/alerts/{id}")).await.ok();
    let read = answer.json();
    for field in [
        "id",
        "type_id",
        "engine",
        "severity",
        "category",
        "status",
        "title",
        "message",
        "protocol",
        "source",
        "destination",
        "first_detection",
        "last_detection",
        "count",
        "learnable",
        "mutable",
        "learned",
        "muted",
        "acknowledged",
        "techniques",
        "remediation_steps",
        "violations",
        "comments",
        "pcap_available",
        "previous_alert_id",
        "pinned",
        "assignee",
        "site",
        "zone",
        "revision",
    ] {
        assert!(read.get(field).is_some(), "{field} is missing");
    }
    assert_eq!(read["status"], "new");
    assert_eq!(read["source"]["ip"], "10.1.0.7");
    assert_eq!(read["destination"]["mac"], "02:00:00:00:00:14");
    assert_eq!(read["first_detection"], "2023-11-14T22:13:20.000000016Z");
    assert_eq!(answer.header("etag"), format!("\"{}\"", read["revision"]));
    let list = world.get("/api/v1/alerts").await.ok().json();
    assert_eq!(list["items"][0], read);
    assert_eq!(list["next_cursor"], Value::Null);
}

#[actix_web::test]
async fn filters_narrow_the_list() {
    let world = World::new();
    let learn = world.raise(learnable(7));
    let mute = world.raise(mutable(8));
    act(&world, mute, "close").await.ok();
    for (query, expect) in [
        ("status=new", vec![learn]),
        ("status=closed", vec![mute]),
        ("status=new&status=closed", vec![mute, learn]),
        ("learnable=true", vec![learn]),
        ("learnable=false", vec![mute]),
        ("engine=protocol_violation", vec![mute]),
        ("severity=critical", vec![]),
        ("protocol=modbus", vec![mute, learn]),
        ("source=10.1.0.7", vec![learn]),
        ("destination=10.1.0.20&source=10.1.0.8", vec![mute]),
        ("acknowledged=true", vec![]),
        ("since=2023-11-14T22:13:20Z", vec![mute, learn]),
        ("until=2023-11-14T22:13:20Z", vec![]),
        ("until=0001-01-01T00:00:00Z", vec![]),
        ("since=9999-01-01T00:00:00Z", vec![]),
    ] {
        let list = world
            .get(&format!("/api/v1/alerts?{query}"))
            .await
            .ok()
            .json();
        let mut ids: Vec<u64> = list["items"]
            .as_array()
            .expect("items")
            .iter()
            .filter_map(|alert| alert["id"].as_u64())
            .collect();
        ids.sort_unstable_by(|a, b| b.cmp(a));
        assert_eq!(ids, expect, "{query}");
    }
}

#[actix_web::test]
async fn learn_closes_and_tells_the_detector_and_unlearn_takes_it_back() {
    let world = World::new();
    let id = world.raise(learnable(7));
    let preview = world
        .get(&format!("/api/v1/alerts/{id}/learn-preview"))
        .await
        .ok()
        .json();
    assert_eq!(preview["combinations"][0]["source"], "10.1.0.7");
    assert_eq!(preview["combinations"][0]["operation"], 16);
    assert!(world.commands().is_empty(), "a preview changes nothing");

    let uri = format!("/api/v1/alerts/{id}/actions/learn");
    let learned = world
        .call("POST", &uri)
        .body(r#"{"reason":"planned"}"#)
        .send()
        .await
        .ok();
    let learned = learned.json();
    assert_eq!(
        (&learned["status"], &learned["learned"]),
        (&"closed".into(), &true.into())
    );
    assert!(matches!(world.commands().last(), Some(Command::Learn(_))));
    assert_eq!(act(&world, id, "learn").await.code(409), "already_learned");
    assert_eq!(
        act(&world, id, "mute").await.code(409),
        "learnable_not_mutable"
    );

    let back = act(&world, id, "unlearn").await.ok().json();
    assert_eq!(
        (&back["status"], &back["learned"]),
        (&"new".into(), &false.into())
    );
    assert!(matches!(world.commands().last(), Some(Command::Unlearn(_))));
    assert_eq!(act(&world, id, "unlearn").await.code(409), "not_learned");
}

#[actix_web::test]
async fn mute_is_a_resource_and_refused_for_internet_addresses() {
    let world = World::new();
    let id = world.raise(mutable(7));
    assert_eq!(act(&world, id, "learn").await.code(409), "not_learnable");
    assert_eq!(act(&world, id, "unmute").await.code(409), "not_muted");
    let muted = act(&world, id, "mute").await.ok().json();
    assert_eq!(
        (&muted["status"], &muted["muted"]),
        (&"closed".into(), &true.into())
    );
    let mute = world.get(&format!("/api/v1/mutes/{id}")).await.ok().json();
    assert_eq!(
        (&mute["alert_id"], &mute["source"]),
        (&id.into(), &"10.1.0.7".into())
    );
    let list = world.get("/api/v1/mutes").await.ok().json();
    assert_eq!(list["items"][0], mute);
    let gone = world
        .call("DELETE", &format!("/api/v1/mutes/{id}"))
        .send()
        .await
        .ok();
    assert_eq!(gone.status.as_u16(), 204);
    assert_eq!(alert(&world, id).await["status"], "new");
    assert_eq!(
        world.get(&format!("/api/v1/mutes/{id}")).await.code(404),
        "not_found"
    );

    let internet = world.raise(from_the_internet());
    assert_eq!(
        act(&world, internet, "mute").await.code(409),
        "internet_party"
    );
}

#[actix_web::test]
async fn status_actions_and_patch_do_the_same() {
    let world = World::new();
    let id = world.raise(mutable(7));
    for (action, status) in [
        ("activate", "active"),
        ("close", "closed"),
        ("reopen", "new"),
    ] {
        assert_eq!(act(&world, id, action).await.ok().json()["status"], status);
    }
    let acknowledged = act(&world, id, "ack").await.ok().json();
    assert_eq!(
        (&acknowledged["acknowledged"], &acknowledged["status"]),
        (&true.into(), &"new".into())
    );
    let uri = format!("/api/v1/alerts/{id}");
    let all = r#"{"status":"active","acknowledged":false,"pinned":true,"assignee":"weber"}"#;
    let patched = world.call("PATCH", &uri).body(all).send().await.ok().json();
    assert_eq!(patched["status"], "active");
    assert_eq!(patched["acknowledged"], false);
    assert_eq!(patched["pinned"], true);
    assert_eq!(patched["assignee"], "weber");
    let cleared = world
        .call("PATCH", &uri)
        .body(r#"{"assignee":null}"#)
        .send()
        .await
        .ok()
        .json();
    assert_eq!(
        (&cleared["assignee"], &cleared["pinned"]),
        (&Value::Null, &true.into())
    );
}

#[actix_web::test]
async fn a_change_on_an_old_revision_is_refused_with_the_present_one() {
    let world = World::new();
    let id = world.raise(mutable(7));
    let uri = format!("/api/v1/alerts/{id}/actions/close");
    let tag = world
        .get(&format!("/api/v1/alerts/{id}"))
        .await
        .ok()
        .header("etag")
        .to_owned();
    act(&world, id, "ack").await.ok();
    let stale = world
        .call("POST", &uri)
        .header("if-match", &tag)
        .send()
        .await;
    assert_eq!(stale.code(412), "precondition_failed");
    let current = stale.problem()["current_revision"].to_string();
    assert_eq!(stale.header("etag"), format!("\"{current}\""));
    assert_eq!(
        alert(&world, id).await["status"],
        "new",
        "nothing was changed"
    );
    let fresh = world
        .call("POST", &uri)
        .header("if-match", &format!("\"{current}\""));
    assert_eq!(fresh.send().await.ok().json()["status"], "closed");
    let bad = world
        .call("POST", &uri)
        .header("if-match", "W/\"7\"")
        .send()
        .await;
    assert_eq!(bad.code(400), "invalid_header");
    world
        .call("POST", &uri)
        .header("if-match", "*")
        .send()
        .await
        .ok();
}

#[actix_web::test]
async fn comments_and_actions_stand_in_the_timeline_with_their_actor() {
    let world = World::new();
    let id = world.raise(mutable(7));
    let uri = format!("/api/v1/alerts/{id}/comments");
    let comment = world
        .call("POST", &uri)
        .body(r#"{"text":"seen ☑"}"#)
        .send()
        .await
        .ok();
    assert_eq!(comment.status.as_u16(), 201);
    assert_eq!(comment.json()["text"], "seen ☑");
    let list = world.get(&uri).await.ok().json();
    assert_eq!(list["items"][0], comment.json());
    act(&world, id, "close").await.ok();

    let history = world
        .get(&format!("/api/v1/alerts/{id}/timeline"))
        .await
        .ok()
        .json();
    let operations: Vec<&str> = history["items"]
        .as_array()
        .expect("items")
        .iter()
        .filter_map(|event| event["operation"].as_str())
        .collect();
    assert_eq!(operations, ["status_changed", "commented", "opened"]);
    let closed = &history["items"][0];
    assert_eq!(closed["user_operation"], true);
    assert_eq!(closed["actor_address"], "192.0.2.9");
    assert_eq!(
        (&closed["before"], &closed["after"]),
        (&"new".into(), &"closed".into())
    );

    let query = format!("/api/v1/timeline?alert_id={id}&user_operation=true");
    let users = world.get(&query).await.ok().json();
    assert_eq!(users["items"].as_array().expect("items").len(), 2);
}

#[actix_web::test]
async fn remediation_and_learning_mode_answer() {
    let world = World::new();
    let id = world.raise(mutable(7));
    let steps = world
        .get(&format!("/api/v1/alerts/{id}/remediation"))
        .await
        .ok()
        .json();
    assert_eq!(steps["type_id"], "modbus_exception_by_master");
    assert_ne!(steps["steps"], serde_json::json!([]));
    let uri = "/api/v1/learning-mode";
    let set = world
        .call("PUT", uri)
        .body(r#"{"mode":"learning"}"#)
        .send()
        .await
        .ok()
        .json();
    assert_eq!(set["mode"], "learning");
    assert!(matches!(world.commands().last(), Some(Command::SetMode(_))));
    let wrong = world
        .call("PUT", uri)
        .body(r#"{"mode":"quiet"}"#)
        .send()
        .await;
    assert_eq!(wrong.code(400), "invalid_body");
}

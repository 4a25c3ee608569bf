//! Who may call what: every operation with every role, without a token and with a wrong one.

use super::world::World;
use crate::api::access::{self, Access};
use crate::api::openapi;
use crate::service::Role;

/// Every operation as (id, method, path with values for its parameters).
fn operations() -> Vec<(String, String, String)> {
    let spec = openapi::spec();
    let mut found = Vec::new();
    for (path, item) in spec["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("item") {
            let id = operation["operationId"].as_str().expect("id").to_owned();
            let path = path
                .replace("{id}", "424242")
                .replace("{code}", "not_found");
            found.push((id, method.to_uppercase(), path));
        }
    }
    found
}

#[actix_web::test]
async fn every_operation_lets_in_exactly_the_roles_of_the_table() {
    let world = World::new();
    for (id, method, path) in operations() {
        let access = access::of(&id).expect("in the table");
        for role in Role::ALL {
            let answer = world.with_role(role, &method, &path).send().await;
            let refused = [401, 403].contains(&answer.status.as_u16());
            let allowed = match access {
                Access::Open => true,
                Access::Role(needed) => role >= needed,
            };
            assert_eq!(
                !refused,
                allowed,
                "{id} as {}: {}",
                role.id(),
                answer.status
            );
            if !allowed {
                assert_eq!(answer.code(403), "forbidden");
            }
        }
    }
}

#[actix_web::test]
async fn without_a_valid_token_only_open_operations_answer() {
    let world = World::new();
    let expired = {
        let soon = Role::Admin;
        let now = world.service.now();
        let hour = 3_600_000_000_000;
        let end = sensor_protocols::time::Timestamp::from_nanos(now.as_nanos() + hour);
        let actor = crate::alert::Actor::sensor();
        let (_, secret) = world
            .service
            .create_token("short", soon, Some(end), &actor)
            .expect("token");
        secret.reveal().to_owned()
    };
    world.pass(std::time::Duration::from_hours(1));
    let bearers = [
        None,
        Some(String::from("Bearer 0000")),
        Some(String::from("Bearer ")),
        Some(format!("Basic {}", world.token(Role::Admin))),
        Some(world.token(Role::Admin).to_owned()),
        Some(format!("Bearer {expired}")),
    ];
    for (id, method, path) in operations() {
        let open = access::of(&id) == Some(Access::Open);
        for bearer in &bearers {
            let mut call = world.anonymous(&method, &path);
            if let Some(bearer) = bearer {
                call = call.header("authorization", bearer);
            }
            let answer = call.send().await;
            if open {
                assert_ne!(answer.status.as_u16(), 401, "{id}");
            } else {
                assert_eq!(answer.code(401), "unauthenticated", "{id} {bearer:?}");
                assert!(
                    answer
                        .header("www-authenticate")
                        .starts_with("Bearer realm="),
                    "{id}"
                );
            }
        }
    }
}

#[actix_web::test]
async fn a_revoked_token_is_worth_nothing_at_once() {
    let world = World::new();
    let actor = crate::alert::Actor::sensor();
    let (info, secret) = world
        .service
        .create_token("guest", Role::Viewer, None, &actor)
        .expect("token");
    let bearer = format!("Bearer {}", secret.reveal());
    let version = || {
        world
            .anonymous("GET", "/api/v1/version")
            .header("authorization", &bearer)
    };
    version().send().await.ok();
    world
        .service
        .revoke_token(info.id, &actor)
        .expect("revoked");
    assert_eq!(version().send().await.code(401), "unauthenticated");
}

#[actix_web::test]
async fn paths_and_methods_that_do_not_exist_need_no_token_to_say_so() {
    let world = World::new();
    for path in [
        "/api/v1/nothing",
        "/admin",
        "/api/v2/alerts",
        "/api/v1",
        "/docs.html",
    ] {
        assert_eq!(
            world.anonymous("GET", path).send().await.code(404),
            "not_found",
            "{path}"
        );
    }
    let answer = world.anonymous("TRACE", "/api/v1/version").send().await;
    assert_eq!(answer.code(405), "method_not_allowed");
}

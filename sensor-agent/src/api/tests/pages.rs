//! The open pages, health, version and metrics.

use super::world::{World, learnable};
use crate::api::{access, openapi_json};

#[actix_web::test]
async fn swagger_ui_is_served_without_a_token_and_loads_nothing_from_elsewhere() {
    let world = World::new();
    for from in ["/", "/docs"] {
        let answer = world.anonymous("GET", from).send().await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("location")),
            (302, "/docs/")
        );
    }
    let index = world.anonymous("GET", "/docs/").send().await.ok();
    assert!(index.header("content-type").starts_with("text/html"));
    let policy = index.header("content-security-policy");
    assert!(policy.contains("default-src 'none'") && policy.contains("script-src 'self'"));
    assert!(!policy.contains("unsafe-eval") && !policy.contains("http"));
    assert!(
        !index.text().contains("https://"),
        "the page names another host"
    );
    for file in [
        "swagger-ui-bundle.js",
        "swagger-ui-standalone-preset.js",
        "swagger-ui.css",
    ] {
        let answer = world
            .anonymous("GET", &format!("/docs/{file}"))
            .send()
            .await
            .ok();
        assert!(answer.body.len() > 10_000, "{file}");
    }
    let start = world
        .anonymous("GET", "/docs/swagger-initializer.js")
        .send()
        .await
        .ok();
    for setting in [
        "\"url\": \"/openapi.json\"",
        "\"validatorUrl\": \"none\"",
        "\"persistAuthorization\": true",
        "\"tryItOutEnabled\": true",
    ] {
        assert!(
            start.text().contains(setting),
            "{setting} is not in\n{}",
            start.text()
        );
    }
    let missing = world
        .anonymous("GET", "/docs/../../etc/passwd")
        .send()
        .await;
    assert_eq!(missing.status.as_u16(), 404);
    assert_eq!(
        world
            .anonymous("GET", "/docs/nothing.js")
            .send()
            .await
            .code(404),
        "not_found"
    );
}

#[actix_web::test]
async fn the_specification_is_served_as_it_is_committed() {
    let world = World::new();
    let answer = world.anonymous("GET", "/openapi.json").send().await.ok();
    assert_eq!(answer.text(), openapi_json());
    assert_eq!(answer.header("content-type"), "application/json");
}

#[actix_web::test]
async fn only_the_listed_pages_and_health_answer_without_a_token() {
    let world = World::new();
    for page in access::STATIC_PAGES {
        let uri = page.replace("{_:.*}", "");
        let answer = world.anonymous("GET", &uri).send().await;
        assert!(
            answer.status.is_success() || answer.status.is_redirection(),
            "{page}"
        );
    }
    let health = world.anonymous("GET", "/api/v1/health").send().await;
    assert!([200, 503].contains(&health.status.as_u16()));
    assert!(health.json()["checks"].is_array());
    assert_eq!(
        world.anonymous("GET", "/metrics").send().await.code(401),
        "unauthenticated"
    );
}

#[actix_web::test]
async fn version_capture_protocols_and_engines_answer() {
    let world = World::new();
    let version = world.get("/api/v1/version").await.ok().json();
    assert_eq!(version["product"], "Telltale");
    let capture = world.get("/api/v1/capture").await.ok().json();
    assert_eq!(capture["sources"], serde_json::json!([]));
    let engines = world.get("/api/v1/engines").await.ok().json();
    assert_eq!(
        engines["mode"],
        world.get("/api/v1/learning-mode").await.ok().json()["mode"]
    );
    let protocols = world.get("/api/v1/protocols").await.ok().json();
    assert!(protocols["items"].is_array());
    let types = world.get("/api/v1/alert-types").await.ok().json();
    let first = &types["items"][0];
    let id = first["id"].as_str().expect("the catalogue has types");
    assert_eq!(
        &world
            .get(&format!("/api/v1/alert-types/{id}"))
            .await
            .ok()
            .json(),
        first
    );
}

#[actix_web::test]
async fn live_figures_reach_capture_protocols_and_metrics() {
    use crate::capture::{AggregationStatus, SourceStatus};
    use crate::service::{CounterSample, LiveStatus};
    let world = World::new();
    let source = SourceStatus {
        kind: "pcap",
        name: String::from("plant \"4\".pcap"),
        received: 10,
        filtered: vec![("port", 3)],
        counted: 2,
        handed_up: 4,
        lost: vec![("ring_full", 1)],
        aggregation: Some(AggregationStatus {
            operations_granted: 7,
            recorded: 2,
            ..AggregationStatus::default()
        }),
        ..SourceStatus::default()
    };
    world.service.publish(LiveStatus {
        sources: vec![source],
        counters: vec![CounterSample::new("messages", 81).with("protocol", "modbus")],
        ..LiveStatus::default()
    });
    let capture = world.get("/api/v1/capture").await.ok().json();
    assert_eq!(capture["sources"][0]["lost"][0]["reason"], "ring_full");
    let aggregation = &capture["sources"][0]["aggregation"];
    assert_eq!(aggregation["operations_granted"], 7);
    let protocols = world.get("/api/v1/protocols").await.ok().json();
    assert_eq!(protocols["items"][0]["protocol"], "modbus");
    assert_eq!(protocols["items"][0]["counters"][0]["value"], 81);
    let metrics = world.get("/metrics").await.ok();
    for line in [
        "sensor_aggregation_operations{source=\"0\"} 7",
        "sensor_aggregation_recorded_packets_total{source=\"0\"} 2",
        "sensor_capture_received_packets_total{source=\"0\",kind=\"pcap\"} 10",
        "sensor_capture_dropped_packets_total{source=\"0\",reason=\"ring_full\"} 1",
    ] {
        assert!(
            metrics.text().lines().any(|found| found == line),
            "missing: {line}"
        );
    }
}

#[actix_web::test]
async fn every_counter_of_the_service_has_a_name_and_help_of_its_own() {
    let world = World::new();
    for sample in world.service.counters() {
        assert!(
            crate::metrics::samples::is_described(sample.name),
            "{}",
            sample.name
        );
    }
}

#[actix_web::test]
async fn metrics_are_well_formed_and_hold_no_address() {
    let world = World::new();
    world.raise(learnable(7));
    world.get("/api/v1/alerts").await.ok();
    let metrics = world.get("/metrics").await.ok();
    assert!(
        metrics
            .header("content-type")
            .starts_with("text/plain; version=0.0.4")
    );
    let mut described = std::collections::BTreeSet::new();
    for line in metrics.text().lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let name = rest.split(' ').next().expect("name").to_owned();
            assert!(described.insert(name.clone()), "{name} is described twice");
            continue;
        }
        if line.starts_with('#') {
            continue;
        }
        let (name, value) = line.rsplit_once(' ').expect("sample");
        assert!(value.parse::<f64>().is_ok(), "{line}");
        let name = name.split('{').next().expect("name");
        let base = ["_bucket", "_sum", "_count"]
            .iter()
            .find_map(|end| name.strip_suffix(end))
            .unwrap_or(name);
        assert!(
            described.contains(name) || described.contains(base),
            "{name} has no TYPE"
        );
        assert!(!line.contains("10.1.0."), "{line}");
    }
    assert!(metrics.text().contains("route=\"GET /api/v1/alerts\""));
}

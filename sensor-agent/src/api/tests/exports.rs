//! CSV and NDJSON.

use super::world::{World, learnable, mutable};

#[actix_web::test]
async fn the_alert_csv_has_the_eight_columns_and_one_record_per_alert() {
    let world = World::new();
    for host in 1..=3 {
        world.raise(learnable(host));
    }
    let answer = world
        .call("GET", "/api/v1/alerts")
        .header("accept", "text/csv")
        .send()
        .await
        .ok();
    assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8");
    assert!(answer.header("content-disposition").contains("alerts.csv"));
    let mut reader = csv::Reader::from_reader(answer.body.as_ref());
    let header: Vec<String> = reader
        .headers()
        .expect("header")
        .iter()
        .map(str::to_owned)
        .collect();
    assert_eq!(
        header,
        [
            "source address",
            "destination address",
            "alert title",
            "alert severity",
            "alert message",
            "additional information",
            "acknowledged status",
            "PCAP availability",
        ]
    );
    let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.expect("record")).collect();
    assert_eq!(rows.len(), 3);
    assert_eq!(&rows[0][0], "10.1.0.3");
    assert_eq!(&rows[0][3], "major");
    assert_eq!(&rows[0][5], "code: 16 (count: 1)");
    assert_eq!(&rows[0][6], "not acknowledged");
    assert_eq!(&rows[0][7], "not available");
}

#[actix_web::test]
async fn ndjson_has_the_alerts_of_the_list_line_by_line() {
    let world = World::new();
    world.raise(learnable(1));
    world.raise(mutable(2));
    let list = world.get("/api/v1/alerts").await.ok().json();
    let lines = world.get("/api/v1/alerts?format=ndjson").await.ok();
    assert_eq!(lines.header("content-type"), "application/x-ndjson");
    let alerts: Vec<serde_json::Value> = lines
        .text()
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(serde_json::Value::from(alerts), list["items"]);
    let filtered = world
        .get("/api/v1/alerts?format=ndjson&learnable=true")
        .await
        .ok();
    assert_eq!(filtered.text().lines().count(), 1);
    let first = world.get("/api/v1/alerts?format=ndjson&limit=1").await.ok();
    assert_eq!(first.text().lines().count(), 1);
}

#[actix_web::test]
async fn the_timeline_is_exported_over_all_its_pages() {
    let world = World::new();
    let id = world.raise(mutable(1));
    for _ in 0..3 {
        world
            .post(&format!("/api/v1/alerts/{id}/actions/ack"))
            .await
            .ok();
        let uri = format!("/api/v1/alerts/{id}");
        world
            .call("PATCH", &uri)
            .body(r#"{"acknowledged":false}"#)
            .send()
            .await
            .ok();
    }
    let query = format!("/api/v1/timeline?alert_id={id}&format=csv");
    let answer = world.get(&query).await.ok();
    let mut reader = csv::Reader::from_reader(answer.body.as_ref());
    assert_eq!(reader.records().flatten().count(), 7);
}

#[actix_web::test]
async fn more_exports_than_allowed_at_once_are_told_to_wait() {
    let world = World::new();
    let permits: Vec<_> = (0..crate::api::limits::EXPORTS)
        .map(|_| world.export_permit())
        .collect();
    let refused = world.get("/api/v1/alerts?format=csv").await;
    assert_eq!(refused.code(503), "unavailable");
    assert_eq!(refused.header("retry-after"), "10");
    drop(permits);
    world.get("/api/v1/alerts?format=csv").await.ok();
}

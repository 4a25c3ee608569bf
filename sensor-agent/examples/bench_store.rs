//! Figures of the alert store, as a JSON list of `{name, value, unit}`.
//!
//! `cargo run --release --example bench_store [-- ALERTS]` opens that many alerts (100 000 unless
//! told), each with its event, through the way findings take in the live sensor, and then measures
//! reads. The database is in a temporary directory of the current one, since `/tmp` may be memory.

use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};

use sensor_agent::alert::{Actor, Edit, Status};
use sensor_agent::service::{Service, ServiceSettings};
use sensor_agent::store::AlertQuery;
use sensor_detect::baseline::{Tuple, TupleKind};
use sensor_detect::catalogue::{AlertType, Severity, catalogue};
use sensor_detect::finding::{Finding, Keyed, PartyKey, Value, Values};
use sensor_protocols::addr::{Endpoint, MacAddr};
use sensor_protocols::observation::Protocol;
use sensor_protocols::time::Timestamp;

/// Findings handed over at once: what a busy second of the sensing thread could bring.
const CHUNK: u32 = 10_000;

fn address(n: u32) -> IpAddr {
    Ipv4Addr::from(0x0a00_0000 | n).into()
}

fn endpoint(n: u32, port: u16) -> Endpoint {
    let [_, b, c, d] = n.to_be_bytes();
    Endpoint {
        mac: MacAddr([2, 0, 0, b, c, d]),
        ip: Some(address(n)),
        port,
        vlan: None,
    }
}

/// The `n`-th finding: 1000 sources talk to as many servers as are needed.
fn finding(kind: &'static AlertType, n: u32) -> Finding {
    let (source, destination) = (n % 1000, 0x1_0000 + n / 1000);
    let mut values = Values::new();
    values.push(("function_code", Value::from(n % 100)));
    values.push(("function", Value::Fixed("write_multiple_registers")));
    Finding {
        alert_type: kind,
        time: Timestamp::from_nanos(1_700_000_000_000_000_000 + u64::from(n)),
        frame: n.into(),
        count: 1,
        source: Some(endpoint(source, 40_000)),
        destination: Some(endpoint(destination, 502)),
        protocol: Protocol::Modbus,
        keyed: Keyed::Pair,
        discriminator: 0,
        values,
        tuple: kind.learnable.then(|| Tuple {
            kind: TupleKind::Operation,
            source: PartyKey::Ip(address(source)),
            destination: Some(PartyKey::Ip(address(destination))),
            protocol: Protocol::Modbus,
            operation: Some(n % 100),
            sub_operation: None,
            object: None,
        }),
    }
}

fn counter(service: &Service, name: &str) -> u64 {
    let samples = service.counters().into_iter();
    let own = samples.filter(|sample| sample.name == name);
    own.map(|sample| sample.value).sum()
}

/// Waits until every finding handed over is durable.
fn settle(service: &Service) {
    while counter(service, "findings") < counter(service, "findings_received") {
        assert_eq!(
            counter(service, "findings_dropped"),
            0,
            "the intake overflowed"
        );
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Opens `alerts` alerts; returns the seconds until the last one was durable.
fn fill(service: &Service, alerts: u32) -> f64 {
    let types = [
        "modbus_unpermitted_function_code",
        "modbus_exception",
        "eicar_test_file",
    ];
    let types = types.map(|id| catalogue().get(id).expect("a type of the catalogue"));
    let findings: Vec<Vec<Finding>> = (0..alerts.div_ceil(CHUNK))
        .map(|chunk| chunk * CHUNK..alerts.min((chunk + 1) * CHUNK))
        .map(|chunk| chunk.map(|n| finding(types[n as usize % 3], n)).collect())
        .collect();
    let start = Instant::now();
    for chunk in findings {
        while counter(service, "findings_waiting") > u64::from(CHUNK) {
            std::thread::sleep(Duration::from_millis(1));
        }
        service.ingest(chunk);
    }
    settle(service);
    start.elapsed().as_secs_f64()
}

/// 99th percentile of 1000 runs, in milliseconds.
fn p99(mut run: impl FnMut(u64)) -> f64 {
    let mut times: Vec<f64> = (0..1000)
        .map(|n| {
            let start = Instant::now();
            run(n);
            start.elapsed().as_secs_f64() * 1000.0
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[990]
}

/// Writes the figures of reading.
fn reads(service: &Service, alerts: u32, print: &mut impl FnMut(&str, f64, &str)) {
    let get = |n: u64| service.alert(n * 7919 % u64::from(alerts) + 1).map(drop);
    print("store_get_p99", p99(|n| get(n).expect("an alert")), "ms");
    let list = |query: AlertQuery| service.alerts(&query).expect("a page").items.len();
    let plain = AlertQuery::default;
    print(
        "store_list_p99",
        p99(|_| assert_eq!(list(plain()), 100)),
        "ms",
    );
    let severity = || AlertQuery {
        severity: vec![Severity::Critical],
        ..plain()
    };
    print(
        "store_filter_severity_p99",
        p99(|_| assert_eq!(list(severity()), 100)),
        "ms",
    );
    let party = |n: u64| AlertQuery {
        party: vec![PartyKey::Ip(address(
            u32::try_from(n % 1000).expect("small"),
        ))],
        ..plain()
    };
    print(
        "store_filter_party_p99",
        p99(|n| assert_ne!(list(party(n)), 0)),
        "ms",
    );
    let joined = |n: u64| AlertQuery {
        status: vec![Status::New],
        type_id: vec!["modbus_exception".to_owned()],
        ..party(n)
    };
    print(
        "store_filter_joined_p99",
        p99(|n| assert!(list(joined(n)) <= 100)),
        "ms",
    );
    let start = Instant::now();
    let rows = service.export_alerts(plain()).expect("rows").count();
    assert_eq!(rows, alerts as usize, "every alert once");
    let seconds = start.elapsed().as_secs_f64();
    print("store_export_rate", f64::from(alerts) / seconds, "alerts/s");
}

fn main() {
    let alerts = std::env::args()
        .nth(1)
        .map_or(100_000, |n| n.parse().expect("a number"));
    let dir = std::env::current_dir()
        .expect("a directory")
        .join(format!("bench-{}", std::process::id()));
    let (service, _) = Service::open(ServiceSettings::new(&dir)).expect("the service starts");
    let mut lines = Vec::new();
    let mut print = |name: &str, value: f64, unit: &str| {
        lines.push(format!(
            r#"{{"name":"{name}","value":{value:.3},"unit":"{unit}"}}"#
        ));
    };
    let seconds = fill(&service, alerts);
    print("store_insert_rate", f64::from(alerts) / seconds, "alerts/s");
    let kib = u32::try_from(counter(&service, "store_bytes") / 1024).expect("below 4 TiB");
    print(
        "store_bytes_per_alert",
        f64::from(kib) * 1024.0 / f64::from(alerts),
        "bytes",
    );
    reads(&service, alerts, &mut print);
    let edit = Edit::by(Actor::new("bench", None));
    let act = |n: u64| service.acknowledge(n + 1, true, &edit).map(drop);
    print("store_action_p99", p99(|n| act(n).expect("done")), "ms");
    service.close();
    std::fs::remove_dir_all(&dir).expect("removed");
    println!("[{}]", lines.join(",\n "));
}

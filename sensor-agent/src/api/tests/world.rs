//! A service with its store on a temporary directory, tokens of every role, and the application.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use actix_web::http::header::{HeaderMap, HeaderName};
use actix_web::http::{Method, StatusCode};
use actix_web::test::{self, TestRequest};
use actix_web::web;
use sensor_detect::baseline::{Tuple, TupleKind};
use sensor_detect::catalogue::{AlertType, catalogue};
use sensor_detect::detector::Command;
use sensor_detect::finding::{Finding, Keyed, PartyKey, Value, Values};
use sensor_protocols::addr::{Endpoint, MacAddr};
use sensor_protocols::observation::Protocol;
use sensor_protocols::time::Timestamp;
use serde_json::Value as Json;

use crate::alert::{Actor, LifecycleSettings};
use crate::api::{Shared, app};
use crate::service::{Clock, ControlError, DetectorControl, Role, Service, ServiceSettings};
use crate::store::AlertQuery;

/// Takes commands as a running detector would and remembers them.
#[derive(Default)]
pub(super) struct Detector(Mutex<Vec<Command>>);

impl DetectorControl for Detector {
    fn apply(&self, commands: Vec<Command>) -> Result<(), ControlError> {
        self.0.lock().expect("test lock").extend(commands);
        Ok(())
    }
}

/// The application and what it stands on.
pub(super) struct World {
    pub(super) service: Service,
    /// Nanoseconds by which the service's clock is ahead of the wall clock.
    ahead: Arc<AtomicU64>,
    pub(super) detector: Arc<Detector>,
    shared: web::Data<Shared>,
    tokens: BTreeMap<Role, String>,
    _dir: tempfile::TempDir,
}

/// An answer.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: web::Bytes,
}

impl Answer {
    pub(super) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("UTF-8")
    }

    pub(super) fn json(&self) -> Json {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {} {}", self.status, self.text()))
    }

    pub(super) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// The body of an error, checked for its form.
    pub(super) fn problem(&self) -> Json {
        assert_eq!(
            self.header("content-type"),
            "application/problem+json",
            "{}",
            self.text()
        );
        let problem = self.json();
        assert_eq!(problem["status"], self.status.as_u16());
        assert_eq!(problem["request_id"], self.header("x-request-id"));
        let code = problem["code"].as_str().expect("code");
        assert_eq!(problem["type"], format!("/api/v1/problems/{code}"));
        assert!(problem["errors"].is_array());
        for part in ["title", "detail", "instance"] {
            assert_ne!(problem[part].as_str().unwrap_or_default(), "", "{part}");
        }
        problem
    }

    /// The code of an error with this status.
    pub(super) fn code(&self, status: u16) -> String {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        self.problem()["code"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    pub(super) fn ok(self) -> Self {
        assert!(self.status.is_success(), "{} {}", self.status, self.text());
        self
    }
}

/// A request in the making.
pub(super) struct Call<'w> {
    world: &'w World,
    request: TestRequest,
}

impl Call<'_> {
    pub(super) fn header(mut self, name: &'static str, value: &str) -> Self {
        let name = HeaderName::from_static(name);
        self.request = self.request.insert_header((name, value));
        self
    }

    pub(super) fn body(mut self, json: &str) -> Self {
        self.request = self.request.set_payload(json.to_owned());
        self.header("content-type", "application/json")
    }

    pub(super) fn raw(mut self, body: Vec<u8>) -> Self {
        self.request = self.request.set_payload(body);
        self
    }

    pub(super) async fn send(self) -> Answer {
        let app = test::init_service(app(self.world.shared.clone())).await;
        let response = test::call_service(&app, self.request.to_request()).await;
        let status = response.status();
        let headers = response.headers().clone();
        let body = test::read_body(response).await;
        Answer {
            status,
            headers,
            body,
        }
    }
}

impl World {
    pub(super) fn new() -> Self {
        let dir = tempfile::tempdir().expect("temporary directory");
        let ahead = Arc::<AtomicU64>::default();
        let (wall, by) = (Clock::wall(), Arc::clone(&ahead));
        let settings = ServiceSettings {
            data_dir: dir.path().to_owned(),
            lifecycle: LifecycleSettings::default(),
            clock: Clock::new(move || {
                Timestamp::from_nanos(wall.now().as_nanos() + by.load(Ordering::SeqCst))
            }),
        };
        let (service, restored) = Service::open(settings).expect("a new store opens");
        let detector = Arc::new(Detector::default());
        service.attach_detector(Arc::clone(&detector) as Arc<dyn DetectorControl>);
        let admin = restored
            .admin_token
            .expect("the first start creates a token");
        let mut tokens = BTreeMap::from([(Role::Admin, admin.reveal().to_owned())]);
        for role in [Role::Viewer, Role::Analyst] {
            let (_, secret) = service
                .create_token(role.id(), role, None, &Actor::sensor())
                .expect("token");
            tokens.insert(role, secret.reveal().to_owned());
        }
        Self {
            shared: web::Data::new(Shared::new(service.clone(), 7)),
            service,
            ahead,
            detector,
            tokens,
            _dir: dir,
        }
    }

    pub(super) fn token(&self, role: Role) -> &str {
        &self.tokens[&role]
    }

    /// A request without a token.
    pub(super) fn anonymous(&self, method: &str, uri: &str) -> Call<'_> {
        let method = Method::from_bytes(method.as_bytes()).expect("method");
        let peer = "192.0.2.9:50000".parse().expect("address");
        let request = TestRequest::with_uri(uri).method(method).peer_addr(peer);
        Call {
            world: self,
            request,
        }
    }

    pub(super) fn with_role(&self, role: Role, method: &str, uri: &str) -> Call<'_> {
        let token = format!("Bearer {}", self.token(role));
        self.anonymous(method, uri).header("authorization", &token)
    }

    /// A request as administrator.
    pub(super) fn call(&self, method: &str, uri: &str) -> Call<'_> {
        self.with_role(Role::Admin, method, uri)
    }

    pub(super) async fn get(&self, uri: &str) -> Answer {
        self.call("GET", uri).send().await
    }

    pub(super) async fn post(&self, uri: &str) -> Answer {
        self.call("POST", uri).send().await
    }

    /// Sets the service's clock forward.
    pub(super) fn pass(&self, time: Duration) {
        let nanos = u64::try_from(time.as_nanos()).expect("a short time");
        self.ahead.fetch_add(nanos, Ordering::SeqCst);
    }

    /// Raises an alert and waits until it is stored; returns its number.
    pub(super) fn raise(&self, finding: Finding) -> u64 {
        let before = self.newest();
        self.service.ingest(vec![finding]);
        let deadline = Instant::now() + Duration::from_mins(1);
        loop {
            match self.newest() {
                Some(id) if Some(id) != before => return id,
                _ if Instant::now() > deadline => panic!("the alert was not stored in time"),
                _ => std::thread::sleep(Duration::from_millis(5)),
            }
        }
    }

    fn newest(&self) -> Option<u64> {
        let page = self.service.alerts(&AlertQuery::default()).expect("list");
        page.items.iter().map(|alert| alert.id).max()
    }

    pub(super) fn commands(&self) -> Vec<Command> {
        self.detector.0.lock().expect("test lock").clone()
    }
}

fn kind(id: &str) -> &'static AlertType {
    catalogue().get(id).expect("a type of the catalogue")
}

fn endpoint(ip: [u8; 4]) -> Endpoint {
    Endpoint {
        mac: MacAddr([2, 0, 0, 0, 0, ip[3]]),
        ip: Some(Ipv4Addr::from(ip).into()),
        port: 502,
        vlan: None,
    }
}

fn finding(alert_type: &'static AlertType, source: [u8; 4], what: u64) -> Finding {
    let mut values = Values::new();
    values.push(("code", Value::Number(what)));
    let (source, destination) = (endpoint(source), endpoint([10, 1, 0, 20]));
    let tuple = alert_type.learnable.then(|| Tuple {
        kind: TupleKind::Operation,
        source: PartyKey::from(&source),
        destination: Some(PartyKey::from(&destination)),
        protocol: Protocol::Modbus,
        operation: u32::try_from(what).ok(),
        sub_operation: None,
        object: None,
    });
    Finding {
        alert_type,
        time: Timestamp::from_nanos(1_700_000_000_000_000_000 + what),
        frame: what,
        count: 1,
        source: Some(source),
        destination: Some(destination),
        protocol: Protocol::Modbus,
        keyed: Keyed::Pair,
        discriminator: what,
        values,
        tuple,
    }
}

/// A finding that can be learned.
pub(super) fn learnable(host: u8) -> Finding {
    finding(
        kind("modbus_unpermitted_function_code"),
        [10, 1, 0, host],
        16,
    )
}

/// A finding that can be muted.
pub(super) fn mutable(host: u8) -> Finding {
    finding(kind("modbus_exception_by_master"), [10, 1, 0, host], 3)
}

/// A finding with an Internet address.
pub(super) fn from_the_internet() -> Finding {
    finding(kind("modbus_exception_by_master"), [203, 0, 114, 7], 3)
}

impl World {
    /// Takes the place of a running export.
    pub(super) fn export_permit(&self) -> tokio::sync::OwnedSemaphorePermit {
        self.shared.export_permit().expect("a free place")
    }
}

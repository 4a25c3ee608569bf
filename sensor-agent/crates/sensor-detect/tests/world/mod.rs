//! A small network in which tests let things happen: observations by hand, time by hand.
#![allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    reason = "each test binary uses its own part of the shared helpers"
)]

mod packets;
mod services;
#[path = "../../../sensor-protocols/tests/support/mod.rs"]
pub mod support;

use std::net::IpAddr;
use std::time::Duration;

use sensor_detect::catalogue::catalogue;
use sensor_detect::detector::{Detector, DetectorSettings, TypeSettings};
use sensor_detect::finding::Finding;
use sensor_protocols::addr::{Endpoint, MacAddr};
use sensor_protocols::inspector::Inspector;
use sensor_protocols::observation::{
    Anomaly, AnomalySet, Direction, Identity, Object, Observation, Operation, OperationClass,
    Outcome, Protocol, Transport, conn, dns, flow,
};
use sensor_protocols::time::Timestamp;

pub use packets::Session;

/// Client, controller and friends.
pub const MASTER: &str = "10.0.0.1";
pub const PLC: &str = "10.0.0.2";

/// A detector and what it found.
pub struct World {
    pub detector: Detector,
    pub found: Vec<Finding>,
    now: Timestamp,
    frame: u64,
    flow: u64,
    /// Made with the first frame.
    inspector: Option<Inspector>,
    /// Ports that sessions have taken.
    ports: u16,
}

/// Default settings with every type switched on.
pub fn everything_on() -> DetectorSettings {
    let on = TypeSettings {
        enabled: Some(true),
        ..TypeSettings::default()
    };
    DetectorSettings {
        types: catalogue().iter().map(|t| (t.id.to_string(), on)).collect(),
        ..DetectorSettings::default()
    }
}

/// An address with the MAC address that ends in its last octet.
pub fn end(address: &str, port: u16) -> Endpoint {
    let ip: IpAddr = address.parse().unwrap();
    let last = match ip {
        IpAddr::V4(v4) => v4.octets()[3],
        IpAddr::V6(v6) => v6.octets()[15],
    };
    Endpoint {
        mac: MacAddr([2, 0, 0, 0, 0, last]),
        ip: Some(ip),
        port,
        vlan: None,
    }
}

/// A Modbus operation by code.
pub fn function(code: u32, sub: Option<u32>) -> Operation {
    Operation {
        code,
        sub,
        name: "test_function",
        class: OperationClass::Read,
    }
}

pub fn registers(start: u32, count: u32) -> Object<'static> {
    Object::Range {
        table: "holding_register",
        start,
        count,
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new(everything_on())
    }
}

impl World {
    pub fn new(settings: DetectorSettings) -> Self {
        Self {
            detector: Detector::new(settings),
            found: Vec::new(),
            now: Timestamp::from_nanos(1_700_000_000_000_000_000),
            frame: 0,
            flow: 0,
            inspector: None,
            ports: 0,
        }
    }

    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Lets time pass without a tick.
    pub fn pass(&mut self, span: Duration) -> &mut Self {
        self.now = self.now.after(span);
        self
    }

    /// Goes back in time, as another capture does.
    pub fn back(&mut self, span: Duration) -> &mut Self {
        let nanos = u64::try_from(span.as_nanos()).unwrap();
        self.now = Timestamp::from_nanos(self.now.as_nanos() - nanos);
        self
    }

    /// Lets time pass with ticks every second, as the pipeline gives them.
    pub fn wait(&mut self, seconds: u64) -> &mut Self {
        for _ in 0..seconds {
            self.pass(Duration::from_secs(1));
            self.detector.tick(self.now, &mut self.found);
        }
        self
    }

    pub fn finish(&mut self) -> &mut Self {
        self.detector.finish(&mut self.found);
        self
    }

    /// Ids of what was found, without repeats, sorted.
    pub fn ids(&self) -> Vec<&str> {
        let mut ids: Vec<&str> = self.found.iter().map(|f| &*f.alert_type.id).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    pub fn count(&self, id: &str) -> usize {
        self.found
            .iter()
            .filter(|f| &*f.alert_type.id == id)
            .count()
    }

    pub fn first(&self, id: &str) -> &Finding {
        let found = self.found.iter().find(|f| &*f.alert_type.id == id);
        found.unwrap_or_else(|| panic!("no {id} among {:?}", self.ids()))
    }

    /// A template to change and to hand to [`Self::see`].
    pub fn observation(&mut self, source: Endpoint, destination: Endpoint) -> Observation<'static> {
        self.frame += 1;
        Observation {
            time: self.now,
            frame: self.frame,
            count: 1,
            bytes: 60,
            flow: self.flow.max(1),
            source,
            destination,
            transport: Transport::Tcp,
            protocol: Protocol::Tcp,
            direction: Direction::OneWay,
            operation: flow::MALFORMED,
            station: None,
            objects: &[],
            values: &[],
            outcome: Outcome::None,
            anomalies: AnomalySet::EMPTY,
            identity: Identity::NONE,
            request: None,
            repeats: None,
        }
    }

    pub fn see(&mut self, observation: &Observation<'_>) -> &mut Self {
        self.detector.observe(observation, &mut self.found);
        self
    }

    pub fn new_flow(&mut self) -> u64 {
        self.flow += 1;
        self.flow
    }

    /// A fact about a TCP connection on the latest flow.
    pub fn conn(&mut self, client: &str, server: &str, port: u16, what: Operation) -> &mut Self {
        let observation = Observation {
            operation: what,
            ..self.observation(end(client, 40000), end(server, port))
        };
        self.see(&observation)
    }

    /// A SYN on a flow of its own.
    pub fn syn(&mut self, client: &str, server: &str, port: u16) -> &mut Self {
        self.new_flow();
        self.conn(client, server, port, conn::ATTEMPT)
    }

    /// A SYN that is answered by RST.
    pub fn refused(&mut self, client: &str, server: &str, port: u16) -> &mut Self {
        self.syn(client, server, port)
            .conn(client, server, port, conn::REFUSED)
    }

    /// A connection that comes about.
    pub fn connect(&mut self, client: &str, server: &str, port: u16) -> &mut Self {
        self.syn(client, server, port)
            .conn(client, server, port, conn::ESTABLISHED)
    }

    /// The first frame of a flow in one direction.
    pub fn started(&mut self, protocol: Protocol, source: Endpoint, to: Endpoint) -> &mut Self {
        let observation = Observation {
            protocol,
            transport: if protocol == Protocol::Udp {
                Transport::Udp
            } else {
                Transport::Tcp
            },
            operation: flow::STARTED,
            ..self.observation(source, to)
        };
        self.see(&observation)
    }

    /// A Modbus request on port 502.
    pub fn ask(
        &mut self,
        client: &str,
        server: &str,
        operation: Operation,
        object: Option<Object<'_>>,
    ) -> &mut Self {
        let objects: Vec<Object<'_>> = object.into_iter().collect();
        let observation = self.request(client, server, operation);
        let observation = Observation {
            objects: &objects,
            ..observation
        };
        self.detector.observe(&observation, &mut self.found);
        self
    }

    pub fn request(
        &mut self,
        client: &str,
        server: &str,
        operation: Operation,
    ) -> Observation<'static> {
        Observation {
            protocol: Protocol::Modbus,
            direction: Direction::Request,
            operation,
            station: Some(1),
            ..self.observation(end(client, 40000), end(server, 502))
        }
    }

    /// A Modbus response; `error` refuses.
    pub fn answer(
        &mut self,
        client: &str,
        server: &str,
        operation: Operation,
        error: Option<u32>,
    ) -> &mut Self {
        let observation = self.response(client, server, operation, error);
        self.see(&observation)
    }

    pub fn response(
        &mut self,
        client: &str,
        server: &str,
        operation: Operation,
        error: Option<u32>,
    ) -> Observation<'static> {
        Observation {
            protocol: Protocol::Modbus,
            direction: Direction::Response,
            operation,
            station: Some(1),
            outcome: error.map_or(Outcome::Ok, |code| Outcome::Error {
                code,
                name: "test_error",
            }),
            ..self.observation(end(server, 502), end(client, 40000))
        }
    }

    /// A refused request: the client asked for `object`.
    pub fn refuse(&mut self, code: u32, error: u32, station: u32, object: Object<'_>) -> &mut Self {
        let observation = self.response(MASTER, PLC, function(code, None), Some(error));
        let observation = Observation {
            objects: &[object],
            station: Some(station),
            ..observation
        };
        self.detector.observe(&observation, &mut self.found);
        self
    }

    /// What a Modbus device says about itself.
    pub fn identify(&mut self, server: &str, protocol: Protocol, firmware: &str) -> &mut Self {
        let observation = self.response(MASTER, server, function(43, Some(14)), None);
        let observation = Observation {
            protocol,
            identity: Identity {
                firmware: Some(firmware),
                ..Identity::NONE
            },
            ..observation
        };
        self.detector.observe(&observation, &mut self.found);
        self
    }

    /// A message with one anomaly.
    pub fn odd(&mut self, protocol: Protocol, anomaly: Anomaly) -> &mut Self {
        let observation = Observation {
            protocol,
            anomalies: AnomalySet::of(anomaly),
            ..self.observation(end(MASTER, 40000), end(PLC, 502))
        };
        self.see(&observation)
    }

    /// A Modbus poll and its answer.
    pub fn poll(&mut self) -> &mut Self {
        self.ask(MASTER, PLC, function(3, None), Some(registers(0, 10)))
            .answer(MASTER, PLC, function(3, None), None)
    }
}

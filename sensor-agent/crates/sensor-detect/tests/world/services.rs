//! Observations of service protocols: ARP, ICMP, DNS.

use sensor_protocols::addr::{Endpoint, MacAddr};
use sensor_protocols::observation::{
    Direction, Object, Observation, Operation, OperationClass, Protocol, Transport, dns,
};

use super::{World, end};

impl World {
    /// An ARP message: 1 asks for `target`, 2 answers.
    pub fn arp(&mut self, code: u32, sender: Endpoint, to: MacAddr, target: &str) -> &mut Self {
        let to = Endpoint {
            mac: to,
            ..Endpoint::default()
        };
        let observation = Observation {
            protocol: Protocol::Arp,
            transport: Transport::Link,
            operation: Operation {
                code,
                sub: None,
                name: "arp",
                class: OperationClass::Discovery,
            },
            objects: &[Object::Address(target.parse().unwrap())],
            ..self.observation(sender, to)
        };
        self.detector.observe(&observation, &mut self.found);
        self
    }

    pub fn ping(&mut self, source: &str, destination: &str) -> &mut Self {
        let observation = Observation {
            protocol: Protocol::Icmp,
            transport: Transport::Ip,
            direction: Direction::Request,
            operation: Operation {
                code: 8,
                sub: None,
                name: "echo_request",
                class: OperationClass::Diagnostic,
            },
            ..self.observation(end(source, 0), end(destination, 0))
        };
        self.see(&observation)
    }

    /// A DNS query.
    pub fn query(&mut self, source: &str, resolver: &str, name: &str) -> &mut Self {
        self.query_in(Protocol::Dns, source, end(resolver, 53), name)
    }

    /// A query in DNS or one of its relatives.
    pub fn query_in(
        &mut self,
        protocol: Protocol,
        source: &str,
        resolver: Endpoint,
        name: &str,
    ) -> &mut Self {
        let observation = Observation {
            protocol,
            transport: Transport::Udp,
            direction: Direction::Request,
            operation: Operation {
                code: dns::QUERY,
                sub: Some(1),
                name: "query",
                class: OperationClass::Discovery,
            },
            objects: &[Object::Name(name)],
            ..self.observation(end(source, 5000), resolver)
        };
        self.detector.observe(&observation, &mut self.found);
        self
    }
}

//! What a message asks for or reports.

use serde::{Deserialize, Serialize};

/// Which way a message goes in its exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From the client (Modbus client, DNP3 master, ARP requester …).
    Request,
    /// From the server, answering or refusing a request.
    Response,
    /// Expects no answer, or the protocol has no such roles.
    OneWay,
}

/// What kind of effect an operation has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OperationClass {
    Read,
    Write,
    /// Acts on the device itself: start, stop, restart, listen-only.
    Control,
    /// Program or logic transfer.
    Program,
    Config,
    Diagnostic,
    Session,
    Discovery,
    File,
    Auth,
    Event,
    /// The code is not known to us.
    Unknown,
}

/// An operation: the raw code and its name, kept together so that unknown codes stay visible.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Operation {
    /// Function code, service, type id: what the protocol calls it.
    pub code: u32,
    /// Second-level code: Modbus diagnostic sub-function, MEI type, UMAS function.
    pub sub: Option<u32>,
    /// Name by the protocol's specification; `unknown` when it has none.
    pub name: &'static str,
    pub class: OperationClass,
}

/// How the operation ended, as far as this message tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Not told: requests and one-way messages.
    #[default]
    None,
    Ok,
    /// Refused or failed, with the protocol's error code and its name.
    Error {
        code: u32,
        name: &'static str,
    },
}

/// Operations of connection facts: [`super::Protocol::Tcp`], class `Session`.
/// `source` is always the client (the sender of the SYN) unless a line says otherwise.
pub mod conn {
    use super::{Operation, OperationClass};

    const fn session(code: u32, name: &'static str) -> Operation {
        Operation {
            code,
            sub: None,
            name,
            class: OperationClass::Session,
        }
    }

    /// A SYN without ACK. Retransmitted SYNs of one flow count once.
    pub const ATTEMPT: Operation = session(1, "connection_attempt");
    /// SYN answered by SYN+ACK.
    pub const ESTABLISHED: Operation = session(2, "connection_established");
    /// SYN answered by RST.
    pub const REFUSED: Operation = session(3, "connection_refused");
    /// Both directions closed with FIN.
    pub const CLOSED: Operation = session(4, "connection_closed");
    /// Ended by RST after it was established.
    pub const RESET: Operation = session(5, "connection_reset");
    /// Bytes of the stream were never captured; `source` is their sender, `bytes` how many.
    pub const GAP: Operation = session(6, "stream_gap");
    /// NULL, FIN-only or XMAS probe outside any connection; `source` is its sender.
    pub const PROBE: Operation = session(7, "stealth_probe");
}

/// Operations of flow facts: protocol is the lowest one that names the flow (Tcp, Udp, Icmp,
/// Icmpv6, Sctp, Ipv4, Ipv6, Ethernet), class `Session`. `count` and `bytes` say how many frames
/// and bytes went from `source` to `destination` since the last fact about that direction.
pub mod flow {
    use super::{Operation, OperationClass};

    /// First frame between these two endpoints in this direction.
    pub const STARTED: Operation = Operation {
        code: 101,
        sub: None,
        name: "flow_started",
        class: OperationClass::Session,
    };
    /// The flow is alive; at most one per direction and minute of capture time.
    pub const UPDATED: Operation = Operation {
        code: 102,
        sub: None,
        name: "flow_updated",
        class: OperationClass::Session,
    };
    /// A known byte pattern stands in the payload; `objects` holds `Object::Name(pattern id)`.
    pub const CONTENT: Operation = Operation {
        code: 103,
        sub: None,
        name: "content_pattern",
        class: OperationClass::File,
    };
    /// Bytes that break a specification below the application; see the observation's anomalies.
    pub const MALFORMED: Operation = Operation {
        code: 104,
        sub: None,
        name: "malformed",
        class: OperationClass::Unknown,
    };
}

/// Operation codes of DNS are opcodes (RFC 6895); `sub` is the query type.
pub mod dns {
    pub const QUERY: u32 = 0;
}

//! What one PDU says, and how it is reported.

use super::interfaces::{self, Interface, Returns};
use super::pdu::{Header, Verifier, kind};
use super::uuid::{Order, Uuid};
use super::{FRAGMENT, PDU, operations, pdu, status};
use crate::dissect::cursor::Cursor;
use crate::dissect::ntlm::SignIn;
use crate::dissect::told::{Span, Told};
use crate::dissect::{Emit, MessageFacts, smb};
use crate::observation::{
    Anomaly, AnomalySet, AnsweredRequest, Direction, Identity, Operation, OperationClass, Outcome,
    Protocol,
};

/// What one PDU says.
pub(super) struct Body {
    pub(super) operation: Operation,
    pub(super) direction: Direction,
    pub(super) told: Told,
    pub(super) outcome: Outcome,
    pub(super) anomalies: AnomalySet,
    pub(super) request: Option<AnsweredRequest>,
    pub(super) host: Option<Span>,
    pub(super) system: Option<Span>,
}

impl Body {
    pub(super) fn of(header: &Header) -> Self {
        let later = !header.is_first() && header.kind <= kind::FAULT;
        let (code, name) = if later {
            (FRAGMENT, "fragment")
        } else {
            (PDU, pdu::name(header.kind))
        };
        let mut anomalies = AnomalySet::EMPTY;
        if name == "unknown" {
            anomalies.insert(Anomaly::ReservedCode);
        }
        Self {
            operation: Operation {
                code: code | u32::from(header.kind),
                sub: None,
                name,
                class: OperationClass::Session,
            },
            direction: match pdu::is_from_server(header.kind) {
                Some(false) if !later => Direction::Request,
                Some(true) if !later => Direction::Response,
                _ => Direction::OneWay,
            },
            told: Told::default(),
            outcome: Outcome::None,
            anomalies,
            request: None,
            host: None,
            system: None,
        }
    }

    pub(super) fn flag(&mut self, anomaly: Anomaly) {
        self.anomalies.insert(anomaly);
    }

    pub(super) fn sign_in(&mut self, verifier: &Verifier<'_>) {
        self.told.id("auth_type", verifier.kind);
        self.told.id("auth_level", verifier.level);
        let sign_in = SignIn::read(verifier.token, &mut self.told);
        self.anomalies = self.anomalies.union(sign_in.anomalies);
        self.host = sign_in.host;
        self.system = sign_in.system;
    }
}

impl Body {
    /// Tells a context that was refused, unless it stands for features of the sender.
    pub(super) fn refusal(&mut self, id: Option<u16>, result: u16) {
        if let Some(id) = id.filter(|_| matches!(result, 1 | 2)) {
            self.told.id("refused_context", id);
        }
    }
}

/// Tells an interface.
pub(super) fn name(uuid: Uuid, told: &mut Told) {
    match interfaces::find(uuid) {
        Some(interface) => told.label("interface", interface.name),
        None => told.label("interface", &uuid.to_string()),
    }
}

/// The operation of a call.
pub(super) fn operation(interface: Option<&Interface>, number: u16) -> Operation {
    let known = interface.and_then(|interface| operations::find(interface.operations, number));
    let (name, class) = known.unwrap_or(("call", OperationClass::Unknown));
    let interface = interface.map_or(0, |interface| interface.number);
    Operation {
        code: u32::from(interface) << 16 | u32::from(number),
        sub: None,
        name,
        class,
    }
}

pub(super) fn fault(code: u32) -> Outcome {
    Outcome::Error {
        code,
        name: status::fault(code),
    }
}

/// How a call ended by what it returns.
pub(super) fn returned(returns: Returns, order: Order, stub: &[u8]) -> Outcome {
    const MORE_DATA: u32 = 234;
    const NO_MORE_ITEMS: u32 = 259;
    let last = stub.len().checked_sub(4).and_then(|at| stub.get(at..));
    let code = last.and_then(|octets| order.u32(&mut Cursor::new(octets)).ok());
    let (Some(code), false) = (code, returns == Returns::Other) else {
        return Outcome::Ok;
    };
    let (failed, name) = match returns {
        Returns::Win32 => {
            let goes_on = matches!(code, 0 | MORE_DATA | NO_MORE_ITEMS);
            (!goes_on, status::error(code))
        }
        Returns::NtStatus => (code >= 0xc000_0000, smb::status::name(code)),
        Returns::Hresult => (code >= 0x8000_0000, status::error(code)),
        Returns::Other => (false, ""),
    };
    if failed {
        Outcome::Error { code, name }
    } else {
        Outcome::Ok
    }
}

pub(super) fn report(body: &Body, size: usize, emit: &mut Emit<'_>) {
    let mut anomalies = body.anomalies;
    if body.told.is_cut() {
        anomalies.insert(Anomaly::LimitReached);
    }
    emit(&MessageFacts {
        objects: &body.told.objects(),
        outcome: body.outcome,
        anomalies,
        identity: Identity {
            hostname: body.told.get(body.host.as_ref()),
            os: body.told.get(body.system.as_ref()),
            ..Identity::NONE
        },
        request: body.request,
        size,
        ..MessageFacts::new(Protocol::DceRpc, body.direction, body.operation)
    });
}

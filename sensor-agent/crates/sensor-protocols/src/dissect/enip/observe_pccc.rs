//! From a PCCC command to [`MessageFacts`].
//!
//! Data in: the data of the service Execute PCCC, or of its reply and the request that it answers.
//! Data out: one call of the sink. Limits: none.

use super::PCCC;
use super::pairing::Asked;
use super::pccc::{self, Pccc};
use crate::dissect::{Emit, MessageFacts};
use crate::observation::{
    Anomaly, AnomalySet, AnsweredRequest, Direction, Operation, OperationClass, Outcome, Protocol,
};

/// Reports a PCCC command.
pub(super) fn command(bytes: &[u8], station: Option<u32>, emit: &mut Emit<'_>) {
    let Ok(pccc) = Pccc::read(bytes) else {
        return broken_command(bytes, Direction::Request, emit);
    };
    let mut anomalies = AnomalySet::EMPTY;
    let named = pccc::named(pccc.command, pccc.function);
    if named.is_none() {
        anomalies.insert(Anomaly::ReservedCode);
    }
    // A command comes without the bit of a reply and without a status.
    if pccc.reply || pccc.status != 0 {
        anomalies.insert(Anomaly::BadValue);
    }
    emit(&MessageFacts {
        station,
        values: pccc.data,
        anomalies,
        size: bytes.len(),
        ..MessageFacts::new(
            Protocol::Cip,
            Direction::Request,
            pccc_operation(pccc.command, pccc.function, named),
        )
    });
}

/// Reports the reply to a PCCC command, whose function only the command says.
pub(super) fn command_reply(
    bytes: &[u8],
    asked: &Asked,
    request: Option<AnsweredRequest>,
    emit: &mut Emit<'_>,
) {
    if bytes.is_empty() {
        return;
    }
    let Ok(pccc) = Pccc::read(bytes) else {
        return broken_command(bytes, Direction::Response, emit);
    };
    let mut anomalies = AnomalySet::EMPTY;
    if !pccc.reply {
        anomalies.insert(Anomaly::BadValue);
    }
    let function = match asked.pccc {
        Some((command, function)) if command == pccc.command => function,
        Some(_) => {
            anomalies.insert(Anomaly::Mismatch);
            None
        }
        None => None,
    };
    let outcome = match pccc.status {
        0 => Outcome::Ok,
        failed => Outcome::Error {
            code: u32::from(failed),
            name: pccc::status_name(failed),
        },
    };
    let named = pccc::named(pccc.command, function);
    emit(&MessageFacts {
        station: asked.station,
        values: pccc.data,
        outcome,
        anomalies,
        request,
        size: bytes.len(),
        ..MessageFacts::new(
            Protocol::Cip,
            Direction::Response,
            pccc_operation(pccc.command, function, named),
        )
    });
}

fn broken_command(bytes: &[u8], direction: Direction, emit: &mut Emit<'_>) {
    emit(&MessageFacts {
        values: bytes,
        anomalies: AnomalySet::of(Anomaly::Truncated),
        size: bytes.len(),
        ..MessageFacts::new(Protocol::Cip, direction, pccc_operation(0, None, None))
    });
}

fn pccc_operation(
    command: u8,
    function: Option<u8>,
    named: Option<(&'static str, OperationClass)>,
) -> Operation {
    let (name, class) = named.unwrap_or(("unknown", OperationClass::Unknown));
    Operation {
        code: PCCC | u32::from(command),
        sub: function.map(u32::from),
        name,
        class,
    }
}

//! Names of errors.
//!
//! Source: ISO 9506-2:2003, module `ISO-9506-MMS-1`: `ServiceError`, `DataAccessError`, `RejectPDU`;
//! ISO/IEC 8650-1 (ACSE) and ISO 8327-1 (session) for associations.

/// Error class and its codes.
type Class = (&'static str, &'static [&'static str]);

/// `ServiceError.errorClass`, by tag. The text of a code starts with its class.
const CLASSES: [Class; 13] = [
    (
        "vmd-state",
        &[
            "vmd-state: other",
            "vmd-state: vmd-state-conflict",
            "vmd-state: vmd-operational-problem",
            "vmd-state: domain-transfer-problem",
            "vmd-state: state-machine-id-invalid",
        ],
    ),
    (
        "application-reference",
        &[
            "application-reference: other",
            "application-reference: application-unreachable",
            "application-reference: connection-lost",
            "application-reference: application-reference-invalid",
            "application-reference: context-unsupported",
        ],
    ),
    (
        "definition",
        &[
            "definition: other",
            "definition: object-undefined",
            "definition: invalid-address",
            "definition: type-unsupported",
            "definition: type-inconsistent",
            "definition: object-exists",
            "definition: object-attribute-inconsistent",
        ],
    ),
    (
        "resource",
        &[
            "resource: other",
            "resource: memory-unavailable",
            "resource: processor-resource-unavailable",
            "resource: mass-storage-unavailable",
            "resource: capability-unavailable",
            "resource: capability-unknown",
        ],
    ),
    (
        "service",
        &[
            "service: other",
            "service: primitives-out-of-sequence",
            "service: object-state-conflict",
            "service: pdu-size",
            "service: continuation-invalid",
            "service: object-constraint-conflict",
        ],
    ),
    (
        "service-preempt",
        &[
            "service-preempt: other",
            "service-preempt: timeout",
            "service-preempt: deadlock",
            "service-preempt: cancel",
        ],
    ),
    (
        "time-resolution",
        &[
            "time-resolution: other",
            "time-resolution: unsupportable-time-resolution",
        ],
    ),
    (
        "access",
        &[
            "access: other",
            "access: object-access-unsupported",
            "access: object-non-existent",
            "access: object-access-denied",
            "access: object-invalidated",
        ],
    ),
    (
        "initiate",
        &[
            "initiate: other",
            "initiate: version-incompatible",
            "initiate: max-segment-insufficient",
            "initiate: max-services-outstanding-calling-insufficient",
            "initiate: max-services-outstanding-called-insufficient",
            "initiate: service-CBB-insufficient",
            "initiate: parameter-CBB-insufficient",
            "initiate: nesting-level-insufficient",
        ],
    ),
    (
        "conclude",
        &[
            "conclude: other",
            "conclude: further-communication-required",
        ],
    ),
    (
        "cancel",
        &[
            "cancel: other",
            "cancel: invoke-id-unknown",
            "cancel: cancel-not-possible",
        ],
    ),
    (
        "file",
        &[
            "file: other",
            "file: filename-ambiguous",
            "file: file-busy",
            "file: filename-syntax-error",
            "file: content-type-invalid",
            "file: position-invalid",
            "file: file-access-denied",
            "file: file-non-existent",
            "file: duplicate-filename",
            "file: insufficient-space-in-filestore",
        ],
    ),
    ("others", &[]),
];

/// Name of a service error; of its class alone when the code is not known.
pub(super) fn service(class: u32, code: u32) -> &'static str {
    let Some((name, codes)) = at(&CLASSES, class) else {
        return "unknown";
    };
    at(codes, code).copied().unwrap_or(name)
}

/// `DataAccessError`.
const ACCESS: [&str; 12] = [
    "object-invalidated",
    "hardware-fault",
    "temporarily-unavailable",
    "object-access-denied",
    "object-undefined",
    "invalid-address",
    "type-unsupported",
    "type-inconsistent",
    "object-attribute-inconsistent",
    "object-access-unsupported",
    "object-non-existent",
    "object-value-invalid",
];

/// Name of the error of one variable.
pub(super) fn access(code: u32) -> Option<&'static str> {
    at(&ACCESS, code).copied()
}

/// `RejectPDU.rejectReason`, by tag.
const REJECTS: [&str; 12] = [
    "",
    "rejected: confirmed-requestPDU",
    "rejected: confirmed-responsePDU",
    "rejected: confirmed-errorPDU",
    "rejected: unconfirmedPDU",
    "rejected: pdu-error",
    "rejected: cancel-requestPDU",
    "rejected: cancel-responsePDU",
    "rejected: cancel-errorPDU",
    "rejected: conclude-requestPDU",
    "rejected: conclude-responsePDU",
    "rejected: conclude-errorPDU",
];

/// `RejectPDU.rejectReason.confirmed-requestPDU`: what a server refuses a request for.
const REQUEST_REJECTS: [&str; 10] = [
    "rejected: other",
    "rejected: unrecognized-service",
    "rejected: unrecognized-modifier",
    "rejected: invalid-invokeID",
    "rejected: invalid-argument",
    "rejected: invalid-modifier",
    "rejected: max-serv-outstanding-exceeded",
    "",
    "rejected: max-recursion-exceeded",
    "rejected: value-out-of-range",
];

/// Name of a reason to reject: `kind` is its tag.
pub(super) fn reject(kind: u32, code: u32) -> Option<&'static str> {
    if kind == 1 {
        let reason = at(&REQUEST_REJECTS, code).filter(|name| !name.is_empty());
        return reason.or(REJECTS.get(1)).copied();
    }
    at(&REJECTS, kind).copied().filter(|name| !name.is_empty())
}

/// `AARE-apdu.result`, other than accepted.
pub(super) fn associate(result: u32) -> &'static str {
    match result {
        1 => "association rejected permanently",
        2 => "association rejected transiently",
        _ => "unknown",
    }
}

fn at<T>(table: &[T], number: u32) -> Option<&T> {
    table.get(usize::try_from(number).ok()?)
}

//! Methods and status codes.

use crate::observation::OperationClass as Class;

/// A method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Method {
    /// `operation.code`; the protocol has no numbers.
    pub(super) code: u32,
    pub(super) name: &'static str,
    pub(super) class: Class,
}

const fn method(code: u32, name: &'static str, class: Class) -> Method {
    Method { code, name, class }
}

/// Of a method that no table has.
pub(super) const UNKNOWN: Method = method(0, "unknown", Class::Unknown);

/// Code of CONNECT and HEAD, which decide on what follows a response.
pub(super) const CONNECT: u32 = 8;
pub(super) const HEAD: u32 = 2;

/// Methods of the IANA HTTP Method Registry, then those of `UPnP` (GENA), MS-RPCH, MS-SSTP, BITS and
/// Configuration Manager, which plants have.
const METHODS: &[Method] = &[
    method(1, "GET", Class::Read),
    method(HEAD, "HEAD", Class::Read),
    method(3, "POST", Class::Write),
    method(4, "PUT", Class::Write),
    method(5, "DELETE", Class::Write),
    method(6, "OPTIONS", Class::Diagnostic),
    method(7, "TRACE", Class::Diagnostic),
    method(CONNECT, "CONNECT", Class::Session),
    method(9, "PATCH", Class::Write),
    method(10, "ACL", Class::Config),
    method(11, "BASELINE-CONTROL", Class::Config),
    method(12, "BIND", Class::Write),
    method(13, "CHECKIN", Class::Write),
    method(14, "CHECKOUT", Class::Write),
    method(15, "COPY", Class::Write),
    method(16, "LABEL", Class::Write),
    method(17, "LINK", Class::Write),
    method(18, "LOCK", Class::Write),
    method(19, "MERGE", Class::Write),
    method(20, "MKACTIVITY", Class::Write),
    method(21, "MKCALENDAR", Class::Write),
    method(22, "MKCOL", Class::Write),
    method(23, "MKREDIRECTREF", Class::Write),
    method(24, "MKWORKSPACE", Class::Write),
    method(25, "MOVE", Class::Write),
    method(26, "ORDERPATCH", Class::Write),
    method(27, "PROPFIND", Class::Read),
    method(28, "PROPPATCH", Class::Write),
    method(29, "REBIND", Class::Write),
    method(30, "REPORT", Class::Read),
    method(31, "SEARCH", Class::Read),
    method(32, "UNBIND", Class::Write),
    method(33, "UNCHECKOUT", Class::Write),
    method(34, "UNLINK", Class::Write),
    method(35, "UNLOCK", Class::Write),
    method(36, "UPDATE", Class::Write),
    method(37, "UPDATEREDIRECTREF", Class::Write),
    method(38, "VERSION-CONTROL", Class::Write),
    method(39, "QUERY", Class::Read),
    method(64, "NOTIFY", Class::Event),
    method(65, "SUBSCRIBE", Class::Session),
    method(66, "UNSUBSCRIBE", Class::Session),
    method(67, "M-SEARCH", Class::Discovery),
    method(68, "RPC_IN_DATA", Class::Session),
    method(69, "RPC_OUT_DATA", Class::Session),
    method(70, "SSTP_DUPLEX_POST", Class::Session),
    method(71, "BITS_POST", Class::Write),
    method(72, "CCM_POST", Class::Write),
    method(73, "BCOPY", Class::Write),
    method(74, "BDELETE", Class::Write),
    method(75, "BMOVE", Class::Write),
    method(76, "BPROPFIND", Class::Read),
    method(77, "BPROPPATCH", Class::Write),
    method(78, "POLL", Class::Read),
];

/// The method with this name. Names are case-sensitive (RFC 9110, 9.1).
pub(super) fn method_of(name: &[u8]) -> Option<Method> {
    METHODS
        .iter()
        .find(|method| method.name.as_bytes() == name)
        .copied()
}

/// Whether a method's name followed by a space starts with these octets.
pub(super) fn may_become_method(start: &[u8]) -> bool {
    METHODS
        .iter()
        .any(|method| method.name.as_bytes().starts_with(start))
}

/// Status codes of the IANA HTTP Status Code Registry that refuse a request.
const STATUS: &[(u16, &str)] = &[
    (400, "bad_request"),
    (401, "unauthorized"),
    (402, "payment_required"),
    (403, "forbidden"),
    (404, "not_found"),
    (405, "method_not_allowed"),
    (406, "not_acceptable"),
    (407, "proxy_authentication_required"),
    (408, "request_timeout"),
    (409, "conflict"),
    (410, "gone"),
    (411, "length_required"),
    (412, "precondition_failed"),
    (413, "content_too_large"),
    (414, "uri_too_long"),
    (415, "unsupported_media_type"),
    (416, "range_not_satisfiable"),
    (417, "expectation_failed"),
    (421, "misdirected_request"),
    (422, "unprocessable_content"),
    (423, "locked"),
    (424, "failed_dependency"),
    (425, "too_early"),
    (426, "upgrade_required"),
    (428, "precondition_required"),
    (429, "too_many_requests"),
    (431, "request_header_fields_too_large"),
    (451, "unavailable_for_legal_reasons"),
    (500, "internal_server_error"),
    (501, "not_implemented"),
    (502, "bad_gateway"),
    (503, "service_unavailable"),
    (504, "gateway_timeout"),
    (505, "http_version_not_supported"),
    (506, "variant_also_negotiates"),
    (507, "insufficient_storage"),
    (508, "loop_detected"),
    (510, "not_extended"),
    (511, "network_authentication_required"),
];

/// Name of a status code from 400 up.
pub(super) fn status_name(code: u16) -> &'static str {
    crate::dissect::tables::name_of(STATUS, code).unwrap_or("unknown")
}

//! Protocols of office networks: web, databases, file sharing, remote procedures, addresses, TLS.

mod access;
mod http;
mod names;
mod signin;
mod tls;
mod windows;

use super::Case;

/// The rows of all subjects.
pub(super) fn cases() -> impl Iterator<Item = &'static Case> {
    [
        access::CASES,
        http::CASES,
        names::CASES,
        signin::CASES,
        tls::CASES,
        windows::CASES,
    ]
    .into_iter()
    .flatten()
}

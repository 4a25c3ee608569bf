//! What an operation addresses inside the device.

use std::net::IpAddr;

/// An addressed object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Object<'a> {
    /// Consecutive elements of a table, for instance `holding_register` 100, 10 of them.
    Range {
        table: &'static str,
        start: u32,
        count: u32,
    },
    /// One numbered thing, for instance `file_record` or `mei_object`.
    Id { kind: &'static str, id: u64 },
    /// A name: DNS name, tag, variable.
    Name(&'a str),
    /// One of several texts of a message that mean different things, for instance `path` and `user_agent`.
    Text { kind: &'static str, text: &'a str },
    /// An address that is itself the object: ARP target, DNS answer.
    Address(IpAddr),
}

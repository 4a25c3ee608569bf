//! Whether the first bytes of a flow are LDAP.
//!
//! On its ports an envelope with a message identifier and an operation that exists. On others a bind or a
//! search, whose first members have one form: some twelve octets that agree.

use super::codes;
use crate::dissect::ber::{self, Class, Tag, universal};
use crate::dissect::cursor::Cursor;
use crate::dissect::{Probe, ProbeInput, Role};
use crate::observation::Transport;

/// Looks at the first bytes of a flow.
pub(super) fn probe(input: &ProbeInput<'_>) -> Probe {
    let mut cursor = Cursor::new(input.bytes);
    let Some((number, mut contents)) = envelope(&mut cursor) else {
        let short = input.bytes.len() < 12 && input.bytes.first() == Some(&0x30);
        return if short && input.hinted && input.transport == Transport::Tcp {
            Probe::Incomplete
        } else {
            Probe::Unrecognised
        };
    };
    let server = codes::is_from_server(number);
    let role = Some(if server { Role::Server } else { Role::Client });
    if input.hinted || opens(number, &mut contents) {
        Probe::Recognised(input.sender.or(role))
    } else {
        Probe::Unrecognised
    }
}

/// Tag of the operation of a message, and the octets behind it.
pub(super) fn envelope<'a>(cursor: &mut Cursor<'a>) -> Option<(u32, Cursor<'a>)> {
    let outer = ber::read_tag(cursor).ok()?;
    ber::read_length(cursor).ok()?;
    let sequence = Tag::universal(universal::SEQUENCE).constructed();
    let id = ber::read(cursor).ok()?;
    let operation = ber::read_tag(cursor).ok()?;
    ber::read_length(cursor).ok()?;
    let fits = outer == sequence
        && id.tag == Tag::universal(universal::INTEGER)
        && (1..=4).contains(&id.octets().len())
        && operation.class == Class::Application
        && codes::operation(operation.number).name != "unknown";
    fits.then_some((operation.number, *cursor))
}

/// Whether an operation begins as a bind (version, name) or a search (base, scope, aliases) does.
fn opens(number: u32, cursor: &mut Cursor<'_>) -> bool {
    let mut next = || ber::read(cursor).ok();
    let is = |element: Option<ber::Element<'_>>, number, most| {
        let number = Tag::universal(number);
        element.is_some_and(|e| e.tag == number && e.unsigned().is_some_and(|v| v <= most))
    };
    match number {
        codes::tag::BIND => {
            let version = next();
            let name = next().map(|name| name.tag);
            is(version, universal::INTEGER, 3)
                && name == Some(Tag::universal(universal::OCTET_STRING))
        }
        codes::tag::SEARCH => {
            let base = next().map(|base| base.tag);
            let (scope, aliases) = (next(), next());
            base == Some(Tag::universal(universal::OCTET_STRING))
                && is(scope, universal::ENUMERATED, 3)
                && is(aliases, universal::ENUMERATED, 3)
        }
        _ => false,
    }
}

//! DCE/RPC over TCP: on port 135 and on ports that the endpoint mapper names.

use super::association::{Association, Carrier};
use super::pdu::{self, Header, kind};
use crate::dissect::cursor::Cursor;
use crate::dissect::registry::{Entry, Hint};
use crate::dissect::{Dissector, Emit, Input, Parsed, Probe, ProbeInput, Role};
use crate::observation::{Protocol, Transport};

pub(in crate::dissect) const ENTRY: Entry = Entry {
    protocol: Protocol::DceRpc,
    hints: &[Hint::Tcp(135), Hint::Tcp(593)],
    anywhere: &[Transport::Tcp],
    probe,
    create: || Box::<Stream>::default(),
};

/// Recognises a PDU by its header, of which 40 bits are fixed and the lengths must agree. On ports that
/// others use as well the whole PDU must be there, or be as long as a bind at least.
fn probe(input: &ProbeInput<'_>) -> Probe {
    let Ok(Some(header)) = Header::read(&mut Cursor::new(input.bytes)) else {
        let begins = matches!(input.bytes, [5] | [5, 0 | 1, ..]);
        return if begins && input.bytes.len() < pdu::HEADER {
            Probe::Incomplete
        } else {
            Probe::Unrecognised
        };
    };
    let sender = pdu::is_from_server(header.kind)
        .map(|server| if server { Role::Server } else { Role::Client });
    let exists = matches!(
        header.kind,
        kind::REQUEST | kind::RESPONSE | kind::FAULT | kind::BIND..=kind::ORPHANED
    );
    let smallest = header.length >= 24 || header.kind >= kind::BIND;
    if exists && smallest && header.is_possible() {
        Probe::Recognised(input.sender.or(sender))
    } else {
        Probe::Unrecognised
    }
}

/// One connection.
#[derive(Debug, Default)]
struct Stream {
    calls: Association,
    /// Where in a PDU the next byte is is not known, for each side.
    lost: [bool; 2],
}

impl Stream {
    fn lost(&mut self, sender: Role) -> &mut bool {
        let [client, server] = &mut self.lost;
        match sender {
            Role::Client => client,
            Role::Server => server,
        }
    }
}

impl Dissector for Stream {
    fn parse(&mut self, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
        let ends = input.last || input.cut;
        let all = input.bytes.len();
        if *self.lost(input.sender) {
            match search(input.bytes) {
                Some(0) => *self.lost(input.sender) = false,
                Some(at) => return Parsed::Consumed(at),
                None if ends || all >= pdu::HEADER => {
                    let kept = if ends {
                        0
                    } else {
                        pdu::HEADER.saturating_sub(1)
                    };
                    return Parsed::Consumed(all.saturating_sub(kept).max(1));
                }
                None => {
                    return Parsed::Incomplete { need: pdu::HEADER };
                }
            }
        }
        let need = match Header::read(&mut Cursor::new(input.bytes)) {
            Ok(Some(header)) => header.length,
            Ok(None) => return Parsed::NotThisProtocol,
            Err(_) => pdu::HEADER,
        };
        if all < need && !ends {
            return Parsed::Incomplete { need };
        }
        let carrier = Carrier {
            time: input.time,
            frame: input.frame,
            sender: input.sender,
            cut: input.cut,
        };
        let octets = input.bytes.get(..need).unwrap_or(input.bytes);
        self.calls.one(octets, &carrier, emit);
        Parsed::Consumed(octets.len())
    }

    fn held(&self) -> usize {
        self.calls.held()
    }

    /// Calls go on without what was bound: told by number, without their interface.
    fn shed(&mut self) {
        self.calls = Association::default();
    }

    fn gap(&mut self, sender: Role, _dropped: usize, _lost: u64) {
        *self.lost(sender) = true;
        self.calls.lost();
    }
}

/// Where the next PDU starts.
fn search(bytes: &[u8]) -> Option<usize> {
    bytes.windows(pdu::HEADER).position(pdu::begins)
}

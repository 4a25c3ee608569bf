//! BACnet over UDP (BACnet/IP and BACnet/IPv6): virtual link, network layer, application layer.
//!
//! Source: ASHRAE 135-2020, *BACnet — A Data Communication Protocol for Building Automation and
//! Control Networks*; annex J for BACnet/IP, annex U for BACnet/IPv6. Clauses are named in the files.
//!
//! # What comes out
//! One observation for each datagram: the APDU or network message in it, or the function of the virtual
//! link when it carries neither.
//!
//! - `operation.code` is the choice of a confirmed service; other numbers stand in the spaces of
//!   [`space`]. `operation.sub` is what a request asks for: the state of Reinitialize-Device, enable or
//!   disable of Device-Communication-Control, the life safety operation, the change of a program object,
//!   the service of a private transfer.
//! - `station` is the network behind a router in which the device is that is asked or that answers.
//! - `objects`: each object under the name of its type with its instance, each `property` and
//!   `array_index`; names and device instances that are looked for; `error_class` and `error_code` of
//!   errors, also of single properties; then the networks and addresses of a route, [`PDU_TYPE`],
//!   [`LINK_FUNCTION`] and the address of the device that a forwarded message came from. A response
//!   without objects of its own has the first of its request.
//! - `values`: the value of the one property, or the parameters as sent. Passwords, keys and what is
//!   typed at a virtual terminal are left out.
//! - `outcome` of a response: `Error` with the error code, or with a reason of a reject, an abort, the
//!   network layer or the virtual link above its base of [`errors`]. An acknowledgment of which
//!   every property failed is an error.
//! - `identity` from I-Am, I-Have, who-am-I and from properties of the device object that are read, of
//!   devices that are not behind a router or a broadcast management device.
//! - A segment that others follow is told as `segment`; the last one as the message.
//! - Bytes that are no message are reported under [`UNFRAMED`], code 0.
//!
//! # What departs from the standard
//! Functions, network messages, PDU types, services and object types that do not exist:
//! `reserved_code`. Lengths that do not fit: `truncated`, `bad_length`, `trailing_bytes`. Reserved bits,
//! missing parameters, tags that do not match: `bad_value`. Another version: `bad_version`. A response
//! of another service, form, object or property than its request: `mismatch`. One without a request:
//! `unsolicited`. A segment that does not follow: `out_of_sequence`.
//!
//! # Limits
//! See `pairing`, `segments`, `body`, `walk`, `text`. A request that was broadcast and its answer are on
//! different flows and not paired. Network security (clause 24) and Secure-BVLL are named and not
//! looked into; BACnet/SC is not seen. The parameters of a service are read as far as they name objects;
//! their types are not checked.

mod apdu;
mod body;
mod bvlc;
mod codes;
pub mod errors;
mod layout;
mod npdu;
mod objects;
mod observe;
mod observe_apdu;
mod observe_network;
mod observe_segment;
mod pairing;
mod probe;
mod segments;
mod tags;
#[cfg(test)]
mod tests;
mod text;
mod vendors;
mod walk;

pub use apdu::pdu;
pub use body::{ERROR_CLASS, ERROR_CODE};
pub use codes::space;
pub use observe::{DESTINATION_NETWORK, LINK_FUNCTION, LINK_FUNCTION_V6, PDU_TYPE, SOURCE_NETWORK};

use super::registry::{Entry, Hint};
use super::{Dissector, Emit, Input, Parsed, Role};
use crate::observation::{Protocol, Transport};
use crate::time::Timestamp;
use bvlc::Link;
use npdu::{Npdu, Payload};
use observe::Exchange;

pub(super) const ENTRY: Entry = Entry {
    protocol: Protocol::Bacnet,
    hints: &[Hint::Udp(47_808)],
    anywhere: &[Transport::Udp],
    probe: probe::probe,
    create: || Box::<Bacnet>::default(),
};

/// Operation name of a datagram that is none of the virtual link.
pub const UNFRAMED: &str = "unframed_bytes";

/// The datagrams between two ports.
#[derive(Debug, Default)]
pub(crate) struct Bacnet {
    exchange: Exchange,
    /// A message was seen: this is BACnet.
    spoken: bool,
}

impl Dissector for Bacnet {
    fn parse(&mut self, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
        if let Some(link) = Link::read(input.bytes, input.cut) {
            self.spoken = true;
            observe::datagram(&link, input, &mut self.exchange, emit);
        } else if self.spoken {
            observe::fragment(UNFRAMED, input, emit);
        } else {
            return Parsed::NotThisProtocol;
        }
        Parsed::Consumed(input.bytes.len())
    }

    fn held(&self) -> usize {
        self.exchange.segments.held()
    }

    fn shed(&mut self) {
        self.exchange.segments.reset();
    }

    fn gap(&mut self, _: Role, _: usize, _: u64) {
        self.exchange.segments.reset();
        self.exchange.pairing.requests_lost();
    }
    /// The tag is the invoke identifier.
    fn reopen(&mut self, message: &mut [u8], tag: u32, time: Timestamp, frame: u64) -> bool {
        /// Where it stands in a request without segments (20.1.2).
        const INVOKE: usize = 2;
        let Ok(tag) = u8::try_from(tag) else {
            return false;
        };
        let npdu = Link::read(message, false).and_then(|link| link.npdu);
        let Some(Payload::Apdu(apdu)) = npdu.map(|bytes| Npdu::read(bytes, false).payload) else {
            return false;
        };
        // The APDU is the end of the message.
        let start = message.len().saturating_sub(apdu.len());
        let Some(invoke) = message.get_mut(start.saturating_add(INVOKE)) else {
            return false;
        };
        *invoke = tag;
        let Some(link) = Link::read(message, false) else {
            return false;
        };
        let input = Input {
            time,
            frame,
            sender: Role::Client,
            transport: Transport::Udp,
            bytes: message,
            cut: false,
            last: false,
        };
        observe::datagram(&link, &input, &mut self.exchange, &mut |_| {});
        true
    }
}

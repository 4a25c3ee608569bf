//! The bytes of one frame: a step's template with everything that differs filled in.
//!
//! Every byte is written every time: the kernel uses the pages of sent frames again, and they come
//! back with what the last frame left in them.

use super::room::Room;
use super::{
    FLAG_NO_ACK, FLAG_SERVER, FLAG_TCP, FORM_LETTERS, FORM_LITTLE, Field, MAX_FIELDS, Plan, ROOM,
    SHORT, SOURCE_FLOW, Slot, Step,
};

/// Port numbers of clients begin here (dynamic ports, RFC 6335, 6) and go up to the last one.
const CLIENT_PORTS: u32 = 49152;
const CLIENT_PORT_MASK: u32 = 0x3fff;

/// Offsets in an Ethernet frame with IPv4 without options.
const DESTINATION_MAC: usize = 0;
const SOURCE_MAC: usize = 6;
const IDENTIFICATION: usize = 18;
const IP_CHECKSUM: usize = 24;
const SOURCE_IP: usize = 26;
const SOURCE_PORT: usize = 34;
const TCP_CHECKSUM: usize = 50;

/// One end of a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    pub ip: u32,
    pub port: u32,
    /// Initial sequence number.
    pub initial: u32,
}

/// Both ends of a TCP flow: client, server. Sixteen clients share the servers.
#[inline(always)]
pub fn ends(plan: &Plan, flow: u32) -> (End, End) {
    let pair = flow >> plan.port_bits;
    let within = flow & ((1 << plan.port_bits) - 1);
    let client = End {
        ip: 0x0a08_0001 + (pair & 15),
        port: CLIENT_PORTS + (((pair >> 4).wrapping_mul(37) + within) & CLIENT_PORT_MASK),
        initial: flow.wrapping_mul(0x9e37_79b1).wrapping_add(0x1000),
    };
    let server = End {
        ip: 0x0a10_0001 + ((pair >> 7) << 8) + (pair & 127),
        port: plan.server_port,
        initial: flow.wrapping_mul(0x85eb_ca77).wrapping_add(0x2000),
    };
    (client, server)
}

/// A locally administered address for a host.
#[inline(always)]
fn mac(host: u32) -> [u8; 6] {
    let [a, b, c, d] = host.to_be_bytes();
    [0x02, 0x00, a, b, c, d]
}

/// Writes the frame of `slot`; its length. `None` when the step is longer than the room.
#[inline(always)]
pub fn frame(room: &mut Room<'_>, plan: &Plan, step: &Step, slot: Slot) -> Option<u32> {
    if step.len as usize <= SHORT {
        room.fill::<SHORT>(&step.bytes)?;
    } else {
        room.fill::<ROOM>(&step.bytes)?;
    }
    let counting = fields(room, step, slot)?;
    if step.flags & FLAG_TCP == 0 {
        room.write(SOURCE_MAC, mac(0x0a10_0001 + slot.flow))?;
    } else {
        tcp(room, plan, step, slot, counting)?;
    }
    Some(step.len)
}

/// Fills in the counting fields; what they add to a checksum.
#[inline(always)]
fn fields(room: &mut Room<'_>, step: &Step, slot: Slot) -> Option<u32> {
    let mut sum = 0;
    let mut index = 0;
    while index < MAX_FIELDS {
        if index as u32 >= step.field_count {
            break;
        }
        let field = &step.fields[index];
        let bytes = value(field, slot);
        let at = usize::from(field.at);
        room.write(at, bytes)?;
        let word = u32::from(u16::from_be_bytes(bytes));
        // RFC 1071, 2(B): a word that begins at an odd place counts with its bytes swapped.
        sum += if at & 1 == 0 {
            word
        } else {
            u32::from(u16::from_le_bytes(bytes))
        };
        index += 1;
    }
    Some(sum)
}

/// The two bytes of a counting field.
#[inline(always)]
fn value(field: &Field, slot: Slot) -> [u8; 2] {
    let source = if field.source == SOURCE_FLOW {
        slot.flow
    } else {
        slot.round
    };
    let mut number = source.wrapping_mul(field.factor).wrapping_add(field.offset);
    if field.modulo != 0 {
        number %= field.modulo;
    }
    let word = (number >> (field.shift & 31)) as u16 & field.mask;
    match field.form {
        FORM_LITTLE => word.to_le_bytes(),
        FORM_LETTERS => [b'A' + (word >> 4 & 15) as u8, b'A' + (word & 15) as u8],
        _ => word.to_be_bytes(),
    }
}

#[inline(always)]
fn tcp(room: &mut Room<'_>, plan: &Plan, step: &Step, slot: Slot, counting: u32) -> Option<()> {
    let (client, server) = ends(plan, slot.flow);
    let sent_by_client = slot.round.wrapping_mul(plan.client_round);
    let sent_by_server = slot.round.wrapping_mul(plan.server_round);
    let from_server = step.flags & FLAG_SERVER != 0;
    let (from, to, before, acknowledged) = if from_server {
        (server, client, sent_by_server, sent_by_client)
    } else {
        (client, server, sent_by_client, sent_by_server)
    };
    let seq = from.initial.wrapping_add(before).wrapping_add(step.seq);
    let ack = if step.flags & FLAG_NO_ACK != 0 {
        0
    } else {
        to.initial.wrapping_add(acknowledged).wrapping_add(step.ack)
    };
    let identification = slot.round.wrapping_mul(plan.steps).wrapping_add(slot.step) as u16;
    let addresses = words(from.ip) + words(to.ip);
    let ip_sum = step.ip_sum + u32::from(identification) + addresses;
    let tcp_sum =
        step.tcp_sum + counting + addresses + from.port + to.port + words(seq) + words(ack);
    room.write(DESTINATION_MAC, mac(to.ip))?;
    room.write(SOURCE_MAC, mac(from.ip))?;
    room.write(IDENTIFICATION, identification.to_be_bytes())?;
    room.write(IP_CHECKSUM, folded(ip_sum).to_be_bytes())?;
    room.write(SOURCE_IP, pair(from.ip, to.ip))?;
    room.write(SOURCE_PORT, ((from.port << 16) | to.port).to_be_bytes())?;
    room.write(SOURCE_PORT + 4, pair(seq, ack))?;
    room.write(TCP_CHECKSUM, folded(tcp_sum).to_be_bytes())
}

#[inline(always)]
fn pair(first: u32, second: u32) -> [u8; 8] {
    ((u64::from(first) << 32) | u64::from(second)).to_be_bytes()
}

/// Sum of the two 16-bit words.
#[inline(always)]
const fn words(number: u32) -> u32 {
    (number >> 16) + (number & 0xffff)
}

/// The Internet checksum of a sum of 16-bit words (RFC 1071).
#[inline(always)]
pub const fn folded(sum: u32) -> u16 {
    !(words(words(sum)) as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flows_have_ends_of_their_own() {
        let plan = Plan {
            server_port: 502,
            port_bits: 3,
            ..Plan::default()
        };
        let mut seen = std::collections::BTreeSet::new();
        for flow in 0..40_000 {
            let (client, server) = ends(&plan, flow);
            assert!(seen.insert((client.ip, client.port, server.ip)), "{flow}");
            assert!((CLIENT_PORTS..65536).contains(&client.port));
            assert_ne!(server.ip & 0xff, 0);
        }
    }

    #[test]
    fn a_field_counts_in_the_form_asked_for() {
        let slot = Slot {
            flow: 0x12,
            round: 4001,
            step: 0,
        };
        let field = Field {
            factor: 1,
            mask: 0xffff,
            ..Field::default()
        };
        assert_eq!(value(&field, slot), [0x0f, 0xa1]);
        let modulo = Field {
            modulo: 4000,
            form: FORM_LITTLE,
            ..field
        };
        assert_eq!(value(&modulo, slot), [1, 0]);
        let letters = Field {
            source: SOURCE_FLOW,
            form: FORM_LETTERS,
            ..field
        };
        assert_eq!(value(&letters, slot), *b"BC");
    }

    #[test]
    fn sums_fold_as_often_as_they_must() {
        assert_eq!(folded(0x0001_ffff), !1);
        assert_eq!(folded(0xffff_ffff), !0xffff);
    }
}

//! Makes the steps of a conversation: a frame's headers, its sums, and the numbers of TCP.
//!
//! Data in: payloads in the order they are sent. Data out: [`Step`]s whose sequence and
//! acknowledgment numbers follow each other.

use sensor_ebpf::generator::{FLAG_NO_ACK, FLAG_SERVER, FLAG_TCP, Field, MAX_FIELDS, ROOM, Step};

use crate::frames::{ethernet, ipv4, tcp_flags};

/// Ethernet, IPv4 and TCP without options.
pub(super) const HEADERS: usize = 54;
/// Shortest Ethernet frame without its check sequence (IEEE 802.3, 4A.4.2).
const SHORTEST: usize = 60;

const SYN: u8 = 0x02;
const ACK: u8 = 0x10;
const PSH_ACK: u8 = 0x18;

/// What a flow sends, frame after frame.
#[derive(Clone, Debug, Default)]
pub(super) struct Conversation {
    pub(super) steps: Vec<Step>,
    /// Sequence number of the next byte of each side, less its initial one.
    pub(super) client: u32,
    pub(super) server: u32,
}

impl Conversation {
    /// Before the first frame.
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// The same connection after the frames so far.
    pub(super) fn goes_on(&self) -> Self {
        Self {
            steps: Vec::new(),
            ..*self
        }
    }

    /// SYN, SYN and ACK, ACK (RFC 9293, 3.5).
    pub(super) fn handshake(mut self) -> Self {
        self.segment(FLAG_NO_ACK, SYN, &[], &[]);
        self.client = 1;
        self.segment(FLAG_SERVER, SYN | ACK, &[], &[]);
        self.server = 1;
        self.segment(0, ACK, &[], &[]);
        self
    }

    /// The client sends a message; places of fields count from its first byte.
    pub(super) fn request(mut self, message: &[u8], fields: &[Field]) -> Self {
        self.segment(0, PSH_ACK, message, fields);
        self
    }

    /// The server sends one.
    pub(super) fn response(mut self, message: &[u8], fields: &[Field]) -> Self {
        self.segment(FLAG_SERVER, PSH_ACK, message, fields);
        self
    }

    /// A publisher sends a frame; places of fields count from the frame's first byte.
    pub(super) fn publish(mut self, frame: &[u8], fields: &[Field]) -> Self {
        self.steps.push(step(frame, fields, 0));
        self
    }

    fn segment(&mut self, flags: u32, tcp_flags: u8, message: &[u8], fields: &[Field]) {
        let len = u32::try_from(message.len()).expect("a message fits a frame");
        let (seq, ack) = if flags & FLAG_SERVER == 0 {
            let seq = self.client;
            self.client += len;
            (seq, self.server)
        } else {
            let seq = self.server;
            self.server += len;
            (seq, self.client)
        };
        self.steps
            .push(segment(flags, tcp_flags, [seq, ack], message, fields));
    }
}

fn segment(
    flags: u32,
    tcp_flags: u8,
    [seq, ack]: [u32; 2],
    message: &[u8],
    fields: &[Field],
) -> Step {
    let ip = blank_ip(20 + message.len());
    let tcp = blank_tcp(tcp_flags);
    let places: Vec<Field> = fields.iter().map(|field| field.moved(HEADERS)).collect();
    let frame = [ethernet(0x0800), ip.clone(), tcp.clone(), message.to_vec()].concat();
    let mut step = step(&frame, &places, FLAG_TCP | flags);
    let len = u32::try_from(20 + message.len()).expect("a message fits a frame");
    // RFC 9293, 3.1: the pseudo header holds addresses, which are added for each flow, protocol and
    // length.
    let blanked = zeroed(message, fields);
    step.ip_sum = sum(&ip);
    step.tcp_sum = sum(&tcp) + sum(&blanked) + 6 + len;
    step.seq = seq;
    step.ack = ack;
    step
}

/// A header whose identification, checksum and addresses are zero.
fn blank_ip(payload: usize) -> Vec<u8> {
    let mut header = ipv4([0; 4], [0; 4], 6, payload);
    header.splice(10..12, [0, 0]);
    header
}

/// A header whose ports, numbers and checksum are zero.
fn blank_tcp(flags: u8) -> Vec<u8> {
    let mut header = tcp_flags(0, 0, flags);
    header.splice(4..12, [0; 8]);
    header
}

fn step(frame: &[u8], fields: &[Field], flags: u32) -> Step {
    assert!(frame.len() <= ROOM, "{} bytes are no step", frame.len());
    assert!(fields.len() <= MAX_FIELDS, "{} fields", fields.len());
    let mut step = Step {
        len: u32::try_from(frame.len().max(SHORTEST)).expect("a short frame"),
        flags,
        seq: 0,
        ack: 0,
        ip_sum: 0,
        tcp_sum: 0,
        field_count: u32::try_from(fields.len()).expect("few fields"),
        reserved: 0,
        fields: [Field::default(); MAX_FIELDS],
        bytes: [0; ROOM],
    };
    step.fields[..fields.len()].copy_from_slice(fields);
    step.bytes[..frame.len()].copy_from_slice(frame);
    step
}

/// The message with the places of its fields zero.
fn zeroed(message: &[u8], fields: &[Field]) -> Vec<u8> {
    let mut bytes = message.to_vec();
    for field in fields {
        let at = usize::from(field.at);
        bytes[at..at + 2].fill(0);
    }
    bytes
}

/// Sum of the 16-bit words; an odd byte at the end is the high half of one.
fn sum(bytes: &[u8]) -> u32 {
    bytes
        .chunks(2)
        .map(|word| match *word {
            [high, low] => u32::from(u16::from_be_bytes([high, low])),
            [high] => u32::from(high) << 8,
            _ => 0,
        })
        .sum()
}

/// Two bytes at `at` that are the round times `factor` plus `offset`.
pub(super) fn counter(at: usize, factor: u32, offset: u32) -> Field {
    Field {
        at: u16::try_from(at).expect("a place in a frame"),
        factor,
        offset,
        mask: u16::MAX,
        ..Field::default()
    }
}

/// Short ways to change a field.
pub(super) trait FieldExt {
    /// The same field `by` bytes later.
    fn moved(&self, by: usize) -> Field;
    /// Of the flow's number instead of the round.
    fn of_flow(self) -> Field;
    /// The half above the lowest sixteen bits.
    fn high(self) -> Field;
}

impl FieldExt for Field {
    fn moved(&self, by: usize) -> Field {
        let at = usize::from(self.at) + by;
        Field {
            at: u16::try_from(at).expect("a place in a frame"),
            ..*self
        }
    }

    fn of_flow(self) -> Field {
        Field {
            source: sensor_ebpf::generator::SOURCE_FLOW,
            ..self
        }
    }

    fn high(self) -> Field {
        Field { shift: 16, ..self }
    }
}

//! SSH: identification, key exchange proposals, and nothing behind the new keys.
//!
//! Sources: RFC 4253, 4.2 (identification), 6 (binary packets), 7.1 (proposals); RFC 9142 and RFC 8758 for
//! what is weak.
//!
//! # What comes out
//! - The identification of each side: code [`IDENTIFICATION`], text `banner`; the program as identity
//!   (`software`, and `os` where it names one). A server may send other lines before it; they are passed.
//! - Each packet in clear: `operation.code` is its message number. The proposal (`kexinit`) has the first choice
//!   of `kex`, `host_key`, `cipher` and `mac`, and every weak algorithm among its offers as `weak_offered`.
//!
//! # What departs from the standard
//! Versions other than 2.0, 1.99 and 1.5: `bad_version`. Lengths and paddings that cannot be: `bad_length`.
//! Message numbers that RFC 4250 reserves: `reserved_code`.
//!
//! # Limits
//! See `limits/ssh.rs`. After new keys, after a loss in clear packets and with version 1 octets are passed unseen.

mod weak;

use smallvec::SmallVec;

use super::cursor::{Cursor, Short};
use super::registry::{Entry, Hint};
use super::text::{line, long_line, printable, system};
use super::{Dissector, Emit, Input, MessageFacts, Parsed, Probe, ProbeInput, Role};
use crate::limits;
use crate::observation::{
    Anomaly, AnomalySet, Direction, Identity, Object, Operation, OperationClass, Protocol,
    Transport,
};

pub(super) const ENTRY: Entry = Entry {
    protocol: Protocol::Ssh,
    hints: &[Hint::Tcp(22)],
    anywhere: &[Transport::Tcp],
    probe,
    create: || Box::<Ssh>::default(),
};

/// Operation code of an identification; message numbers are below.
pub const IDENTIFICATION: u32 = 0x100;

/// Operation name of an identification or a packet that its connection did not finish.
pub const INCOMPLETE: &str = "incomplete_message";

/// Operation name of octets that are no packet.
pub const UNFRAMED: &str = "unframed_bytes";

const START: &[u8] = b"SSH-";

/// Message numbers (RFC 4250, 4.1.2) that come in clear.
const KEXINIT: u8 = 20;
const NEWKEYS: u8 = 21;

/// Octets of a packet that every implementation must take (RFC 4253, 6.1).
const PACKET: usize = 35_000;

const NUMBERS: &[(u16, &str)] = &[
    (1, "disconnect"),
    (2, "ignore"),
    (3, "unimplemented"),
    (4, "debug"),
    (5, "service_request"),
    (6, "service_accept"),
    (7, "ext_info"),
    (8, "newcompress"),
    (20, "kexinit"),
    (21, "newkeys"),
    (30, "kex_30"),
    (31, "kex_31"),
    (32, "kex_32"),
    (33, "kex_33"),
    (34, "kex_34"),
];

/// An identification at the start of a line; on the usual port a server may send other lines first.
fn probe(input: &ProbeInput<'_>) -> Probe {
    if input.bytes.starts_with(START) {
        return Probe::Recognised(None);
    }
    if START.starts_with(input.bytes) {
        return Probe::Incomplete;
    }
    let in_text = input.hinted && printable(input.bytes, limits::PROBE_BYTES).kept.len() > 2;
    if !in_text {
        Probe::Unrecognised
    } else if memchr::memmem::find(input.bytes, b"\nSSH-").is_some() {
        Probe::Recognised(Some(Role::Server))
    } else {
        Probe::Incomplete
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Phase {
    #[default]
    Identification,
    Packets,
    /// Encrypted, or lost.
    Passed,
}

#[derive(Debug, Default)]
struct Side {
    phase: Phase,
    /// Octets of a line that were searched for its end.
    searched: usize,
}

/// One connection.
#[derive(Debug, Default)]
struct Ssh {
    client: Side,
    server: Side,
}

impl Ssh {
    const fn side(&mut self, role: Role) -> &mut Side {
        match role {
            Role::Client => &mut self.client,
            Role::Server => &mut self.server,
        }
    }

    fn identification(&mut self, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
        let side = self.side(input.sender);
        if let Some((text, size)) = line(input.bytes, side.searched) {
            side.searched = 0;
            if text.starts_with(START) {
                side.phase = identified(text, size, AnomalySet::EMPTY, input.sender, emit);
            }
            return Parsed::Consumed(size);
        }
        if input.bytes.len() > limits::SSH_LINE_BYTES {
            side.phase = Phase::Passed;
            if input.bytes.starts_with(START) {
                let odd = AnomalySet::of(Anomaly::LimitReached);
                identified(input.bytes, input.bytes.len(), odd, input.sender, emit);
            }
            return Parsed::Consumed(input.bytes.len());
        }
        side.searched = input.bytes.len();
        unfinished(input.bytes.len().saturating_add(1), input, emit)
    }

    /// A packet in clear (RFC 4253, 6): length, length of padding, payload, padding.
    fn packet(&mut self, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
        let mut cursor = Cursor::new(input.bytes);
        let Ok(length) = cursor.u32_be() else {
            return unfinished(4, input, emit);
        };
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if !(5..=PACKET).contains(&length) {
            self.side(input.sender).phase = Phase::Passed;
            let operation = operation(0, UNFRAMED, OperationClass::Unknown);
            tell(
                operation,
                input,
                4,
                AnomalySet::of(Anomaly::BadLength),
                &[],
                emit,
            );
            return Parsed::Consumed(4);
        }
        let size = length.saturating_add(4);
        let Ok(mut body) = cursor.sub(length) else {
            return unfinished(size, input, emit);
        };
        let mut odd = AnomalySet::EMPTY;
        let padding = body.u8().map_or(0, usize::from);
        let payload = length.saturating_sub(padding.saturating_add(1));
        if padding < 4 || payload == 0 {
            odd.insert(Anomaly::BadLength);
        }
        let payload = body.take(payload).unwrap_or_default();
        let number = payload.first().copied().unwrap_or(0);
        if number == NEWKEYS {
            self.side(input.sender).phase = Phase::Passed;
        }
        message(number, payload, odd, size, input, emit);
        Parsed::Consumed(size)
    }
}

/// Reports an identification (RFC 4253, 4.2); answers what comes next.
fn identified(
    text: &[u8],
    size: usize,
    mut odd: AnomalySet,
    sender: Role,
    emit: &mut Emit<'_>,
) -> Phase {
    let banner = printable(text, limits::SSH_BANNER_BYTES);
    if banner.odd {
        odd.insert(Anomaly::BadValue);
    }
    if banner.cut {
        odd.insert(Anomaly::LimitReached);
    }
    let mut parts = banner.kept.splitn(3, '-').skip(1);
    let version = parts.next().unwrap_or_default();
    let program = parts.next().unwrap_or_default();
    if !matches!(version, "2.0" | "1.99" | "1.5") {
        odd.insert(Anomaly::BadVersion);
    }
    let mut objects: SmallVec<[Object<'_>; 2]> = SmallVec::new();
    objects.push(Object::Text {
        kind: "banner",
        text: banner.kept,
    });
    if version.starts_with("1.") {
        objects.push(Object::Text {
            kind: "weak_offered",
            text: "protocol version 1",
        });
    }
    objects.extend(long_line(size));
    let operation = operation(IDENTIFICATION, "identification", OperationClass::Session);
    let mut facts = MessageFacts::new(Protocol::Ssh, direction(sender), operation);
    facts.objects = &objects;
    facts.anomalies = odd;
    facts.size = size;
    if !program.is_empty() {
        facts.identity = Identity {
            software: Some(program),
            os: system(program),
            ..Identity::NONE
        };
    }
    emit(&facts);
    // Packets of version 1 are others.
    match version {
        "2.0" | "1.99" => Phase::Packets,
        _ => Phase::Passed,
    }
}

const fn direction(sender: Role) -> Direction {
    match sender {
        Role::Client => Direction::Request,
        Role::Server => Direction::Response,
    }
}

const fn operation(code: u32, name: &'static str, class: OperationClass) -> Operation {
    Operation {
        code,
        sub: None,
        name,
        class,
    }
}

fn message(
    number: u8,
    payload: &[u8],
    mut odd: AnomalySet,
    size: usize,
    input: &Input<'_>,
    emit: &mut Emit<'_>,
) {
    let name = super::tables::name_of(NUMBERS, u16::from(number));
    if name.is_none() {
        odd.insert(Anomaly::ReservedCode);
    }
    let mut objects: SmallVec<[Object<'_>; 12]> = SmallVec::new();
    if number == KEXINIT && proposal(payload, &mut objects, &mut odd).is_err() {
        odd.insert(Anomaly::BadLength);
    }
    let name = name.unwrap_or("unknown");
    let operation = operation(u32::from(number), name, OperationClass::Session);
    tell(operation, input, size, odd, &objects, emit);
}

/// The name lists of a proposal (RFC 4253, 7.1).
fn proposal<'a>(
    payload: &'a [u8],
    objects: &mut SmallVec<[Object<'a>; 12]>,
    odd: &mut AnomalySet,
) -> Result<(), Short> {
    /// The lists that are read; those of the server's direction are the same but for rare cases, and
    /// compression and languages say nothing.
    const LISTS: [Option<&str>; 10] = [
        Some("kex"),
        Some("host_key"),
        Some("cipher"),
        None,
        Some("mac"),
        None,
        None,
        None,
        None,
        None,
    ];
    let mut cursor = Cursor::new(payload);
    cursor.skip(17)?; // number and cookie
    let mut weak: SmallVec<[&str; 16]> = SmallVec::new();
    for (at, kind) in LISTS.iter().enumerate() {
        let length = usize::try_from(cursor.u32_be()?).unwrap_or(usize::MAX);
        let list = printable(cursor.take(length)?, limits::SSH_LIST_BYTES);
        if list.cut {
            odd.insert(Anomaly::LimitReached);
        }
        let mut names = list.kept.split(',').filter(|name| !name.is_empty());
        if let (Some(kind), Some(text)) = (kind, names.clone().next()) {
            objects.push(Object::Text { kind, text });
        }
        // Compression "none" is no weakness.
        let judged = at < 6;
        let bad = names
            .by_ref()
            .filter(|name| judged && weak::WEAK.contains(name));
        for name in bad {
            if weak.len() < limits::SSH_WEAK && !weak.contains(&name) {
                weak.push(name);
            }
        }
    }
    cursor.skip(5)?; // guess and reserved
    let kind = "weak_offered";
    objects.extend(weak.iter().map(|text| Object::Text { kind, text }));
    Ok(())
}

fn tell(
    operation: Operation,
    input: &Input<'_>,
    size: usize,
    odd: AnomalySet,
    objects: &[Object<'_>],
    emit: &mut Emit<'_>,
) {
    let mut long: SmallVec<[Object<'_>; 16]> = SmallVec::new();
    let mut facts = MessageFacts::new(Protocol::Ssh, direction(input.sender), operation);
    facts.objects = if let Some(length) = long_line(size) {
        long.extend_from_slice(objects);
        long.push(length);
        &long
    } else {
        objects
    };
    facts.anomalies = odd;
    facts.size = size;
    emit(&facts);
}

fn unfinished(need: usize, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
    if !input.last && !input.cut {
        return Parsed::Incomplete { need };
    }
    if input.last {
        let operation = operation(0, INCOMPLETE, OperationClass::Unknown);
        let odd = AnomalySet::of(Anomaly::Truncated);
        tell(operation, input, input.bytes.len(), odd, &[], emit);
    }
    Parsed::Consumed(input.bytes.len())
}

impl Dissector for Ssh {
    fn parse(&mut self, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
        match self.side(input.sender).phase {
            Phase::Identification => self.identification(input, emit),
            Phase::Packets => self.packet(input, emit),
            Phase::Passed => Parsed::Consumed(input.bytes.len()),
        }
    }

    /// Without a boundary nothing tells clear octets from encrypted ones.
    fn gap(&mut self, sender: Role, dropped: usize, lost: u64) {
        if dropped > 0 || lost > 0 {
            self.side(sender).phase = Phase::Passed;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dissect::harness::{
        Talk, damage_is_survived, lines, splits_do_not_matter, truncation_invents_nothing,
    };

    const CLIENT: Role = Role::Client;
    const SERVER: Role = Role::Server;

    /// A packet with padding of four octets.
    fn packet(payload: &[u8]) -> Vec<u8> {
        let length = u32::try_from(payload.len() + 5).unwrap().to_be_bytes();
        [length.as_slice(), &[4], payload, &[0; 4]].concat()
    }

    fn kexinit(lists: [&str; 10]) -> Vec<u8> {
        let mut payload = vec![KEXINIT];
        payload.extend([7; 16]);
        for list in lists {
            payload.extend(u32::try_from(list.len()).unwrap().to_be_bytes());
            payload.extend(list.as_bytes());
        }
        payload.extend([0; 5]);
        packet(&payload)
    }

    /// Identifications of `zeek_ssh_single.pcap`, a proposal after its own.
    fn script() -> Vec<(Role, Vec<u8>)> {
        let lists = [
            "diffie-hellman-group-exchange-sha1,diffie-hellman-group1-sha1",
            "ssh-rsa,ssh-dss",
            "aes128-cbc,3des-cbc,aes256-ctr",
            "aes128-cbc,3des-cbc,aes256-ctr",
            "hmac-md5,hmac-sha1",
            "hmac-md5,hmac-sha1",
            "none,zlib",
            "none,zlib",
            "",
            "",
        ];
        vec![
            (SERVER, b"welcome\r\nSSH-1.99-OpenSSH_3.9p1\n".to_vec()),
            (CLIENT, b"SSH-2.0-OpenSSH_6.7p1 Debian-3\r\n".to_vec()),
            (CLIENT, kexinit(lists)),
            (CLIENT, packet(&[30, 1, 2, 3])),
            (CLIENT, packet(&[NEWKEYS])),
            (CLIENT, vec![0xaa; 100]),
        ]
    }

    fn borrowed(script: &[(Role, Vec<u8>)]) -> Vec<(Role, &[u8])> {
        script
            .iter()
            .map(|(role, bytes)| (*role, bytes.as_slice()))
            .collect()
    }

    #[test]
    fn banners_proposals_and_nothing_behind_new_keys() {
        assert_eq!(
            lines(ENTRY.create, &borrowed(&script())),
            [
                "Response identification Session banner=\"SSH-1.99-OpenSSH_3.9p1\" \
                 weak_offered=\"protocol version 1\" [software OpenSSH_3.9p1]",
                "Request identification Session banner=\"SSH-2.0-OpenSSH_6.7p1 Debian-3\" \
                 [software OpenSSH_6.7p1 Debian-3] [os Debian-3]",
                "Request kexinit Session kex=\"diffie-hellman-group-exchange-sha1\" host_key=\"ssh-rsa\" \
                 cipher=\"aes128-cbc\" mac=\"hmac-md5\" \
                 weak_offered=\"diffie-hellman-group-exchange-sha1\" \
                 weak_offered=\"diffie-hellman-group1-sha1\" weak_offered=\"ssh-rsa\" \
                 weak_offered=\"ssh-dss\" weak_offered=\"aes128-cbc\" weak_offered=\"3des-cbc\" \
                 weak_offered=\"hmac-md5\"",
                "Request kex_30 Session",
                "Request newkeys Session",
            ]
        );
    }

    #[test]
    fn cuts_truncation_and_damage() {
        let script = script();
        let script = borrowed(&script);
        splits_do_not_matter(ENTRY.create, &script);
        truncation_invents_nothing(ENTRY.create, &script);
        damage_is_survived(ENTRY.create, &script);
    }

    #[test]
    fn what_departs_is_flagged() {
        let one = |bytes: &[u8]| lines(ENTRY.create, &[(SERVER, bytes)]).join("|");
        assert!(one(b"SSH-9.0-x\r\n").contains("!bad_version"));
        assert!(one(b"SSH-2.0-\x01\r\n").contains("!bad_value"));
        assert!(
            one(b"SSH-2.0-x\r\n\xff\xff\xff\xff").ends_with("unframed_bytes Unknown !bad_length")
        );
        assert!(one(b"SSH-2.0-x\r\n\0\0\0\x06\x01\x63\0\0\0\0").contains("!bad_length"));
        let mut long = b"SSH-2.0-".to_vec();
        long.resize(limits::SSH_LINE_BYTES + 1, b'x');
        assert!(one(&long).ends_with("!limit_reached"));
    }

    #[test]
    fn after_a_loss_octets_are_passed() {
        let mut talk = Talk::new(ENTRY.create);
        talk.say(CLIENT, b"SSH-2.0-x\r\n\0\0");
        talk.gap(CLIENT, 10);
        talk.say(CLIENT, &[1; 5000]);
        assert_eq!((talk.seen.len(), talk.waiting(CLIENT)), (1, 0));
    }

    #[test]
    fn content_decides_on_any_port() {
        let probed = |bytes, hinted| {
            (ENTRY.probe)(&ProbeInput {
                bytes,
                transport: Transport::Tcp,
                hinted,
                sender: None,
            })
        };
        assert_eq!(
            probed(b"SSH-2.0-x".as_slice(), false),
            Probe::Recognised(None)
        );
        assert_eq!(probed(b"SS", false), Probe::Incomplete);
        assert_eq!(probed(b"hello\r\n", false), Probe::Unrecognised);
        assert_eq!(probed(b"hello\r\n", true), Probe::Incomplete);
        let later = probed(b"hello\r\nSSH-2.0-x", true);
        assert_eq!(later, Probe::Recognised(Some(SERVER)));
    }
}

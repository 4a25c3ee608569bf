//! Messages by hand: truncation at every length, compression, several questions, pairing.

use super::*;
use crate::observation::Object;

/// What a test looks at in the facts of a message.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    direction: Direction,
    operation: (u32, Option<u32>, &'static str),
    objects: Vec<String>,
    outcome: Outcome,
    anomalies: AnomalySet,
    answers: Option<u64>,
    size: usize,
}

fn input(bytes: &[u8], transport: Transport, sender: Role) -> Input<'_> {
    Input {
        time: Timestamp::ZERO,
        frame: 1,
        sender,
        transport,
        bytes,
        cut: false,
        last: false,
    }
}

fn parse(dissector: &mut DnsDissector, input: &Input<'_>) -> (Parsed, Vec<Seen>) {
    let mut all = Vec::new();
    let parsed = dissector.parse(input, &mut |facts| {
        all.push(Seen {
            direction: facts.direction,
            operation: (
                facts.operation.code,
                facts.operation.sub,
                facts.operation.name,
            ),
            objects: facts.objects.iter().map(|o| format!("{o:?}")).collect(),
            outcome: facts.outcome,
            anomalies: facts.anomalies,
            answers: facts.request.map(|r| r.frame),
            size: facts.size,
        });
    });
    (parsed, all)
}

/// The one message of a datagram.
fn datagram(bytes: &[u8]) -> Seen {
    let mut dissector = DnsDissector::new(Protocol::Dns);
    let input = input(bytes, Transport::Udp, Role::Client);
    let (parsed, mut all) = parse(&mut dissector, &input);
    assert_eq!(parsed, Parsed::Consumed(bytes.len()));
    assert_eq!(all.len(), 1);
    all.remove(0)
}

/// Header with the given flags and counts of questions and answers.
fn header(flags: u16, questions: u8, answers: u8) -> Vec<u8> {
    let mut bytes = vec![0xab, 0xcd];
    bytes.extend(flags.to_be_bytes());
    bytes.extend([0, questions, 0, answers, 0, 0, 0, 0]);
    bytes
}

fn name(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for label in text.split('.') {
        bytes.push(u8::try_from(label.len()).unwrap());
        bytes.extend(label.bytes());
    }
    bytes.push(0);
    bytes
}

/// A response with a compressed name, an A and an AAAA record and a text record between them.
fn response() -> Vec<u8> {
    let mut bytes = header(0x8180, 1, 3);
    bytes.extend(name("plc7.cell.example"));
    bytes.extend([0, 1, 0, 1]);
    bytes.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 10, 0, 0, 7]);
    bytes.extend([0xc0, 17, 0, 16, 0, 1, 0, 0, 0, 9, 0, 3, 2, b'h', b'i']);
    bytes.extend([0xc0, 12, 0, 28, 0, 1, 0, 0, 0, 9, 0, 16]);
    bytes.extend([0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7]);
    bytes
}

#[test]
fn a_response_gives_its_name_and_addresses() {
    let bytes = response();
    let seen = datagram(&bytes);
    assert_eq!(seen.direction, Direction::Response);
    assert_eq!(seen.operation, (0, Some(1), "query"));
    assert_eq!(
        seen.objects,
        [
            r#"Name("plc7.cell.example")"#,
            "Address(10.0.0.7)",
            "Address(fe80::7)"
        ]
    );
    assert_eq!(seen.outcome, Outcome::Ok);
    assert!(seen.anomalies.is_empty());
    assert_eq!(seen.size, bytes.len());
}

#[test]
fn every_truncation_is_reported_and_nothing_else() {
    let whole = response();
    for len in 1..whole.len() {
        let seen = datagram(&whole[..len]);
        assert_eq!(
            seen.anomalies,
            AnomalySet::of(Anomaly::Truncated),
            "at {len}"
        );
    }
}

#[test]
fn what_the_capture_cut_off_is_not_the_senders_fault() {
    let whole = response();
    for len in 1..whole.len() {
        let mut input = input(&whole[..len], Transport::Udp, Role::Server);
        input.cut = true;
        let (_, all) = parse(&mut DnsDissector::new(Protocol::Dns), &input);
        assert!(all[0].anomalies.is_empty(), "at {len}");
    }
}

#[test]
fn over_tcp_a_message_waits_for_its_length() {
    let message = response();
    let mut stream = u16::try_from(message.len()).unwrap().to_be_bytes().to_vec();
    stream.extend(&message);
    let size = stream.len();
    stream.extend(&stream.clone());
    let mut dissector = DnsDissector::new(Protocol::Dns);
    for len in 1..size {
        let input = input(&stream[..len], Transport::Tcp, Role::Server);
        let need = if len < 2 { 2 } else { size };
        assert_eq!(
            parse(&mut dissector, &input),
            (Parsed::Incomplete { need }, vec![])
        );
    }
    let input = input(&stream, Transport::Tcp, Role::Server);
    let (parsed, all) = parse(&mut dissector, &input);
    assert_eq!(parsed, Parsed::Consumed(size));
    assert_eq!((all.len(), all[0].size), (1, size));
}

#[test]
fn a_stream_that_ends_within_a_message_is_truncated() {
    let mut dissector = DnsDissector::new(Protocol::Dns);
    let bytes = [&[0, 200][..], &response()[..40]].concat();
    let mut input = input(&bytes, Transport::Tcp, Role::Server);
    input.last = true;
    let (parsed, all) = parse(&mut dissector, &input);
    assert_eq!(parsed, Parsed::Consumed(42));
    assert_eq!(all[0].anomalies, AnomalySet::of(Anomaly::Truncated));
}

#[test]
fn several_questions_come_with_their_types() {
    let mut bytes = header(0, 2, 0);
    bytes.extend(name("_ipp._tcp.local"));
    bytes.extend([0, 12, 0, 1]);
    bytes.extend([4, b'h', b'o', b's', b't', 0xc0, 22]);
    bytes.extend([0, 28, 0, 1]);
    let seen = datagram(&bytes);
    assert_eq!(
        seen.objects,
        [
            r#"Name("_ipp._tcp.local")"#,
            r#"Id { kind: "query_type", id: 12 }"#,
            r#"Name("host.local")"#,
            r#"Id { kind: "query_type", id: 28 }"#,
        ]
    );
}

#[test]
fn as_many_questions_as_are_decoded_hide_no_answers() {
    for (questions, addresses, limited) in [(32, 1, false), (33, 0, true)] {
        let mut bytes = header(0x8180, questions, 1);
        bytes.extend([0, 0, 1, 0, 1].repeat(usize::from(questions)));
        bytes.extend([0, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 10, 0, 0, 7]);
        let seen = datagram(&bytes);
        assert_eq!(seen.anomalies.contains(Anomaly::LimitReached), limited);
        let found = seen.objects.iter().filter(|o| o.starts_with("Address"));
        assert_eq!(found.count(), addresses, "{questions}");
    }
}

#[test]
fn pointers_that_loop_or_point_ahead_end_the_name() {
    for target in [12_u8, 30, 200] {
        let mut bytes = header(0, 1, 0);
        bytes.extend([3, b'a', b'b', b'c', 0xc0, target, 0, 1, 0, 1, 0, 0, 0, 0]);
        bytes.extend([0; 8]);
        let seen = datagram(&bytes);
        // Offset 12 is the start of the same name.
        assert_eq!(
            seen.anomalies,
            AnomalySet::of(Anomaly::BadPointer),
            "{target}"
        );
        assert_eq!(seen.objects[..], [] as [&str; 0], "no type was read");
    }
    let mut two = header(0, 2, 0);
    two.extend([0xc0, 14, 0xc0, 12]);
    assert!(datagram(&two).anomalies.contains(Anomaly::BadPointer));
}

#[test]
fn labels_and_names_keep_to_their_limits() {
    let mut reserved = header(0, 1, 0);
    reserved.extend([0x41, b'x', 0, 0, 1, 0, 1]);
    assert!(datagram(&reserved).anomalies.contains(Anomaly::BadValue));
    let mut long = header(0, 1, 0);
    long.extend([63; 64].repeat(5));
    long.extend([0, 0, 1, 0, 1]);
    assert!(datagram(&long).anomalies.contains(Anomaly::BadValue));
    let mut longest = header(0, 1, 0);
    longest.extend([1, b'a'].repeat(127));
    longest.extend([0, 0, 1, 0, 1]);
    let seen = datagram(&longest);
    assert!(seen.anomalies.is_empty());
    assert_eq!(seen.objects[0].len(), "Name(\"\")".len() + 253);
}

#[test]
fn bytes_that_do_not_print_are_escaped() {
    let mut bytes = header(0, 1, 0);
    bytes.extend([5, b'a', b'.', b'\\', 7, 0xff, 0, 0, 1, 0, 1]);
    let seen = datagram(&bytes);
    let expected = format!("{:?}", Object::Name(r"a\.\\\007\255"));
    assert_eq!(seen.objects, [expected]);
    let mut root = header(0, 1, 0);
    root.extend([0, 0, 2, 0, 1]);
    assert_eq!(datagram(&root).objects, [r#"Name(".")"#]);
}

#[test]
fn refusals_and_unknown_codes_keep_their_numbers() {
    let mut bytes = header(0x8183, 1, 0);
    bytes.extend(name("no.such"));
    bytes.extend([0, 1, 0, 1]);
    let seen = datagram(&bytes);
    let expected = Outcome::Error {
        code: 3,
        name: "name_error",
    };
    assert_eq!(seen.outcome, expected);
    let odd = datagram(&header(0x780f, 0, 0));
    assert_eq!(odd.operation, (15, None, "unknown"));
}

#[test]
fn address_records_of_the_wrong_length_are_reported() {
    let mut bytes = header(0x8180, 0, 1);
    bytes.extend([0, 0, 1, 0, 1, 0, 0, 0, 9, 0, 5, 1, 2, 3, 4, 5]);
    assert!(datagram(&bytes).anomalies.contains(Anomaly::BadLength));
}

#[test]
fn responses_find_their_queries() {
    let mut dissector = DnsDissector::new(Protocol::Dns);
    let mut query = response();
    query[2] = 1;
    query[7] = 0;
    query.truncate(35);
    parse(&mut dissector, &input(&query, Transport::Udp, Role::Client));
    let mut forged = response();
    forged[0] = 0;
    let (_, all) = parse(
        &mut dissector,
        &input(&forged, Transport::Udp, Role::Server),
    );
    assert!(all[0].anomalies.contains(Anomaly::Unsolicited));
    let answer = response();
    let (_, all) = parse(
        &mut dissector,
        &input(&answer, Transport::Udp, Role::Server),
    );
    assert_eq!(all[0].answers, Some(1));
    assert!(all[0].anomalies.is_empty());
    // With no query open a response is only unexpected, as in multicast DNS.
    let (_, all) = parse(
        &mut dissector,
        &input(&answer, Transport::Udp, Role::Server),
    );
    assert_eq!((all[0].answers, all[0].anomalies.is_empty()), (None, true));
}

#[test]
fn the_probe_tells_dns_from_other_bytes() {
    let ask = |bytes, transport| {
        probe(&ProbeInput {
            bytes,
            transport,
            hinted: true,
            sender: None,
        })
    };
    let message = response();
    assert_eq!(
        ask(&message, Transport::Udp),
        Probe::Recognised(Some(Role::Server))
    );
    assert_eq!(
        ask(b"GET / HTTP/1.1\r\n\r\n", Transport::Udp),
        Probe::Unrecognised
    );
    assert_eq!(ask(&[0], Transport::Tcp), Probe::Incomplete);
    assert_eq!(
        ask(
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03ABC",
            Transport::Tcp
        ),
        Probe::Unrecognised
    );
}

proptest::proptest! {
    #[test]
    fn survives_any_bytes(bytes in proptest::collection::vec(proptest::num::u8::ANY, 1..300)) {
        datagram(&bytes);
        // Random bodies behind a good header reach further.
        let mut message = header(0x8180, bytes[0] % 8, bytes[0] / 8);
        message.extend(&bytes);
        datagram(&message);
    }
}

#[test]
fn multicast_dns_names_its_sender() {
    let mut bytes = header(0x8400, 0, 1);
    bytes.extend(name("plc-7.local"));
    bytes.extend([0, 1, 0x80, 1, 0, 0, 0, 120, 0, 4, 10, 0, 0, 7]);
    for (protocol, hostname) in [(Protocol::Mdns, Some("plc-7")), (Protocol::Dns, None)] {
        let mut told = Vec::new();
        let input = input(&bytes, Transport::Udp, Role::Server);
        DnsDissector::new(protocol).parse(&input, &mut |facts| {
            assert_eq!(facts.protocol, protocol);
            told.push((
                facts.identity.hostname.map(str::to_owned),
                facts.objects.len(),
            ));
        });
        let objects = if hostname.is_some() { 2 } else { 1 };
        assert_eq!(told, [(hostname.map(str::to_owned), objects)]);
    }
}

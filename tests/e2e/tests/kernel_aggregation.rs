//! The kernel program counts what is granted and hands up everything else: crafted conversations,
//! one run for each frame, without an interface.

use anyhow::{Context, Result, ensure};
use sensor_common::counter::Counter;
use sensor_common::flow::FlowStats;
use sensor_common::operation::{
    Aggregated, KIND_ACKNOWLEDGMENT, KIND_REQUEST, KIND_RESPONSE, OperationKey,
};
use sensor_common::record::{
    RECORD_INSPECT, RECORD_OPEN, RECORD_OWN_SEQUENCE, RECORD_PEER_SEQUENCE, RECORD_WITHHELD,
    RecordHeader,
};
use sensor_common::settings::Settings;
use sensor_e2e::frames::{ethernet, ipv4, ipv4_options, ipv6, tag, tcp_flags, udp};
use sensor_e2e::kernel::{Kernel, aggregating_settings, granted, with_kernel};
use sensor_e2e::{is_root, skip};

const CLIENT: [u8; 4] = [192, 0, 2, 1];
const SERVER: [u8; 4] = [192, 0, 2, 2];
const PORT: u16 = 40000;
const SYN: u8 = 0x02;
const RST: u8 = 0x04;
const ACK: u8 = 0x10;
const PSH_ACK: u8 = 0x18;
const FIN_ACK: u8 = 0x11;
/// Offset of the TCP header in frames without tags and options.
const TCP_AT: usize = 34;
/// The kernel takes no shorter frame for a test run.
const SHORTEST: usize = 14;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Client,
    Server,
}

fn read(tag: u8) -> Vec<u8> {
    vec![0, tag, 0, 0, 0, 6, 1, 3, 0, 0, 0, 1]
}

fn write(tag: u8) -> Vec<u8> {
    vec![0, tag, 0, 0, 0, 6, 1, 6, 0, 0, 0, 1]
}

fn answer(tag: u8) -> Vec<u8> {
    vec![0, tag, 0, 0, 0, 5, 1, 3, 2, 0, 7]
}

fn exception(tag: u8) -> Vec<u8> {
    vec![0, tag, 0, 0, 0, 3, 1, 0x83, 2]
}

/// A segment of the connection without options.
fn segment(side: Side, flags: u8, sequence: u32, payload: &[u8]) -> Vec<u8> {
    let (source, destination, ports) = match side {
        Side::Client => (CLIENT, SERVER, (PORT, 502)),
        Side::Server => (SERVER, CLIENT, (502, PORT)),
    };
    let mut frame = [
        ethernet(0x0800),
        ipv4(source, destination, 6, 20 + payload.len()),
        tcp_flags(ports.0, ports.1, flags),
        payload.to_vec(),
    ]
    .concat();
    frame[TCP_AT + 4..TCP_AT + 8].copy_from_slice(&sequence.to_be_bytes());
    if side == Side::Server {
        // The frames of the two stations come from different addresses.
        frame[11] = 3;
    }
    frame
}

/// The key of the message in a record.
fn key(header: &RecordHeader, request: u32) -> OperationKey {
    OperationKey {
        flow: header.flow,
        operation: header.operation,
        request,
        protocol: header.protocol,
        kind: header.kind,
        direction: header.direction,
        reserved: 0,
    }
}

/// A connection whose reads, their responses and acknowledgments are granted.
struct Connection<'a> {
    kernel: &'a mut Kernel,
    /// Sequence numbers of client and server.
    next: [u32; 2],
    request: OperationKey,
    response: OperationKey,
}

impl<'a> Connection<'a> {
    fn granted(kernel: &'a mut Kernel) -> Result<Self> {
        kernel.configure(aggregating_settings())?;
        kernel.port_protocol(502, false, Aggregated::Modbus)?;
        let mut this = Self {
            kernel,
            next: [1000, 2000],
            request: OperationKey::default(),
            response: OperationKey::default(),
        };
        let asked = this.up(Side::Client, &read(1))?;
        ensure!(asked.kind == KIND_REQUEST && asked.tag == 1);
        this.request = key(&asked, 0);
        this.kernel.grant(this.request, granted(1))?;
        let answered = this.up(Side::Server, &answer(1))?;
        ensure!(answered.kind == KIND_RESPONSE && answered.tag == 1);
        this.response = key(&answered, 1);
        this.kernel.grant(this.response, granted(2))?;
        for direction in [0, 1] {
            let key = OperationKey {
                flow: asked.flow,
                protocol: Aggregated::Tcp as u8,
                kind: KIND_ACKNOWLEDGMENT,
                direction,
                ..OperationKey::default()
            };
            this.kernel.grant(key, granted(3))?;
        }
        Ok(this)
    }

    fn sequence(&mut self, side: Side) -> &mut u32 {
        &mut self.next[usize::from(side == Side::Server)]
    }

    /// The next piece of a side.
    fn next(&mut self, side: Side, payload: &[u8]) -> Result<Vec<u8>> {
        let len = u32::try_from(payload.len())?;
        let sequence = self.sequence(side);
        let frame = segment(side, PSH_ACK, *sequence, payload);
        *sequence = sequence.wrapping_add(len);
        Ok(frame)
    }

    fn up(&mut self, side: Side, payload: &[u8]) -> Result<RecordHeader> {
        let frame = self.next(side, payload)?;
        handed_up(self.kernel, &frame)
    }

    fn counted(&mut self, side: Side, payload: &[u8]) -> Result<()> {
        let frame = self.next(side, payload)?;
        counted(self.kernel, &frame)
    }

    /// Whether a whole poll is counted, as it is while nothing has broken the pattern.
    fn counts_a_poll(&mut self, tag: u8) -> Result<()> {
        self.counted(Side::Client, &read(tag))?;
        self.counted(Side::Server, &answer(tag))
    }

    /// Everything goes up from here on, whatever it is.
    fn is_inspected(&mut self) -> Result<()> {
        for tag in 100..104 {
            for (side, payload) in [(Side::Client, read(tag)), (Side::Server, answer(tag))] {
                let header = self.up(side, &payload)?;
                ensure!(header.flags & RECORD_INSPECT != 0, "not marked: {header:?}");
            }
        }
        Ok(())
    }
}

/// Runs a frame that must go up whole.
fn handed_up(kernel: &mut Kernel, frame: &[u8]) -> Result<RecordHeader> {
    let run = kernel.run(frame)?;
    let (header, data) = run.record.with_context(|| format!("{:?}", run.moved))?;
    ensure!(data == frame, "the record is not the frame");
    ensure!(run.moved.get("handed_up") == Some(&1), "{:?}", run.moved);
    ensure!(!run.moved.contains_key("counted"), "{:?}", run.moved);
    conserves(kernel)?;
    Ok(header)
}

/// Runs a frame that must be counted and nothing else.
fn counted(kernel: &mut Kernel, frame: &[u8]) -> Result<()> {
    let run = kernel.run(frame)?;
    ensure!(run.record.is_none(), "went up: {run:?}");
    let len = u64::try_from(frame.len())?;
    let expected = [
        ("counted", 1),
        ("counted_bytes", len),
        ("received", 1),
        ("received_bytes", len),
    ];
    ensure!(
        run.moved.clone().into_iter().eq(expected),
        "{:?}",
        run.moved
    );
    conserves(kernel)
}

fn conserves(kernel: &Kernel) -> Result<()> {
    let counters = kernel.counters()?;
    ensure!(counters.unexplained() == 0, "{counters:?}");
    Ok(())
}

fn only_flow(kernel: &Kernel) -> Result<FlowStats> {
    let flows = kernel.flows()?;
    ensure!(flows.len() == 1, "{} flows", flows.len());
    Ok(*flows.values().next().context("no flow")?)
}

#[test]
fn a_granted_poll_is_counted_and_its_figures_add_up() -> Result<()> {
    with_kernel(|kernel| {
        let mut connection = Connection::granted(kernel)?;
        for tag in 2..12 {
            connection.counts_a_poll(tag)?;
        }
        let (request, response) = (connection.request, connection.response);
        for (key, len) in [(request, 66), (response, 65)] {
            let stats = kernel.operation(key)?;
            let interval = stats.intervals[1];
            assert_eq!((interval.epoch, interval.packets), (1, 10));
            assert_eq!(interval.bytes, 10 * len);
            assert!(0 < interval.min_gap_ns && interval.min_gap_ns <= interval.max_gap_ns);
            assert!(interval.first_ns < interval.last_ns);
            assert_eq!(interval.last_ns, stats.last_ns);
        }
        assert_eq!(kernel.counters()?.get(Counter::Counted), 20);
        let packets: u64 = only_flow(kernel)?
            .halves
            .iter()
            .map(|half| half.packets)
            .sum();
        assert_eq!(packets, 22, "the flow has every frame");
        Ok(())
    })
}

#[test]
fn keys_that_are_not_granted_go_up() -> Result<()> {
    with_kernel(|kernel| {
        let mut connection = Connection::granted(kernel)?;
        let other_register = [0, 2, 0, 0, 0, 6, 1, 3, 0, 9, 0, 1];
        let header = connection.up(Side::Client, &other_register)?;
        assert_eq!(header.kind, KIND_REQUEST);
        // Its response has a key that is granted, for another request.
        connection.up(Side::Server, &answer(2))?;
        connection.counts_a_poll(3)?;
        let withdrawn = connection.request;
        let stats = connection.kernel.withdraw(withdrawn)?;
        assert_eq!(stats.intervals[1].packets, 1);
        connection.up(Side::Client, &read(4))?;
        connection.up(Side::Server, &answer(4))?;
        Ok(())
    })
}

#[test]
fn writes_exceptions_and_odd_responses_go_up_and_tell_of_what_was_withheld() -> Result<()> {
    with_kernel(|kernel| {
        let mut connection = Connection::granted(kernel)?;
        let everything = RECORD_WITHHELD | RECORD_OWN_SEQUENCE | RECORD_PEER_SEQUENCE;
        connection.counts_a_poll(2)?;
        let [client, server] = connection.next;
        let header = connection.up(Side::Client, &write(3))?;
        assert_eq!((header.kind, header.flags), (0, everything));
        assert_eq!(
            (header.own_sequence, header.peer_sequence),
            (client, server)
        );
        // Whatever comes back goes up as well.
        let header = connection.up(Side::Server, &answer(3))?;
        assert_eq!(header.flags, 0);
        for response in [exception(4), [answer(4), vec![0]].concat()] {
            if response.len() > 9 {
                // A byte too many: no message ends here.
                connection.counted(Side::Client, &read(4))?;
                let header = connection.up(Side::Server, &response)?;
                assert_eq!(header.flags, everything | RECORD_OPEN | RECORD_INSPECT);
                return connection.is_inspected();
            }
            connection.counted(Side::Client, &read(4))?;
            let [client, server] = connection.next;
            let header = connection.up(Side::Server, &response)?;
            assert_eq!(header.flags, everything | RECORD_OPEN);
            assert_eq!(
                (header.own_sequence, header.peer_sequence),
                (server, client)
            );
            assert_eq!((header.open_handle, header.open_tag), (1, 4));
            assert!(header.open_ns > 0 && header.open_ns < header.time_ns);
            connection.counts_a_poll(5)?;
        }
        Ok(())
    })
}

#[test]
fn what_breaks_the_pattern_is_inspected_for_good() -> Result<()> {
    type Case = fn(&mut Connection<'_>) -> Result<RecordHeader>;
    let cases: [(&str, Case); 8] = [
        ("retransmission", |connection| {
            let frame = connection.next(Side::Client, &read(2))?;
            counted(connection.kernel, &frame)?;
            handed_up(connection.kernel, &frame)
        }),
        ("out of order", |connection| {
            *connection.sequence(Side::Client) += 12;
            connection.up(Side::Client, &read(2))
        }),
        ("first part of a message", |connection| {
            connection.up(Side::Client, &read(2)[..5])
        }),
        ("message and a piece", |connection| {
            connection.up(Side::Client, &[read(2), read(3)[..5].to_vec()].concat())
        }),
        ("pipelined", |connection| {
            connection.counted(Side::Client, &read(2))?;
            connection.up(Side::Client, &read(3))
        }),
        ("unsolicited", |connection| {
            connection.up(Side::Server, &answer(2))
        }),
        ("response to another request", |connection| {
            connection.counted(Side::Client, &read(2))?;
            connection.up(Side::Server, &answer(3))
        }),
        ("not Modbus", |connection| {
            connection.up(Side::Client, b"GET / HTTP/1.1\r\n\r\n")
        }),
    ];
    for (name, case) in cases {
        with_kernel(|kernel| {
            let mut connection = Connection::granted(kernel)?;
            let header = case(&mut connection).with_context(|| name)?;
            ensure!(header.flags & RECORD_INSPECT != 0, "{name}: {header:?}");
            connection.is_inspected().with_context(|| name)?;
            let inspected = connection.kernel.counters()?.get(Counter::FlowsInspected);
            ensure!(inspected == 1, "{name}: {inspected} flows");
            Ok(())
        })?;
    }
    Ok(())
}

#[test]
fn acknowledgments_are_counted_and_keep_alives_go_up() -> Result<()> {
    with_kernel(|kernel| {
        let mut connection = Connection::granted(kernel)?;
        connection.counts_a_poll(2)?;
        let due = *connection.sequence(Side::Client);
        let acknowledgment = segment(Side::Client, ACK, due, &[]);
        counted(connection.kernel, &acknowledgment)?;
        let mut padded = acknowledgment;
        padded.resize(60, 0);
        counted(connection.kernel, &padded)?;
        let keep_alive = segment(Side::Client, ACK, due - 1, &[]);
        let header = handed_up(connection.kernel, &keep_alive)?;
        assert_eq!(header.flags & RECORD_INSPECT, 0);
        connection.counts_a_poll(3)
    })
}

#[test]
fn an_acknowledgment_that_goes_up_takes_the_response_with_it() -> Result<()> {
    with_kernel(|kernel| {
        let mut connection = Connection::granted(kernel)?;
        connection.counted(Side::Client, &read(2))?;
        let due = *connection.sequence(Side::Server);
        let keep_alive = segment(Side::Server, ACK, due - 1, &[]);
        let header = handed_up(connection.kernel, &keep_alive)?;
        assert_ne!(header.flags & RECORD_OPEN, 0);
        let header = connection.up(Side::Server, &answer(2))?;
        assert_eq!(header.flags, 0, "the agent knows of the request by now");
        connection.counts_a_poll(3)
    })
}

#[test]
fn another_sender_goes_up() -> Result<()> {
    with_kernel(|kernel| {
        let mut connection = Connection::granted(kernel)?;
        connection.counts_a_poll(2)?;
        let mut frame = connection.next(Side::Client, &read(3))?;
        frame[6] ^= 2;
        handed_up(connection.kernel, &frame)?;
        connection.up(Side::Server, &answer(3))?;
        // The first address again is a change too.
        connection.up(Side::Client, &read(4))?;
        connection.up(Side::Server, &answer(4))?;
        connection.counts_a_poll(5)
    })
}

#[test]
fn a_new_connection_starts_without_grants() -> Result<()> {
    with_kernel(|kernel| {
        let mut connection = Connection::granted(kernel)?;
        connection.counts_a_poll(2)?;
        let [client, server] = connection.next;
        let old = connection.request.flow;
        let header = handed_up(connection.kernel, &segment(Side::Client, SYN, 70_000, &[]))?;
        assert_eq!(header.flow, old);
        assert_eq!(
            (header.own_sequence, header.peer_sequence),
            (client, server)
        );
        handed_up(
            connection.kernel,
            &segment(Side::Server, SYN | ACK, 90_000, &[]),
        )?;
        connection.next = [70_001, 90_001];
        for tag in 3..6 {
            let header = connection.up(Side::Client, &read(tag))?;
            assert_ne!(header.flow, old);
            assert_eq!(header.flags, 0, "nothing was withheld, and the numbers fit");
            connection.up(Side::Server, &answer(tag))?;
        }
        Ok(())
    })
}

#[test]
fn ends_of_a_connection_go_up_with_the_right_numbers() -> Result<()> {
    with_kernel(|kernel| {
        let mut connection = Connection::granted(kernel)?;
        connection.counts_a_poll(2)?;
        let [client, server] = connection.next;
        let header = handed_up(
            connection.kernel,
            &segment(Side::Server, FIN_ACK, server, &[]),
        )?;
        assert_eq!(
            (header.own_sequence, header.peer_sequence),
            (server, client)
        );
        counted(
            connection.kernel,
            &segment(Side::Server, ACK, server + 1, &[]),
        )?;
        let header = handed_up(connection.kernel, &segment(Side::Client, RST, client, &[]))?;
        assert_eq!(
            (header.own_sequence, header.peer_sequence),
            (client, server + 1)
        );
        assert_eq!(header.flags & RECORD_INSPECT, 0);
        Ok(())
    })
}

#[test]
fn a_known_operation_goes_up_once_in_its_interval() -> Result<()> {
    with_kernel(|kernel| {
        let mut connection = Connection::granted(kernel)?;
        connection.counts_a_poll(2)?;
        // Long ago, for the kernel's clock has gone on since.
        let mut old = granted(1);
        old.refreshed_ns = 1;
        let request = connection.request;
        connection.kernel.grant(request, old)?;
        connection.kernel.configure(Settings {
            refresh_ns: 1_000_000_000,
            ..aggregating_settings()
        })?;
        let header = connection.up(Side::Client, &read(3))?;
        assert_eq!((header.kind, header.tag), (KIND_REQUEST, 3));
        connection.up(Side::Server, &answer(3))?;
        let refreshed = connection
            .kernel
            .counters()?
            .get(Counter::OperationsRefreshed);
        assert_eq!(refreshed, 1);
        connection.kernel.configure(aggregating_settings())?;
        connection.counts_a_poll(4)
    })
}

#[test]
fn a_full_ring_loses_no_account_of_what_was_withheld() -> Result<()> {
    if !is_root() {
        skip("needs root to load the kernel program");
        return Ok(());
    }
    let mut kernel = Kernel::load(4096)?;
    let mut connection = Connection::granted(&mut kernel)?;
    connection.counted(Side::Client, &read(2))?;
    let [client, server] = connection.next;
    // Other frames fill the ring, which nobody reads.
    let mut arp = ethernet(0x0806);
    arp.resize(60, 0);
    connection.kernel.repeat(&arp, 100)?;
    let lost = connection.next(Side::Server, &exception(2))?;
    let (_, moved) = connection.kernel.run_unread(&lost)?;
    assert_eq!(moved.get("lost_ring_full"), Some(&1), "{moved:?}");
    connection.kernel.empty_ring();
    conserves(connection.kernel)?;
    // The server's numbers are not told, since a piece of its stream is missing.
    let header = connection.up(Side::Client, &write(3))?;
    assert_eq!(header.flags, RECORD_WITHHELD | RECORD_OWN_SEQUENCE);
    assert_eq!(header.own_sequence, client);
    assert_ne!(header.peer_sequence, server);
    connection.up(Side::Server, &write(3))?;
    connection.counts_a_poll(4)?;
    let header = connection.up(Side::Client, &write(5))?;
    let everything = RECORD_WITHHELD | RECORD_OWN_SEQUENCE | RECORD_PEER_SEQUENCE;
    assert_eq!(header.flags, everything, "the reader saw the gap by now");
    Ok(())
}

#[test]
fn intervals_change_with_the_epoch() -> Result<()> {
    with_kernel(|kernel| {
        let mut connection = Connection::granted(kernel)?;
        let key = connection.request;
        for (epoch, polls) in [(1_u32, 3_u8), (2, 2), (3, 1)] {
            connection.kernel.configure(Settings {
                epoch,
                ..aggregating_settings()
            })?;
            for tag in 0..polls {
                connection.counts_a_poll(tag)?;
            }
            let stats = connection.kernel.operation(key)?;
            let [even, odd] = stats.intervals;
            let (this, other) = if epoch % 2 == 0 {
                (even, odd)
            } else {
                (odd, even)
            };
            assert_eq!((this.epoch, this.packets), (epoch.into(), polls.into()));
            assert_eq!(this.bytes, 66 * u64::from(polls));
            if epoch > 1 {
                // What the agent reads now stands still.
                assert_eq!(
                    (other.epoch, other.packets),
                    ((epoch - 1).into(), u64::from(polls) + 1)
                );
                assert!(this.min_gap_ns >= this.first_ns - other.last_ns || polls > 1);
                assert!(this.max_gap_ns >= this.first_ns - other.last_ns);
            }
        }
        Ok(())
    })
}

#[test]
fn options_extension_headers_and_fragments_are_never_withheld() -> Result<()> {
    with_kernel(|kernel| {
        let mut connection = Connection::granted(kernel)?;
        let tcp_part = |frame: &[u8]| frame[TCP_AT..].to_vec();
        let plain = connection.next(Side::Client, &read(2))?;
        let tcp = tcp_part(&plain);
        let options = ipv4_options(CLIENT, SERVER, 6, tcp.len(), &[1; 4]);
        let with_options = [ethernet(0x0800), options, tcp.clone()].concat();
        handed_up(connection.kernel, &with_options)?;
        connection.up(Side::Server, &answer(2))?;
        let mut fragment = plain;
        fragment[20] = 0x20;
        let header = handed_up(connection.kernel, &fragment)?;
        assert_ne!(
            header.flow, connection.request.flow,
            "fragments have their own flow"
        );
        connection.counts_a_poll(3)?;
        // IPv6 has no grants here at all: what counts is that nothing is withheld for its key.
        let hop = [vec![6, 0], vec![0; 6]].concat();
        let packet = [ipv6([1; 16], [2; 16], 0, 8 + tcp.len()), hop, tcp].concat();
        handed_up(connection.kernel, &[ethernet(0x86dd), packet].concat())?;
        Ok(())
    })
}

#[test]
fn a_length_that_contradicts_the_frame_goes_up() -> Result<()> {
    // Offset of a byte and what to add: IP total length, TCP data offset, flags.
    for (at, add) in [
        (17, 1),
        (17, 255),
        (TCP_AT + 12, 0x10),
        (TCP_AT + 12, 0xe0),
        (TCP_AT + 13, 0x20),
    ] {
        with_kernel(|kernel| {
            let mut connection = Connection::granted(kernel)?;
            let mut frame = connection.next(Side::Client, &read(2))?;
            frame[at] = frame[at].wrapping_add(add);
            handed_up(connection.kernel, &frame).with_context(|| format!("byte {at}"))?;
            Ok(())
        })?;
    }
    Ok(())
}

#[test]
fn frames_cut_at_any_length_are_never_withheld_wrongly() -> Result<()> {
    let frames = [(Side::Client, read(2)), (Side::Server, answer(2))];
    for (turn, (side, payload)) in frames.iter().enumerate() {
        let whole = segment(*side, PSH_ACK, 0, payload).len();
        // Enough of the shorter cuts end in the same place to take every third.
        for len in (SHORTEST..whole).step_by(3).chain([whole - 1, whole]) {
            with_kernel(|kernel| {
                let mut connection = Connection::granted(kernel)?;
                for (side, payload) in frames.iter().take(turn) {
                    connection.counted(*side, payload)?;
                }
                let frame = connection.next(*side, payload)?;
                if len == whole {
                    return counted(connection.kernel, &frame);
                }
                handed_up(connection.kernel, &frame[..len]).with_context(|| format!("{len}"))?;
                conserves(connection.kernel)
            })?;
        }
    }
    Ok(())
}

/// A Modbus read in a UDP datagram, with a checksum of its own making.
fn datagram(payload: &[u8], checksum: impl FnOnce(u16) -> u16) -> Vec<u8> {
    let header = udp(PORT, 502, payload.len());
    let packet = ipv4(CLIENT, SERVER, 17, 8 + payload.len());
    let mut bytes = [header, payload.to_vec()].concat();
    let pseudo = [CLIENT, SERVER].concat();
    let mut sum = 17 + u32::try_from(bytes.len()).expect("it is short");
    for pair in pseudo.chunks(2).chain(bytes.chunks(2)) {
        sum += u32::from(pair[0]) << 8 | pair.get(1).map_or(0, |low| u32::from(*low));
    }
    let folded = (sum & 0xffff) + (sum >> 16);
    let right = !u16::try_from((folded & 0xffff) + (folded >> 16)).expect("it is folded");
    bytes[6..8].copy_from_slice(&checksum(right).to_be_bytes());
    [ethernet(0x0800), packet, bytes].concat()
}

#[test]
fn datagrams_are_counted_only_when_their_checksum_fits() -> Result<()> {
    // Odd and even lengths: the last word is filled with zeros.
    with_kernel(|kernel| {
        kernel.configure(aggregating_settings())?;
        kernel.port_protocol(502, true, Aggregated::Modbus)?;
        let first = handed_up(kernel, &datagram(&read(1), |_| 0))?;
        assert_eq!(first.kind, KIND_REQUEST);
        kernel.grant(key(&first, 0), granted(1))?;
        let answer = |tag| {
            let mut frame = [
                ethernet(0x0800),
                ipv4(SERVER, CLIENT, 17, 8 + 11),
                udp(502, PORT, 11),
                answer(tag),
            ]
            .concat();
            frame[11] = 3;
            frame
        };
        let second = handed_up(kernel, &answer(1))?;
        kernel.grant(key(&second, 1), granted(2))?;
        counted(kernel, &datagram(&read(2), |_| 0))?;
        counted(kernel, &answer(2))?;
        counted(kernel, &datagram(&read(3), |right| right))?;
        counted(kernel, &answer(3))?;
        handed_up(kernel, &datagram(&read(4), |right| right ^ 0x0101))?;
        handed_up(kernel, &answer(4))?;
        let mut changed = datagram(&read(5), |right| right);
        changed[43] ^= 1;
        handed_up(kernel, &changed)?;
        Ok(())
    })
}

#[test]
fn a_datagram_of_odd_length_has_its_checksum_verified() -> Result<()> {
    with_kernel(|kernel| {
        kernel.configure(aggregating_settings())?;
        kernel.port_protocol(PORT, true, Aggregated::Modbus)?;
        // The client's port is the known one, so that this is the response and has eleven bytes.
        let request = [
            ethernet(0x0800),
            ipv4(SERVER, CLIENT, 17, 8 + 12),
            udp(502, PORT, 12),
            read(1),
        ]
        .concat();
        let ask = |tag: u8| {
            let mut frame = request.clone();
            frame[43] = tag;
            frame[11] = 3;
            frame
        };
        let asked = handed_up(kernel, &ask(1))?;
        kernel.grant(key(&asked, 0), granted(1))?;
        let answered = handed_up(kernel, &datagram(&answer(1), |right| right))?;
        assert_eq!(answered.kind, KIND_RESPONSE);
        kernel.grant(key(&answered, 1), granted(2))?;
        counted(kernel, &ask(2))?;
        counted(kernel, &datagram(&answer(2), |right| right))?;
        counted(kernel, &ask(3))?;
        let header = handed_up(kernel, &datagram(&answer(3), |right| right ^ 1))?;
        assert_ne!(header.flags & RECORD_OPEN, 0);
        Ok(())
    })
}

#[test]
fn link_layer_protocols_have_flows_of_their_own() -> Result<()> {
    with_kernel(|kernel| {
        kernel.configure(aggregating_settings())?;
        let goose = |application: u8, tagged: bool| {
            let link = if tagged {
                [ethernet(0x8100), tag(7, 0x88b8)].concat()
            } else {
                ethernet(0x88b8)
            };
            [link, vec![0, application, 0, 40, 0, 0, 0, 0], vec![0; 40]].concat()
        };
        let mut flows = Vec::new();
        for frame in [
            goose(1, false),
            goose(1, false),
            goose(2, false),
            goose(1, true),
        ] {
            flows.push(handed_up(kernel, &frame)?.flow);
        }
        assert_eq!(flows[0], flows[1]);
        flows.remove(0);
        flows.sort_unstable();
        flows.dedup();
        assert_eq!(flows.len(), 3);
        assert!(flows.iter().all(|flow| *flow != 0));
        let arp = [ethernet(0x0806), vec![0; 28]].concat();
        assert_eq!(handed_up(kernel, &arp)?.flow, 0);
        Ok(())
    })
}

#[test]
fn a_port_known_at_both_ends_or_none_is_no_candidate() -> Result<()> {
    with_kernel(|kernel| {
        let mut connection = Connection::granted(kernel)?;
        connection
            .kernel
            .port_protocol(PORT, false, Aggregated::Modbus)?;
        let header = connection.up(Side::Client, &read(2))?;
        assert_eq!((header.kind, header.flags), (0, 0));
        connection
            .kernel
            .port_protocol(PORT, false, Aggregated::None)?;
        connection
            .kernel
            .port_protocol(502, false, Aggregated::None)?;
        let header = connection.up(Side::Client, &read(3))?;
        assert_eq!((header.kind, header.flags), (0, 0));
        Ok(())
    })
}

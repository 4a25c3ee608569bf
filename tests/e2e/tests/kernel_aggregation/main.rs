//! The kernel program counts what is granted and hands up everything else: crafted conversations,
//! one run for each frame, without an interface. Here the connection they are about.

mod connections;
mod datagrams;
mod headers;
mod turns;

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

//! Bench of the kernel program: nanoseconds for each frame in a test run, by what becomes of it.
//!
//! Data in: nothing. Data out: rows of name and value, for `cargo xtask bench kernel`. A row is the
//! least of several rounds, since anything else the machine does only makes it slower.
//!
//! - `empty`: the floor, a program that does nothing;
//! - `not_ip`: a link-layer frame of 64 bytes, handed up;
//! - `handed_up`: a Modbus poll of a known flow, booked and handed up;
//! - `filtered`: the same poll, left out by a port rule;
//! - `known_flow`: an acknowledgment of a known flow, granted and only counted;
//! - `known_operation_modbus` and the like: a conversation of requests and responses in turn, or of
//!   messages that count up, granted and only counted ([`crate::exchanges`]). A tool program
//!   writes each frame; what the tool takes with the empty program behind it is measured in the same
//!   way and taken off, so that the row has the floor in it once, like the others.

use anyhow::{Context, Result, bail, ensure};
use sensor_common::counter::Counter;
use sensor_common::maps::RULES_PORT;
use sensor_common::operation::{Aggregated, KIND_ACKNOWLEDGMENT, OperationKey};
use sensor_common::rule::{ACTION_EXCLUDE, Rule};
use sensor_common::settings::{FLAG_PORTS, Settings};

use crate::dialogue::Dialogue;
use crate::exchanges::{Exchange, exchanges};
use crate::frames::{ethernet, ipv4, modbus_read, tcp_flags};
use crate::kernel::{Kernel, aggregating_settings, default_settings, granted, time_empty};

/// Runs in one call of the kernel; the ring must hold what they hand up.
const REPEAT: u32 = 100_000;
const ROUNDS: usize = 7;
const RING_BYTES: u32 = 64 << 20;
const CLIENT: [u8; 4] = [192, 0, 2, 1];
const SERVER: [u8; 4] = [192, 0, 2, 2];

/// One measured row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub name: &'static str,
    /// Nanoseconds for each frame.
    pub nanoseconds: u64,
}

/// Measures every row.
pub fn measure() -> Result<Vec<Row>> {
    let poll = modbus_read(CLIENT, 40000, 1);
    let mut other = ethernet(0x88fb);
    other.resize(64, 0);
    let exclude = Rule {
        action: ACTION_EXCLUDE,
        hit_index: 0,
    };
    let mut rows = vec![row("empty", || Ok(time_empty(&poll, REPEAT)?.as_nanos()))?];

    let mut kernel = Kernel::load(RING_BYTES)?;
    rows.push(row("not_ip", || {
        Ok(kernel.time(&other, REPEAT)?.as_nanos())
    })?);
    rows.push(row("handed_up", || {
        Ok(kernel.time(&poll, REPEAT)?.as_nanos())
    })?);
    kernel.rule_at(RULES_PORT, 502, exclude)?;
    kernel.configure(Settings {
        flags: FLAG_PORTS,
        ..default_settings()
    })?;
    rows.push(row("filtered", || {
        Ok(kernel.time(&poll, REPEAT)?.as_nanos())
    })?);
    rows.push(known_flow()?);
    for exchange in exchanges() {
        rows.push(known_operation(&exchange)?);
    }
    Ok(rows)
}

/// An acknowledgment without payload may be repeated as it is: its sequence number stays the next.
fn known_flow() -> Result<Row> {
    let acknowledgment = [
        ethernet(0x0800),
        ipv4(CLIENT, SERVER, 6, 20),
        tcp_flags(40000, 502, 0x10),
    ]
    .concat();
    let mut kernel = Kernel::load(RING_BYTES)?;
    kernel.configure(aggregating_settings())?;
    kernel.port_protocol(502, false, Aggregated::Modbus)?;
    let run = kernel.run(&acknowledgment)?;
    let (header, _) = run.record.context("the first frame was not handed up")?;
    let key = OperationKey {
        flow: header.flow,
        protocol: Aggregated::Tcp as u8,
        kind: KIND_ACKNOWLEDGMENT,
        direction: header.direction,
        ..OperationKey::default()
    };
    kernel.grant(key, granted(1))?;
    let before = kernel.counters()?.get(Counter::Counted);
    let row = row("known_flow", || {
        Ok(kernel.time(&acknowledgment, REPEAT)?.as_nanos())
    })?;
    all_counted(&kernel, before)?;
    Ok(row)
}

fn known_operation(exchange: &Exchange) -> Result<Row> {
    let name = operation_row(exchange.protocol)?;
    let mut dialogue = Dialogue::load(exchange)?;
    let alone = row(name, || Ok(dialogue.time_alone(REPEAT)?.as_nanos()))?;
    let mut kernel = Kernel::load(RING_BYTES)?;
    kernel.configure(aggregating_settings())?;
    dialogue.introduce(&mut kernel)?;
    let before = kernel.counters()?.get(Counter::Counted);
    let together = row(name, || Ok(dialogue.time(REPEAT)?.as_nanos()))?;
    all_counted(&kernel, before).context(name)?;
    let floor = row(
        name,
        || Ok(time_empty(dialogue.frame(), REPEAT)?.as_nanos()),
    )?;
    Ok(Row {
        name,
        nanoseconds: (together.nanoseconds + floor.nanoseconds).saturating_sub(alone.nanoseconds),
    })
}

fn operation_row(protocol: Aggregated) -> Result<&'static str> {
    Ok(match protocol {
        Aggregated::Modbus => "known_operation_modbus",
        Aggregated::S7comm => "known_operation_s7comm",
        Aggregated::Dnp3 => "known_operation_dnp3",
        Aggregated::EthernetIp => "known_operation_ethernet_ip",
        Aggregated::Iec104 => "known_operation_iec104",
        Aggregated::Bacnet => "known_operation_bacnet",
        Aggregated::OpcUa => "known_operation_opcua",
        Aggregated::Goose => "known_operation_goose",
        Aggregated::SampledValues => "known_operation_sampled_values",
        Aggregated::Profinet => "known_operation_profinet",
        Aggregated::None | Aggregated::Tcp => bail!("{protocol:?} has no messages"),
    })
}

/// A figure of counted frames is one only if every frame was counted.
fn all_counted(kernel: &Kernel, before: u64) -> Result<()> {
    let counted = kernel.counters()?.get(Counter::Counted) - before;
    let expected = u64::from(REPEAT) * u64::try_from(ROUNDS)?;
    ensure!(
        counted == expected,
        "{counted} of {expected} frames counted"
    );
    Ok(())
}

fn row(name: &'static str, mut once: impl FnMut() -> Result<u128>) -> Result<Row> {
    let mut least = u128::MAX;
    for _ in 0..ROUNDS {
        least = least.min(once()?);
    }
    Ok(Row {
        name,
        nanoseconds: u64::try_from(least)?,
    })
}

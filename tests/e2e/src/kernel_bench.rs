//! Bench of the kernel program: nanoseconds for each frame in a test run, by what becomes of it.
//!
//! Data in: nothing. Data out: rows of name and value, for `cargo xtask bench kernel`. A row is the
//! least of several rounds, since anything else the machine does only makes it slower.
//!
//! - `empty`: the floor, a program that does nothing;
//! - `not_ip`: a link-layer frame of 64 bytes, handed up;
//! - `handed_up`: a Modbus poll of a known flow, booked and handed up;
//! - `filtered`: the same poll, left out by a port rule.

use anyhow::Result;
use sensor_common::maps::RULES_PORT;
use sensor_common::rule::{ACTION_EXCLUDE, Rule};
use sensor_common::settings::{FLAG_PORTS, Settings};

use crate::frames::{ethernet, modbus_read};
use crate::kernel::{Kernel, default_settings, time_empty};

/// Runs in one call of the kernel; the ring must hold what they hand up.
const REPEAT: u32 = 100_000;
const ROUNDS: usize = 7;
const RING_BYTES: u32 = 64 << 20;

/// One measured row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub name: &'static str,
    /// Nanoseconds for each frame.
    pub nanoseconds: u64,
}

/// Measures every row.
pub fn measure() -> Result<Vec<Row>> {
    let poll = modbus_read([192, 0, 2, 1], 40000, 1);
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
    Ok(rows)
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

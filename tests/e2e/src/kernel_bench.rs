//! Bench of the kernel program: nanoseconds for each frame in a test run, by what becomes of it.
//!
//! Data in: nothing. Data out: rows of name and value, for `cargo xtask bench kernel`. A row is the
//! least of several rounds, since anything else the machine does only makes it slower. The floor,
//! what the test run itself costs, is the row `empty`.

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
    rows.push(row("handed_up", || {
        Ok(kernel.time(&poll, REPEAT)?.as_nanos())
    })?);
    // A ring without room shows what a known flow costs before its frame is copied.
    let mut full = Kernel::load(4096)?;
    full.configure(Settings {
        snap_len: 4096,
        ..default_settings()
    })?;
    rows.push(row("known_flow", || {
        Ok(full.time(&poll, REPEAT)?.as_nanos())
    })?);
    rows.push(row("not_ip", || Ok(full.time(&other, REPEAT)?.as_nanos()))?);

    kernel.rule_at(RULES_PORT, 502, exclude)?;
    kernel.configure(Settings {
        flags: FLAG_PORTS,
        ..default_settings()
    })?;
    rows.push(row("filtered", || {
        Ok(kernel.time(&poll, REPEAT)?.as_nanos())
    })?);
    rows.sort_by_key(|row| row.nanoseconds);
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

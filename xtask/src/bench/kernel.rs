//! Bench `kernel`: nanoseconds the kernel program takes for a frame, by what becomes of it.

use anyhow::{Result, ensure};
use sensor_e2e::kernel_bench;

use super::Figure;
use crate::{ebpf, workspace};

pub(super) fn measure() -> Result<Vec<Figure>> {
    ensure!(
        workspace::is_root(),
        "running the kernel program needs root"
    );
    ebpf::build()?;
    let rows = kernel_bench::measure()?;
    rows.into_iter()
        .map(|row| {
            let nanoseconds = u32::try_from(row.nanoseconds)?;
            Ok(Figure::new(row.name, f64::from(nanoseconds), "ns/packet"))
        })
        .collect()
}

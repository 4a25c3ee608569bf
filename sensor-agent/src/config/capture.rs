//! `[capture]`: where live traffic comes from.

use serde::{Deserialize, Serialize};

use super::section::section;
use super::units::ByteSize;

/// How frames leave the kernel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
pub enum Backend {
    /// The kernel program where the host allows it, else the packet socket, with a note why.
    #[default]
    Auto,
    /// The kernel program, or an error.
    Xdp,
    /// A packet socket; works on any Linux.
    AfPacket,
}

/// Longest interface name of the kernel, without the closing zero.
const MAX_INTERFACE_NAME: usize = 15;

section! {
    /// Where live traffic comes from. The sensor only listens: it never sends a frame.
    pub struct Capture = "capture" {
        /// Interfaces that receive mirrored traffic. `run --interface` replaces this list.
        interfaces: Vec<String> = Vec::new(),
            check |names| check_interfaces(names),
            example "[\"eth1\"]";
        /// How frames leave the kernel: `auto`, `xdp` (kernel program) or `af_packet` (socket).
        backend: Backend = Backend::Auto;
        /// Receive frames that are addressed to others; a mirror port needs it.
        promiscuous: bool = true;
        /// Memory for frames between kernel and sensor, per interface: 1 MiB to 1 GiB.
        ring: ByteSize = ByteSize::mebibytes(32),
            check |size| (!(1 << 20..=1 << 30).contains(&size.bytes()))
                .then(|| format!("{size} is outside 1 MiB to 1 GiB"));
    }
}

fn check_interfaces(names: &[String]) -> Option<String> {
    let bad = |name: &&String| {
        name.is_empty() || name.len() > MAX_INTERFACE_NAME || name.contains(['/', ' '])
    };
    let name = names.iter().find(bad)?;
    Some(format!(
        "`{name}` is no interface name (1 to {MAX_INTERFACE_NAME} bytes, no blank, no slash)"
    ))
}

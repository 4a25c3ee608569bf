//! What `check-host` asks of this host: whether the kernel takes the program, and which driver an
//! interface has. Nothing is attached.

use super::{CaptureError, XdpSettings, load, object, sys};

/// Oldest kernel the program runs on: `bpf_xdp_load_bytes` came with Linux 5.18.
pub const OLDEST_KERNEL: (u32, u32) = (5, 18);

/// Loads the program with small maps and lets it go again.
pub fn try_load() -> Result<(), CaptureError> {
    let settings = XdpSettings {
        ring_bytes: 1 << 16,
        flow_capacity: 64,
        ..XdpSettings::new("")
    };
    load::load(&settings, object::object()?).map(drop)
}

/// Name of the driver behind an interface, for instance `igb` or `veth`; `None` when it has none.
pub fn driver(interface: &str) -> Option<String> {
    sys::driver(interface)
}

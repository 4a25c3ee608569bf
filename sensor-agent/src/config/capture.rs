//! `[capture]`: where live traffic comes from.

use ipnet::IpNet;
use sensor_protocols::addr::MacAddr;
use serde::{Deserialize, Serialize};

use super::section::section;
use super::units::{ByteSize, HumanDuration};

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

/// Where the kernel program is attached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attach {
    /// In the driver; where the driver refuses, in the network stack, with the reason as a note.
    #[default]
    Auto,
    /// In the driver, or an error.
    Native,
    /// In the network stack: works everywhere, costs a copy for each frame.
    Generic,
}

/// What becomes of a frame after the kernel program has seen it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AfterCapture {
    /// The network stack gets it as well.
    #[default]
    Pass,
    /// It ends here. For interfaces that only receive a mirror: spares the stack the work.
    Consume,
}

/// Highest VLAN identifier (IEEE 802.1Q, 9.6); 0 stands for untagged frames.
const MAX_VLAN: u16 = 4094;

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
        /// Where the kernel program is attached: `auto`, `native` (driver) or `generic` (stack).
        attach: Attach = Attach::Auto;
        /// What becomes of a seen frame: `pass`, or `consume` on an interface that only receives
        /// a mirror. Kernel program only.
        after_capture: AfterCapture = AfterCapture::Pass;
        /// Let the kernel program count repeats of what was seen to be clean, instead of handing each
        /// up: reads and cyclic values. Alerts are the same. Kernel program only.
        aggregate: bool = true;
        /// How long such an operation may go without one of its messages being looked at in full.
        aggregate_refresh: HumanDuration = HumanDuration::from_secs(300),
            check |span| (!(1..=86_400).contains(&span.get().as_secs()))
                .then(|| format!("{span} is outside 1 s to 1 d"));
        /// Only frames with an end in one of these subnets; empty means all. Like every filter
        /// below: kernel program only, what is left out is counted by reason.
        include_subnets: Vec<IpNet> = Vec::new(),
            example "[\"10.1.0.0/16\"]";
        /// No frames with an end in one of these subnets; the longest prefix decides.
        exclude_subnets: Vec<IpNet> = Vec::new(),
            example "[\"10.1.99.0/24\"]";
        /// Only frames between the two subnets of one of these pairs, either way; empty means all.
        include_subnet_pairs: Vec<(IpNet, IpNet)> = Vec::new(),
            check |pairs| check_pairs(pairs),
            example "[[\"10.1.0.0/16\", \"10.2.0.0/16\"]]";
        /// No frames between the two subnets of one of these pairs; of nested pairs the one whose two
        /// prefixes are longest together decides.
        exclude_subnet_pairs: Vec<(IpNet, IpNet)> = Vec::new(),
            check |pairs| check_pairs(pairs),
            example "[[\"10.1.0.0/16\", \"10.1.99.0/24\"]]";
        /// Only TCP and UDP frames with one of these ports; empty means all.
        include_ports: Vec<u16> = Vec::new(),
            example "[502]";
        /// No TCP and UDP frames with one of these ports.
        exclude_ports: Vec<u16> = Vec::new(),
            example "[443]";
        /// Only frames of these VLANs, 0 for untagged frames; empty means all.
        include_vlans: Vec<u16> = Vec::new(),
            check |vlans| check_vlans(vlans),
            example "[100]";
        /// No frames of these VLANs.
        exclude_vlans: Vec<u16> = Vec::new(),
            check |vlans| check_vlans(vlans),
            example "[200]";
        /// Only frames from or to these MAC addresses; empty means all.
        include_macs: Vec<MacAddr> = Vec::new(),
            example "[\"00:1b:1b:0a:0b:0c\"]";
        /// No frames from or to these MAC addresses.
        exclude_macs: Vec<MacAddr> = Vec::new(),
            example "[\"00:1b:1b:0a:0b:0d\"]";
        /// Have the kernel measure how long its program takes for a frame (`ns_per_packet` of
        /// `/api/v1/capture`). Costs some nanoseconds for each frame. Kernel program only.
        run_time_statistics: bool = false;
    }
}

impl Capture {
    /// Whether any frame is to be left out.
    pub fn filters(&self) -> bool {
        let lists = [
            self.include_subnets.is_empty(),
            self.exclude_subnets.is_empty(),
            self.include_subnet_pairs.is_empty(),
            self.exclude_subnet_pairs.is_empty(),
            self.include_ports.is_empty(),
            self.exclude_ports.is_empty(),
            self.include_vlans.is_empty(),
            self.exclude_vlans.is_empty(),
            self.include_macs.is_empty(),
            self.exclude_macs.is_empty(),
        ];
        lists.contains(&false)
    }
}

/// No frame has ends of two address families.
fn check_pairs(pairs: &[(IpNet, IpNet)]) -> Option<String> {
    let mixed = |(one, other): &&(IpNet, IpNet)| {
        matches!(one, IpNet::V4(_)) != matches!(other, IpNet::V4(_))
    };
    let (one, other) = pairs.iter().find(mixed)?;
    Some(format!(
        "{one} and {other} are an IPv4 and an IPv6 subnet; no frame is between them"
    ))
}

fn check_vlans(vlans: &[u16]) -> Option<String> {
    let vlan = vlans.iter().find(|vlan| **vlan > MAX_VLAN)?;
    Some(format!("VLAN {vlan} is outside 0 to {MAX_VLAN}"))
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

//! What this host offers for capture with the kernel program: the facts behind `check-host`.

use std::fs;

use super::{object, sys};

/// Kernel needed by the program: `bpf_xdp_load_bytes` came with 5.18.
pub const OLDEST_KERNEL: (u32, u32) = (5, 18);

/// Capabilities of capabilities(7) that matter here, with their bit numbers.
const CAPABILITIES: [(&str, u32); 4] = [
    ("CAP_NET_ADMIN", 12),
    ("CAP_NET_RAW", 13),
    ("CAP_PERFMON", 38),
    ("CAP_BPF", 39),
];
/// Stands in for the last two.
const CAP_SYS_ADMIN: u32 = 21;

/// Facts about host and process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostFacts {
    /// Release of the running kernel, for instance `6.1.0-18-amd64`.
    pub kernel: String,
    pub kernel_new_enough: bool,
    /// Capabilities this process lacks.
    pub missing_capabilities: Vec<&'static str>,
    /// The kernel describes its types (`/sys/kernel/btf/vmlinux`).
    pub btf: bool,
    /// The kernel compiles BPF programs; without it they are interpreted, which is slow.
    pub jit: bool,
    /// The agent holds the kernel program.
    pub program_built_in: bool,
}

/// Facts about one network interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InterfaceFacts {
    pub name: String,
    pub index: u32,
    pub driver: Option<String>,
    pub mtu: Option<u32>,
    pub receive_queues: usize,
    pub is_up: bool,
}

/// Looks at host and process.
pub fn host() -> HostFacts {
    let kernel = read("/proc/sys/kernel/osrelease");
    let effective = effective_capabilities(&read("/proc/self/status"));
    HostFacts {
        kernel_new_enough: version(&kernel).is_some_and(|version| version >= OLDEST_KERNEL),
        kernel,
        missing_capabilities: missing_capabilities(effective),
        btf: fs::exists("/sys/kernel/btf/vmlinux").unwrap_or(false),
        jit: read("/proc/sys/net/core/bpf_jit_enable") != "0",
        program_built_in: !object::OBJECT.is_empty(),
    }
}

impl HostFacts {
    /// What stands in the way, each with its remedy; empty when live capture will work.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if !self.kernel_new_enough {
            let (major, minor) = OLDEST_KERNEL;
            problems.push(format!(
                "kernel {} is older than {major}.{minor}: capture with af_packet",
                self.kernel
            ));
        }
        if !self.missing_capabilities.is_empty() {
            problems.push(format!(
                "this process lacks {}: run as root, or grant them to the service",
                self.missing_capabilities.join(", ")
            ));
        }
        if !self.program_built_in {
            problems.push(
                "this sensor-agent was built without the kernel program: `cargo xtask build` makes \
                 one with it"
                    .to_owned(),
            );
        }
        if !self.jit {
            problems
                .push("the BPF compiler is off: `sysctl -w net.core.bpf_jit_enable=1`".to_owned());
        }
        problems
    }
}

/// The network interfaces of this network namespace, by name.
pub fn interfaces() -> Vec<InterfaceFacts> {
    let Ok(entries) = fs::read_dir("/sys/class/net") else {
        return Vec::new();
    };
    let mut found: Vec<InterfaceFacts> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter_map(|name| interface(&name))
        .collect();
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

/// Facts about one interface; `None` when there is no such interface.
pub fn interface(name: &str) -> Option<InterfaceFacts> {
    let index = sys::interface_index(name)?;
    let folder = format!("/sys/class/net/{name}");
    let queues = fs::read_dir(format!("{folder}/queues")).map_or(0, |entries| {
        entries
            .flatten()
            .filter(|entry| entry.file_name().as_encoded_bytes().starts_with(b"rx-"))
            .count()
    });
    let flags = read(&format!("{folder}/flags"));
    let flags = u32::from_str_radix(flags.trim_start_matches("0x"), 16).unwrap_or(0);
    Some(InterfaceFacts {
        name: name.to_owned(),
        index,
        driver: sys::driver(name),
        mtu: read(&format!("{folder}/mtu")).parse().ok(),
        receive_queues: queues,
        // IFF_UP is the lowest bit.
        is_up: flags & 1 == 1,
    })
}

fn read(path: &str) -> String {
    fs::read_to_string(path)
        .map(|text| text.trim().to_owned())
        .unwrap_or_default()
}

/// Major and minor version of a kernel release string.
fn version(release: &str) -> Option<(u32, u32)> {
    let mut parts = release.split(|c: char| !c.is_ascii_digit());
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// The bits of the line `CapEff` of `/proc/self/status`.
fn effective_capabilities(status: &str) -> u64 {
    status
        .lines()
        .find_map(|line| line.strip_prefix("CapEff:"))
        .and_then(|hex| u64::from_str_radix(hex.trim(), 16).ok())
        .unwrap_or(0)
}

fn missing_capabilities(effective: u64) -> Vec<&'static str> {
    let has = |bit: u32| effective >> bit & 1 == 1;
    CAPABILITIES
        .iter()
        .filter(|(_, bit)| {
            let by_admin = *bit >= 38 && has(CAP_SYS_ADMIN);
            !has(*bit) && !by_admin
        })
        .map(|(name, _)| *name)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kernel_releases_of_distributions_are_understood() {
        assert_eq!(version("6.1.0-18-amd64"), Some((6, 1)));
        assert_eq!(version("5.14.0-503.el9.x86_64"), Some((5, 14)));
        assert_eq!(version("6.18.44-fc-v595"), Some((6, 18)));
        assert_eq!(version(""), None);
    }

    #[test]
    fn admin_stands_in_for_the_newer_capabilities() {
        assert_eq!(missing_capabilities(u64::MAX), Vec::<&str>::new());
        assert_eq!(missing_capabilities(0).len(), 4);
        let admin = 1 << CAP_SYS_ADMIN;
        assert_eq!(
            missing_capabilities(admin),
            ["CAP_NET_ADMIN", "CAP_NET_RAW"]
        );
        let status = "Name:\tx\nCapEff:\t0000000000200000\n";
        assert_eq!(effective_capabilities(status), admin);
    }

    #[test]
    fn every_problem_names_its_remedy() {
        let facts = HostFacts {
            kernel: "4.19.0".to_owned(),
            kernel_new_enough: false,
            missing_capabilities: vec!["CAP_BPF"],
            btf: false,
            jit: false,
            program_built_in: false,
        };
        let problems = facts.problems();
        assert_eq!(problems.len(), 4);
        assert!(problems.iter().all(|problem| problem.contains(": ")));
    }

    #[test]
    fn the_loopback_interface_is_found() {
        let loopback = interface("lo").expect("every Linux has it");
        assert_eq!(loopback.mtu, Some(65536));
        assert!(interfaces().iter().any(|facts| facts.name == "lo"));
        assert_eq!(interface("no-such-if0"), None);
    }
}

//! The single checks. Each reads one place and says what it found.

use std::fs;
use std::io;
use std::path::Path;

use socket2::{Domain, Socket, Type};

use super::{Check, Verdict};
#[cfg(feature = "xdp")]
use crate::capture::xdp::host::{OLDEST_KERNEL, driver, try_load};

/// Oldest kernel for the kernel program, which this build is without.
#[cfg(not(feature = "xdp"))]
const OLDEST_KERNEL: (u32, u32) = (5, 18);

/// Memory the sensor needs with default settings, in KiB.
const NEEDED_MEMORY_KIB: u64 = 512 << 10;

/// Capabilities by bit number (`linux/capability.h`).
const CAP_NET_ADMIN: u32 = 12;
const CAP_NET_RAW: u32 = 13;
const CAP_SYS_ADMIN: u32 = 21;
const CAP_BPF: u32 = 39;

pub(super) fn all() -> Vec<Check> {
    vec![
        kernel(),
        capabilities(),
        bpf(),
        btf(),
        kernel_program(),
        af_packet(),
        interfaces(),
        memory(),
    ]
}

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

fn kernel() -> Check {
    let release = read("/proc/sys/kernel/osrelease").trim().to_owned();
    let (verdict, remedy) = match version(&release) {
        Some(version) if version >= OLDEST_KERNEL => (Verdict::Ok, None),
        _ => (
            Verdict::Missing,
            Some("the kernel program needs Linux 5.18 or later; a packet socket works on any"),
        ),
    };
    Check {
        name: "kernel",
        verdict,
        found: format!("Linux {release}"),
        remedy,
    }
}

/// The first two numbers of a release such as `6.1.0-18-amd64`.
fn version(release: &str) -> Option<(u32, u32)> {
    let mut numbers = release.split(|c: char| !c.is_ascii_digit());
    let major = numbers.next()?.parse().ok()?;
    let minor = numbers.next()?.parse().ok()?;
    Some((major, minor))
}

fn capabilities() -> Check {
    let held = effective_capabilities(&read("/proc/self/status"));
    let has = |bit: u32| held & (1 << bit) != 0;
    let names: Vec<&str> = [
        (CAP_NET_ADMIN, "net_admin"),
        (CAP_NET_RAW, "net_raw"),
        (CAP_BPF, "bpf"),
        (CAP_SYS_ADMIN, "sys_admin"),
    ]
    .into_iter()
    .filter(|(bit, _)| has(*bit))
    .map(|(_, name)| name)
    .collect();
    let enough = has(CAP_NET_ADMIN) && (has(CAP_BPF) || has(CAP_SYS_ADMIN));
    Check {
        name: "capabilities",
        verdict: if enough {
            Verdict::Ok
        } else {
            Verdict::Missing
        },
        found: if names.is_empty() {
            "none of those that capture needs".to_owned()
        } else {
            names.join(", ")
        },
        remedy: (!enough).then_some(
            "run as root, or: setcap cap_net_admin,cap_net_raw,cap_bpf,cap_perfmon+ep sensor-agent",
        ),
    }
}

/// The effective set of `/proc/self/status`.
fn effective_capabilities(status: &str) -> u64 {
    status
        .lines()
        .find_map(|line| line.strip_prefix("CapEff:"))
        .and_then(|hex| u64::from_str_radix(hex.trim(), 16).ok())
        .unwrap_or(0)
}

fn bpf() -> Check {
    // The file is there exactly when the kernel was built with the bpf system call.
    let present = Path::new("/proc/sys/kernel/unprivileged_bpf_disabled").exists();
    let compiled = read("/proc/sys/net/core/bpf_jit_enable").trim() != "0";
    let (verdict, found, remedy) = match (present, compiled) {
        (false, _) => (
            Verdict::Missing,
            "the kernel has no bpf system call",
            Some("use a kernel with CONFIG_BPF_SYSCALL, or capture with af_packet"),
        ),
        (true, false) => (
            Verdict::Limited,
            "BPF programs are interpreted",
            Some("sysctl net.core.bpf_jit_enable=1 makes capture several times faster"),
        ),
        (true, true) => (Verdict::Ok, "BPF programs are compiled", None),
    };
    Check {
        name: "bpf",
        verdict,
        found: found.to_owned(),
        remedy,
    }
}

fn btf() -> Check {
    let path = "/sys/kernel/btf/vmlinux";
    let present = Path::new(path).exists();
    Check {
        name: "btf",
        verdict: if present {
            Verdict::Ok
        } else {
            Verdict::Missing
        },
        found: if present {
            format!("{path} is there")
        } else {
            format!("{path} is missing")
        },
        remedy: (!present)
            .then_some("use a kernel with CONFIG_DEBUG_INFO_BTF, or capture with af_packet"),
    }
}

/// The surest answer: the kernel verifies the program, which is then let go again.
#[cfg(feature = "xdp")]
fn kernel_program() -> Check {
    let outcome = try_load();
    Check {
        name: "kernel_program",
        verdict: if outcome.is_ok() {
            Verdict::Ok
        } else {
            Verdict::Missing
        },
        remedy: outcome
            .is_err()
            .then_some("a packet socket works without it"),
        found: outcome.map_or_else(
            |error| error.to_string(),
            |()| "the kernel takes the program".to_owned(),
        ),
    }
}

#[cfg(not(feature = "xdp"))]
fn kernel_program() -> Check {
    Check {
        name: "kernel_program",
        verdict: Verdict::Missing,
        found: "this sensor-agent was built without it".to_owned(),
        remedy: Some("build it with the feature `xdp`; a packet socket works without it"),
    }
}

#[cfg(not(feature = "xdp"))]
fn driver(interface: &str) -> Option<String> {
    fs::read_link(format!("/sys/class/net/{interface}/device/driver"))
        .ok()
        .and_then(|path| Some(path.file_name()?.to_string_lossy().into_owned()))
}

fn af_packet() -> Check {
    let outcome = Socket::new(Domain::PACKET, Type::RAW, None);
    let (verdict, found, remedy) = match outcome {
        Ok(_) => (
            Verdict::Ok,
            "a packet socket can be opened".to_owned(),
            None,
        ),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => (
            Verdict::Missing,
            "not permitted".to_owned(),
            Some("run as root, or: setcap cap_net_raw+ep sensor-agent"),
        ),
        Err(error) => (
            Verdict::Missing,
            error.to_string(),
            Some("use a kernel with CONFIG_PACKET"),
        ),
    };
    Check {
        name: "af_packet",
        verdict,
        found,
        remedy,
    }
}

fn interfaces() -> Check {
    let mut described: Vec<String> = fs::read_dir("/sys/class/net")
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .map(|name| describe_interface(&name))
        .collect();
    described.sort();
    let none = described.is_empty();
    Check {
        name: "interfaces",
        verdict: if none { Verdict::Missing } else { Verdict::Ok },
        found: if none {
            "none".to_owned()
        } else {
            described.join(", ")
        },
        remedy: none.then_some("give this host or container a network interface"),
    }
}

/// `eth1 (up, driver igb)`.
fn describe_interface(name: &str) -> String {
    let state = read(&format!("/sys/class/net/{name}/operstate"));
    let driver =
        driver(name).map_or_else(|| "virtual".to_owned(), |driver| format!("driver {driver}"));
    format!("{name} ({}, {driver})", state.trim())
}

fn memory() -> Check {
    let available = available_kib(&read("/proc/meminfo"));
    let enough = available.is_none_or(|kib| kib >= NEEDED_MEMORY_KIB);
    Check {
        name: "memory",
        verdict: if enough {
            Verdict::Ok
        } else {
            Verdict::Limited
        },
        found: available.map_or_else(
            || "unknown".to_owned(),
            |kib| format!("{} MiB available", kib >> 10),
        ),
        remedy: (!enough).then_some("512 MiB are needed with default settings; lower capture.ring"),
    }
}

fn available_kib(meminfo: &str) -> Option<u64> {
    meminfo
        .lines()
        .find_map(|line| line.strip_prefix("MemAvailable:"))?
        .trim()
        .strip_suffix("kB")?
        .trim()
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::{available_kib, effective_capabilities, version};

    #[test]
    fn releases_of_several_makers_are_read() {
        assert_eq!(version("6.1.0-18-amd64"), Some((6, 1)));
        assert_eq!(version("5.8"), Some((5, 8)));
        assert_eq!(version("4.19.0+"), Some((4, 19)));
        assert_eq!(version("unknown"), None);
    }

    #[test]
    fn proc_files_are_read() {
        let status = "Name:\tx\nCapEff:\t0000000000003000\n";
        assert_eq!(effective_capabilities(status), 0x3000);
        assert_eq!(effective_capabilities(""), 0);
        assert_eq!(
            available_kib("MemFree: 1 kB\nMemAvailable:  2048 kB\n"),
            Some(2048)
        );
        assert_eq!(available_kib(""), None);
    }
}

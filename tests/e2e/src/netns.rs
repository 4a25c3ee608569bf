//! A network namespace with a veth pair, cleaned up also after a crash of an earlier run.
//!
//! Data in: nothing. Data out: a [`Bench`] whose `traffic` end sends and whose `mirror` end is to be
//! sensed. Names contain the process id; namespaces of processes that are gone are removed by the
//! next run. Limits: needs root and `ip` of iproute2.

use std::fs::{self, File};
use std::os::fd::AsFd;
use std::path::Path;
use std::process::{self, Command};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use anyhow::{Context, Result, anyhow, bail};

const PREFIX: &str = "telltale";
const FOLDER: &str = "/run/netns";

static SERIAL: AtomicU32 = AtomicU32::new(0);

/// A namespace of its own with one veth pair, both ends up and silent: no IPv6 autoconfiguration and
/// no ARP, so that nothing but what a test sends is on the wire.
pub struct Bench {
    name: String,
}

/// The end that sends.
pub const TRAFFIC: &str = "traffic0";
/// The end that is sensed.
pub const MIRROR: &str = "mirror0";

impl Bench {
    /// Makes namespace and pair.
    pub fn new() -> Result<Self> {
        remove_stale()?;
        let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
        let name = format!("{PREFIX}-{}-{serial}", process::id());
        ip(&["netns", "add", &name])?;
        // From here on the guard cleans up.
        let bench = Self { name };
        bench.enter(quiet)??;
        bench.ip(&[
            "link", "add", TRAFFIC, "mtu", "65535", "type", "veth", "peer", "name", MIRROR, "mtu",
            "65535",
        ])?;
        for end in [TRAFFIC, MIRROR] {
            bench.ip(&["link", "set", "dev", end, "arp", "off", "up"])?;
        }
        Ok(bench)
    }

    /// Moves the sensed end into the network namespace of this process, as interface `name`, silent
    /// as before. It goes away with the namespace of the other end.
    pub fn move_mirror_to_host(&self, name: &str) -> Result<()> {
        let here = process::id().to_string();
        self.ip(&[
            "link", "set", "dev", MIRROR, "down", "name", name, "netns", &here,
        ])?;
        let ipv6 = format!("/proc/sys/net/ipv6/conf/{name}/disable_ipv6");
        if Path::new(&ipv6).exists() {
            fs::write(&ipv6, "1").with_context(|| format!("cannot write {ipv6}"))?;
        }
        ip(&["link", "set", "dev", name, "arp", "off", "up"])?;
        Ok(())
    }

    /// Name of the namespace, for `ip netns exec`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Runs `ip` inside the namespace.
    pub fn ip(&self, args: &[&str]) -> Result<String> {
        let mut all = vec!["-n", self.name.as_str()];
        all.extend(args);
        ip(&all)
    }

    /// A command that runs inside the namespace.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.name]).arg(program);
        command
    }

    /// Runs `work` on a thread of its own inside the namespace.
    pub fn enter<T: Send>(&self, work: impl FnOnce() -> T + Send) -> Result<T> {
        inside(&self.name, work)
    }

    /// Frames the sensed end's driver took, as the driver itself counts them.
    pub fn mirror_received(&self) -> Result<u64> {
        self.statistic(MIRROR, "/0/stats64/rx/packets")
    }

    /// Frames the sending end could not deliver: the queue of the sensed end was full.
    pub fn traffic_refused(&self) -> Result<u64> {
        self.statistic(TRAFFIC, "/0/stats64/tx/dropped")
    }

    fn statistic(&self, end: &str, pointer: &str) -> Result<u64> {
        let text = self.ip(&["-json", "-statistics", "link", "show", "dev", end])?;
        let links: serde_json::Value = serde_json::from_str(&text)?;
        links
            .pointer(pointer)
            .and_then(serde_json::Value::as_u64)
            .with_context(|| format!("`ip` tells no {pointer}"))
    }

    /// Whether an XDP program sits on the sensed end, and in which mode (`xdp`, `xdpgeneric`).
    pub fn mirror_program(&self) -> Result<Option<String>> {
        let text = self.ip(&["-o", "link", "show", "dev", MIRROR])?;
        Ok(text
            .split_whitespace()
            .find(|word| matches!(*word, "xdp" | "xdpgeneric" | "xdpoffload"))
            .map(str::to_owned))
    }
}

/// Runs `work` on a thread of its own inside the network namespace `name`, one of `ip netns`.
pub fn inside<T: Send>(name: &str, work: impl FnOnce() -> T + Send) -> Result<T> {
    let path = Path::new(FOLDER).join(name);
    thread::scope(|scope| {
        let inside = scope.spawn(move || -> Result<T> {
            let namespace = File::open(&path).with_context(|| {
                format!("no network namespace {name}; `ip netns list` tells which there are")
            })?;
            rustix::thread::move_into_link_name_space(
                namespace.as_fd(),
                Some(rustix::thread::LinkNameSpaceType::Network),
            )
            .context("cannot enter the network namespace")?;
            Ok(work())
        });
        inside
            .join()
            .map_err(|panic| std::panic::resume_unwind(panic))?
    })
}

impl Drop for Bench {
    fn drop(&mut self) {
        if let Err(error) = ip(&["netns", "del", &self.name]) {
            eprintln!("cannot remove namespace {}: {error}", self.name);
        }
    }
}

/// Runs inside the namespace, before the pair is made: new interfaces inherit the setting.
fn quiet() -> Result<()> {
    for scope in ["all", "default"] {
        let path = format!("/proc/sys/net/ipv6/conf/{scope}/disable_ipv6");
        if Path::new(&path).exists() {
            fs::write(&path, "1").with_context(|| format!("cannot write {path}"))?;
        }
    }
    Ok(())
}

/// Removes namespaces whose process is gone.
fn remove_stale() -> Result<()> {
    let Ok(entries) = fs::read_dir(FOLDER) else {
        return Ok(());
    };
    for entry in entries {
        let name = entry?.file_name();
        let Some(name) = name.to_str() else { continue };
        if owner(name).is_some_and(|pid| !Path::new(&format!("/proc/{pid}")).exists()) {
            // Another test may have been faster.
            let _ = ip(&["netns", "del", name]);
        }
    }
    Ok(())
}

/// The process id in the name of one of our namespaces.
fn owner(name: &str) -> Option<u32> {
    let rest = name.strip_prefix(PREFIX)?.strip_prefix('-')?;
    rest.split('-').next()?.parse().ok()
}

fn ip(args: &[&str]) -> Result<String> {
    let output = Command::new("ip")
        .args(args)
        .output()
        .map_err(|error| anyhow!("cannot start `ip` ({error}): apt-get install iproute2"))?;
    if !output.status.success() {
        bail!(
            "`ip {}` failed: {}",
            args.join(" "),
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    String::from_utf8(output.stdout).context("`ip` printed no UTF-8")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_namespaces_have_an_owner() {
        assert_eq!(owner("telltale-4711-0"), Some(4711));
        assert_eq!(owner("telltale-demo"), None);
        assert_eq!(owner("other-4711-0"), None);
    }
}

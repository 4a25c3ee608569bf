//! Suricata as a peer: installs Debian's package, runs it at the sensed end of a lane, and reads from
//! its own statistics how many frames it decoded.
//!
//! Data in: a lane. Data out: `decoder.pkts`. Limits: Debian 12 has it in its backports; they are
//! added for this one install only, nothing in `/etc/apt` changes. Where systemd runs, the package
//! would start a service, and is left to whoever keeps the machine.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Stdio},
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use sensor_e2e::{PATIENCE, interrupt, lane::Lane, netns::MIRROR, wait_for};

use super::load::fresh_folder;
use crate::{
    shell::{Cmd, which},
    steps::with_progress,
    workspace,
};

/// Where Debian's packages come from, for the one install.
const SOURCES: &str = "\
deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian bookworm main
deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian bookworm-backports main
";

const FOR_PEOPLE: &str = "systemctl mask suricata && apt-get install --no-install-recommends -t bookworm-backports suricata";

/// Makes sure that Suricata is installed; its version.
pub(super) fn ensure() -> Result<String> {
    if which("suricata").is_none() {
        install()?;
    }
    let text = Cmd::new("suricata").arg("-V").stdout()?;
    Ok(text.trim().trim_start_matches("This is ").to_owned())
}

fn install() -> Result<()> {
    if which("apt-get").is_none() {
        bail!("`bench peers` needs Suricata 7, and this system has no apt-get: install it by hand");
    }
    if Path::new("/run/systemd/system").exists() {
        bail!(
            "`bench peers` needs Suricata 7, whose package would start a service here; add \
             bookworm-backports to the sources and run\n  {FOR_PEOPLE}"
        );
    }
    let folder = fresh_folder("apt")?;
    let sources = folder.join("sources.list");
    let lists = folder.join("lists");
    fs::create_dir_all(lists.join("partial"))?;
    fs::write(&sources, SOURCES)?;
    eprintln!(
        "installing Debian's suricata from bookworm-backports, with these sources for this one \
         install:\n{SOURCES}"
    );
    let log = workspace::scratch_dir().join("logs/apt.log");
    let apt = |verb: &[&str]| {
        Cmd::new("apt-get")
            .args(["-q", "-o"])
            .arg(format!("Dir::Etc::sourcelist={}", sources.display()))
            .args(["-o", "Dir::Etc::sourceparts=/dev/null", "-o"])
            .arg(format!("Dir::State::lists={}", lists.display()))
            .args(verb)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .run_logged(&log)
            .with_context(|| format!("what apt-get said is in {}", log.display()))
    };
    with_progress("apt-get update", || apt(&["update"]))?;
    let verb = [
        "install",
        "--no-install-recommends",
        "-y",
        "-t",
        "bookworm-backports",
        "suricata",
    ];
    with_progress("apt-get install", || apt(&verb))
}

/// The configuration that Debian's package installs.
const PACKAGED: &str = "/etc/suricata/suricata.yaml";

/// How Suricata is set up. Both without rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Setup {
    /// For this bench: a ring of 200 000 frames, one worker, checksums not verified, Modbus parsed,
    /// statistics as the only output.
    Tuned,
    /// As Debian's package leaves it.
    Packaged,
}

/// A running Suricata.
pub(super) struct Suricata {
    child: Child,
    folder: PathBuf,
}

impl Suricata {
    /// Starts it at the sensed end, with AF_PACKET.
    pub(super) fn start(lane: &Lane, setup: Setup) -> Result<Self> {
        let folder = fresh_folder("suricata")?;
        let (config, more): (_, &[&str]) = match setup {
            Setup::Packaged => (PathBuf::from(PACKAGED), &[]),
            Setup::Tuned => {
                let config = folder.join("suricata.yaml");
                fs::write(&config, configuration(&folder))?;
                (config, &["--runmode", "workers", "-k", "none"])
            }
        };
        let child = lane
            .bench
            .command("suricata")
            .arg("-c")
            .arg(&config)
            .arg("-l")
            .arg(&folder)
            .arg(format!("--af-packet={MIRROR}"))
            .args(["-S", "/dev/null"])
            .args(more)
            .args(["--set", "capture.disable-offloading=false"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot start Suricata")?;
        let mut peer = Self { child, folder };
        wait_for("the start of Suricata", PATIENCE, || {
            let said = peer.said();
            if let Some(status) = peer.child.try_wait()? {
                bail!("Suricata ended with {status}");
            }
            ensure!(!said.contains("failed to start"), "Suricata cannot capture");
            Ok(said.contains("Engine started").then_some(()))
        })
        .with_context(|| peer.said())?;
        lane.sensing(peer.child.id())?;
        Ok(peer)
    }

    /// Lets it finish what its ring holds and ends it; frames it decoded.
    pub(super) fn stop(mut self) -> Result<u64> {
        // It takes what is in the ring before it ends; the ring holds less than a second.
        std::thread::sleep(Duration::from_secs(2));
        interrupt(&self.child)?;
        wait_for("the end of Suricata", PATIENCE, || {
            Ok(self.child.try_wait()?)
        })?;
        let stats = fs::read_to_string(self.folder.join("stats.log"))
            .context("Suricata left no statistics")?;
        let packets = last(&stats, "capture.kernel_packets")?;
        // A counter that never moved is not always written.
        let drops = last(&stats, "capture.kernel_drops").unwrap_or(0);
        let decoded = last(&stats, "decoder.pkts")?;
        // The kernel counts dropped frames among the packets (packet(7), PACKET_STATISTICS).
        ensure!(
            decoded <= packets,
            "Suricata decoded {decoded} of {packets} frames, {drops} dropped"
        );
        Ok(decoded)
    }

    fn said(&self) -> String {
        fs::read_to_string(self.folder.join("suricata.log")).unwrap_or_default()
    }
}

impl Drop for Suricata {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// The last value of a counter in `stats.log`.
fn last(stats: &str, counter: &str) -> Result<u64> {
    stats
        .lines()
        .rev()
        .filter_map(|line| line.strip_prefix(counter))
        .find_map(|rest| rest.rsplit('|').next()?.trim().parse().ok())
        .with_context(|| format!("Suricata's statistics have no {counter}"))
}

fn configuration(folder: &Path) -> String {
    format!(
        "%YAML 1.1
---
vars:
  address-groups: {{HOME_NET: any, EXTERNAL_NET: any}}
default-log-dir: {folder}
stats: {{enabled: yes, interval: 2}}
outputs:
  - stats: {{enabled: yes, filename: stats.log, append: no, totals: yes, threads: no, null-values: yes}}
logging:
  outputs:
    - file: {{enabled: yes, level: info, filename: suricata.log}}
af-packet:
  - interface: {MIRROR}
    threads: 1
    cluster-id: 99
    cluster-type: cluster_flow
    defrag: yes
    use-mmap: yes
    tpacket-v3: yes
    ring-size: 200000
    block-size: 1048576
app-layer:
  protocols:
    modbus: {{enabled: yes, detection-ports: {{dp: 502}}}}
unix-command: {{enabled: no}}
",
        folder = folder.display()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_total_counts() {
        let stats = "decoder.pkts            | Total          | 5\n\
                     capture.kernel_drops    | Total          | 1\n\
                     decoder.pkts            | Total          | 12\n";
        assert_eq!(last(stats, "decoder.pkts").unwrap(), 12);
        assert!(last(stats, "decoder.bytes").is_err());
    }
}

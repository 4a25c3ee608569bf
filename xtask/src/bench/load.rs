//! What live benches share: a load on a lane, and the release agent that senses it.
//!
//! Data in: a mix, flows, rate and time. Data out: what was offered, and where every frame of it is
//! by the sensor's account.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use sensor_e2e::{
    agent::{Agent, Options, Source},
    flood::{
        generator::{Generator, Sent},
        mixes,
    },
    lane::Lane,
    netns::{MIRROR, TRAFFIC},
    wait_for,
};

use crate::{
    agent::{self, Profile},
    debian, ebpf,
    steps::with_progress,
    workspace,
};

/// Flows are opened no faster than this, frames a second.
const OPENING: u32 = 200_000;

/// What to offer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Load {
    pub mix: &'static str,
    pub flows: u32,
    /// Frames a second; 0 is as fast as it goes.
    pub rate: u32,
    pub time: Duration,
}

/// What was offered.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Offered {
    /// Frames, those that opened the flows included.
    pub frames: u64,
    /// Frames that the queue before the sensed end had no room for.
    pub refused: u64,
    /// Frames a second while the load was held.
    pub pps: f64,
}

/// Where the offered frames are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Account {
    pub received: u64,
    pub handed_up: u64,
    /// Over all reasons.
    pub lost: u64,
}

/// What live benches need: packages, the kernel program, the release agent.
pub(super) fn prepare() -> Result<PathBuf> {
    ensure!(
        workspace::is_root(),
        "live capture needs root (namespaces, kernel programs): sudo -E cargo xtask bench"
    );
    debian::ensure(&[debian::NETWORK, debian::OFFLOADS].concat())?;
    let log = workspace::scratch_dir().join("logs/bench-build.log");
    ebpf::build()?;
    with_progress("agent (release)", || agent::build(Profile::Release, &log))
        .with_context(|| format!("the compiler's messages are in {}", log.display()))
}

impl Load {
    /// Opens the flows, then holds the load, from the generator's core.
    pub(super) fn offer(&self, lane: &Lane) -> Result<Offered> {
        let refused_before = lane.bench.traffic_refused()?;
        let (opened, sent, refused) = lane.bench.enter(|| self.send(lane))??;
        Ok(Offered {
            frames: opened.frames + sent.frames,
            refused: refused + lane.bench.traffic_refused()? - refused_before,
            pps: if sent.frames > 0 { sent } else { opened }.rate(),
        })
    }

    /// What opened the flows, what was sent then, and what the queue to another core refused.
    fn send(&self, lane: &Lane) -> Result<(Sent, Sent, u64)> {
        lane.sending_here()?;
        let mix = mixes::named(self.mix)?;
        let mut generator = Generator::of_mix(TRAFFIC, &mix, self.flows)?;
        if let Some(core) = lane.relay() {
            generator.relay_to(core)?;
        }
        let opening = match self.rate {
            0 => OPENING,
            rate => rate.min(OPENING),
        };
        let opened = generator.open_flows(opening)?;
        if generator.only_opens() {
            return Ok((opened, Sent::default(), generator.refused(opened.frames)?));
        }
        let sent = generator.run(self.rate, self.time)?;
        let refused = generator.refused(opened.frames + sent.frames)?;
        Ok((opened, sent, refused))
    }
}

/// A folder for one run, empty.
pub(super) fn fresh_folder(name: &str) -> Result<PathBuf> {
    let folder = workspace::scratch_dir().join("bench").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    Ok(folder)
}

/// The release agent at the sensed end of a lane: native XDP, frames end there, every engine on.
pub(super) struct Sensor {
    agent: Agent,
}

impl Sensor {
    pub(super) fn start(program: &Path, lane: &Lane) -> Result<Self> {
        let folder = fresh_folder("sensor")?;
        let config = folder.join("sensor.toml");
        let settings = format!(
            "[capture]\ninterfaces = [\"{MIRROR}\"]\nbackend = \"xdp\"\nattach = \"native\"\n\
             after_capture = \"consume\"\n"
        );
        fs::write(&config, settings)?;
        let options = Options {
            program: program.to_path_buf(),
            source: Source::Configured(config),
            data_dir: folder,
            mode: "operational",
            listen: "127.0.0.1:0".to_owned(),
            namespace: Some(lane.bench.name().to_owned()),
        };
        let agent = options.start()?;
        lane.sensing(agent.id())?;
        Ok(Self { agent })
    }

    pub(super) fn agent(&self) -> &Agent {
        &self.agent
    }

    /// The sensor's account once it stands still.
    pub(super) fn settled(&self, lane: &Lane) -> Result<Account> {
        lane.bench.enter(|| {
            wait_for("steady counters", Duration::from_mins(1), || {
                let before = self.account()?;
                std::thread::sleep(Duration::from_millis(1500));
                let after = self.account()?;
                Ok((before == after).then_some(after))
            })
        })?
    }

    /// What the sensor says about aggregation.
    pub(super) fn aggregation(&self, lane: &Lane) -> Result<serde_json::Value> {
        let capture = lane
            .bench
            .enter(|| self.agent.api().get("/api/v1/capture")?.ok())??;
        Ok(capture["sources"][0]["aggregation"].clone())
    }

    pub(super) fn stop(self) -> Result<()> {
        self.agent.stop()
    }

    fn account(&self) -> Result<Account> {
        let capture = self.agent.api().get("/api/v1/capture")?.ok()?;
        let source = capture["sources"].get(0).context("no source")?;
        let lost = source["lost"].as_array().context("no list of losses")?;
        Ok(Account {
            received: source["received"].as_u64().context("no `received`")?,
            handed_up: source["handed_up"].as_u64().context("no `handed_up`")?,
            lost: lost
                .iter()
                .filter_map(|reason| reason["count"].as_u64())
                .sum(),
        })
    }
}

//! What a demo has running: the agent, and for live capture a veth pair whose sending end lies in a
//! network namespace and whose sensed end in the namespace of the host, beside the API's loopback.

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use sensor_e2e::{
    PATIENCE,
    agent::{Agent, Options, Source, end_stale},
    api::Api,
    netns::Bench,
    wait_for,
};

use super::{Ending, player};
use crate::{steps::with_progress, workspace};

/// The sensed end of the pair, in the host's namespace.
const INTERFACE: &str = "telltale0";

/// Port of the API when it is free.
const PORT: u16 = 8470;

/// The running parts. The agent goes first, then the pair.
pub(super) struct Rig {
    agent: Agent,
    bench: Option<Bench>,
}

impl Rig {
    /// The agent with the kernel program on a veth pair.
    pub(super) fn live(program: PathBuf) -> Result<Self> {
        let data_dir = fresh_data_dir()?;
        let bench = Bench::new()?;
        bench.move_mirror_to_host(INTERFACE)?;
        let agent = start(program, Source::Interface(INTERFACE.to_owned()), &data_dir)?;
        Ok(Self {
            agent,
            bench: Some(bench),
        })
    }

    /// The agent on the capture files themselves.
    pub(super) fn replay(program: PathBuf) -> Result<Self> {
        let data_dir = fresh_data_dir()?;
        let mut files = player::captures()?;
        files.push(player::eicar_file(&data_dir)?);
        let agent = start(program, Source::Files(files), &data_dir)?;
        Ok(Self { agent, bench: None })
    }

    /// Plays the captures and waits until the sensor has seen all of them.
    pub(super) fn first_round(&mut self, end: &Ending) -> Result<()> {
        if self.bench.is_none() {
            return with_progress("capture files", || self.agent.wait_until_finished());
        }
        let sent = with_progress("playing the captures into the interface", || self.play(end))?;
        if end.asked() {
            return Ok(());
        }
        let api = self.agent.api();
        wait_for("the last frame in the sensor's counters", PATIENCE, || {
            Ok((received(&api)? >= sent).then_some(()))
        })
    }

    /// Plays the captures once more; nothing when there is no interface.
    pub(super) fn play(&self, end: &Ending) -> Result<u64> {
        self.bench
            .as_ref()
            .map_or(Ok(0), |bench| player::play(bench, end))
    }

    pub(super) fn agent_runs(&mut self) -> Result<bool> {
        self.agent.runs()
    }

    pub(super) fn agent_said(&self) -> String {
        self.agent.said()
    }

    pub(super) fn address(&self) -> &str {
        self.agent.address()
    }

    pub(super) fn token(&self) -> &str {
        self.agent.token()
    }

    pub(super) fn api(&self) -> Api {
        self.agent.api()
    }

    pub(super) fn is_live(&self) -> bool {
        self.bench.is_some()
    }

    /// Ends the agent and removes the interfaces, whatever fails on the way.
    pub(super) fn take_down(self) -> Result<()> {
        let stopped = self.agent.stop();
        drop(self.bench);
        stopped
    }
}

/// Frames that the sensor's sources were offered.
pub(super) fn received(api: &Api) -> Result<u64> {
    let capture = api.get("/api/v1/capture")?.ok()?;
    let sources = capture["sources"]
        .as_array()
        .context("no sources in the capture status")?;
    Ok(sources
        .iter()
        .filter_map(|source| source["received"].as_u64())
        .sum())
}

fn start(program: PathBuf, source: Source, data_dir: &Path) -> Result<Agent> {
    let options = Options {
        program,
        source,
        data_dir: data_dir.to_path_buf(),
        mode: "operational",
        listen: format!("127.0.0.1:{}", free_port()),
        namespace: None,
    };
    with_progress("starting the agent", || options.start())
}

/// The usual port, or 0 (the system's choice) when somebody has it.
fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", PORT)).map_or(0, |_| PORT)
}

/// An empty data directory. An agent that a killed demo left behind is ended first.
fn fresh_data_dir() -> Result<PathBuf> {
    let folder = workspace::scratch_dir().join("demo");
    end_stale(&folder)?;
    if folder.exists() {
        fs::remove_dir_all(&folder)
            .with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

//! Starts and stops the real agent.
//!
//! Data in: a source of frames, a data directory, a mode. Data out: the address it listens on, its
//! first token, and what it said on standard error. A rig that is dropped ends its agent.

use std::{
    env,
    ffi::OsString,
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, ChildStderr, Command, ExitStatus, Stdio},
    slice,
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

use crate::{PATIENCE, api::Api, wait_for};

/// In the data directory: the process id, for [`end_stale`].
const PID_FILE: &str = "agent.pid";

/// The line on standard error that tells the address.
const LISTENING: &str = "listening on ";

/// Where the agent gets its frames.
#[derive(Clone, Debug)]
pub enum Source {
    /// A capture file, read as fast as it goes.
    Pcap(PathBuf),
    /// Several, one after the other.
    Files(Vec<PathBuf>),
    /// A live interface.
    Interface(String),
    /// What this configuration file names.
    Configured(PathBuf),
}

/// What to start.
#[derive(Clone, Debug)]
pub struct Options {
    pub program: PathBuf,
    pub source: Source,
    pub data_dir: PathBuf,
    /// `learning`, `dynamic` or `operational`.
    pub mode: &'static str,
    /// Address of the API; port 0 lets the system choose.
    pub listen: String,
    /// Network namespace to run in; `None` is the one of this process.
    pub namespace: Option<String>,
}

impl Options {
    /// The agent of this build on `source`, in operational mode, on a port of the system's choice.
    pub fn new(source: Source, data_dir: &Path) -> Result<Self> {
        Ok(Self {
            program: program()?,
            source,
            data_dir: data_dir.to_path_buf(),
            mode: "operational",
            listen: "127.0.0.1:0".to_owned(),
            namespace: None,
        })
    }

    /// Starts the agent and waits until its API listens.
    pub fn start(self) -> Result<Agent> {
        let mut command = self.command();
        command.arg("run").args(self.arguments());
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let mut child = command
            .spawn()
            .with_context(|| format!("cannot start {}", self.program.display()))?;
        let stderr = child
            .stderr
            .take()
            .context("the agent has no standard error")?;
        let mut agent = Agent {
            child,
            address: String::new(),
            token: String::new(),
            said: Said::follow(stderr),
        };
        agent.address = agent.wait_for_address()?;
        agent.token = read_token(&self.data_dir)?;
        fs::write(self.data_dir.join(PID_FILE), agent.child.id().to_string())?;
        Ok(agent)
    }

    /// `ip netns exec` becomes the agent, so the child's id is the agent's either way.
    fn command(&self) -> Command {
        let Some(namespace) = &self.namespace else {
            return Command::new(&self.program);
        };
        let mut command = Command::new("ip");
        command
            .args(["netns", "exec", namespace])
            .arg(&self.program);
        command
    }

    fn arguments(&self) -> Vec<OsString> {
        let mut arguments: Vec<OsString> = vec![
            "--listen".into(),
            self.listen.clone().into(),
            "--data-dir".into(),
            self.data_dir.clone().into_os_string(),
            "--mode".into(),
            self.mode.into(),
        ];
        let files = match &self.source {
            Source::Interface(name) => {
                arguments.extend(["--interface".into(), name.into()]);
                &[]
            }
            Source::Configured(file) => {
                arguments.extend(["--config".into(), file.clone().into_os_string()]);
                &[]
            }
            Source::Pcap(file) => slice::from_ref(file),
            Source::Files(files) => files.as_slice(),
        };
        for file in files {
            arguments.extend(["--pcap".into(), file.clone().into_os_string()]);
        }
        arguments
    }
}

/// A running agent.
#[derive(Debug)]
pub struct Agent {
    child: Child,
    address: String,
    token: String,
    said: Said,
}

impl Agent {
    /// `http://127.0.0.1:PORT`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The first administrator's token.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// A client with that token.
    pub fn api(&self) -> Api {
        Api::new(&self.address, Some(&self.token))
    }

    /// Everything it wrote to standard error so far.
    pub fn said(&self) -> String {
        self.said.text()
    }

    /// Waits until its capture file has gone the whole way and what it raised is stored.
    pub fn wait_until_finished(&self) -> Result<()> {
        let api = self.api();
        wait_for("the end of the capture", PATIENCE, || {
            let capture = api.get("/api/v1/capture")?.ok()?;
            Ok((capture["finished"] == true).then_some(()))
        })
        .with_context(|| format!("the agent said:\n{}", self.said()))
    }

    /// Whether it still runs.
    pub fn runs(&mut self) -> Result<bool> {
        Ok(self.child.try_wait()?.is_none())
    }

    /// Resident memory, mebibytes.
    pub fn resident_mib(&self) -> Result<f64> {
        self.memory_mib("VmRSS:")
    }

    /// The most resident memory it ever had, mebibytes.
    pub fn peak_mib(&self) -> Result<f64> {
        self.memory_mib("VmHWM:")
    }

    fn memory_mib(&self, field: &str) -> Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let kib: f64 = status
            .lines()
            .find_map(|line| line.strip_prefix(field))
            .and_then(|rest| rest.split_whitespace().next())
            .and_then(|kib| kib.parse().ok())
            .with_context(|| format!("no {field} in /proc"))?;
        Ok(kib / 1024.0)
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to end (SIGTERM) and waits; an error when it does not, or ends badly.
    pub fn stop(mut self) -> Result<()> {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, Signal::TERM).context("cannot signal the agent")?;
        let status = self.wait(PATIENCE)?;
        if !status.success() {
            bail!("the agent ended with {status}; it said:\n{}", self.said());
        }
        Ok(())
    }

    /// Ends it at once (SIGKILL), as a power cut would.
    pub fn kill(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    fn wait(&mut self, limit: Duration) -> Result<ExitStatus> {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            if start.elapsed() > limit {
                bail!(
                    "the agent did not end within {} s; it said:\n{}",
                    limit.as_secs(),
                    self.said()
                );
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn wait_for_address(&mut self) -> Result<String> {
        let start = Instant::now();
        loop {
            if let Some(address) = self.said.address() {
                return Ok(address);
            }
            if let Some(status) = self.child.try_wait()? {
                thread::sleep(Duration::from_millis(50)); // its last lines may still be on their way
                bail!(
                    "the agent ended with {status} before it listened; it said:\n{}",
                    self.said()
                );
            }
            if start.elapsed() > PATIENCE {
                bail!(
                    "the agent does not listen after {} s; it said:\n{}",
                    PATIENCE.as_secs(),
                    self.said()
                );
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            // Errors mean that it is gone already.
            let _ = kill_process(Pid::from_child(&self.child), Signal::TERM);
            if self.wait(Duration::from_secs(5)).is_err() {
                let _ = self.child.kill();
            }
        }
        let _ = self.child.wait();
    }
}

/// What the agent writes to standard error, collected by a thread.
#[derive(Clone, Debug)]
struct Said(Arc<Mutex<String>>);

impl Said {
    fn follow(stderr: ChildStderr) -> Self {
        let said = Self(Arc::default());
        let writer = said.clone();
        thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                let mut text = writer.0.lock().unwrap_or_else(PoisonError::into_inner);
                text.push_str(&line);
                text.push('\n');
            }
        });
        said
    }

    fn text(&self) -> String {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn address(&self) -> Option<String> {
        let text = self.text();
        let (_, rest) = text.split_once(LISTENING)?;
        let address = rest.split_whitespace().next()?;
        Some(address.trim_end_matches('/').to_owned())
    }
}

/// Ends the agent that an earlier, killed rig left on `data_dir`, if it still runs.
pub fn end_stale(data_dir: &Path) -> Result<()> {
    let Ok(text) = fs::read_to_string(data_dir.join(PID_FILE)) else {
        return Ok(());
    };
    let Some(pid) = text.parse().ok().and_then(Pid::from_raw) else {
        return Ok(());
    };
    // Another program may have got the number since.
    let is_agent = || {
        fs::read_to_string(format!("/proc/{}/comm", text.trim()))
            .is_ok_and(|name| name.trim() == "sensor-agent")
    };
    if !is_agent() {
        return Ok(());
    }
    kill_process(pid, Signal::TERM).context("cannot end the agent of an earlier run")?;
    wait_for("the end of an earlier agent", PATIENCE, || {
        Ok((!is_agent()).then_some(()))
    })
}

fn read_token(data_dir: &Path) -> Result<String> {
    let path = data_dir.join("admin.token");
    let token = fs::read_to_string(&path)
        .with_context(|| format!("no first token in {}", path.display()))?;
    Ok(token.trim().to_owned())
}

/// The agent to test: `TELLTALE_AGENT`, else the one that was built beside this program.
pub fn program() -> Result<PathBuf> {
    if let Some(path) = env::var_os("TELLTALE_AGENT") {
        return Ok(PathBuf::from(path));
    }
    let own = env::current_exe()?;
    own.ancestors()
        .skip(1)
        .take(2)
        .map(|folder| folder.join("sensor-agent"))
        .find(|path| path.is_file())
        .context("no sensor-agent beside this program; `cargo xtask test` builds it, or set TELLTALE_AGENT")
}

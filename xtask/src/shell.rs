//! Runs other programs and says clearly which one failed, and how.
//!
//! Data in: a program with arguments. Data out: its exit status, its standard output, or a log file
//! that holds everything it said. A program that overruns its time limit is ended and reported.

use std::{
    ffi::{OsStr, OsString},
    fs::File,
    io::{self, Write},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use crate::workspace;

/// How often a program with a time limit is looked at.
const POLL: Duration = Duration::from_millis(50);

/// A program to run, by default in the root of the checkout and without a time limit.
pub(crate) struct Cmd {
    command: Command,
    shown: String,
    limit: Option<Duration>,
}

impl Cmd {
    pub(crate) fn new(program: impl AsRef<OsStr>) -> Self {
        let shown = Path::new(&program)
            .file_name()
            .unwrap_or(program.as_ref())
            .to_string_lossy()
            .into_owned();
        let mut command = Command::new(program);
        command.current_dir(workspace::root());
        Self {
            command,
            shown,
            limit: None,
        }
    }

    /// The cargo that started this program, so that the pinned toolchain is kept.
    pub(crate) fn cargo() -> Self {
        Self::new(std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")))
    }

    pub(crate) fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.shown.push(' ');
        self.shown.push_str(&arg.as_ref().to_string_lossy());
        self.command.arg(arg);
        self
    }

    pub(crate) fn args<A: AsRef<OsStr>>(self, args: impl IntoIterator<Item = A>) -> Self {
        args.into_iter().fold(self, Self::arg)
    }

    pub(crate) fn env(mut self, key: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(key, value);
        self
    }

    pub(crate) fn dir(mut self, dir: impl AsRef<Path>) -> Self {
        self.command.current_dir(dir);
        self
    }

    /// Ends the program when it runs longer than this.
    pub(crate) fn limit(mut self, limit: Duration) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Runs with the caller's standard output and error; fails unless the exit code is 0.
    pub(crate) fn run(mut self) -> Result<()> {
        let child = self.spawn()?;
        let status = self.wait(child)?;
        self.check(status)
    }

    /// Runs with everything the program says going to `log`.
    pub(crate) fn run_logged(mut self, log: &Path) -> Result<()> {
        let status = self.status_logged(log)?;
        self.check(status)
    }

    /// As [`Cmd::run_logged`], but the exit status is an answer, not an error.
    pub(crate) fn status_logged(&mut self, log: &Path) -> Result<ExitStatus> {
        let file = append(log)?;
        self.command.stdin(Stdio::null());
        self.command.stderr(file.try_clone()?);
        self.command.stdout(file);
        let child = self.spawn()?;
        Ok(self.wait(child)?)
    }

    /// Standard output as text, standard error to `log`; fails unless the exit code is 0.
    pub(crate) fn stdout_logged(mut self, log: &Path) -> Result<String> {
        self.command.stderr(append(log)?);
        self.read()
    }

    /// Standard error as text, which goes to `log` too; fails unless the exit code is 0.
    pub(crate) fn stderr_logged(mut self, log: &Path) -> Result<String> {
        self.command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let output = self.spawn()?.wait_with_output()?;
        append(log)?.write_all(&output.stderr)?;
        self.check(output.status)?;
        Ok(String::from_utf8_lossy(&output.stderr).into_owned())
    }

    /// Standard output as text; fails unless the exit code is 0.
    pub(crate) fn stdout(mut self) -> Result<String> {
        self.command.stderr(Stdio::null());
        self.read()
    }

    /// Whether the program exists and ends with exit code 0; says nothing.
    pub(crate) fn succeeds(mut self) -> bool {
        self.command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    }

    fn read(&mut self) -> Result<String> {
        self.command.stdin(Stdio::null());
        self.command.stdout(Stdio::piped());
        let output = self.spawn()?.wait_with_output()?;
        self.check(output.status)?;
        String::from_utf8(output.stdout)
            .with_context(|| format!("`{}` printed no UTF-8", self.shown))
    }

    fn spawn(&mut self) -> Result<Child> {
        self.command
            .spawn()
            .with_context(|| format!("cannot start `{}`", self.shown))
    }

    fn wait(&self, mut child: Child) -> io::Result<ExitStatus> {
        let Some(limit) = self.limit else {
            return child.wait();
        };
        let start = Instant::now();
        loop {
            if let Some(status) = child.try_wait()? {
                return Ok(status);
            }
            if start.elapsed() > limit {
                child.kill()?;
                child.wait()?;
                return Err(io::Error::new(
                    io::ErrorKind::TimedOut,
                    format!(
                        "`{}` ran longer than {} s and was ended",
                        self.shown,
                        limit.as_secs()
                    ),
                ));
            }
            thread::sleep(POLL);
        }
    }

    fn check(&self, status: ExitStatus) -> Result<()> {
        if status.success() {
            return Ok(());
        }
        bail!("`{}` failed: {status}", self.shown)
    }
}

/// Opens `log` for appending, with its folder.
fn append(log: &Path) -> Result<File> {
    if let Some(folder) = log.parent() {
        std::fs::create_dir_all(folder)?;
    }
    File::options()
        .create(true)
        .append(true)
        .open(log)
        .with_context(|| format!("cannot write {}", log.display()))
}

/// Full path of `program`, if it is on the search path.
pub(crate) fn which(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|candidate| candidate.is_file())
}

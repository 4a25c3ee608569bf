//! Starts the program and looks at what came out.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The program under test.
pub(crate) fn agent() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sensor-agent"));
    // A test runner's wish for backtraces must not reach the program: users see none either.
    command.env_remove("RUST_BACKTRACE").stdin(Stdio::null());
    command
}

/// A capture of `tests/captures`.
pub(crate) fn capture(name: &str) -> String {
    let path = shared("captures").join(name);
    assert!(path.is_file(), "{} is missing", path.display());
    path.display().to_string()
}

/// A folder of `tests` at the top of the project.
pub(crate) fn shared(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../tests")
        .join(name)
}

/// Runs the program to its end.
pub(crate) fn run(args: &[&str]) -> Output {
    agent().args(args).output().expect("the program starts")
}

/// Standard output of a run that must succeed.
pub(crate) fn stdout(args: &[&str]) -> String {
    let output = run(args);
    assert!(
        output.status.success(),
        "{args:?} ended with {}: {}",
        output.status,
        text(&output.stderr)
    );
    text(&output.stdout)
}

/// The alerts of `replay --alerts` with these further arguments.
pub(crate) fn alerts(args: &[&str]) -> Vec<serde_json::Value> {
    let args = [&["replay", "--alerts"], args].concat();
    stdout(&args)
        .lines()
        .map(|line| serde_json::from_str(line).expect("a line of JSON"))
        .collect()
}

/// Checks that a run fails with `code` and says so in one line that holds every part.
pub(crate) fn fails(args: &[&str], code: i32, parts: &[&str]) {
    let output = run(args);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{args:?}: {said}");
    assert_eq!(text(&output.stdout), "", "{args:?}");
    assert_eq!(said.lines().count(), 1, "{args:?}: {said}");
    for part in parts {
        assert!(
            said.contains(part),
            "{args:?}: `{part}` is missing in: {said}"
        );
    }
}

/// Writes a file of the test.
pub(crate) fn write(path: &Path, content: impl AsRef<[u8]>) -> String {
    fs::write(path, content).expect("room on the disk");
    path.display().to_string()
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

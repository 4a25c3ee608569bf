//! The running sensor without root: a capture file as source, signals, restarts, the data directory.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::{agent, capture, fails, run, stdout, text};

/// A sensor that listens.
struct Running {
    child: Child,
    stderr: BufReader<ChildStderr>,
    address: String,
}

impl Running {
    fn start(data: &Path, arguments: &[&str]) -> Self {
        let mut child = agent()
            .args(["run", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(data)
            .args(arguments)
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("the program starts");
        let mut stderr = BufReader::new(child.stderr.take().expect("a pipe"));
        let mut said = String::new();
        let address = loop {
            let mut line = String::new();
            let read = stderr.read_line(&mut line).expect("UTF-8");
            assert!(read > 0, "it ended before it listened: {said}");
            said.push_str(&line);
            if let Some(address) = line.strip_prefix("listening on http://") {
                break address.trim().to_owned();
            }
        };
        Self {
            child,
            stderr,
            address,
        }
    }

    /// Answer to a GET with the token in `data`.
    fn get(&self, data: &Path, path: &str) -> String {
        let token = fs::read_to_string(data.join("admin.token")).expect("the token");
        let mut stream = TcpStream::connect(&self.address).expect("it listens");
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nConnection: close\r\n\r\n",
            self.address,
            token.trim()
        );
        stream.write_all(request.as_bytes()).expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("UTF-8");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        body.to_owned()
    }

    /// Waits until every capture file went the whole way.
    fn finished(&self, data: &Path) {
        let deadline = Instant::now() + Duration::from_mins(1);
        while !self
            .get(data, "/api/v1/capture")
            .contains("\"finished\":true")
        {
            assert!(Instant::now() < deadline, "the capture never ended");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until it says something with this in it.
    fn says(&mut self, part: &str) {
        let mut line = String::new();
        while !line.contains(part) {
            line.clear();
            let read = self.stderr.read_line(&mut line).expect("UTF-8");
            assert!(read > 0, "it ended and never said `{part}`");
            assert!(!line.contains("error"), "{line}");
        }
    }

    /// Sends a signal, waits for the end; time taken and everything said since it listened.
    fn end(mut self, signal: &str) -> (Duration, String) {
        let started = Instant::now();
        signal_to(&self.child, signal);
        let status = self.child.wait().expect("a child of ours");
        let mut said = String::new();
        self.stderr.read_to_string(&mut said).expect("UTF-8");
        assert_eq!(status.code(), Some(0), "{said}");
        (started.elapsed(), said)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Already over when the test went well.
        let _over = self.child.kill();
    }
}

/// The shell's own `kill`: a small machine has no program of that name.
fn signal_to(child: &Child, signal: &str) {
    let status = Command::new("sh")
        .args(["-c", &format!("kill {signal} {}", child.id())])
        .status();
    assert!(status.is_ok_and(|status| status.success()));
}

fn pcap(name: &str) -> [String; 4] {
    [
        "--mode".into(),
        "operational".into(),
        "--pcap".into(),
        capture(name),
    ]
}

fn start(data: &Path, name: &str) -> Running {
    let arguments = pcap(name);
    Running::start(data, &arguments.each_ref().map(String::as_str))
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// The alert without what depends on the wall clock: the time of its last change, and which
/// devices the store had heard of when it wrote the alert.
fn essence(line: &str) -> serde_json::Value {
    let mut alert: serde_json::Value = serde_json::from_str(line).expect("a line of JSON");
    let fields = alert.as_object_mut().expect("an object");
    fields.remove("last_activity");
    for party in ["source", "destination"] {
        if let Some(party) = fields
            .get_mut(party)
            .and_then(|party| party.as_object_mut())
        {
            party.remove("device_id");
            party.remove("name");
        }
    }
    alert
}

#[test]
fn running_on_a_capture_keeps_the_alerts_that_replay_prints() {
    for name in [
        "modbus/suricata_modbus.pcap",
        "modbus/quickdraw_modbus_part2.pcap",
    ] {
        let data = folder();
        let sensor = start(data.path(), name);
        sensor.finished(data.path());
        sensor.end("-TERM");
        let directory = data.path().display().to_string();
        let mut kept: Vec<_> = stdout(&["export", "--data-dir", &directory])
            .lines()
            .map(essence)
            .collect();
        kept.reverse();
        let replayed: Vec<_> = stdout(&["replay", "--alerts", &capture(name)])
            .lines()
            .map(essence)
            .collect();
        assert_eq!(kept.len(), replayed.len());
        for (kept, replayed) in kept.iter().zip(&replayed) {
            assert_eq!(kept, replayed);
        }
    }
}

#[test]
fn both_signals_end_it_in_time_and_a_hang_up_does_not() {
    for signal in ["-TERM", "-INT"] {
        let data = folder();
        let mut sensor = start(data.path(), "modbus/zeek_modbus_eit.pcap");
        sensor.finished(data.path());
        signal_to(&sensor.child, "-HUP");
        // Two signals at once may be taken in either order.
        sensor.says("SIGHUP");
        let (took, said) = sensor.end(signal);
        assert!(took < Duration::from_secs(5), "{took:?}");
        assert!(!said.contains("error"), "{said}");
    }
}

#[test]
fn a_request_that_never_ends_does_not_spoil_the_end() {
    let data = folder();
    let sensor = start(data.path(), "modbus/zeek_modbus_eit.pcap");
    let token = fs::read_to_string(data.path().join("admin.token")).expect("the token");
    let mut client = TcpStream::connect(&sensor.address).expect("it listens");
    let head = format!(
        "POST /api/v1/alerts/1/comments HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\nContent-Length: 50\r\nExpect: 100-continue\r\n\r\n",
        sensor.address,
        token.trim()
    );
    client.write_all(head.as_bytes()).expect("it reads");
    let mut answer = [0; 12];
    client.read_exact(&mut answer).expect("it answers");
    assert_eq!(&answer, b"HTTP/1.1 100", "it waits for the body");
    let (_, said) = sensor.end("-TERM");
    assert!(!said.contains("error"), "{said}");
}

#[test]
fn the_first_token_is_for_its_owner_only_and_stays_good() {
    let data = folder();
    let sensor = start(data.path(), "modbus/zeek_modbus_eit.pcap");
    let token = data.path().join("admin.token");
    let mode = fs::metadata(&token).expect("written").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let first = fs::read(&token).expect("ours");
    sensor.finished(data.path());
    sensor.end("-TERM");
    let sensor = start(data.path(), "modbus/zeek_modbus_eit.pcap");
    assert_eq!(fs::read(&token).expect("ours"), first);
    sensor.get(data.path(), "/api/v1/devices");
    sensor.end("-TERM");
}

#[test]
fn a_truncated_capture_is_told_in_the_status() {
    let data = folder();
    let bytes = fs::read(capture("modbus/suricata_modbus.pcap")).expect("the capture");
    let cut = data.path().join("cut.pcap");
    fs::write(&cut, &bytes[..bytes.len() - 7]).expect("room on the disk");
    let sensor = Running::start(data.path(), &["--pcap", &cut.display().to_string()]);
    sensor.finished(data.path());
    let status = sensor.get(data.path(), "/api/v1/capture");
    assert!(status.contains("cut short"), "{status}");
    sensor.end("-TERM");
}

#[test]
fn a_database_in_use_is_told() {
    let data = folder();
    let directory = data.path().display().to_string();
    let sensor = start(data.path(), "modbus/zeek_modbus_eit.pcap");
    fails(
        &["export", "--data-dir", &directory],
        1,
        &["telltale.redb", "in use", "another data directory"],
    );
    sensor.end("-TERM");
}

/// A database whose schema no version of today knows. Name and form of the schema number are what
/// every version keeps.
fn write_newer_database(path: &Path) {
    let meta = redb::TableDefinition::<&str, &[u8]>::new("meta");
    let database = redb::Database::create(path).expect("room on the disk");
    let write = database.begin_write().expect("a new database");
    write
        .open_table(meta)
        .and_then(|mut table| {
            table.insert("schema", 999_u64.to_be_bytes().as_slice())?;
            Ok(())
        })
        .expect("a new table");
    write.commit().expect("room on the disk");
}

#[test]
fn a_database_of_a_newer_version_is_left_alone() {
    let data = folder();
    let database = data.path().join("telltale.redb");
    write_newer_database(&database);
    let before = fs::read(&database).expect("just written");
    let directory = data.path().display().to_string();
    let capture = capture("modbus/zeek_modbus_eit.pcap");
    let output = run(&[
        "run",
        "--pcap",
        &capture,
        "--listen",
        "127.0.0.1:0",
        "--data-dir",
        &directory,
    ]);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    for part in ["telltale.redb", "schema", "another data directory"] {
        assert!(said.contains(part), "`{part}` is missing in: {said}");
    }
    assert_eq!(
        fs::read(&database).expect("still there"),
        before,
        "nothing was changed"
    );
}

#[test]
fn exports_have_the_columns_people_know() {
    let data = folder();
    let sensor = start(data.path(), "modbus/suricata_modbus.pcap");
    sensor.finished(data.path());
    sensor.end("-TERM");
    let directory = data.path().display().to_string();
    let table = stdout(&["export", "--data-dir", &directory, "--format", "csv"]);
    assert!(
        table.starts_with("\"source address\",\"destination address\",\"alert title\""),
        "{table}"
    );
    let lines = stdout(&["export", "--data-dir", &directory]);
    assert!(lines.lines().count() > 10);
    fails(
        &["export", "--data-dir", "no/such"],
        1,
        &["no/such", "no database"],
    );
}

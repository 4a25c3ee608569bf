//! Every kind of bad input: one line that names cause and remedy, and the documented exit code.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use crate::support::{agent, capture, fails, run, text, write};

const RUN_TIME: i32 = 1;
const USAGE: i32 = 2;
const HOST: i32 = 3;

/// The user without any rights.
const NOBODY: u32 = 65_534;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

#[test]
fn a_missing_file() {
    fails(
        &["replay", "no/such/file.pcap"],
        RUN_TIME,
        &["no/such/file.pcap", "no such file", "check the path"],
    );
}

#[test]
fn an_empty_file() {
    let folder = folder();
    let file = write(&folder.path().join("x.pcap"), "");
    fails(
        &["replay", &file],
        RUN_TIME,
        &[&file, "it is empty", "check that"],
    );
}

#[test]
fn a_file_that_is_no_capture() {
    let folder = folder();
    let file = write(&folder.path().join("x.pcap"), "GET / HTTP/1.1\r\n\r\n");
    fails(
        &["replay", &file],
        RUN_TIME,
        &[&file, "neither pcap nor pcapng", "tcpdump"],
    );
}

#[test]
fn a_compressed_capture() {
    let folder = folder();
    let file = write(&folder.path().join("x.pcap.gz"), b"\x1f\x8b\x08\0\0\0\0\0");
    fails(&["replay", &file], RUN_TIME, &[&file, "gzip", "gunzip -c"]);
}

#[test]
fn a_folder_without_captures() {
    let folder = folder();
    let path = folder.path().display().to_string();
    fails(&["replay", &path], RUN_TIME, &[&path, "holds no .pcap"]);
}

#[test]
fn a_truncated_file_yields_what_is_there_and_a_warning() {
    let folder = folder();
    let whole = capture("modbus/suricata_modbus.pcap");
    let bytes = fs::read(&whole).expect("the capture");
    let cut = write(&folder.path().join("cut.pcap"), &bytes[..bytes.len() - 7]);
    let output = run(&["replay", "--alerts", "--stats", &cut]);
    assert!(output.status.success());
    assert!(!output.stdout.is_empty());
    let said = text(&output.stderr);
    assert!(
        said.contains("warning") && said.contains("cut short"),
        "{said}"
    );
    assert!(
        said.contains("the 98 packets before that were read"),
        "{said}"
    );
    assert!(said.contains("\"packets\":98"), "{said}");
}

#[test]
fn a_file_cut_within_its_first_packet() {
    let folder = folder();
    let bytes = fs::read(capture("modbus/suricata_modbus.pcap")).expect("the capture");
    let cut = write(&folder.path().join("cut.pcap"), &bytes[..50]);
    fails(
        &["replay", &cut],
        RUN_TIME,
        &["cut short", "holds no packet", "again"],
    );
}

#[test]
fn an_unknown_interface() {
    let data = folder();
    fails(
        &[
            "run",
            "--interface",
            "nosuch0",
            "--listen",
            "127.0.0.1:0",
            "--data-dir",
            &data.path().join("data").display().to_string(),
            "--log",
            "error",
        ],
        RUN_TIME,
        &["nosuch0", "no such interface", "ip link"],
    );
    assert!(!data.path().join("data").exists(), "nothing was begun");
}

#[test]
fn no_rights_to_capture() {
    let open = folder();
    for backend in ["af_packet", "xdp", "auto"] {
        let output = as_nobody(open.path())
            .args([
                "run",
                "--interface",
                "lo",
                "--listen",
                "127.0.0.1:0",
                "--log",
                "error",
            ])
            .args(["--data-dir", "no/such/folder", "--capture", backend])
            .output()
            .expect("the program starts");
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(HOST), "{backend}: {said}");
        assert_eq!(said.lines().count(), 1, "{backend}: {said}");
        assert!(said.contains("cannot capture"), "{backend}: {said}");
    }
    let output = as_nobody(open.path())
        .args(["run", "--interface", "lo", "--capture", "af_packet"])
        .output()
        .expect("the program starts");
    assert!(text(&output.stderr).contains("run as root"));
}

/// The program without any rights, whoever runs the tests. Root's checkout may lie where nobody else
/// can go, so the program is taken to the folder `open`.
fn as_nobody(open: &Path) -> Command {
    let is_root = fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
    if !is_root {
        return agent();
    }
    let program = open.join("sensor-agent");
    if !program.exists() {
        let everybody = fs::Permissions::from_mode(0o755);
        fs::set_permissions(open, everybody).expect("the folder is ours");
        // Another process writes the copy: a file that this one has open for writing, and may hand
        // down to a child of another test, cannot be started.
        let copied = Command::new("cp")
            .arg(agent().get_program())
            .arg(&program)
            .status();
        assert!(copied.expect("cp starts").success());
    }
    let mut command = Command::new(program);
    command.current_dir(open).uid(NOBODY).gid(NOBODY);
    command
}

#[test]
fn a_port_in_use() {
    let data = folder();
    let other = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = other.local_addr().expect("bound").to_string();
    let output = run(&[
        "run",
        "--pcap",
        &capture("modbus/zeek_modbus_eit.pcap"),
        "--listen",
        &address,
        "--data-dir",
        &data.path().display().to_string(),
    ]);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(RUN_TIME), "{said}");
    let last = said.lines().last().unwrap_or_default();
    assert!(
        last.contains(&address) && last.contains("choose another port"),
        "{said}"
    );
    let token = data.path().join("admin.token");
    assert!(token.is_file(), "the token of the first start is not lost");
}

#[test]
fn nothing_to_listen_at() {
    fails(&["run"], USAGE, &["--interface", "--pcap"]);
}

#[test]
fn a_configuration_with_unknown_keys() {
    let folder = folder();
    let file = write(
        &folder.path().join("sensor.toml"),
        "[capture]\ninterfaze = [\"eth1\"]\n",
    );
    for args in [
        vec!["check-config", &file],
        vec!["run", "--config", &file],
        vec!["replay", "--config", &file, "x.pcap"],
    ] {
        fails(
            &args,
            USAGE,
            &[
                &file,
                "line 2",
                "capture.interfaze",
                "did you mean `capture.interfaces`",
            ],
        );
    }
}

#[test]
fn a_configuration_with_several_mistakes_lists_them_all() {
    let folder = folder();
    let file = write(
        &folder.path().join("sensor.toml"),
        "[api]\nlisten = \"nowhere\"\n[store]\nretention = \"1 s\"\n[detect]\nenable = [\"no_such_type\"]\n",
    );
    let output = run(&["check-config", &file]);
    assert_eq!(output.status.code(), Some(USAGE));
    let said = text(&output.stderr);
    for part in [
        "api.listen",
        "store.retention",
        "1 d to 3650 d",
        "no_such_type",
        "3 mistakes",
    ] {
        assert!(said.contains(part), "`{part}` is missing in: {said}");
    }
}

#[test]
fn a_missing_configuration() {
    fails(
        &["check-config", "no/such.toml"],
        USAGE,
        &["no/such.toml", "check the path"],
    );
}

#[test]
fn an_unknown_alert_type() {
    fails(
        &["replay", "--enable", "no_such_type", "x.pcap"],
        USAGE,
        &["no_such_type", "alert-types"],
    );
}

#[test]
fn a_baseline_that_is_none() {
    let folder = folder();
    let file = write(&folder.path().join("x.baseline"), "something else\n");
    let attack = capture("modbus/suricata_modbus.pcap");
    fails(
        &["replay", "--baseline", &file, &attack],
        RUN_TIME,
        &[&file, "not a baseline file"],
    );
    let newer = "{\"header\":{\"format\":\"telltale-baseline\",\"version\":99}}\n";
    let file = write(&folder.path().join("newer.baseline"), newer);
    fails(
        &["replay", "--baseline", &file, &attack],
        RUN_TIME,
        &[&file, "version 99", "update sensor-agent"],
    );
}

#[test]
fn wrong_arguments_are_usage_errors() {
    for args in [vec!["replay"], vec!["fly"], vec!["run", "--mode", "asleep"]] {
        let output = run(&args);
        assert_eq!(output.status.code(), Some(USAGE), "{args:?}");
        assert_eq!(text(&output.stdout), "", "{args:?}");
    }
}

#[test]
fn filter_rules_that_contradict_each_other() {
    let folder = folder();
    let file = write(
        &folder.path().join("sensor.toml"),
        "[capture]\ninterfaces = [\"lo\"]\ninclude_ports = [502]\nexclude_ports = [443, 502]\n",
    );
    for args in [
        vec!["check-config", &file],
        vec!["run", "--config", &file],
        vec!["replay", "--config", &file, "x.pcap"],
    ] {
        let places = "capture.include_ports (entry 1) and capture.exclude_ports (entry 2)";
        fails(&args, USAGE, &[&file, places, "port 502", "keep one"]);
    }
}

//! Loads the kernel programs: the one that is attached, and those it calls.

use aya::maps::{MapError, ProgramArray};
use aya::programs::{ProgramError, Xdp};
use aya::{Ebpf, EbpfLoader};
use sensor_common::maps::{CLASSIFIER_PROGRAMS, CLASSIFIERS, FLOWS, FRAMES, PROGRAM};
use sensor_common::operation::Aggregated;
use sensor_common::record::MAX_FRAME;

use super::{CaptureError, XdpSettings, kernel_log};

/// Lines of the verifier's log that go into the message.
const VERIFIER_LINES: usize = 30;

/// Loads programs and maps into the kernel; nothing is attached yet. Gives what the operator should
/// know, too.
pub(super) fn load(
    settings: &XdpSettings,
    object: &[u8],
) -> Result<(Ebpf, Vec<String>), CaptureError> {
    check(settings)?;
    let level = kernel_log::level(settings.kernel_log);
    let mut program = EbpfLoader::new()
        .map_max_entries(FRAMES, settings.ring_bytes)
        .map_max_entries(FLOWS, settings.flow_capacity)
        .override_global(aya_log::LEVEL, &level, true)
        .load(object)
        .map_err(|error| refused("load the kernel program", &error))?;
    xdp_program(&mut program)?
        .load()
        .map_err(|error| verifier(&error))?;
    let mut notes = Vec::new();
    if settings.aggregate {
        for (protocol, name) in CLASSIFIER_PROGRAMS {
            notes.extend(classifier(&mut program, protocol, name)?);
        }
    }
    Ok((program, notes))
}

/// Puts the program of a protocol in its place; a note when this kernel does not take it, which
/// costs only what aggregation saves.
fn classifier(
    program: &mut Ebpf,
    protocol: Aggregated,
    name: &str,
) -> Result<Option<String>, CaptureError> {
    let xdp = named(program, name)?;
    if let Err(error) = xdp.load() {
        return Ok(Some(format!(
            "the kernel rejected the program for {name} messages, which are handed up in full: {}",
            verifier(&error)
        )));
    }
    let used = |error: &(dyn std::error::Error + 'static)| refused("load a program", error);
    let fd = xdp.fd().map_err(|error| used(&error))?;
    let fd = fd.try_clone().map_err(|error| used(&error))?;
    let map = program
        .map_mut(CLASSIFIERS)
        .ok_or_else(|| missing(CLASSIFIERS))?;
    ProgramArray::try_from(map)
        .and_then(|mut map| map.set(protocol as u32, &fd, 0))
        .map_err(|error| map_error(CLASSIFIERS, &error))?;
    Ok(None)
}

fn check(settings: &XdpSettings) -> Result<(), CaptureError> {
    let wrong = |cause: String, remedy: &str| CaptureError::Interface {
        name: settings.interface.clone(),
        cause,
        remedy: remedy.to_owned(),
    };
    let ring = settings.ring_bytes;
    if !ring.is_power_of_two() || ring < 4096 {
        return Err(wrong(
            format!("a ring of {ring} bytes is impossible"),
            "give a power of two of at least 4096",
        ));
    }
    let snap = settings.snap_len;
    if snap == 0 || usize::try_from(snap).is_ok_and(|len| len > MAX_FRAME) {
        return Err(wrong(
            format!("a snap length of {snap} bytes is impossible"),
            "give 1 to 65536",
        ));
    }
    if settings.flow_capacity == 0 {
        return Err(wrong(
            "a flow table without entries is impossible".to_owned(),
            "give the number of flows to keep, for instance 262144",
        ));
    }
    Ok(())
}

/// The program within the loaded object.
pub(super) fn xdp_program(program: &mut Ebpf) -> Result<&mut Xdp, CaptureError> {
    named(program, PROGRAM)
}

fn named<'a>(program: &'a mut Ebpf, name: &str) -> Result<&'a mut Xdp, CaptureError> {
    program
        .program_mut(name)
        .and_then(|program| program.try_into().ok())
        .ok_or_else(|| missing(name))
}

/// The object lacks a part the agent needs: built from another version.
pub(super) fn missing(part: &str) -> CaptureError {
    CaptureError::Host {
        kind: "xdp",
        cause: format!("the kernel program has no {part}"),
        remedy: "rebuild agent and program together with `cargo xtask build`".to_owned(),
    }
}

/// A map could not be read or written.
pub(super) fn map_error(map: &str, error: &MapError) -> CaptureError {
    refused(&format!("use the map {map}"), error)
}

fn refused(what: &str, error: &(dyn std::error::Error + 'static)) -> CaptureError {
    let cause = format!("cannot {what}: {}", chain(error));
    let remedy = if is_denied(error) {
        "run as root, or grant CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN, or capture with af_packet"
    } else {
        "`sensor-agent check-host` tells what this host lacks; af_packet works without it"
    };
    CaptureError::Host {
        kind: "xdp",
        cause,
        remedy: remedy.to_owned(),
    }
}

/// The verifier's log can be megabytes: its last lines hold the reason.
fn verifier(error: &ProgramError) -> CaptureError {
    let ProgramError::LoadError {
        io_error,
        verifier_log,
    } = error
    else {
        return refused("load the kernel program", error);
    };
    if io_error.kind() == std::io::ErrorKind::PermissionDenied
        && verifier_log.to_string().is_empty()
    {
        return refused("load the kernel program", io_error);
    }
    let log = verifier_log.to_string();
    CaptureError::Host {
        kind: "xdp",
        cause: format!(
            "the kernel rejected the program ({io_error}): {}",
            reason(&log)
        ),
        remedy: "Linux 5.18 or newer is needed; af_packet works on older kernels".to_owned(),
    }
}

/// The last instructions and the verdict in a verifier log, without the statistics at its end.
fn reason(log: &str) -> String {
    let is_statistics =
        |line: &str| line.starts_with("processed ") || line.starts_with("verification time");
    let mut lines: Vec<&str> = log
        .lines()
        .rev()
        .filter(|line| !is_statistics(line) && !line.starts_with("stack depth"))
        .take(VERIFIER_LINES)
        .collect();
    lines.reverse();
    lines.join(" / ")
}

/// An error with all its causes in one line.
pub(super) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        next = cause.source();
    }
    text
}

fn is_denied(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(cause) = next {
        let denied = cause
            .downcast_ref::<std::io::Error>()
            .is_some_and(|io| io.kind() == std::io::ErrorKind::PermissionDenied);
        if denied {
            return true;
        }
        next = cause.source();
    }
    false
}

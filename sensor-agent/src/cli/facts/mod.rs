//! `facts`: what a capture file holds, in the schema of the project's tshark oracle.
//!
//! Data in: a capture file. Data out: one JSON document per file with the sections of
//! `make_facts.py` (schema 1), so that the two can be compared section by section. The frames take
//! the way of live traffic through [`Inspector`]; what is counted is what it observes.
//!
//! # How the two views are brought together
//! tshark looks at frames where the sensor looks at streams. Where the schema follows tshark, the
//! sensor's messages are *booked* the way tshark books them ([`booking`]): in the frame that
//! completes them, with the direction told by port 502, and not at all when tshark does not hand
//! their segment to a dissector. The section `sensor` of the output, which the oracle does not
//! have, says how many messages the sensor saw and how many of them tshark passes over, by reason.
//!
//! # What is left out
//! Protocols and layers that are not dissected, expert information, and `read_errors`' wording.
//! A section that is left out is absent, never empty. Protocols are recognised by content on any
//! port; `decode_as` then holds the tshark rule under which it sees the same.
//!
//! Limits: memory grows with the hosts, conversations and Modbus frames on unusual ports of a
//! file; lists are cut after [`report::LISTED`] entries with their true length kept.

mod ads;
mod bacnet;
mod booking;
mod collector;
mod conversations;
mod dcerpc;
mod dhcp;
mod discovery;
mod dnp3;
mod enip;
mod ethercat;
mod events;
mod file;
mod fins;
mod frames;
mod ftp;
mod hart_ip;
mod histograms;
mod hosts;
mod http;
mod iec104;
mod iec61850;
mod layers;
mod mms;
mod modbus;
mod ntp;
mod object;
mod opcua;
mod powerlink;
mod profinet;
mod protocols;
mod ptp;
mod rdp;
pub mod report;
mod s7comm;
mod seconds;
mod segments;
mod services;
mod smb;
mod snmp;
mod ssh;
mod streams;
mod synchrophasor;
mod telnet;
mod tls;

use std::path::{Path, PathBuf};
use std::time::Duration;

use sensor_protocols::inspector::{Inspector, InspectorSettings};

use self::collector::Collector;
pub use self::report::Facts;
use super::{Failure, Stdout};
use crate::capture::pcap::PcapSource;
use crate::capture::{CaptureError, Progress, Source};

/// Frames asked of the source at once.
const BATCH: usize = 1024;

/// Flows of a file are not forgotten while it is read: the oracle forgets none.
const NEVER: Duration = Duration::from_secs(u32::MAX as u64);

/// Print protocol facts of capture files as JSON, in the schema of the tshark oracle.
///
/// One file gives one indented document; several give one document a line, in the order of the
/// arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Capture files (pcap or pcapng).
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
}

/// Prints the facts of every file.
pub fn run(args: &Args) -> Result<(), Failure> {
    let mut out = Stdout::default();
    for file in &args.files {
        let facts = collect_file(file)?;
        if args.files.len() == 1 {
            out.json(&facts)?;
        } else {
            out.json_line(&facts)?;
        }
    }
    out.finish()
}

/// The facts of one capture file.
pub fn collect_file(path: &Path) -> Result<Facts, CaptureError> {
    let name = path.to_string_lossy();
    let mut source = PcapSource::open(&name)?;
    let properties = file::properties(path)?;
    let mut facts = collect(&mut source)?;
    facts.file = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    facts.capture.file = Some(properties);
    // As in the schema, a file goes by its name alone: the same facts wherever it lies.
    for error in &mut facts.capture.read_errors {
        *error = error.replace(&*name, &facts.file);
    }
    Ok(facts)
}

/// The facts of the frames that a source yields.
pub fn collect(source: &mut dyn Source) -> Result<Facts, CaptureError> {
    let mut inspector = Inspector::new(&InspectorSettings {
        flow_idle: NEVER,
        flow_idle_established: NEVER,
        ..InspectorSettings::default()
    });
    let mut collector = Collector::default();
    loop {
        let progress = source.poll(BATCH, Duration::ZERO, &mut |frame| {
            inspector.frame(&frame, &mut collector);
        })?;
        if progress == Progress::Finished {
            break;
        }
    }
    inspector.finish(&mut collector);
    let mut facts = collector.finish();
    facts.capture.read_errors = source.status().notes;
    Ok(facts)
}

//! `check-host`: what this host can do for the sensor, and what to change where it cannot.
//!
//! Data in: `/proc`, `/sys`, one attempt to open a packet socket and one to load the kernel program. Data out: a list of checks,
//! for people or as JSON. Nothing is attached and no setting is changed.

mod probe;

use serde::Serialize;

use super::{Failure, Stdout};

/// Show what this host offers for live capture.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
}

/// Outcome of one check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    Ok,
    /// Works, with a restriction.
    Limited,
    Missing,
}

/// One thing looked at.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Check {
    name: &'static str,
    verdict: Verdict,
    /// What was found.
    found: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<&'static str>,
}

/// The report.
#[derive(Debug, Serialize)]
struct Report {
    /// Capture with the kernel program works.
    xdp: bool,
    /// Capture with a packet socket works.
    af_packet: bool,
    checks: Vec<Check>,
}

impl Report {
    fn new(checks: Vec<Check>) -> Self {
        let works = |needed: &[&str]| {
            checks
                .iter()
                .filter(|check| needed.contains(&check.name))
                .all(|check| check.verdict != Verdict::Missing)
        };
        Self {
            xdp: works(&["kernel", "bpf", "btf", "capabilities", "kernel_program"]),
            af_packet: works(&["af_packet"]),
            checks,
        }
    }
}

/// Exit code 3 when no way of live capture works.
pub fn run(args: &Args) -> Result<(), Failure> {
    let report = Report::new(probe::all());
    let mut out = Stdout::default();
    if args.json {
        out.json(&report)?;
    } else {
        print(&report, &mut out)?;
    }
    out.finish()?;
    if report.xdp || report.af_packet {
        return Ok(());
    }
    Err(Failure::host_unsupported(
        "this host cannot capture live traffic; see the remedies above. Capture files still work: sensor-agent replay FILE",
    ))
}

fn print(report: &Report, out: &mut Stdout) -> Result<(), Failure> {
    for check in &report.checks {
        let mark = match check.verdict {
            Verdict::Ok => "ok     ",
            Verdict::Limited => "limited",
            Verdict::Missing => "missing",
        };
        out.line(&format!("{mark}  {:<14} {}", check.name, check.found))?;
        if let Some(remedy) = check.remedy {
            out.line(&format!("{:25}{remedy}", ""))?;
        }
    }
    let word = |works| if works { "works" } else { "does not work" };
    out.line(&format!(
        "live capture with the kernel program (xdp) {}, with a packet socket (af_packet) {}",
        word(report.xdp),
        word(report.af_packet)
    ))
}

#[cfg(test)]
mod tests {
    use super::{Check, Report, Verdict};

    fn check(name: &'static str, verdict: Verdict) -> Check {
        Check {
            name,
            verdict,
            found: String::new(),
            remedy: None,
        }
    }

    #[test]
    fn one_missing_need_rules_a_backend_out() {
        let report = Report::new(vec![
            check("kernel", Verdict::Ok),
            check("bpf", Verdict::Ok),
            check("btf", Verdict::Missing),
            check("capabilities", Verdict::Ok),
            check("af_packet", Verdict::Limited),
        ]);
        assert!(!report.xdp);
        assert!(report.af_packet);
    }
}

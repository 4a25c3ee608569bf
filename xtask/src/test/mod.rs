//! `cargo xtask test`: everything that proves the project, one step after the other.
//!
//! Data in: the checkout. Data out: a table with the verdict and the time of each step, and as the
//! last line how many tests passed. A failed step does not stop the ones that do not need it.

mod binaries;
mod tally;

use std::path::Path;

use anyhow::{Result, anyhow};

use crate::{
    bench, clippy, debian, demo, deny, ebpf, fmt, new_protocol,
    shell::Cmd,
    steps::{Done, Steps},
    tidy, workspace,
};
use binaries::{Compiled, TestBinary};
use tally::Tally;

#[derive(clap::Args)]
pub(crate) struct Args {}

const STEPS: usize = 15;

pub(crate) fn run(_: &Args) -> Result<()> {
    let mut steps = Steps::new(STEPS);
    let mut tally = Tally::default();
    preparations(&mut steps);
    lints(&mut steps);
    let counts = kernel_host_tests(&mut steps);
    tally.add(counts);
    let compiled = compile(&mut steps);
    if let Some(compiled) = &compiled {
        tests(&mut steps, &mut tally, compiled);
    }
    let verdict = steps.finish();
    println!("tests: {tally}");
    verdict?;
    if compiled.is_none() {
        return Err(anyhow!("the tests did not compile"));
    }
    Ok(())
}

/// The kernel program comes before the agent, which carries it inside.
fn preparations(steps: &mut Steps) {
    steps.step("packages", |_| packages());
    steps.step("kernel program", |_| ebpf::build().map(|_| Done::passed()));
}

fn lints(steps: &mut Steps) {
    steps.step("fmt", |log| fmt::check(log).map(|()| Done::passed()));
    steps.step("clippy", |log| clippy::check(log).map(|()| Done::passed()));
    steps.step("kernel program clippy", |log| {
        ebpf::clippy(log).map(|()| Done::passed())
    });
    steps.step("deny", |log| {
        deny::check(log).map(|()| Done::Passed(deny::REMARK.to_owned()))
    });
}

fn kernel_host_tests(steps: &mut Steps) -> Tally {
    let mut counts = Tally::default();
    steps.step("kernel program host tests", |log| {
        let result = ebpf::test(log);
        counts = tally::read(log);
        result.map(|()| Done::Passed(counts.to_string()))
    });
    counts
}

/// What the privileged and the browser tests need; without root they are skipped if it is missing.
fn packages() -> Result<Done> {
    let wanted = [debian::NETWORK, debian::JUDGE, debian::BROWSER].concat();
    if workspace::is_root() {
        debian::ensure(&wanted)?;
        return Ok(Done::passed());
    }
    let missing = debian::missing(&wanted);
    if missing.is_empty() {
        return Ok(Done::passed());
    }
    Ok(Done::Skipped(format!(
        "not root; tests that need them are skipped: {}",
        debian::command(&missing)
    )))
}

fn compile(steps: &mut Steps) -> Option<Compiled> {
    let mut compiled = None;
    steps.step("compile", |log| {
        let result = binaries::compile(log)?;
        let remark = format!("{} test programs and the agent", result.tests.len());
        compiled = Some(result);
        Ok(Done::Passed(remark))
    });
    compiled
}

fn tests(steps: &mut Steps, tally: &mut Tally, compiled: &Compiled) {
    steps.step("tidy", |log| {
        tidy::check(log, &compiled.agent).map(Done::Passed)
    });
    let (outer, inner): (Vec<_>, Vec<_>) =
        compiled.tests.iter().partition(|test| test.is_end_to_end());
    steps.step("unit and golden tests", |log| {
        run_all(&inner, compiled, log, tally)
    });
    steps.step("doc tests", |log| doc_tests(log, tally));
    steps.step("end-to-end tests", |log| {
        end_to_end(&outer, compiled, log, tally)
    });
    steps.step("bench smoke", |log| {
        bench::smoke(&compiled.agent, log).map(Done::Passed)
    });
    steps.step("new protocol", |log| {
        new_protocol::check(log).map(Done::Passed)
    });
    // The README's other command, which nothing else would try.
    steps.step("demo", |_| demo::check(&compiled.agent).map(Done::Passed));
}

fn run_all(
    tests: &[&TestBinary],
    compiled: &Compiled,
    log: &Path,
    tally: &mut Tally,
) -> Result<Done> {
    let mut step = Tally::default();
    let mut broken = Vec::new();
    for test in tests {
        let (counts, failure) = test.run(&compiled.agent, log)?;
        step.add(counts);
        broken.extend(failure.map(|said| (test.name.as_str(), said)));
    }
    tally.add(step);
    // At the end of the log, where the failed step's table shows it.
    for (_, said) in &broken {
        binaries::append(log, said)?;
    }
    let broken: Vec<&str> = broken.into_iter().map(|(name, _)| name).collect();
    anyhow::ensure!(broken.is_empty(), "{step}; failed: {}", broken.join(", "));
    Ok(Done::Passed(step.to_string()))
}

fn end_to_end(
    tests: &[&TestBinary],
    compiled: &Compiled,
    log: &Path,
    tally: &mut Tally,
) -> Result<Done> {
    let done = run_all(tests, compiled, log, tally)?;
    if workspace::is_root() {
        return Ok(done);
    }
    let Done::Passed(remark) = done else {
        return Ok(done);
    };
    Ok(Done::Passed(format!(
        "{remark}; privileged ones skipped: not root"
    )))
}

fn doc_tests(log: &Path, tally: &mut Tally) -> Result<Done> {
    let status = Cmd::cargo()
        .args(["test", "--workspace", "--locked", "--doc"])
        .status_logged(log)?;
    let counts = tally::read(log);
    tally.add(counts);
    anyhow::ensure!(status.success(), "{counts}");
    Ok(Done::Passed(counts.to_string()))
}

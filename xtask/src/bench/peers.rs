//! Bench `peers`: the highest rate that the sensor and Suricata each take without loss, on the same
//! lane, with the same frames, in the same run. Suricata is measured twice: set up for this load, and as
//! Debian's package leaves it.
//!
//! Both see cyclic Modbus polls and parse them; both have one core for what runs in user space.
//! A rate counts as taken when at most one frame in [`TOLERANCE`] is lost over [`HOLD`], in the first
//! try or the second; a frame that the queue before them had no room for counts as lost for both.

use std::{path::Path, time::Duration};

use anyhow::Result;
use sensor_e2e::lane::{Lane, Polled};

use super::{
    Figure,
    load::{self, Load, Sensor},
    suricata::{self, Setup, Suricata},
};
use crate::steps::with_progress;

/// How long each rate is held.
const HOLD: Duration = Duration::from_secs(5);
/// One frame in this many may be lost: on a virtual machine the host takes a core away at times.
const TOLERANCE: u64 = 10_000;
/// Connections.
const FLOWS: u32 = 256;
/// The first rate to try, frames a second.
const START: f64 = 100_000.0;
/// The search ends when the bounds are this close.
const CLOSE: f64 = 1.05;
/// A generator that reaches less than this share of what is asked is at its limit.
const REACHED: f64 = 0.95;
/// Rates that are tried at most.
const TRIALS: usize = 16;

pub(super) fn measure(polled: Polled) -> Result<Vec<Figure>> {
    let program = load::prepare()?;
    let version = suricata::ensure()?;
    eprintln!(
        "{version}, AF_PACKET, no rules; {} s a rate, at most 1 of {TOLERANCE} frames lost",
        HOLD.as_secs()
    );
    let peer = search("Suricata", |rate| {
        against_suricata(polled, Setup::Tuned, rate)
    })?;
    let packaged = search("Suricata as packaged", |rate| {
        against_suricata(polled, Setup::Packaged, rate)
    })?;
    let sensor = search("sensor", |rate| against_sensor(&program, polled, rate))?;
    let all = [
        ("Suricata", &peer),
        ("Suricata as packaged", &packaged),
        ("the sensor", &sensor),
    ];
    for (name, _) in all.iter().filter(|(_, found)| found.limited) {
        eprintln!("{name} took all that the generator could make");
    }
    Ok(vec![
        Figure::new("suricata_lossfree_pps", peer.pps, "packets/s"),
        Figure::new("sensor_lossfree_pps", sensor.pps, "packets/s"),
        Figure::new("ratio", sensor.pps / peer.pps, "sensor / Suricata"),
        Figure::new("suricata_packaged_pps", packaged.pps, "packets/s"),
        Figure::new(
            "ratio_packaged",
            sensor.pps / packaged.pps,
            "sensor / Suricata",
        ),
    ])
}

/// What became of one load.
struct Trial {
    offered: load::Offered,
    lost: u64,
}

impl Trial {
    fn is_lossless(&self) -> bool {
        self.lost.saturating_mul(TOLERANCE) <= self.offered.frames
    }
}

fn polls(rate: u32) -> Load {
    Load {
        mix: "modbus-polls",
        flows: FLOWS,
        rate,
        time: HOLD,
    }
}

fn against_sensor(program: &Path, polled: Polled, rate: u32) -> Result<Trial> {
    let lane = Lane::new(polled)?;
    lane.ordinary_frames()?;
    let sensor = Sensor::start(program, &lane)?;
    let offered = polls(rate).offer(&lane)?;
    let account = sensor.settled(&lane)?;
    sensor.stop()?;
    let seen = account.received - account.lost;
    Ok(Trial {
        offered,
        lost: offered.frames.saturating_sub(seen),
    })
}

fn against_suricata(polled: Polled, setup: Setup, rate: u32) -> Result<Trial> {
    let lane = Lane::new(polled)?;
    lane.ordinary_frames()?;
    let peer = Suricata::start(&lane, setup)?;
    let offered = polls(rate).offer(&lane)?;
    let seen = peer.stop()?;
    Ok(Trial {
        offered,
        lost: offered.frames.saturating_sub(seen),
    })
}

/// The highest lossless rate.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Found {
    pps: f64,
    /// Whether the generator was the limit.
    limited: bool,
}

fn search(name: &str, mut trial: impl FnMut(u32) -> Result<Trial>) -> Result<Found> {
    bisect(|rate| {
        let label = format!("{name} at {rate} frames/s");
        let trial = with_progress(&label, || trial(rate))?;
        let verdict = if trial.is_lossless() { "taken" } else { "lost" };
        eprintln!(
            "{name}: {:.0}/s offered, {} of {} frames lost ({} refused by the queue before it): {verdict}",
            trial.offered.pps, trial.lost, trial.offered.frames, trial.offered.refused
        );
        Ok(trial.is_lossless().then_some(trial.offered.pps).ok_or(()))
    })
}

/// A second try where the first one lost frames or did not reach its rate: something else may have
/// been at work on the machine.
fn tried(
    rate: f64,
    trial: &mut impl FnMut(u32) -> Result<Result<f64, ()>>,
) -> Result<Result<f64, ()>> {
    let first = trial(whole(rate))?;
    if first.is_ok_and(|pps| pps >= rate * REACHED) {
        return Ok(first);
    }
    let second = trial(whole(rate))?;
    Ok(match (first, second) {
        (Ok(one), Ok(other)) => Ok(one.max(other)),
        (Err(()), Ok(pps)) if pps >= rate * REACHED => second,
        _ => Err(()),
    })
}

/// Doubles the rate until something is lost or the generator is at its limit, then halves what is
/// between. `trial` gives the rate that was really offered when it was taken without loss.
fn bisect(mut trial: impl FnMut(u32) -> Result<Result<f64, ()>>) -> Result<Found> {
    let mut found = Found::default();
    let mut rate = START;
    let mut above = f64::INFINITY;
    for _ in 0..TRIALS {
        match tried(rate, &mut trial)? {
            Ok(pps) => {
                found.pps = found.pps.max(pps);
                if pps < rate * REACHED {
                    found.limited = true;
                    return Ok(found);
                }
            }
            Err(()) => above = rate,
        }
        let below = if found.pps > 0.0 {
            found.pps
        } else {
            above / 4.0
        };
        if found.pps > 0.0 && above / below < CLOSE {
            break;
        }
        rate = if above.is_infinite() {
            rate * 2.0
        } else {
            (above * below).sqrt()
        };
    }
    Ok(found)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "rates are positive and below four thousand million"
)]
fn whole(rate: f64) -> u32 {
    rate as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(loss_above: f64, generator: f64) -> Found {
        bisect(|rate| {
            let offered = f64::from(rate).min(generator);
            Ok(if offered <= loss_above {
                Ok(offered)
            } else {
                Err(())
            })
        })
        .unwrap()
    }

    #[test]
    fn the_search_ends_just_below_the_loss() {
        for limit in [30_000.0, 150_000.0, 777_777.0, 2_400_000.0] {
            let found = limits(limit, 3.5e6);
            assert!(
                found.pps <= limit && found.pps * CLOSE >= limit,
                "{found:?}"
            );
            assert!(!found.limited);
        }
    }

    #[test]
    fn one_bad_moment_does_not_end_the_search() {
        for bad in 0..20 {
            let mut call = 0;
            let found = bisect(|rate| {
                let rate = f64::from(rate);
                call += 1;
                Ok(match (call == bad, rate <= 700_000.0) {
                    (true, _) => Ok(rate / 3.0),
                    (false, true) => Ok(rate),
                    (false, false) => Err(()),
                })
            })
            .unwrap();
            assert!((650_000.0..=700_000.0).contains(&found.pps), "{found:?}");
            assert!(!found.limited);
        }
    }

    #[test]
    fn a_generator_at_its_limit_is_told() {
        let found = limits(5e6, 1.3e6);
        assert!(found.limited);
        assert!((found.pps - 1.3e6).abs() < 1.0);
    }
}

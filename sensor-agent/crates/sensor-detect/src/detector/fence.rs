//! Keeps a panic in one engine from stopping the others.
//!
//! The fence stands around all engines at once, which costs one call per observation, and notes
//! which engine is at work. After a panic that engine is off and the ones after it go on with the
//! same observation. What it had changed of its own state is never used again until it is switched
//! on by hand, which makes new rules.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::status::{EngineState, EngineStatus};
use crate::catalogue::Engine;

#[derive(Clone, Debug, Default)]
struct Gate {
    disabled: bool,
    failure: Option<String>,
    failed: bool,
    panics: u64,
}

/// Switches and failures of the five engines.
#[derive(Clone, Debug, Default)]
pub struct Fence {
    gates: [Gate; 5],
}

impl Fence {
    pub fn new(enabled: impl Fn(Engine) -> bool) -> Self {
        let mut fence = Self::default();
        for engine in Engine::ALL {
            fence.gate(engine).disabled = !enabled(engine);
        }
        fence
    }

    fn gate(&mut self, engine: Engine) -> &mut Gate {
        &mut self.gates[engine as usize]
    }

    /// Whether the engine works.
    #[inline]
    pub fn is_open(&self, engine: Engine) -> bool {
        let gate = &self.gates[engine as usize];
        !gate.disabled && !gate.failed
    }

    /// Switches an engine; returns whether that is a change. Switching on forgets a failure.
    pub fn set_enabled(&mut self, engine: Engine, enabled: bool) -> bool {
        let before = self.is_open(engine);
        let gate = self.gate(engine);
        gate.disabled = !enabled;
        if enabled {
            gate.failed = false;
        }
        before != self.is_open(engine)
    }

    /// Runs `work` for every engine that is on, in the order of [`Engine::ALL`].
    #[inline]
    pub fn run(&mut self, mut work: impl FnMut(Engine)) {
        let mut next = 0;
        while next < Engine::ALL.len() {
            let mut at = next;
            let gates = &*self;
            let done = catch_unwind(AssertUnwindSafe(|| {
                while let Some(engine) = Engine::ALL.get(at) {
                    if gates.is_open(*engine) {
                        work(*engine);
                    }
                    at += 1;
                }
            }));
            let Err(panic) = done else {
                return;
            };
            let text = panic
                .downcast_ref::<&str>()
                .map(|text| (*text).to_owned())
                .or_else(|| panic.downcast_ref::<String>().cloned())
                .unwrap_or_else(|| "panic without a text".to_owned());
            if let Some(engine) = Engine::ALL.get(at) {
                let gate = self.gate(*engine);
                gate.failed = true;
                gate.panics += 1;
                gate.failure = Some(text);
            }
            next = at + 1;
        }
    }

    /// States of the engines, without counts of findings.
    pub fn status(&self) -> Vec<EngineStatus> {
        Engine::ALL
            .iter()
            .map(|engine| {
                let gate = &self.gates[*engine as usize];
                EngineStatus {
                    engine: *engine,
                    state: match (gate.disabled, gate.failed) {
                        (true, _) => EngineState::Disabled,
                        (false, true) => EngineState::Failed,
                        (false, false) => EngineState::Running,
                    },
                    failure: gate.failure.clone(),
                    panics: gate.panics,
                    findings: 0,
                    suppressed: 0,
                }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_switches_its_engine_off_and_lets_the_others_work() {
        let mut fence = Fence::default();
        let mut worked = Vec::new();
        for _ in 0..2 {
            fence.run(|engine| {
                assert!(engine != Engine::Malware, "signature table is corrupt");
                worked.push(engine);
            });
        }
        assert_eq!(worked.len(), 8);
        let status = fence.status();
        let malware = status.iter().find(|s| s.engine == Engine::Malware).unwrap();
        assert_eq!(malware.state, EngineState::Failed);
        assert_eq!(malware.panics, 1);
        assert_eq!(
            malware.failure.as_deref(),
            Some("signature table is corrupt")
        );
    }

    #[test]
    fn an_engine_that_failed_works_again_when_switched_on() {
        let mut fence = Fence::default();
        fence.run(|engine| assert!(engine != Engine::Anomaly));
        assert!(!fence.is_open(Engine::Anomaly));
        assert!(fence.set_enabled(Engine::Anomaly, true));
        assert!(fence.is_open(Engine::Anomaly));
    }

    #[test]
    fn a_disabled_engine_does_no_work() {
        let mut fence = Fence::new(|engine| engine != Engine::Operational);
        fence.run(|engine| assert!(engine != Engine::Operational));
        assert_eq!(fence.status()[4].state, EngineState::Disabled);
        assert_eq!(fence.status()[4].panics, 0);
    }
}

//! How the detector is doing, for the API and for metrics.

use std::sync::Arc;

use serde::Serialize;

use crate::catalogue::Engine;
use crate::settings::Mode;
use crate::state::TableStatus;

/// Everything the detector says about itself.
#[derive(Clone, Debug, Default, Serialize)]
pub struct DetectorStatus {
    /// In the order of [`Engine::ALL`].
    pub engines: Vec<EngineStatus>,
    /// Implemented types in catalogue order.
    pub types: Vec<TypeStatus>,
    pub tables: Vec<TableStatus>,
}

/// Whether an engine works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EngineState {
    Running,
    /// Switched off by settings or by a command.
    Disabled,
    /// It panicked and stays off until it is switched on again.
    Failed,
}

/// One engine.
#[derive(Clone, Debug, Serialize)]
pub struct EngineStatus {
    pub engine: Engine,
    pub state: EngineState,
    /// Text of the last panic.
    pub failure: Option<String>,
    /// Panics since the start.
    pub panics: u64,
    /// Findings handed out.
    pub findings: u64,
    /// Findings held back by the rate limit.
    pub suppressed: u64,
}

/// One alert type.
#[derive(Clone, Debug, Serialize)]
pub struct TypeStatus {
    pub type_id: Arc<str>,
    pub enabled: bool,
    /// The mode in force: `dynamic` until the type's baseline is stable, then `operational`.
    pub mode: Mode,
    pub findings: u64,
    pub suppressed: u64,
    pub would_have_alerted: u64,
}

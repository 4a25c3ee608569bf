//! The settings of the program, with one owner: whoever changes one knob leaves the others alone.

use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, PoisonError};

use aya::Ebpf;
use aya::maps::{Array, MapData};
use sensor_common::ABI_VERSION;
use sensor_common::maps::SETTINGS;
use sensor_common::settings::{FLAG_AGGREGATE, Settings};

use super::load::{map_error, missing};
use super::{CaptureError, XdpSettings};

/// The reader is woken when the ring is this much full; before that it looks by itself.
const WAKE_FRACTION: u32 = 16;

/// The settings map of one loaded program and what stands in it. Clones share both.
#[derive(Clone)]
pub(super) struct Knobs(Arc<Mutex<Inner>>);

struct Inner {
    map: Array<MapData, Settings>,
    values: Settings,
}

impl Knobs {
    /// Takes the map; nothing is written before the first change, and until then the program
    /// observes nothing.
    pub(super) fn take(program: &mut Ebpf, settings: &XdpSettings) -> Result<Self, CaptureError> {
        let map = program
            .take_map(SETTINGS)
            .ok_or_else(|| missing(SETTINGS))?;
        let map = Array::try_from(map).map_err(|error| map_error(SETTINGS, &error))?;
        let refresh = settings.aggregate_refresh.as_nanos();
        let values = Settings {
            abi_version: ABI_VERSION,
            flags: if settings.aggregate {
                FLAG_AGGREGATE
            } else {
                0
            },
            verdict: settings.verdict.xdp_action(),
            snap_len: settings.snap_len,
            wake_bytes: settings.ring_bytes / WAKE_FRACTION,
            // A fresh entry of the map of operations says 0.
            epoch: 1,
            refresh_ns: u64::try_from(refresh).unwrap_or(u64::MAX),
            hash_seed: RandomState::new().hash_one(SETTINGS),
        };
        Ok(Self(Arc::new(Mutex::new(Inner { map, values }))))
    }

    /// Says which filter dimensions have rules.
    pub(super) fn set_rule_flags(&self, flags: u32) -> Result<(), CaptureError> {
        self.change(|values| values.flags = flags | values.flags & FLAG_AGGREGATE)?;
        Ok(())
    }

    /// Begins another interval of counting; gives the one that is over.
    pub(super) fn raise_epoch(&self) -> Result<u32, CaptureError> {
        let values = self.change(|values| values.epoch = values.epoch.wrapping_add(1))?;
        Ok(values.epoch.wrapping_sub(1))
    }

    fn change(&self, change: impl FnOnce(&mut Settings)) -> Result<Settings, CaptureError> {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut values = inner.values;
        change(&mut values);
        let written = inner.map.set(0, values, 0);
        written.map_err(|error| map_error(SETTINGS, &error))?;
        inner.values = values;
        Ok(values)
    }
}

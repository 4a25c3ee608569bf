//! `[detect]`: what counts as normal and which alerts are raised.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use ipnet::IpNet;
use sensor_detect::catalogue::{Engine, Threshold};
use sensor_detect::detector::{DetectorSettings, Mode, SettingsError};
use sensor_detect::indicators::{self, IndicatorSet};
use serde::{Deserialize, Serialize};

use super::section::section;
use super::units::HumanDuration;

/// So many events within so much time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ThresholdSetting {
    pub count: u32,
    /// Left out where the count alone decides.
    #[serde(default = "no_window")]
    pub window: HumanDuration,
}

const fn no_window() -> HumanDuration {
    HumanDuration::from_secs(0)
}

section! {
    /// What counts as normal and which alerts are raised.
    pub struct Detect = "detect" {
        /// Mode of a sensor that starts with an empty database: `learning` (new traffic enters the
        /// baseline), `dynamic` (each type becomes operational when its baseline is stable) or
        /// `operational` (new traffic raises alerts). Later changes are made over the API and kept.
        mode: Mode = Mode::Learning;
        /// Alert types to raise although the catalogue leaves them off (see
        /// `sensor-agent alert-types`).
        enable: Vec<String> = Vec::new(),
            example "[\"controller_stop\"]";
        /// Alert types not to raise.
        disable: Vec<String> = Vec::new(),
            example "[\"new_asset_detected\"]";
        /// Engines to switch off: `protocol_violation`, `policy_violation`, `malware`, `anomaly`,
        /// `operational`.
        disable_engines: BTreeSet<Engine> = BTreeSet::new(),
            example "[\"anomaly\"]";
        /// Mode of single alert types, whatever the mode of the sensor.
        modes: BTreeMap<String, Mode> = BTreeMap::new(),
            example "{ new_asset_detected = \"operational\" }";
        /// Thresholds in place of the catalogue's: events, and the time they must fall into.
        thresholds: BTreeMap<String, ThresholdSetting> = BTreeMap::new(),
            example "{ port_scan = { count = 25, window = \"2 min\" } }";
        /// Public addresses that belong to the site. Private addresses do in any case.
        internal_subnets: Vec<IpNet> = Vec::new(),
            example "[\"198.51.100.0/24\"]";
        /// Networks of the plant. When set, engines other than malware leave traffic alone that has
        /// nothing to do with them.
        ot_subnets: Vec<IpNet> = Vec::new(),
            example "[\"10.1.0.0/16\"]";
        /// Feeds of indicators of compromise, CSV or STIX 2.1, read at the start. A line that is no
        /// indicator is left out and told in the log. See `docs/indicators.md`.
        indicator_feeds: Vec<PathBuf> = Vec::new(),
            example "[\"/etc/telltale/indicators.csv\"]";
        /// How long the baseline of a type must bring nothing new before dynamic mode ends for it:
        /// 1 min to 365 d.
        dynamic_stable_for: HumanDuration = HumanDuration::from_days(3),
            check |span| out_of(span, HumanDuration::from_secs(60), HumanDuration::from_days(365));
        /// Silence on every interface after which the sensor complains: 1 s to 365 d.
        sensor_silence: HumanDuration = HumanDuration::from_secs(300),
            check |span| out_of(span, HumanDuration::from_secs(1), HumanDuration::from_days(365));
    }
}

fn out_of(span: &HumanDuration, least: HumanDuration, most: HumanDuration) -> Option<String> {
    (!(least..=most).contains(span)).then(|| format!("{span} is outside {least} to {most}"))
}

impl Detect {
    /// The detector's settings, or every alert type that does not exist or cannot be set so.
    pub fn settings(&self) -> Result<DetectorSettings, Vec<String>> {
        let mut settings = DetectorSettings {
            mode: self.mode,
            disabled_engines: self.disable_engines.clone(),
            internal_subnets: self.internal_subnets.clone(),
            ot_subnets: self.ot_subnets.clone(),
            dynamic_stable_for: self.dynamic_stable_for.get(),
            sensor_silence: self.sensor_silence.get(),
            ..DetectorSettings::default()
        };
        for (ids, enabled) in [(&self.enable, true), (&self.disable, false)] {
            for id in ids {
                settings.types.entry(id.clone()).or_default().enabled = Some(enabled);
            }
        }
        for (id, mode) in &self.modes {
            settings.types.entry(id.clone()).or_default().mode = Some(*mode);
        }
        for (id, threshold) in &self.thresholds {
            settings.types.entry(id.clone()).or_default().threshold = Some(Threshold {
                count: threshold.count,
                window: threshold.window.get(),
            });
        }
        let mut problems = self.contradictions();
        if let Err(errors) = settings.check() {
            problems.extend(errors.iter().map(|error| self.locate(error)));
        }
        if problems.is_empty() {
            Ok(settings)
        } else {
            Err(problems)
        }
    }

    /// The same with the indicators of all feeds, which are read now; or every feed that cannot be.
    pub fn with_feeds(&self) -> Result<DetectorSettings, Vec<String>> {
        let mut settings = self.settings()?;
        settings.indicators = Arc::new(self.indicators()?);
        Ok(settings)
    }

    /// The indicators of all feeds, and those of the program.
    fn indicators(&self) -> Result<IndicatorSet, Vec<String>> {
        let mut set = IndicatorSet::of_the_program();
        let mut problems = Vec::new();
        for path in &self.indicator_feeds {
            let at =
                |reason: String| format!("detect.indicator_feeds: {}: {reason}", path.display());
            let read = std::fs::read(path).map_err(|error| format!("{error}; correct the path"));
            match read.and_then(|bytes| indicators::read(&bytes)) {
                Ok(import) => {
                    for problem in &import.problems {
                        let (place, reason) = (problem.place, &problem.reason);
                        tracing::warn!(feed = %path.display(), place, %reason, "no indicator, left out");
                    }
                    tracing::info!(feed = %path.display(), indicators = import.indicators.len(), left_out = import.left_out, "indicator feed read");
                    let name = path.file_stem().unwrap_or(path.as_os_str());
                    if let Err(refused) = set.add(&name.to_string_lossy(), import.indicators) {
                        problems.push(at(refused.to_string()));
                    }
                }
                Err(reason) => problems.push(at(reason)),
            }
        }
        if problems.is_empty() {
            Ok(set)
        } else {
            Err(problems)
        }
    }

    fn contradictions(&self) -> Vec<String> {
        self.enable
            .iter()
            .filter(|id| self.disable.contains(id))
            .map(|id| format!("detect.enable and detect.disable both name `{id}`; keep one"))
            .collect()
    }

    /// The message with the key that caused it.
    fn locate(&self, error: &SettingsError) -> String {
        let key = match error {
            SettingsError::UnknownType { id } if self.enable.contains(id) => "enable",
            SettingsError::UnknownType { id } if self.disable.contains(id) => "disable",
            SettingsError::UnknownType { id } if self.modes.contains_key(id) => "modes",
            SettingsError::UnknownType { .. }
            | SettingsError::NoThreshold { .. }
            | SettingsError::ZeroThreshold { .. } => "thresholds",
        };
        format!("detect.{key}: {error}")
    }
}

#[cfg(test)]
mod tests {
    use super::Detect;

    #[test]
    fn a_feed_is_read_with_its_good_lines_or_named() {
        let folder = tempfile::tempdir().unwrap();
        let good = folder.path().join("site.csv");
        std::fs::write(&good, "kind,value\nip,192.0.2.1\nip,nobody\n").unwrap();
        let of = |path: &std::path::Path| Detect {
            indicator_feeds: vec![path.to_owned()],
            ..Detect::default()
        };
        let settings = of(&good).with_feeds().unwrap();
        let own = |source: &str| {
            let listed = settings.indicators.listed().iter();
            listed.filter(|l| *l.source == *source).count()
        };
        assert_eq!(own("site"), 1);
        assert!(own("built-in") > 0);
        let missing = folder.path().join("none.csv");
        let problems = of(&missing).with_feeds().expect_err("no such file");
        assert!(problems[0].contains("none.csv") && problems[0].contains("correct the path"));
        std::fs::write(&missing, " ").unwrap();
        let problems = of(&missing).with_feeds().expect_err("an empty file");
        assert!(
            problems[0].ends_with("the feed is empty"),
            "{}",
            problems[0]
        );
    }

    #[test]
    fn alert_types_that_do_not_exist_are_named_with_their_key() {
        let detect = Detect {
            enable: vec!["no_such_type".to_owned()],
            disable: vec!["nor_this".to_owned()],
            ..Detect::default()
        };
        let problems = detect.settings().expect_err("two unknown types");
        assert!(
            problems
                .iter()
                .any(|p| p.starts_with("detect.enable:") && p.contains("no_such_type")),
            "{problems:?}"
        );
        assert!(
            problems
                .iter()
                .any(|p| p.starts_with("detect.disable:") && p.contains("nor_this")),
            "{problems:?}"
        );
    }

    #[test]
    fn the_same_type_cannot_be_on_and_off() {
        let detect = Detect {
            enable: vec!["x".to_owned()],
            disable: vec!["x".to_owned()],
            ..Detect::default()
        };
        let problems = detect.settings().expect_err("a contradiction");
        assert!(problems[0].contains("keep one"), "{problems:?}");
    }

    #[test]
    fn the_defaults_are_valid() {
        assert!(Detect::default().settings().is_ok());
    }
}

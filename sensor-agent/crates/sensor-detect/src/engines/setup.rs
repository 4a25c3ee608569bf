//! What a rule needs when it is made.

use crate::catalogue::{AlertType, Threshold, catalogue};
use crate::settings::{DetectorSettings, Limits};

/// Settings seen through the catalogue.
pub struct Setup<'a> {
    settings: &'a DetectorSettings,
}

impl<'a> Setup<'a> {
    pub fn new(settings: &'a DetectorSettings) -> Self {
        Self { settings }
    }

    /// The type with this id.
    ///
    /// # Panics
    /// When the catalogue has no such type; a test builds every rule.
    pub fn alert(&self, id: &str) -> &'static AlertType {
        catalogue()
            .get(id)
            .unwrap_or_else(|| panic!("alert type `{id}` is missing in catalogue/alert-types.csv"))
    }

    /// The threshold in force for a type that has one.
    ///
    /// # Panics
    /// When the catalogue gives the type no threshold; a test builds every rule.
    pub fn threshold(&self, id: &str) -> Threshold {
        self.settings
            .types
            .get(id)
            .and_then(|settings| settings.threshold)
            .or(self.alert(id).threshold)
            .unwrap_or_else(|| panic!("alert type `{id}` has no threshold in the catalogue"))
    }

    pub fn limits(&self) -> Limits {
        self.settings.limits
    }

    pub fn settings(&self) -> &'a DetectorSettings {
        self.settings
    }
}

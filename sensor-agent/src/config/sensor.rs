//! `[sensor]`: who this sensor is.

use super::section::section;

section! {
    /// Who this sensor is.
    pub struct Sensor = "sensor" {
        /// Name of this sensor, as alerts and health show it.
        name: String = "telltale".to_owned(),
            check |name| (name.is_empty() || name.len() > 64)
                .then(|| "a name has 1 to 64 bytes".to_owned());
    }
}

//! `[sensor]`: where this sensor stands.

use super::section::section;

section! {
    /// Where this sensor stands; both labels are put on every alert.
    pub struct Sensor = "sensor" {
        /// Site, at most 200 bytes.
        site: Option<String> = None,
            check check_label,
            example "\"Plant 4\"";
        /// Zone within the site, at most 200 bytes.
        zone: Option<String> = None,
            check check_label,
            example "\"Boiler house\"";
    }
}

#[expect(
    clippy::ref_option,
    reason = "the shape of every check: a reference to the value"
)]
fn check_label(label: &Option<String>) -> Option<String> {
    let label = label.as_deref()?;
    (label.is_empty() || label.len() > 200).then(|| "a label has 1 to 200 bytes".to_owned())
}

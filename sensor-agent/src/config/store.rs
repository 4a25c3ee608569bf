//! `[store]`: where alerts, devices and the baseline are kept.

use std::path::PathBuf;

use super::section::section;
use super::units::HumanDuration;

section! {
    /// Where alerts, devices and the baseline are kept.
    pub struct Store = "store" {
        /// Folder of the database and of the first access token; it is created when missing.
        data_dir: PathBuf = "/var/lib/telltale".into();
        /// Alerts are deleted this long after their last activity: 1 d to 3650 d.
        retention: HumanDuration = HumanDuration::from_days(90),
            check check_days;
        /// Open alerts are closed when the same traffic stays away for so long: 1 d to 3650 d.
        auto_close_after: HumanDuration = HumanDuration::from_days(90),
            check check_days;
    }
}

fn check_days(span: &HumanDuration) -> Option<String> {
    let allowed = HumanDuration::from_days(1)..=HumanDuration::from_days(3650);
    (!allowed.contains(span)).then(|| format!("{span} is outside 1 d to 3650 d"))
}

//! Vendors and types of devices, as data.
//!
//! Sources: CIP Volume 1, chapter 6 (device profiles); vendor numbers are those that the vendors' own
//! manuals and electronic data sheets name. A vendor without a row is told by its number.

use crate::dissect::tables::name_of;

/// Vendor identifier and name, in ascending order.
const VENDORS: &[(u16, &str)] = &[
    (1, "Rockwell Automation/Allen-Bradley"),
    (5, "Rockwell Automation/Reliance Electric"),
    (7, "SMC"),
    (8, "Molex"),
    (12, "Banner Engineering"),
    (26, "Festo"),
    (40, "WAGO"),
    (43, "Balluff"),
    (44, "Yaskawa Electric America"),
    (46, "ABB"),
    (47, "Omron"),
    (48, "Turck"),
    (57, "Pepperl+Fuchs"),
    (68, "Eaton"),
    (75, "ABB Robotics"),
    (77, "Rockwell Software"),
    (82, "Mitsubishi Electric Automation"),
    (87, "Bürkert"),
    (90, "HMS Industrial Networks"),
    (95, "Schneider Electric/Square D"),
    (97, "Danfoss"),
    (108, "Beckhoff"),
    (161, "Mitsubishi Electric"),
    (181, "Pilz"),
    (243, "Schneider Electric"),
    (283, "Hilscher"),
];

/// Name of a vendor, if it has a row.
pub(super) fn vendor(id: u16) -> Option<&'static str> {
    name_of(VENDORS, id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order() {
        assert!(VENDORS.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert_eq!(vendor(1), Some("Rockwell Automation/Allen-Bradley"));
        assert_eq!(vendor(65_535), None);
    }
}

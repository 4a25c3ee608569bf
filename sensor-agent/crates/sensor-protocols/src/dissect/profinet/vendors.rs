//! Vendors by the number that devices tell of themselves.
//!
//! Source: the attribute `VendorID` of GSDML device descriptions (Siemens, RT-Labs); for the others the
//! captures of devices whose MAC address has the IEEE registered prefix of the vendor. The full list
//! *Manufacturer ID* of PROFIBUS & PROFINET International is not at hand; a vendor without a row is
//! told by its number.

use crate::dissect::tables::name_of;

/// Vendor identifier and name, in ascending order.
const VENDORS: &[(u16, &str)] = &[
    (0x002a, "Siemens"),
    (0x0080, "Danfoss"),
    (0x00b0, "Phoenix Contact"),
    (0x011d, "WAGO"),
    (0x012f, "Murrelektronik"),
    (0x014d, "Festo"),
    (0x015a, "GE Intelligent Platforms"),
    (0x0493, "RT-Labs"),
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
        assert_eq!(vendor(0x2a), Some("Siemens"));
        assert_eq!(vendor(0xffff), None);
    }
}

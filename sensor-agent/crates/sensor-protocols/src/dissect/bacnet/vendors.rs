//! Vendors by number, as data.
//!
//! Source: the list of BACnet vendor identifiers that ASHRAE SSPC 135 assigns and publishes; those met
//! most in buildings and plants. A vendor without a row is told by its number.

use crate::dissect::tables::name_of;

/// Vendor identifier and name, in ascending order.
const VENDORS: &[(u16, &str)] = &[
    (0, "ASHRAE"),
    (1, "NIST"),
    (2, "Trane"),
    (3, "Daikin Applied Americas"),
    (4, "PolarSoft"),
    (5, "Johnson Controls"),
    (6, "ABB (American Auto-Matrix)"),
    (7, "Siemens (Landis & Staefa)"),
    (8, "Delta Controls"),
    (9, "Siemens"),
    (10, "Schneider Electric"),
    (11, "TAC"),
    (12, "Orion Analysis"),
    (13, "Teletrol Systems"),
    (14, "Cimetrics Technology"),
    (15, "Cornell University"),
    (16, "United Technologies Carrier"),
    (17, "Honeywell"),
    (18, "Alerton/Honeywell"),
    (19, "TAC AB"),
    (22, "Siemens (Cerberus)"),
    (23, "York Controls Group"),
    (24, "Automated Logic"),
    (26, "Phoenix Controls"),
    (28, "KMC Controls"),
    (32, "Simplex"),
    (34, "Notifier"),
    (35, "Reliable Controls"),
    (36, "Tridium"),
    (37, "MSA Safety"),
    (39, "Kieback & Peter"),
    (42, "Acuity Brands Lighting"),
    (50, "MBS"),
    (51, "SAMSON"),
    (53, "Daikin Industries"),
    (56, "Liebert"),
    (73, "ABB Gebäudetechnik"),
    (77, "Carel"),
    (79, "Hochiki"),
    (80, "Sauter"),
    (82, "Mitsubishi Electric, Inazawa Works"),
    (83, "Mitsubishi Heavy Industries"),
    (85, "Yamatake Building Systems"),
    (86, "Watt Stopper"),
    (89, "Saia-Burgess Controls"),
    (90, "Hitachi"),
    (91, "Novar/Trend Control Systems"),
    (98, "Toshiba"),
    (101, "ClimateMaster"),
    (105, "Priva"),
    (111, "Leviton"),
    (112, "Fujitsu"),
    (113, "Vertiv"),
    (123, "SCADA Engine"),
    (124, "Lenze Americas"),
    (127, "ABB"),
    (133, "Veris Industries"),
    (140, "Viconics Electronics"),
    (141, "Yaskawa America"),
    (142, "DEOS control systems"),
    (150, "Advantech"),
    (160, "Rockwell Automation"),
    (171, "ABB (Cylon Controls)"),
    (176, "Lutron Electronics"),
    (178, "LOYTEC electronics"),
    (189, "Schneider Toshiba Inverter Europe"),
    (190, "Danfoss Drives"),
    (191, "Eaton"),
    (196, "Yokogawa Electric"),
    (197, "Bosch Building Automation"),
    (222, "WAGO"),
    (226, "Phoenix Contact"),
    (227, "Grundfos"),
    (245, "Contemporary Control Systems"),
    (246, "HMS Industrial Networks"),
    (251, "WILO"),
    (255, "Lennox International"),
    (260, "BACnet Stack at SourceForge"),
    (264, "Regin"),
    (276, "GE Consumer & Industrial"),
    (284, "Belimo"),
    (300, "Swegon"),
    (313, "Siemens Industry"),
    (332, "Distech Controls SAS"),
    (333, "Novar/Honeywell"),
    (335, "Schneider Electric"),
    (364, "Distech Controls"),
    (389, "Chipkin Automation Systems"),
    (396, "Thermokon Sensortechnik"),
    (415, "Beckhoff Automation"),
    (423, "Belimo"),
    (432, "LG Electronics"),
    (434, "Mitsubishi Electric, Nagoya Works"),
    (435, "Delta Electronics"),
    (437, "Tyco Fire & Security"),
    (458, "ICP DAS"),
    (486, "HMS Industrial Networks"),
    (502, "EasyIO"),
    (529, "GE Intelligent Platforms"),
    (562, "Crestron Electronics"),
    (694, "Contec"),
    (700, "Fuji Electric"),
    (744, "Bosch Thermotechnology"),
    (767, "Viessmann Elektronik"),
    (808, "ABB Control Products"),
    (971, "Samsung Electronics"),
    (998, "Zumtobel Lighting"),
    (1096, "Moxa"),
    (1193, "Emerson Commercial and Residential Solutions"),
    (1210, "Bosch Rexroth"),
    (1414, "Emerson Automation Solutions"),
];

/// Name of a vendor, if it has a row.
pub(super) fn vendor(id: u32) -> Option<&'static str> {
    name_of(VENDORS, u16::try_from(id).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order() {
        assert!(VENDORS.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert_eq!(vendor(5), Some("Johnson Controls"));
        assert_eq!(vendor(260), Some("BACnet Stack at SourceForge"));
        assert_eq!(vendor(65_536), None);
    }
}

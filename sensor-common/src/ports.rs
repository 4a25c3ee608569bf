//! Link-layer protocols of operational technology, by ethertype (IEEE registration authority).

/// PROFINET RT, including DCP (IEC 61158-6-10).
pub const ETHERTYPE_PROFINET: u16 = 0x8892;
/// EtherCAT (IEC 61158-4-12).
pub const ETHERTYPE_ETHERCAT: u16 = 0x88a4;
/// Ethernet POWERLINK (IEC 61158-4-13).
pub const ETHERTYPE_POWERLINK: u16 = 0x88ab;
/// GOOSE (IEC 61850-8-1).
pub const ETHERTYPE_GOOSE: u16 = 0x88b8;
/// GSE management (IEC 61850-8-1).
pub const ETHERTYPE_GSE: u16 = 0x88b9;
/// Sampled values (IEC 61850-9-2).
pub const ETHERTYPE_SV: u16 = 0x88ba;
/// Link Layer Discovery Protocol (IEEE 802.1AB).
pub const ETHERTYPE_LLDP: u16 = 0x88cc;
/// Media Redundancy Protocol (IEC 62439-2).
pub const ETHERTYPE_MRP: u16 = 0x88e3;
/// Precision Time Protocol (IEEE 1588, annex E).
pub const ETHERTYPE_PTP: u16 = 0x88f7;

/// Whether an ethertype is one of the link-layer protocols above.
#[inline(always)]
pub const fn is_ot_ethertype(ethertype: u16) -> bool {
    matches!(
        ethertype,
        ETHERTYPE_PROFINET
            | ETHERTYPE_ETHERCAT
            | ETHERTYPE_POWERLINK
            | ETHERTYPE_GOOSE
            | ETHERTYPE_GSE
            | ETHERTYPE_SV
            | ETHERTYPE_LLDP
            | ETHERTYPE_MRP
            | ETHERTYPE_PTP
    )
}

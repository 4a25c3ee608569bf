//! Type identifications of ASDUs, as data: name, class, and what their information elements are.
//!
//! Data in: a type identification. Data out: its row. Sources: IEC 60870-5-101 ed. 2 (2003), 7.2.1
//! (type identifications) and 7.3 (the ASDUs); IEC 60870-5-104 ed. 2 (2006), 8 (58 to 64 and 107);
//! IEC TS 60870-5-7 (2013) for the ASDUs of secure authentication (`S_`). Names are those of the
//! standard.

use super::elements::Part;
use crate::observation::OperationClass;

/// Set in the code of an operation whose APDU has the S format.
pub(super) const S_FORMAT: u32 = 0x100;
/// Set in the code of an operation whose APDU has the U format; the low bits are its functions.
pub(super) const U_FORMAT: u32 = 0x200;

/// Where the standard puts a type identification (101, 7.2.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Defined by the standard.
    Defined,
    /// 136 to 255: free for special use.
    Private,
    /// Reserved for further definitions, or for routing of messages.
    Reserved,
    /// Zero: not used.
    Invalid,
}

/// Who sends an ASDU, and what for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Process information and the end of initialisation: the controlled station reports.
    Monitor,
    /// A command without select: system commands and parameters.
    Command,
    /// A process command, whose qualifier says select or execute.
    Process,
    /// File transfer: either station.
    File,
    /// Secure authentication: either station.
    Security,
    /// Nothing is known about it.
    Unknown,
}

/// What follows the information object address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// These parts, in this order.
    Fixed(&'static [Part]),
    /// These parts, the last of which counts the octets that follow.
    Counted(&'static [Part]),
    /// Any octets.
    Opaque,
}

/// One type identification.
#[derive(Clone, Copy, Debug)]
pub(super) struct Type {
    pub(super) id: u8,
    pub(super) name: &'static str,
    pub(super) class: OperationClass,
    pub(super) kind: Kind,
    pub(super) standing: Standing,
    pub(super) layout: Layout,
    /// Whether one address may stand for a sequence of elements (SQ = 1).
    pub(super) sequence: bool,
}

const fn row(
    id: u8,
    name: &'static str,
    class: OperationClass,
    kind: Kind,
    layout: Layout,
) -> Type {
    Type {
        id,
        name,
        class,
        kind,
        standing: Standing::Defined,
        layout,
        sequence: false,
    }
}

/// Process information, one address for each element.
const fn single(id: u8, name: &'static str, parts: &'static [Part]) -> Type {
    row(id, name, Read, Kind::Monitor, Layout::Fixed(parts))
}

/// Process information that may come as a sequence.
const fn sequence(id: u8, name: &'static str, parts: &'static [Part]) -> Type {
    Type {
        sequence: true,
        ..single(id, name, parts)
    }
}

const fn process(id: u8, name: &'static str, parts: &'static [Part]) -> Type {
    row(id, name, Write, Kind::Process, Layout::Fixed(parts))
}

const fn command(
    id: u8,
    name: &'static str,
    class: OperationClass,
    parts: &'static [Part],
) -> Type {
    row(id, name, class, Kind::Command, Layout::Fixed(parts))
}

const fn file(id: u8, name: &'static str, layout: Layout) -> Type {
    row(id, name, File, Kind::File, layout)
}

const fn security(id: u8, name: &'static str) -> Type {
    row(id, name, Auth, Kind::Security, Layout::Opaque)
}

use OperationClass::{Auth, Config, Control, Diagnostic, Event, File, Read, Unknown, Write};
use Part::{
    Afq, Bcr, Bsi, Chs, Coi, Cp16, Cp24, Cp56, Dco, Diq, Fbp, Frq, Lof, Los, Lsq, Nof, Nos, Nva,
    Oci, Qcc, Qdp, Qds, Qoi, Qos, Qpa, Qpm, Qrp, R32, Rco, Scd, Sco, Scq, Sep, Siq, Sof, Spe, Srq,
    Sva, Tsc, Vti,
};

/// Named type identifications in ascending order.
const TYPES: &[Type] = &[
    sequence(1, "M_SP_NA_1", &[Siq]),
    single(2, "M_SP_TA_1", &[Siq, Cp24]),
    sequence(3, "M_DP_NA_1", &[Diq]),
    single(4, "M_DP_TA_1", &[Diq, Cp24]),
    sequence(5, "M_ST_NA_1", &[Vti, Qds]),
    single(6, "M_ST_TA_1", &[Vti, Qds, Cp24]),
    sequence(7, "M_BO_NA_1", &[Bsi, Qds]),
    single(8, "M_BO_TA_1", &[Bsi, Qds, Cp24]),
    sequence(9, "M_ME_NA_1", &[Nva, Qds]),
    single(10, "M_ME_TA_1", &[Nva, Qds, Cp24]),
    sequence(11, "M_ME_NB_1", &[Sva, Qds]),
    single(12, "M_ME_TB_1", &[Sva, Qds, Cp24]),
    sequence(13, "M_ME_NC_1", &[R32, Qds]),
    single(14, "M_ME_TC_1", &[R32, Qds, Cp24]),
    sequence(15, "M_IT_NA_1", &[Bcr]),
    single(16, "M_IT_TA_1", &[Bcr, Cp24]),
    single(17, "M_EP_TA_1", &[Sep, Cp16, Cp24]),
    single(18, "M_EP_TB_1", &[Spe, Qdp, Cp16, Cp24]),
    single(19, "M_EP_TC_1", &[Oci, Qdp, Cp16, Cp24]),
    sequence(20, "M_PS_NA_1", &[Scd, Qds]),
    sequence(21, "M_ME_ND_1", &[Nva]),
    single(30, "M_SP_TB_1", &[Siq, Cp56]),
    single(31, "M_DP_TB_1", &[Diq, Cp56]),
    single(32, "M_ST_TB_1", &[Vti, Qds, Cp56]),
    single(33, "M_BO_TB_1", &[Bsi, Qds, Cp56]),
    single(34, "M_ME_TD_1", &[Nva, Qds, Cp56]),
    single(35, "M_ME_TE_1", &[Sva, Qds, Cp56]),
    single(36, "M_ME_TF_1", &[R32, Qds, Cp56]),
    single(37, "M_IT_TB_1", &[Bcr, Cp56]),
    single(38, "M_EP_TD_1", &[Sep, Cp16, Cp56]),
    single(39, "M_EP_TE_1", &[Spe, Qdp, Cp16, Cp56]),
    single(40, "M_EP_TF_1", &[Oci, Qdp, Cp16, Cp56]),
    security(41, "S_IT_TC_1"),
    process(45, "C_SC_NA_1", &[Sco]),
    process(46, "C_DC_NA_1", &[Dco]),
    process(47, "C_RC_NA_1", &[Rco]),
    process(48, "C_SE_NA_1", &[Nva, Qos]),
    process(49, "C_SE_NB_1", &[Sva, Qos]),
    process(50, "C_SE_NC_1", &[R32, Qos]),
    command(51, "C_BO_NA_1", Write, &[Bsi]),
    process(58, "C_SC_TA_1", &[Sco, Cp56]),
    process(59, "C_DC_TA_1", &[Dco, Cp56]),
    process(60, "C_RC_TA_1", &[Rco, Cp56]),
    process(61, "C_SE_TA_1", &[Nva, Qos, Cp56]),
    process(62, "C_SE_TB_1", &[Sva, Qos, Cp56]),
    process(63, "C_SE_TC_1", &[R32, Qos, Cp56]),
    command(64, "C_BO_TA_1", Write, &[Bsi, Cp56]),
    row(70, "M_EI_NA_1", Event, Kind::Monitor, Layout::Fixed(&[Coi])),
    security(81, "S_CH_NA_1"),
    security(82, "S_RP_NA_1"),
    security(83, "S_AR_NA_1"),
    security(84, "S_KR_NA_1"),
    security(85, "S_KS_NA_1"),
    security(86, "S_KC_NA_1"),
    security(87, "S_ER_NA_1"),
    security(90, "S_US_NA_1"),
    security(91, "S_UQ_NA_1"),
    security(92, "S_UR_NA_1"),
    security(93, "S_UK_NA_1"),
    security(94, "S_UA_NA_1"),
    security(95, "S_UC_NA_1"),
    command(100, "C_IC_NA_1", Read, &[Qoi]),
    command(101, "C_CI_NA_1", Read, &[Qcc]),
    command(102, "C_RD_NA_1", Read, &[]),
    command(103, "C_CS_NA_1", Config, &[Cp56]),
    command(104, "C_TS_NA_1", Diagnostic, &[Fbp]),
    command(105, "C_RP_NA_1", Control, &[Qrp]),
    command(106, "C_CD_NA_1", Config, &[Cp16]),
    command(107, "C_TS_TA_1", Diagnostic, &[Tsc, Cp56]),
    command(110, "P_ME_NA_1", Config, &[Nva, Qpm]),
    command(111, "P_ME_NB_1", Config, &[Sva, Qpm]),
    command(112, "P_ME_NC_1", Config, &[R32, Qpm]),
    command(113, "P_AC_NA_1", Config, &[Qpa]),
    file(120, "F_FR_NA_1", Layout::Fixed(&[Nof, Lof, Frq])),
    file(121, "F_SR_NA_1", Layout::Fixed(&[Nof, Nos, Lof, Srq])),
    file(122, "F_SC_NA_1", Layout::Fixed(&[Nof, Nos, Scq])),
    file(123, "F_LS_NA_1", Layout::Fixed(&[Nof, Nos, Lsq, Chs])),
    file(124, "F_AF_NA_1", Layout::Fixed(&[Nof, Nos, Afq])),
    file(125, "F_SG_NA_1", Layout::Counted(&[Nof, Nos, Los])),
    Type {
        sequence: true,
        ..file(126, "F_DR_TA_1", Layout::Fixed(&[Nof, Lof, Sof, Cp56]))
    },
    file(127, "F_SC_NB_1", Layout::Fixed(&[Nof, Cp56, Cp56])),
];

/// What is known about a type identification.
pub(super) fn named(id: u8) -> Type {
    if let Ok(at) = TYPES.binary_search_by_key(&id, |t| t.id)
        && let Some(found) = TYPES.get(at)
    {
        return *found;
    }
    let (name, standing) = match id {
        0 => ("invalid", Standing::Invalid),
        1..=135 => ("unknown", Standing::Reserved),
        136.. => ("private", Standing::Private),
    };
    Type {
        standing,
        ..row(id, name, Unknown, Kind::Unknown, Layout::Opaque)
    }
}

/// Name of an operation that selects a point before it operates it.
pub(super) fn select_name(id: u8) -> Option<&'static str> {
    SELECTS
        .iter()
        .find(|(known, _)| *known == id)
        .map(|(_, name)| *name)
}

/// The process commands with S/E = 1 (101, 7.2.6.26).
const SELECTS: &[(u8, &str)] = &[
    (45, "C_SC_NA_1 select"),
    (46, "C_DC_NA_1 select"),
    (47, "C_RC_NA_1 select"),
    (48, "C_SE_NA_1 select"),
    (49, "C_SE_NB_1 select"),
    (50, "C_SE_NC_1 select"),
    (58, "C_SC_TA_1 select"),
    (59, "C_DC_TA_1 select"),
    (60, "C_RC_TA_1 select"),
    (61, "C_SE_TA_1 select"),
    (62, "C_SE_TB_1 select"),
    (63, "C_SE_TC_1 select"),
];

/// Functions of the U format, by the first control octet shifted right by two (104, 5.1, figure 8).
const U_FUNCTIONS: &[(u8, &str)] = &[
    (1, "STARTDT act"),
    (2, "STARTDT con"),
    (4, "STOPDT act"),
    (8, "STOPDT con"),
    (16, "TESTFR act"),
    (32, "TESTFR con"),
];

/// Name of a function of the U format; `None` when not exactly one of the six bits is set.
pub(super) fn u_function(bits: u8) -> Option<&'static str> {
    U_FUNCTIONS
        .iter()
        .find(|(known, _)| *known == bits)
        .map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_is_sorted_so_that_the_search_finds_every_row() {
        assert!(TYPES.is_sorted_by(|a, b| a.id < b.id));
        for row in TYPES {
            assert_eq!(named(row.id).name, row.name);
        }
    }

    /// The types that the companion standards define (101, 7.2.1; 104, 8; 60870-5-7, 8).
    #[test]
    fn the_defined_types_are_those_of_the_standard() {
        let defined: Vec<u8> = (0..=255)
            .filter(|id| named(*id).standing == Standing::Defined)
            .collect();
        let expected: Vec<u8> = (1..=21)
            .chain(30..=41)
            .chain(45..=51)
            .chain(58..=64)
            .chain([70])
            .chain(81..=87)
            .chain(90..=95)
            .chain(100..=107)
            .chain(110..=113)
            .chain(120..=127)
            .collect();
        assert_eq!(defined, expected);
        assert_eq!(named(0).standing, Standing::Invalid);
        assert_eq!(named(128).standing, Standing::Reserved);
        assert_eq!(named(136).standing, Standing::Private);
    }

    /// Types with a select bit are those whose last part before a time tag has one.
    #[test]
    fn every_process_command_has_a_select_name_and_no_other_type() {
        for id in 0..=255 {
            let process = named(id).kind == Kind::Process;
            assert_eq!(select_name(id).is_some(), process, "{id}");
            if let Some(name) = select_name(id) {
                assert_eq!(name, format!("{} select", named(id).name));
            }
        }
    }
}

//! Information elements: how long each is, and which of its values the standard does not allow.
//!
//! Data in: the octets of an element. Data out: whether they keep to IEC 60870-5-101 ed. 2, 7.2.6
//! (the clause of each element is named). Reserved bits are not judged: equipment sets them.

use crate::dissect::cursor::Cursor;

/// One information element, by the abbreviation the standard has for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Single-point information with quality (7.2.6.1).
    Siq,
    /// Double-point information with quality (7.2.6.2).
    Diq,
    /// Quality descriptor (7.2.6.3).
    Qds,
    /// Quality descriptor of protection equipment (7.2.6.4).
    Qdp,
    /// Value with transient state indication: step position (7.2.6.5).
    Vti,
    /// Normalised value (7.2.6.6).
    Nva,
    /// Scaled value (7.2.6.7).
    Sva,
    /// Short floating point number (7.2.6.8).
    R32,
    /// Binary counter reading (7.2.6.9).
    Bcr,
    /// Single event of protection equipment (7.2.6.10).
    Sep,
    /// Start events of protection equipment (7.2.6.11).
    Spe,
    /// Output circuit information of protection equipment (7.2.6.12).
    Oci,
    /// Binary state information, 32 bits (7.2.6.13).
    Bsi,
    /// Fixed test bit pattern (7.2.6.14).
    Fbp,
    /// Single command (7.2.6.15).
    Sco,
    /// Double command (7.2.6.16).
    Dco,
    /// Regulating step command (7.2.6.17).
    Rco,
    /// Time in milliseconds, minutes … years (7.2.6.18).
    Cp56,
    /// Time in milliseconds and minutes (7.2.6.19).
    Cp24,
    /// Elapsed milliseconds (7.2.6.20).
    Cp16,
    /// Cause of initialisation (7.2.6.21).
    Coi,
    /// Qualifier of interrogation (7.2.6.22).
    Qoi,
    /// Qualifier of counter interrogation (7.2.6.23).
    Qcc,
    /// Qualifier of parameter of measured values (7.2.6.24).
    Qpm,
    /// Qualifier of parameter activation (7.2.6.25).
    Qpa,
    /// Qualifier of reset process (7.2.6.27).
    Qrp,
    /// File ready qualifier (7.2.6.28).
    Frq,
    /// Section ready qualifier (7.2.6.29).
    Srq,
    /// Select and call qualifier (7.2.6.30).
    Scq,
    /// Last section or segment qualifier (7.2.6.31).
    Lsq,
    /// Acknowledge file or section qualifier (7.2.6.32).
    Afq,
    /// Name of file (7.2.6.33).
    Nof,
    /// Name of section (7.2.6.34).
    Nos,
    /// Length of file or section (7.2.6.35).
    Lof,
    /// Length of segment (7.2.6.36).
    Los,
    /// Checksum (7.2.6.37).
    Chs,
    /// Status of file (7.2.6.38).
    Sof,
    /// Qualifier of set-point command (7.2.6.39).
    Qos,
    /// Status and status change detection, 16 points (7.2.6.40).
    Scd,
    /// Test sequence counter (104, 8).
    Tsc,
}

impl Part {
    /// Octets.
    pub(super) const fn len(self) -> usize {
        match self {
            Self::Siq
            | Self::Diq
            | Self::Qds
            | Self::Qdp
            | Self::Vti
            | Self::Sep
            | Self::Spe
            | Self::Oci
            | Self::Sco
            | Self::Dco
            | Self::Rco
            | Self::Coi
            | Self::Qoi
            | Self::Qcc
            | Self::Qpm
            | Self::Qpa
            | Self::Qrp
            | Self::Frq
            | Self::Srq
            | Self::Scq
            | Self::Lsq
            | Self::Afq
            | Self::Nos
            | Self::Los
            | Self::Chs
            | Self::Sof
            | Self::Qos => 1,
            Self::Nva | Self::Sva | Self::Fbp | Self::Cp16 | Self::Nof | Self::Tsc => 2,
            Self::Cp24 | Self::Lof => 3,
            Self::R32 | Self::Bsi | Self::Scd => 4,
            Self::Bcr => 5,
            Self::Cp56 => 7,
        }
    }

    /// Whether these octets are a value the standard allows.
    fn allows(self, octets: &[u8]) -> bool {
        let first = octets.first().copied().unwrap_or_default();
        let low = first & 0x3f;
        match self {
            // 0 and 3 are not permitted.
            Self::Dco | Self::Rco => matches!(first & 3, 1 | 2),
            // Not used, or reserved for standard definitions.
            Self::Qoi => matches!(first, 20..=36 | 64..),
            Self::Qcc => matches!(low, 1..=5 | 32..),
            Self::Qpm => matches!(low, 1..=4 | 32..),
            Self::Qpa => matches!(first, 1..=3 | 128..),
            Self::Qrp => matches!(first, 1 | 2 | 128..),
            Self::Coi => matches!(first & 0x7f, 0..=2 | 32..),
            Self::Fbp => octets == [0xaa, 0x55],
            Self::Cp16 | Self::Cp24 | Self::Cp56 => time(octets),
            Self::Siq
            | Self::Diq
            | Self::Qds
            | Self::Qdp
            | Self::Vti
            | Self::Nva
            | Self::Sva
            | Self::R32
            | Self::Bcr
            | Self::Sep
            | Self::Spe
            | Self::Oci
            | Self::Bsi
            | Self::Sco
            | Self::Frq
            | Self::Srq
            | Self::Scq
            | Self::Lsq
            | Self::Afq
            | Self::Nof
            | Self::Nos
            | Self::Lof
            | Self::Los
            | Self::Chs
            | Self::Sof
            | Self::Qos
            | Self::Scd
            | Self::Tsc => true,
        }
    }
}

/// Set in the minutes of a time tag that is invalid.
const INVALID: u8 = 0x80;

/// Whether a time of two, three or seven octets exists. One marked invalid need not.
fn time(octets: &[u8]) -> bool {
    let mut cursor = Cursor::new(octets);
    let milliseconds = cursor.u16_le().is_ok_and(|ms| ms <= 59_999);
    let Ok(minutes) = cursor.u8() else {
        return milliseconds;
    };
    if minutes & INVALID != 0 {
        return true;
    }
    if !milliseconds || minutes & 0x3f > 59 {
        return false;
    }
    let Ok([hours, day, month, year]) = cursor.array() else {
        return true;
    };
    hours & 0x1f <= 23
        && (1..=31).contains(&(day & 0x1f))
        && (1..=12).contains(&(month & 0x0f))
        && year & 0x7f <= 99
}

/// Octets of an element of these parts.
pub(super) fn len(parts: &[Part]) -> usize {
    parts.iter().map(|part| part.len()).sum()
}

/// Whether the octets of an element hold values the standard allows, as far as they reach.
pub(super) fn allowed(parts: &[Part], octets: &[u8]) -> bool {
    let mut cursor = Cursor::new(octets);
    parts.iter().all(|part| {
        cursor
            .take(part.len())
            .is_ok_and(|part_octets| part.allows(part_octets))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 16 July 2024 09:03:55.773, from `zeek_iec104_vectors.pcap`, frame 11.
    const TIME: [u8; 7] = [0xdd, 0xd9, 0x03, 0x09, 0x10, 0x07, 0x18];

    fn with(at: usize, octet: u8) -> bool {
        let mut changed = TIME;
        changed[at] = octet;
        allowed(&[Part::Cp56], &changed)
    }

    #[test]
    fn times_that_do_not_exist_are_not_allowed() {
        assert!(with(0, 0xdd));
        assert!(!with(1, 0xeb), "60 seconds and more");
        assert!(!with(2, 60), "minute 60");
        assert!(!with(3, 24), "hour 24");
        assert!(with(3, 0x80 | 9), "summer time");
        assert!(!with(4, 0), "day 0");
        assert!(with(4, 0xe0 | 31), "Sunday 31");
        assert!(!with(5, 13), "month 13");
        assert!(!with(6, 100), "year 100");
        assert!(with(2, 0x80 | 63), "invalid, and marked so");
    }

    #[test]
    fn commands_have_two_states() {
        for part in [Part::Dco, Part::Rco] {
            let allowed: Vec<u8> = (0..4).filter(|state| part.allows(&[*state])).collect();
            assert_eq!(allowed, [1, 2]);
        }
    }

    #[test]
    fn the_test_pattern_is_fixed() {
        assert!(allowed(&[Part::Fbp], &[0xaa, 0x55]));
        assert!(!allowed(&[Part::Fbp], &[0x55, 0xaa]));
    }

    #[test]
    fn what_is_short_is_not_allowed() {
        assert!(!allowed(&[Part::R32, Part::Qds], &[0; 4]));
    }
}

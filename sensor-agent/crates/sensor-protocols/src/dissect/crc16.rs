//! Sixteen-bit checksums of serial protocols that went on over IP.
//!
//! Data in: octets. Data out: the checksum, as a number; how it is sent is up to the protocol.

/// The reflected checksum of polynomial 0x8005 (CRC-16/ARC with `start` 0, CRC-16/MODBUS with 0xffff).
pub(super) fn reflected(start: u16, octets: impl IntoIterator<Item = u8>) -> u16 {
    octets.into_iter().fold(start, |crc, octet| {
        (0..8).fold(crc ^ u16::from(octet), |crc, _| {
            let shifted = crc >> 1;
            if crc & 1 == 0 {
                shifted
            } else {
                shifted ^ 0xa001
            }
        })
    })
}

/// The checksum of polynomial 0x1021 that begins with 0 (CRC-16/XMODEM).
pub(super) fn ccitt(octets: &[u8]) -> u16 {
    octets.iter().fold(0, |crc, octet| {
        (0..8).fold(crc ^ u16::from(*octet) << 8, |crc, _| {
            let shifted = crc << 1;
            if crc & 0x8000 == 0 {
                shifted
            } else {
                shifted ^ 0x1021
            }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The check values of the catalogue of parametrised CRC algorithms: checksums of `123456789`.
    #[test]
    fn check_values_of_the_catalogue() {
        assert_eq!(reflected(0, *b"123456789"), 0xbb3d);
        assert_eq!(reflected(0xffff, *b"123456789"), 0x4b37);
        assert_eq!(ccitt(b"123456789"), 0x31c3);
    }
}

//! The CRC of the DNP3 data link layer (IEEE 1815-2012, 9.2.4.3): polynomial
//! x^16 + x^13 + x^12 + x^11 + x^10 + x^8 + x^6 + x^5 + x^2 + 1, reflected, complemented.
//!
//! Data in: bytes one after the other. Data out: the CRC as the frame carries it, low byte first.

/// The polynomial, lowest power in the highest bit.
const POLYNOMIAL: u16 = 0xa6bc;

/// The CRC of each byte value.
static TABLE: [u16; 256] = table();

const fn table() -> [u16; 256] {
    let mut table = [0; 256];
    let mut value = 0;
    while value < 256 {
        let mut crc = value as u16;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 0 {
                crc >> 1
            } else {
                crc >> 1 ^ POLYNOMIAL
            };
            bit += 1;
        }
        table[value] = crc;
        value += 1;
    }
    table
}

/// The register after `byte`; it starts from zero.
#[inline(always)]
pub(super) fn step(register: u16, byte: u8) -> u16 {
    TABLE[((register ^ u16::from(byte)) & 0xff) as usize] ^ register >> 8
}

/// Whether a frame carries `low` and `high` behind bytes that leave `register`.
#[inline(always)]
pub(super) fn fits(register: u16, low: u8, high: u8) -> bool {
    !register == u16::from_le_bytes([low, high])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_value_of_the_catalogue() {
        // CRC-16/DNP in the catalogue of parametrised CRC algorithms: "123456789" gives 0xea82.
        let register = b"123456789".iter().fold(0, |crc, byte| step(crc, *byte));
        assert!(fits(register, 0x82, 0xea));
        assert!(!fits(register, 0x82, 0xeb));
    }
}

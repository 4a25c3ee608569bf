//! The checksum of a UDP datagram (RFC 768; RFC 1071), given the sum over its bytes.
//!
//! Decides like the user-space decoder: what it would report goes up. Sums are of words as they lie
//! in memory, whose order does not matter (RFC 1071, 2 (B)).

use sensor_common::record::Class;

use crate::headers::protocol;
use crate::outcome::Parsed;

/// Whether the frame has a checksum that user space would verify.
#[inline(always)]
pub const fn has_any(parsed: &Parsed) -> bool {
    parsed.class as u8 == Class::Udp as u8 && parsed.checksum != 0
}

/// Whether the checksum fits, when `sum` is that of the datagram, header included. A sender that
/// leaves it to its network card has the sum of the pseudo header in the field instead.
#[inline(always)]
pub fn fits(parsed: &Parsed, sum: u32) -> bool {
    let pseudo = parsed.source.address.sum()
        + parsed.destination.address.sum()
        + u64::from(u16::from(protocol::UDP).to_be())
        + u64::from(parsed.datagram_len.to_be());
    fold(pseudo + u64::from(sum)) == 0xffff || fold(pseudo) == u64::from(parsed.checksum.to_be())
}

/// Folds a sum below 2^48 to 16 bits with end-around carry.
#[inline(always)]
const fn fold(sum: u64) -> u64 {
    let sum = (sum & 0xffff) + (sum >> 16 & 0xffff) + (sum >> 32);
    let sum = (sum & 0xffff) + (sum >> 16);
    (sum & 0xffff) + (sum >> 16)
}

#[cfg(test)]
mod tests {
    use sensor_common::flow::{Address, End};

    use super::*;

    /// The datagram of the user-space decoder's test: its sum was worked out on paper.
    fn parsed(checksum: u16) -> (Parsed, u32) {
        let [high, low] = checksum.to_be_bytes();
        let bytes = [0, 20, 0, 10, 0, 10, high, low, b'H', b'i'];
        let mut parsed = Parsed::default();
        parsed.source = End::new(Address::v4([192, 168, 0, 1]), 20);
        parsed.destination = End::new(Address::v4([192, 168, 0, 199]), 10);
        parsed.datagram_len = 10;
        parsed.checksum = checksum;
        parsed.class = Class::Udp;
        let sum = bytes
            .chunks(2)
            .map(|pair| u32::from(u16::from_ne_bytes([pair[0], pair[1]])))
            .sum();
        (parsed, sum)
    }

    #[test]
    fn a_right_checksum_fits_and_others_do_not() {
        for (checksum, right) in [(0x353a, true), (0x353b, false), (0x1234, false)] {
            let (parsed, sum) = parsed(checksum);
            assert_eq!(fits(&parsed, sum), right, "{checksum:#x}");
        }
    }

    #[test]
    fn a_sum_left_to_the_network_card_fits() {
        let (parsed, sum) = parsed(0x8234);
        assert!(fits(&parsed, sum));
    }

    #[test]
    fn no_checksum_is_none_to_verify() {
        assert!(!has_any(&parsed(0).0));
        assert!(has_any(&parsed(1).0));
        let mut tcp = parsed(1).0;
        tcp.class = Class::Tcp;
        assert!(!has_any(&tcp));
    }
}

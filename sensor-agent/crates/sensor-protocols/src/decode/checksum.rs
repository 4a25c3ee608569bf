//! The Internet checksum (RFC 1071) of a datagram.
//!
//! A checksum that does not fit is corruption or forgery, with one exception: a host that leaves
//! the sum to its network card stores the sum of the pseudo header in the field, which a capture
//! on that host shows. Such packets are not held against their sender.

use std::net::IpAddr;

/// Whether the checksum of a whole UDP datagram fits; `stored` is its field, not 0.
pub(super) fn udp_fits(source: IpAddr, destination: IpAddr, datagram: &[u8], stored: u16) -> bool {
    let pseudo = match (source, destination) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => {
            sum(&source.octets()).wrapping_add(sum(&destination.octets()))
        }
        (IpAddr::V6(source), IpAddr::V6(destination)) => {
            sum(&source.octets()).wrapping_add(sum(&destination.octets()))
        }
        _ => return true,
    };
    let length = u64::try_from(datagram.len()).unwrap_or(u64::MAX);
    let pseudo = pseudo
        .wrapping_add(u64::from(super::transport::protocol::UDP))
        .wrapping_add(length);
    fold(pseudo.wrapping_add(sum(datagram))) == u16::MAX || fold(pseudo) == stored
}

/// Sum of 32-bit words, the last one filled with zeros. Datagrams are too short to overflow it.
fn sum(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<4>();
    let whole = words.iter().fold(0_u64, |sum, word| {
        sum.wrapping_add(u64::from(u32::from_be_bytes(*word)))
    });
    let last = rest
        .iter()
        .zip([24_u32, 16, 8])
        .fold(0_u64, |word, (byte, shift)| {
            word | u64::from(*byte) << shift
        });
    whole.wrapping_add(last)
}

/// Folds a sum to 16 bits with end-around carry.
fn fold(mut sum: u64) -> u16 {
    while let Some(carry) = Some(sum >> 16).filter(|carry| *carry != 0) {
        sum = (sum & 0xffff).wrapping_add(carry);
    }
    u16::try_from(sum).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 168, 0, 1));
    const DESTINATION: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 168, 0, 199));

    /// Ports 20 and 10, length 10, payload "Hi".
    fn datagram(checksum: u16) -> [u8; 10] {
        let [high, low] = checksum.to_be_bytes();
        [0, 20, 0, 10, 0, 10, high, low, b'H', b'i']
    }

    fn fits(checksum: u16) -> bool {
        udp_fits(SOURCE, DESTINATION, &datagram(checksum), checksum)
    }

    /// The sum worked out on paper: c0a8 + 0001 + c0a8 + 00c7 + 0011 + 000a (pseudo header)
    /// + 0014 + 000a + 000a + 4869, folded and inverted.
    #[test]
    fn a_right_checksum_fits_and_others_do_not() {
        assert!(fits(0x353a));
        assert!(!fits(0x353b));
        assert!(!fits(0x1234));
    }

    #[test]
    fn a_sum_left_to_the_network_card_is_no_corruption() {
        assert!(fits(0x8234));
    }

    #[test]
    fn an_odd_length_is_filled_with_a_zero() {
        assert_eq!(fold(sum(&[1, 2, 3])), 0x0102 + 0x0300);
        assert_eq!(fold(sum(&[0xff; 64])), u16::MAX);
    }
}

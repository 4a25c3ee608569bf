//! Messages by hand after RFC 1350, 5 and RFC 2349.

use super::super::collected::rig::{feed, hostile};
use super::*;
use crate::observation::Transport;

const WRITE_FIRMWARE: &[u8] = b"\0\x02firmware.bin\0octet\0tsize\x0065536\0";

fn seen(bytes: &[u8]) -> String {
    let mut dissector = (ENTRY.create)();
    let mut all = feed(
        dissector.as_mut(),
        Transport::Udp,
        Role::Client,
        1,
        bytes,
        false,
    );
    assert_eq!(all.len(), 1);
    all.remove(0)
}

#[test]
fn files_are_read_and_written_by_name() {
    assert_eq!(
        seen(WRITE_FIRMWARE),
        "Request write_request File [file=2 \"firmware.bin\" file_size=65536] None  req=None {} 0 values"
    );
    assert!(seen(b"\0\x01config\0netascii\0").starts_with("Request read_request File [file=1"));
    let error = seen(b"\0\x05\0\x01none\0");
    assert!(
        error.contains("Error { code: 1, name: \"file_not_found\" }"),
        "{error}"
    );
    assert!(seen(b"\0\x04\0\x07").contains("block=7"));
}

#[test]
fn what_departs_from_the_standard() {
    for len in 1..WRITE_FIRMWARE.len() {
        // Behind file and mode options may follow or not.
        let expected = len != 21;
        assert_eq!(
            seen(&WRITE_FIRMWARE[..len]).contains("truncated"),
            expected,
            "{len}"
        );
    }
    assert!(seen(b"\0\x09").contains("reserved_code"));
    let long = [b"\0\x02", [b'f'; 256].as_slice(), b"\0octet\0"].concat();
    assert!(seen(&long).contains("limit_reached"), "a cut name shows");
    let mut many = b"\0\x01f\0octet\0".to_vec();
    many.extend(b"a\0b\0".repeat(300));
    assert!(seen(&many).contains("limit_reached"));
    hostile(ENTRY.create, Transport::Udp, WRITE_FIRMWARE);
}

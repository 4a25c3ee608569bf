//! What is told of BACnet where the oracle's view is another one.

use super::{captures, oracle, ours};

/// Frames 9 and 10 add to and remove from a recipient list one element of type Real: `3e 44 42 c8 00 00 3f`.
/// By ASHRAE 135, 20.2.1, that is an opening tag 3, an application tag Real of four octets and the closing
/// tag 3, each of them whole; the type is for the device to refuse (write access error, 15.1.1.3). The oracle
/// reads a `BACnetDestination` there, runs out of octets and calls the frames malformed.
#[test]
fn an_element_of_another_type_is_whole() {
    let capture = "bacnet/icsnpp_error_reject_abort.pcap";
    let file = std::fs::read(captures().join(capture)).unwrap();
    let element = [0x3e, 0x44, 0x42, 0xc8, 0, 0, 0x3f];
    let found = file
        .windows(element.len())
        .filter(|octets| *octets == element);
    assert_eq!(found.count(), 2);
    let facts = ours(capture);
    let told = &facts["sensor"]["bacnet"];
    assert_eq!(told["operations"]["add_list_element"], 1);
    assert_eq!(told["operations"]["remove_list_element"], 1);
    assert!(told["anomalies"].get("truncated").is_none());
    assert_eq!(oracle(capture)["quality"]["malformed_frames"], 2);
}

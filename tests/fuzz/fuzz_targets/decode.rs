//! One frame of any link type: decoding never panics and never reads beyond the frame.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sensor_protocols::decode::decode;
use sensor_protocols::frame::LinkType;
use telltale_fuzz::frame;

const LINKS: [LinkType; 5] = [
    LinkType::Ethernet,
    LinkType::Loopback,
    LinkType::RawIp,
    LinkType::LinuxCooked,
    LinkType::LinuxCooked2,
];

fuzz_target!(|data: &[u8]| {
    let Some((link, data)) = data.split_first() else {
        return;
    };
    let link = LINKS[usize::from(*link) % LINKS.len()];
    let packet = decode(&frame(link, 1, data));
    assert!(packet.payload().len() <= data.len());
});

//! One DNS message, over UDP or TCP.
#![no_main]

use libfuzzer_sys::fuzz_target;
use telltale_fuzz::inspect;

/// Ethernet and IPv4 header for a payload of the given protocol and length.
fn headers(protocol: u8, len: usize) -> Vec<u8> {
    let mut bytes = vec![2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0];
    bytes.extend(u16::try_from(20 + len).unwrap_or(u16::MAX).to_be_bytes());
    bytes.extend([0, 1, 0, 0, 64, protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]);
    bytes
}

fuzz_target!(|data: &[u8]| {
    let Some((transport, message)) = data.split_first() else {
        return;
    };
    let message = &message[..message.len().min(1400)];
    let length = u16::try_from(message.len()).unwrap_or(0);
    let mut frame;
    if transport % 2 == 0 {
        frame = headers(17, 8 + message.len());
        frame.extend([0x90, 0, 0, 53]);
        frame.extend((8 + length).to_be_bytes());
        frame.extend([0, 0]);
    } else {
        frame = headers(6, 22 + message.len());
        frame.extend([0x90, 0, 0, 53, 0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x18]);
        frame.extend([0x20, 0, 0, 0, 0, 0]);
        frame.extend(length.to_be_bytes());
    }
    frame.extend(message);
    inspect([frame.as_slice()].into_iter());
});

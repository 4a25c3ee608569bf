//! PROFINET and MRP: frames of two stations, or calls over UDP.
#![no_main]

use libfuzzer_sys::fuzz_target;
use telltale_fuzz::{frames, inspect};

/// Ethernet header of the sender with the ethertype.
fn link(reply: bool, ethertype: u16) -> Vec<u8> {
    let mut bytes = if reply {
        vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2]
    } else {
        vec![2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1]
    };
    bytes.extend(ethertype.to_be_bytes());
    bytes
}

/// IPv4 and UDP headers between a controller's port and the one of PROFINET.
fn datagram(reply: bool, len: usize) -> Vec<u8> {
    let mut bytes = link(reply, 0x0800);
    let length = |headers: usize| u16::try_from(headers + len).unwrap_or(u16::MAX).to_be_bytes();
    bytes.extend([0x45, 0]);
    bytes.extend(length(28));
    bytes.extend([0, 1, 0, 0, 64, 17, 0, 0]);
    if reply {
        bytes.extend([10, 0, 0, 2, 10, 0, 0, 1, 0x88, 0x94, 0xc0, 0]);
    } else {
        bytes.extend([10, 0, 0, 1, 10, 0, 0, 2, 0xc0, 0, 0x88, 0x94]);
    }
    bytes.extend(length(8));
    bytes.extend([0, 0]);
    bytes
}

// Each message is behind two bytes of its length; its first byte says who sends it and what it is.
fuzz_target!(|data: &[u8]| {
    let all: Vec<Vec<u8>> = frames(data)
        .filter_map(|message| {
            let (choice, payload) = message.split_first()?;
            let reply = choice & 1 == 1;
            let mut frame = match choice >> 1 & 3 {
                0 | 1 => link(reply, 0x8892),
                2 => link(reply, 0x88e3),
                _ => datagram(reply, payload.len()),
            };
            frame.extend(payload);
            Some(frame)
        })
        .collect();
    inspect(all.iter().map(Vec::as_slice));
});

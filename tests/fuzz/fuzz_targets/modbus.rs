//! One Modbus connection: segments of both ends in any order and with any holes.
//!
//! Each segment is one byte of choices, one byte of length, then its payload. Bit 0 of the choices
//! is the sender; the upper half says how far the sequence number jumps ahead of where it should be.
#![no_main]

use libfuzzer_sys::fuzz_target;
use telltale_fuzz::inspect;

/// Ports, client first.
const PORTS: [u16; 2] = [40_000, 502];

fn frame(server: bool, sequence: u32, payload: &[u8]) -> Vec<u8> {
    let (from, to) = if server { (1, 0) } else { (0, 1) };
    let length = u16::try_from(40 + payload.len()).unwrap_or(u16::MAX);
    let mut frame = vec![2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0];
    frame.extend(length.to_be_bytes());
    frame.extend([0, 1, 0, 0, 64, 6, 0, 0]);
    frame.extend([
        10,
        0,
        0,
        1 + u8::from(server),
        10,
        0,
        0,
        2 - u8::from(server),
    ]);
    frame.extend(PORTS[from].to_be_bytes());
    frame.extend(PORTS[to].to_be_bytes());
    frame.extend(sequence.to_be_bytes());
    frame.extend([0, 0, 0, 1, 0x50, 0x18, 0x20, 0, 0, 0, 0, 0]);
    frame.extend(payload);
    frame
}

fuzz_target!(|data: &[u8]| {
    let (mut rest, mut next) = (data, [1_u32; 2]);
    let mut frames = Vec::new();
    while let Some(([choices, length], behind)) = rest.split_first_chunk::<2>() {
        let (payload, after) = behind.split_at(usize::from(*length).min(behind.len()));
        let server = choices & 1 == 1;
        let sequence = &mut next[usize::from(server)];
        *sequence = sequence.wrapping_add(u32::from(choices >> 4));
        frames.push(frame(server, *sequence, payload));
        *sequence = sequence.wrapping_add(u32::from(*length));
        rest = after;
    }
    inspect(frames.iter().map(Vec::as_slice));
});

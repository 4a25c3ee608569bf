//! Modbus writes, byte by byte.

use crate::world::{MASTER, PLC, World};

/// Writes registers from 40 on, unit 3, with function 16.
pub(super) fn write(w: &mut World, values: &[u16]) {
    let count = u8::try_from(values.len()).unwrap();
    let head = [
        0,
        1,
        0,
        0,
        0,
        7 + 2 * count,
        3,
        16,
        0,
        40,
        0,
        count,
        2 * count,
    ];
    let values = values.iter().flat_map(|value| value.to_be_bytes());
    let message: Vec<u8> = head.into_iter().chain(values).collect();
    w.session(MASTER, PLC, 502).ask(w, &message);
}

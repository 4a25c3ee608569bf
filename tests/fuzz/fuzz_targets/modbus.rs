//! One Modbus connection: segments of both ends in any order and with any holes, see
//! [`telltale_fuzz::segments`].
#![no_main]

use libfuzzer_sys::fuzz_target;
use telltale_fuzz::{inspect, segments};

fuzz_target!(|data: &[u8]| inspect(segments(data, 502).iter().map(Vec::as_slice)));

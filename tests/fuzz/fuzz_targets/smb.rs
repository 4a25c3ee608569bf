//! One SMB connection: segments of both ends in any order and with any holes.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| telltale_fuzz::connection(445, data));

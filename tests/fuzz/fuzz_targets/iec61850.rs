//! GOOSE, sampled values, and both over UDP: payloads of one publisher, the first byte of each chooses which.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| telltale_fuzz::publisher(data));

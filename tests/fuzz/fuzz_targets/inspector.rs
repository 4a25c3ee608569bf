//! Several frames through decode, flow and dissection, with small caps.
#![no_main]

use libfuzzer_sys::fuzz_target;
use telltale_fuzz::{frames, inspect};

fuzz_target!(|data: &[u8]| inspect(frames(data)));

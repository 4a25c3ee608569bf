//! BACnet/IP between two stations: datagrams in any order.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| telltale_fuzz::datagrams(47_808, data));

//! One connection of an IT protocol over TCP: the first byte chooses which.
#![no_main]

use libfuzzer_sys::fuzz_target;

/// Ports of HTTP, TLS, SSH, FTP, Telnet, RDP and VNC.
const PORTS: [u16; 7] = [80, 443, 22, 21, 23, 3389, 5900];

fuzz_target!(|data: &[u8]| {
    if let Some((first, rest)) = data.split_first() {
        telltale_fuzz::connection(PORTS[usize::from(*first) % PORTS.len()], rest);
    }
});

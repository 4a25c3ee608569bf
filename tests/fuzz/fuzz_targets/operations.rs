//! Protocols that are read message by message: one byte chooses the protocol, then a connection, datagrams or
//! frames of one publisher.
#![no_main]

use libfuzzer_sys::fuzz_target;

/// FINS, HART-IP, ADS, synchrophasors, MELSEC, MELSOFT, GE SRTP.
const TCP: [u16; 7] = [9600, 5094, 48_898, 4712, 5007, 5562, 18_245];

/// FINS, HART-IP, ADS discovery, EtherCAT, synchrophasors, PTP, MELSEC, POWERLINK.
const UDP: [u16; 8] = [9600, 5094, 48_899, 34_980, 4713, 319, 5006, 3819];

/// EtherCAT, POWERLINK, PTP.
const ETHERTYPES: [[u8; 2]; 3] = [[0x88, 0xa4], [0x88, 0xab], [0x88, 0xf7]];

fuzz_target!(|data: &[u8]| {
    let Some((choice, rest)) = data.split_first() else {
        return;
    };
    let choice = usize::from(*choice);
    if let Some(port) = TCP.get(choice) {
        telltale_fuzz::connection(*port, rest);
    } else if let Some(port) = UDP.get(choice - TCP.len()) {
        telltale_fuzz::datagrams(*port, rest);
    } else {
        let at = (choice - TCP.len() - UDP.len()) % ETHERTYPES.len();
        telltale_fuzz::publishing(ETHERTYPES[at], rest);
    }
});

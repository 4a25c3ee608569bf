//! Protocols that frame themselves: one byte chooses the port, then a connection or datagrams.
#![no_main]

use libfuzzer_sys::fuzz_target;

/// MQTT, C12.22, Genisys, Fox, ROC Plus, KNXnet/IP, CODESYS, HSE.
const TCP: [u16; 8] = [1883, 1153, 10_001, 1911, 4000, 3671, 11_740, 1090];

/// TriStation, C12.22, ROC Plus, BSAP, S-Bus, KNXnet/IP, EGD, LonTalk, CODESYS, HSE, RTPS.
const UDP: [u16; 11] = [
    1502, 1153, 4000, 1234, 5050, 3671, 18_246, 1628, 1740, 1090, 7400,
];

fuzz_target!(|data: &[u8]| {
    let Some((choice, rest)) = data.split_first() else {
        return;
    };
    let choice = usize::from(*choice) % (TCP.len() + UDP.len());
    match TCP.get(choice) {
        Some(port) => telltale_fuzz::connection(*port, rest),
        None => telltale_fuzz::datagrams(UDP[choice - TCP.len()], rest),
    }
});

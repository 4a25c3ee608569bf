//! Devices of a controller by code.
//!
//! Source: SH-080008, 8.1 (device codes, how their numbers are written in ASCII).

/// A device: code in binary, code in ASCII, table of objects, base of its number in ASCII.
pub(super) struct Device {
    pub(super) code: u8,
    pub(super) letters: &'static str,
    pub(super) table: &'static str,
    pub(super) base: u32,
}

const fn device(code: u8, letters: &'static str, table: &'static str, base: u32) -> Device {
    Device {
        code,
        letters,
        table,
        base,
    }
}

/// Table of the registers that tell of the controller itself.
pub(super) const SPECIAL_REGISTER: &str = "special_register";

/// The device with a code.
pub(super) fn by_code(code: u8) -> Option<&'static Device> {
    DEVICES.iter().find(|device| device.code == code)
}

/// The device with letters, filled up with asterisks or spaces.
pub(super) fn by_letters(letters: &str) -> Option<&'static Device> {
    let letters = letters.trim_end_matches(['*', ' ']);
    DEVICES.iter().find(|device| device.letters == letters)
}

const DEVICES: &[Device] = &[
    device(0x2c, "RD", "refresh_data_register", 10),
    device(0x50, "LTC", "long_timer_coil", 10),
    device(0x51, "LTS", "long_timer_contact", 10),
    device(0x52, "LTN", "long_timer_value", 10),
    device(0x54, "LCC", "long_counter_coil", 10),
    device(0x55, "LCS", "long_counter_contact", 10),
    device(0x56, "LCN", "long_counter_value", 10),
    device(0x58, "LSTC", "long_retentive_timer_coil", 10),
    device(0x59, "LSTS", "long_retentive_timer_contact", 10),
    device(0x5a, "LSTN", "long_retentive_timer_value", 10),
    device(0x62, "LZ", "long_index_register", 10),
    device(0x90, "M", "internal_relay", 10),
    device(0x91, "SM", "special_relay", 10),
    device(0x92, "L", "latch_relay", 10),
    device(0x93, "F", "annunciator", 10),
    device(0x94, "V", "edge_relay", 10),
    device(0x98, "S", "step_relay", 10),
    device(0x9c, "X", "input", 16),
    device(0x9d, "Y", "output", 16),
    device(0xa0, "B", "link_relay", 16),
    device(0xa1, "SB", "link_special_relay", 16),
    device(0xa2, "DX", "direct_input", 16),
    device(0xa3, "DY", "direct_output", 16),
    device(0xa8, "D", "data_register", 10),
    device(0xa9, "SD", SPECIAL_REGISTER, 10),
    device(0xaf, "R", "file_register", 10),
    device(0xb0, "ZR", "file_register_serial", 16),
    device(0xb4, "W", "link_register", 16),
    device(0xb5, "SW", "link_special_register", 16),
    device(0xc0, "TC", "timer_coil", 10),
    device(0xc1, "TS", "timer_contact", 10),
    device(0xc2, "TN", "timer_value", 10),
    device(0xc3, "CC", "counter_coil", 10),
    device(0xc4, "CS", "counter_contact", 10),
    device(0xc5, "CN", "counter_value", 10),
    device(0xc6, "SC", "retentive_timer_coil", 10),
    device(0xc7, "SS", "retentive_timer_contact", 10),
    device(0xc8, "SN", "retentive_timer_value", 10),
    device(0xcc, "Z", "index_register", 10),
];

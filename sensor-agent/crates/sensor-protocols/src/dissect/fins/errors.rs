//! End codes of responses by name.
//!
//! Source: Omron W342 (CS/CJ communications commands reference), 5-1-3.

use crate::dissect::message::UNKNOWN;
use crate::dissect::tables::name_of;

/// Name of an end code, its three flags taken out.
pub(super) fn end_code(code: u16) -> &'static str {
    name_of(END_CODES, code).unwrap_or(UNKNOWN)
}

/// Name of an error of the header of FINS/TCP (W420, 7-4).
pub(super) fn header_error(code: u32) -> &'static str {
    u16::try_from(code)
        .ok()
        .and_then(|code| name_of(HEADER_ERRORS, code))
        .unwrap_or(UNKNOWN)
}

const HEADER_ERRORS: &[(u16, &str)] = &[
    (0x00, "normal"),
    (0x01, "header is not FINS"),
    (0x02, "data too long"),
    (0x03, "command not supported"),
    (0x20, "all connections in use"),
    (0x21, "node already connected"),
    (0x22, "protected node, address not allowed"),
    (0x23, "client node address out of range"),
    (0x24, "client and server have one node address"),
    (0x25, "no node address left"),
];

const END_CODES: &[(u16, &str)] = &[
    (0x0000, "normal completion"),
    (0x0001, "service interrupted"),
    (0x0101, "local node not in network"),
    (0x0102, "token time-out"),
    (0x0103, "retries exceeded"),
    (0x0104, "too many frames sent"),
    (0x0105, "node address out of range"),
    (0x0106, "node address duplicated"),
    (0x0201, "destination node not in network"),
    (0x0202, "no such unit"),
    (0x0203, "third node missing"),
    (0x0204, "destination busy"),
    (0x0205, "response time-out"),
    (0x0301, "communications controller error"),
    (0x0302, "CPU unit error"),
    (0x0303, "controller error"),
    (0x0304, "unit number setting error"),
    (0x0401, "undefined command"),
    (0x0402, "not supported by model or version"),
    (0x0501, "no routing table entry"),
    (0x0502, "no routing table"),
    (0x0503, "routing table error"),
    (0x0504, "too many relays"),
    (0x1001, "command too long"),
    (0x1002, "command too short"),
    (0x1003, "elements and data differ"),
    (0x1004, "command format error"),
    (0x1005, "header error"),
    (0x1101, "no such memory area"),
    (0x1102, "access size error"),
    (0x1103, "first address out of range"),
    (0x1104, "address range exceeded"),
    (0x1106, "no such program"),
    (0x1109, "relational error"),
    (0x110a, "duplicate data access"),
    (0x110b, "response too long"),
    (0x110c, "parameter error"),
    (0x2002, "protected"),
    (0x2003, "table missing"),
    (0x2004, "data missing"),
    (0x2005, "program missing"),
    (0x2006, "file missing"),
    (0x2007, "data mismatch"),
    (0x2101, "read-only"),
    (0x2102, "write-protected"),
    (0x2103, "cannot register"),
    (0x2105, "program missing"),
    (0x2106, "file missing"),
    (0x2107, "file exists"),
    (0x2108, "cannot change"),
    (0x2201, "not possible during execution"),
    (0x2202, "not possible while running"),
    (0x2203, "wrong mode: PROGRAM"),
    (0x2204, "wrong mode: DEBUG"),
    (0x2205, "wrong mode: MONITOR"),
    (0x2206, "wrong mode: RUN"),
    (0x2207, "not the polling node"),
    (0x2208, "step not executable"),
    (0x2301, "file device missing"),
    (0x2302, "memory missing"),
    (0x2303, "clock missing"),
    (0x2401, "data link table missing"),
    (0x2502, "memory error"),
    (0x2503, "I/O setting error"),
    (0x2504, "too many I/O points"),
    (0x2505, "CPU bus error"),
    (0x2506, "I/O duplication"),
    (0x2507, "I/O bus error"),
    (0x2509, "SYSMAC BUS/2 error"),
    (0x250a, "CPU bus unit error"),
    (0x250d, "SYSMAC BUS number duplicated"),
    (0x250f, "internal memory error"),
    (0x2510, "SYSMAC BUS terminator missing"),
    (0x2601, "no protection"),
    (0x2602, "wrong password"),
    (0x2604, "protected"),
    (0x2605, "service already executing"),
    (0x2606, "service stopped"),
    (0x2607, "no execution right"),
    (0x2608, "settings not complete"),
    (0x2609, "necessary items not set"),
    (0x260a, "number already defined"),
    (0x260b, "error will not clear"),
    (0x3001, "no access right"),
    (0x4001, "service aborted"),
];

//! Memory areas by name, and the size of their elements.
//!
//! Source: Omron W342, 5-2-2 (CS and CJ series, and those of the CV series).

/// Elements of an area.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Bits: the address of one is word × 16 + bit.
    Bit,
    Word,
    /// A flag of a timer, a counter, a step or a task.
    Flag,
    /// Elements of four octets, or of words with their forced status.
    Double,
}

impl Kind {
    /// Octets of an element.
    pub(super) const fn size(self) -> usize {
        match self {
            Self::Bit | Self::Flag => 1,
            Self::Word => 2,
            Self::Double => 4,
        }
    }
}

/// An area: its table of objects, the kind of its elements, its bank (of expansion memory).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) table: &'static str,
    pub(super) kind: Kind,
    pub(super) bank: u8,
}

const fn area(table: &'static str, kind: Kind, bank: u8) -> Area {
    Area { table, kind, bank }
}

/// The area with a code.
pub(super) fn named(code: u8) -> Option<Area> {
    use Kind::{Bit, Double, Flag, Word};
    Some(match code {
        0x00 | 0x30 | 0x40 | 0x70 => area("cio_bit", Bit, 0),
        0x31 | 0x71 => area("work_bit", Bit, 0),
        0x32 | 0x72 => area("holding_bit", Bit, 0),
        0x33 | 0x73 => area("auxiliary_bit", Bit, 0),
        0x80 | 0xb0 => area("cio_word", Word, 0),
        0xb1 => area("work_word", Word, 0),
        0xb2 => area("holding_word", Word, 0),
        0xb3 => area("auxiliary_word", Word, 0),
        0xc0 | 0xf0 => area("cio_word", Double, 0),
        0xf1 => area("work_word", Double, 0),
        0xf2 => area("holding_word", Double, 0),
        0xf3 => area("auxiliary_word", Double, 0),
        0x01 | 0x09 | 0x41 | 0x49 => area("timer_counter_flag", Flag, 0),
        0x81 | 0x89 => area("timer_counter_value", Word, 0),
        0x02 => area("dm_bit", Bit, 0),
        0x82 => area("dm_word", Word, 0),
        0x03 | 0x43 => area("transition_flag", Flag, 0),
        0x04 | 0x44 => area("step_flag", Flag, 0),
        0x84 => area("step_timer_value", Word, 0),
        0x05 => area("forced_bit", Bit, 0),
        0x85 => area("forced_word", Word, 0),
        0x06 | 0x46 => area("task_flag", Flag, 0),
        0x07 => area("clock_pulse_bit", Bit, 0),
        0x0a => area("em_bit", Bit, 0),
        0x1b => area("action_flag", Flag, 0),
        0x20..=0x2f => area("em_bit", Bit, code & 0x0f),
        0xe0..=0xe8 => area("em_bit", Bit, (code & 0x0f) | 0x10),
        0x90..=0x97 => area("em_word", Word, code & 0x07),
        0x98 => area("em_current_word", Word, 0),
        0x9c => area("register_word", Word, 0),
        0xa0..=0xaf => area("em_word", Word, code & 0x0f),
        0x60..=0x68 => area("em_word", Word, (code & 0x0f) | 0x10),
        0xbc => area("data_register", Word, 0),
        0xdc => area("index_register", Double, 0),
        0xdd => area("interrupt_status", Word, 0),
        _ => return None,
    })
}

/// Octets of an element of a table, where all of its codes have the same.
pub(super) fn size_in(table: &str) -> Option<usize> {
    if table.ends_with("_bit") || table.ends_with("_flag") {
        return Some(1);
    }
    matches!(
        table,
        "dm_word" | "em_word" | "em_current_word" | "timer_counter_value" | "data_register"
    )
    .then_some(2)
}

//! Protocols of office networks.

use super::Case;

pub(super) const CASES: &[Case] = &[];

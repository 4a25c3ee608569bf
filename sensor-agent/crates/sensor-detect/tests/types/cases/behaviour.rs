//! Rates, periods and silence.

use super::Case;

pub(super) const CASES: &[Case] = &[];

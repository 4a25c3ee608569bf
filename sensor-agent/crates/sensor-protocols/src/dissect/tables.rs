//! Look-ups in the tables that dissectors have as data.
//!
//! Data in: a table in ascending order of its numbers, and a number. Data out: the row.

/// Name at a number, if the table has a row for it. The table must be in ascending order.
pub(super) fn name_of(table: &[(u16, &'static str)], number: u16) -> Option<&'static str> {
    table
        .binary_search_by_key(&number, |(known, _)| *known)
        .ok()
        .and_then(|at| table.get(at))
        .map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_without_a_row_has_no_name() {
        let table = [(1, "one"), (5, "five"), (9, "nine")];
        for (number, name) in [(1, Some("one")), (9, Some("nine")), (0, None), (6, None)] {
            assert_eq!(name_of(&table, number), name, "{number}");
        }
        assert_eq!(name_of(&[], 1), None);
    }
}

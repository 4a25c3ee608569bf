//! Connect descriptors: `(NAME=value)` within each other, and the errors in those of a refusal.
//!
//! Data in: the text of a connect, refuse or redirect. Data out: values by name. What is asked for by name is
//! looked for at any depth, the first one counts.

/// Value of a parameter, without what it encloses.
pub(super) fn value<'a>(text: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let name = name.as_bytes();
    let starts = |at: usize| {
        let rest = text.get(at..)?;
        let inside = rest.strip_prefix(b"(")?;
        let (key, behind) = inside.split_at_checked(name.len())?;
        let value = behind.strip_prefix(b"=")?;
        key.eq_ignore_ascii_case(name).then_some(value)
    };
    let value = (0..text.len()).find_map(starts)?;
    let end = value.iter().position(|octet| matches!(octet, b'(' | b')'));
    value.get(..end?).filter(|value| !value.is_empty())
}

/// Number of a parameter.
pub(super) fn number(text: &[u8], name: &str) -> Option<u32> {
    std::str::from_utf8(value(text, name)?)
        .ok()?
        .trim()
        .parse()
        .ok()
}

/// The first `ORA-12345` in a text.
pub(super) fn error(text: &[u8]) -> Option<u32> {
    const MARK: &[u8] = b"ORA-";
    let at = text.windows(MARK.len()).position(|window| window == MARK)?;
    let digits = text.get(at.saturating_add(MARK.len())..)?.get(..5)?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// Errors of a listener and of a sign-in, in ascending order.
const ERRORS: &[(u32, &str)] = &[
    (28, "session_killed"),
    (900, "invalid_statement"),
    (942, "table_or_view_does_not_exist"),
    (1005, "null_password"),
    (1017, "invalid_username_or_password"),
    (1031, "insufficient_privileges"),
    (1033, "initialization_or_shutdown_in_progress"),
    (1034, "not_available"),
    (1045, "user_lacks_create_session"),
    (12154, "could_not_resolve_identifier"),
    (12170, "connect_timeout"),
    (12500, "listener_failed_to_start_server"),
    (12504, "no_service_in_connect_data"),
    (12505, "listener_does_not_know_sid"),
    (12508, "listener_could_not_resolve_command"),
    (12514, "listener_does_not_know_service"),
    (12516, "no_handler_with_matching_protocol"),
    (12518, "listener_could_not_hand_off"),
    (12519, "no_appropriate_handler"),
    (12520, "no_handler_for_type_of_server"),
    (12525, "listener_timed_out"),
    (12528, "all_instances_blocked"),
    (12537, "connection_closed"),
    (12547, "lost_contact"),
    (12618, "versions_incompatible"),
    (28000, "account_locked"),
    (28001, "password_expired"),
];

/// Name of an error.
pub(super) fn name(code: u32) -> &'static str {
    ERRORS
        .binary_search_by_key(&code, |(known, _)| *known)
        .ok()
        .and_then(|at| ERRORS.get(at))
        .map_or("oracle_error", |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_at_any_depth() {
        let text = b"(DESCRIPTION=(CONNECT_DATA=(SERVICE_NAME=HIST)(CID=(PROGRAM=sqlplus)(HOST=)(User=op))))";
        assert_eq!(value(text, "SERVICE_NAME"), Some(&b"HIST"[..]));
        assert_eq!(value(text, "USER"), Some(&b"op"[..]));
        assert_eq!(value(text, "HOST"), None, "empty");
        assert_eq!(value(text, "CONNECT_DATA"), None, "encloses others");
        assert_eq!(value(b"(SID=open", "SID"), None);
        assert_eq!(number(b"(ERR=12514)", "ERR"), Some(12514));
        assert_eq!(error(b"xx ORA-01017: invalid"), Some(1017));
        assert_eq!(error(b"ORA-12"), None);
        assert!(ERRORS.is_sorted_by_key(|(code, _)| *code));
    }
}

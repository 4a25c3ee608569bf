//! Every service: a request and a response that another implementation encoded.

use super::{Session, seed, seeds};

/// Observations of all seeds, each in a message of its own.
fn all() -> Vec<String> {
    let mut session = Session::open();
    let mut numbers = [1, 1];
    for (at, seed) in seeds().iter().enumerate() {
        let role = seed.role();
        numbers[role as usize] += 1;
        let request = u32::try_from(at / 2 + 2).unwrap();
        session.segment(role, &seed.chunk(numbers[role as usize], request), false);
    }
    session.seen
}

#[test]
fn every_service_is_read_to_its_end() {
    assert_eq!(all(), Vec::<String>::new());
}

#[test]
fn secrets_are_not_kept() {
    for (name, secret) in [
        ("ActivateSessionRequest", "secret"),
        ("CreateSessionResponse", "i=99"),
    ] {
        let mut session = Session::open();
        let seed = seed(name);
        session.segment(seed.role(), &seed.chunk(2, 2), false);
        assert!(!session.last().contains(secret), "{}", session.last());
    }
    assert!(
        all().iter().all(|line| !line.contains("72962b91")),
        "the token of the session"
    );
}

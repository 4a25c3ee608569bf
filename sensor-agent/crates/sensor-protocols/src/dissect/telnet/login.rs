//! Log-ins in the text of a session.
//!
//! Telnet has no messages for them: servers ask in words. What is looked for are the prompts and refusals of
//! Unix and Linux, `BusyBox`, Windows, Cisco IOS and common embedded systems.
//!
//! Data in: the octets of both sides, one by one. Data out: what just happened. Kept are the last octets of the
//! server's line and, while a user name is asked for, those of the client's.
//!
//! Limits: [`limits::TELNET_USER_BYTES`] of a user name. A password is not kept: that its line ended is told.

use crate::limits;

/// Longest phrase that is looked for.
const LONGEST: usize = 24;

/// How servers ask for a user name, in lower case.
const USER_PROMPTS: &[&str] = &["login:", "username:", "user name:", "user:", "account:"];

/// How they ask for a password.
const PASSWORD_PROMPTS: &[&str] = &["password:", "passcode:", "passwd:"];

/// How they refuse.
const REFUSALS: &[&str] = &[
    "login incorrect",
    "login failed",
    "login invalid",
    "incorrect login",
    "incorrect password",
    "access denied",
    "authentication failed",
    "permission denied",
    "invalid password",
    "invalid login",
    "bad password",
    "bad passwords",
    "wrong password",
    "logon failure",
];

/// How they greet who is let in.
const WELCOMES: &[&str] = &["last login:", "login successful", "logged in successfully"];

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    UserAsked,
    PasswordAsked,
    UserGiven,
    PasswordGiven,
    Refused,
    Accepted,
}

/// What the client is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Asked {
    #[default]
    Nothing,
    User,
    Password,
}

#[derive(Debug, Default)]
pub(super) struct Login {
    asked: Asked,
    /// The last octets of the server's line, in lower case.
    tail: [u8; LONGEST],
    user: Vec<u8>,
    /// The user name is longer than is kept.
    pub(super) cut: bool,
}

impl Login {
    /// The server sent an octet of text.
    pub(super) fn server(&mut self, octet: u8) -> Option<Event> {
        if matches!(octet, b'\r' | b'\n' | 0) {
            self.tail = [0; LONGEST];
            return None;
        }
        self.tail.rotate_left(1);
        if let Some(last) = self.tail.last_mut() {
            *last = octet.to_ascii_lowercase();
        }
        let ends = |phrases: &[&str]| {
            phrases
                .iter()
                .any(|phrase| self.tail.ends_with(phrase.as_bytes()))
        };
        // "Last login:" is no prompt.
        if ends(WELCOMES) {
            self.asked = Asked::Nothing;
            return Some(Event::Accepted);
        }
        if octet == b':' && ends(PASSWORD_PROMPTS) {
            self.asked = Asked::Password;
            return Some(Event::PasswordAsked);
        }
        if octet == b':' && ends(USER_PROMPTS) {
            self.asked = Asked::User;
            self.user.clear();
            self.cut = false;
            return Some(Event::UserAsked);
        }
        ends(REFUSALS).then(|| {
            self.asked = Asked::Nothing;
            Event::Refused
        })
    }

    /// The client sent an octet of text.
    pub(super) fn client(&mut self, octet: u8) -> Option<Event> {
        const BACKSPACE: u8 = 8;
        const DELETE: u8 = 127;
        match (self.asked, octet) {
            (Asked::User, b'\r' | b'\n') => {
                self.asked = Asked::Nothing;
                Some(Event::UserGiven)
            }
            (Asked::Password, b'\r' | b'\n') => {
                self.asked = Asked::Nothing;
                Some(Event::PasswordGiven)
            }
            (Asked::Nothing | Asked::Password, _) => None,
            (Asked::User, BACKSPACE | DELETE) => {
                self.user.pop();
                None
            }
            (Asked::User, _) => {
                if self.user.len() < limits::TELNET_USER_BYTES {
                    self.user.push(octet);
                } else {
                    self.cut = true;
                }
                None
            }
        }
    }

    /// The user name that was given.
    pub(super) fn user(&self) -> &[u8] {
        &self.user
    }

    /// Octets were lost: what was asked is not known any more.
    pub(super) fn lost(&mut self) {
        *self = Self::default();
    }
}

//! Log-ins in the text of a session.
//!
//! Telnet has no messages for them: servers ask in words. What is looked for are the prompts and refusals of
//! Unix and Linux, `BusyBox`, Windows, Cisco IOS and common embedded systems.
//!
//! A refusal counts only as the answer to a user name or a password: the same words are part of many sessions. A
//! server that asks again for what was just given refused it as well.
//!
//! Data in: the octets of both sides, one by one. Data out: what just happened. Kept are the last octets of the
//! server's line and, while a user name is asked for, those of the client's.
//!
//! Limits: [`limits::TELNET_USER_BYTES`] of a user name. A password is not kept: that its line ended is told, and
//! how weak it is, of which its fingerprint tells ([`crate::dissect::credential`]).

use crate::dissect::credential::{self, Print};
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

/// What happened, in this order.
pub(super) type Events = [Option<Event>; 2];

#[derive(Debug, Default)]
pub(super) struct Login {
    asked: Asked,
    /// What the client gave and the server did not judge yet.
    given: Asked,
    /// The client wrote something on a line that nobody asked for.
    wrote: bool,
    name: Option<Print>,
    /// `None` when it was corrected while it was written.
    password: Option<Print>,
    /// The last octets of the server's line, in lower case.
    tail: [u8; LONGEST],
    user: Vec<u8>,
    /// The user name is longer than is kept.
    pub(super) cut: bool,
}

impl Login {
    /// The server sent an octet of text.
    pub(super) fn server(&mut self, octet: u8) -> Events {
        if matches!(octet, b'\r' | b'\n' | 0) {
            self.tail = [0; LONGEST];
            return [None, None];
        }
        self.tail.rotate_left(1);
        if let Some(last) = self.tail.last_mut() {
            *last = octet.to_ascii_lowercase();
        }
        // "Last login:" is no prompt.
        if self.ends(WELCOMES) {
            self.asked = Asked::Nothing;
            self.given = Asked::Nothing;
            return [Some(Event::Accepted), None];
        }
        if octet == b':'
            && let Some(prompt) = self.prompt()
        {
            return prompt;
        }
        if self.given == Asked::Nothing || !self.ends(REFUSALS) {
            return [None, None];
        }
        self.asked = Asked::Nothing;
        self.given = Asked::Nothing;
        [Some(Event::Refused), None]
    }

    fn ends(&self, phrases: &[&str]) -> bool {
        phrases
            .iter()
            .any(|phrase| self.tail.ends_with(phrase.as_bytes()))
    }

    /// The server's line ends as a question does. "Password for user:" asks for a password.
    fn prompt(&mut self) -> Option<Events> {
        let password =
            self.ends(PASSWORD_PROMPTS) || memchr::memmem::find(&self.tail, b"password").is_some();
        if !password && !self.ends(USER_PROMPTS) {
            return None;
        }
        let again = self.given == Asked::Password;
        self.given = Asked::Nothing;
        let event = if password {
            self.asked = Asked::Password;
            self.password = Some(Print::default());
            Event::PasswordAsked
        } else {
            self.asked = Asked::User;
            self.user.clear();
            self.cut = false;
            Event::UserAsked
        };
        Some([again.then_some(Event::Refused), Some(event)])
    }

    /// The client sent an octet of text.
    pub(super) fn client(&mut self, octet: u8) -> Option<Event> {
        const BACKSPACE: u8 = 8;
        const DELETE: u8 = 127;
        match (self.asked, octet) {
            (Asked::User, b'\r' | b'\n') => {
                self.asked = Asked::Nothing;
                self.given = Asked::User;
                self.name = (!self.cut).then(|| Print::of_user(&self.user));
                Some(Event::UserGiven)
            }
            (Asked::Password, b'\r' | b'\n') => {
                self.asked = Asked::Nothing;
                self.given = Asked::Password;
                Some(Event::PasswordGiven)
            }
            (Asked::Password, BACKSPACE | DELETE) => {
                self.password = None;
                None
            }
            (Asked::Password, _) => {
                self.password = self.password.map(|password| password.with(octet));
                None
            }
            (Asked::Nothing, b'\r' | b'\n') => {
                // A command: the log-in is over, whatever became of it.
                if std::mem::take(&mut self.wrote) {
                    self.given = Asked::Nothing;
                }
                None
            }
            (Asked::Nothing, _) => {
                self.wrote |= octet.is_ascii_graphic();
                None
            }
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

    /// How weak the password is that was given.
    pub(super) fn weakness(&self) -> Option<&'static str> {
        credential::weakness(self.name, self.password?)
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

//! How a command ends: exit codes, and errors as one line.

use std::fmt;
use std::io;
use std::process::ExitCode;

use crate::capture::CaptureError;
use crate::config::ConfigError;

/// The documented exit codes besides success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Something failed while running: a file, the network, the disk.
    RunTime = 1,
    /// Arguments or configuration are wrong.
    Usage = 2,
    /// This host cannot do what was asked.
    HostUnsupported = 3,
}

/// Why a command did not succeed.
#[derive(Debug)]
pub enum Failure {
    /// One line for people that names the cause and the remedy, and the exit code.
    Message { exit: Exit, text: String },
    /// The reader of our output went away (`| head`): not worth a word.
    OutputClosed,
}

impl Failure {
    pub fn run_time(text: impl fmt::Display) -> Self {
        Self::new(Exit::RunTime, text)
    }

    pub fn usage(text: impl fmt::Display) -> Self {
        Self::new(Exit::Usage, text)
    }

    pub fn host_unsupported(text: impl fmt::Display) -> Self {
        Self::new(Exit::HostUnsupported, text)
    }

    fn new(exit: Exit, text: impl fmt::Display) -> Self {
        let text = text.to_string();
        Self::Message {
            exit,
            text: text.split_whitespace().collect::<Vec<_>>().join(" "),
        }
    }

    /// Prints the line and gives the code for the shell.
    pub fn report(self) -> ExitCode {
        match self {
            Self::Message { exit, text } => {
                super::say(&format!("error: {text}"));
                ExitCode::from(exit as u8)
            }
            Self::OutputClosed => ExitCode::SUCCESS,
        }
    }
}

impl From<CaptureError> for Failure {
    fn from(error: CaptureError) -> Self {
        let exit = match &error {
            CaptureError::File { .. } | CaptureError::Interface { .. } => Exit::RunTime,
            CaptureError::Host { .. } => Exit::HostUnsupported,
            CaptureError::Rules { .. } => Exit::Usage,
        };
        Self::new(exit, error)
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::usage(error)
    }
}

/// Errors of writing to standard output; others are reported where their cause is known.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::OutputClosed;
        }
        Self::run_time(format!(
            "cannot write to standard output: {error}; check the disk or the receiving program"
        ))
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::from(io::Error::from(error))
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::{Exit, Failure};
    use crate::capture::CaptureError;

    fn exit_of(failure: &Failure) -> Option<Exit> {
        match failure {
            Failure::Message { exit, .. } => Some(*exit),
            Failure::OutputClosed => None,
        }
    }

    #[test]
    fn errors_have_their_documented_code() {
        let interface = CaptureError::Interface {
            name: "eth9".to_owned(),
            cause: "there is no such interface".to_owned(),
            remedy: "see ip link".to_owned(),
        };
        let host = CaptureError::Host {
            kind: "xdp",
            cause: "no BTF".to_owned(),
            remedy: "use af_packet".to_owned(),
        };
        assert_eq!(exit_of(&interface.into()), Some(Exit::RunTime));
        assert_eq!(exit_of(&host.into()), Some(Exit::HostUnsupported));
        assert_eq!(exit_of(&Failure::usage("x")), Some(Exit::Usage));
    }

    #[test]
    fn a_closed_output_is_not_an_error() {
        let closed = io::Error::from(io::ErrorKind::BrokenPipe);
        assert_eq!(exit_of(&closed.into()), None);
        let full = io::Error::from(io::ErrorKind::StorageFull);
        assert_eq!(exit_of(&full.into()), Some(Exit::RunTime));
    }

    #[test]
    fn messages_are_one_line() {
        let Failure::Message { text, .. } = Failure::run_time("first\n  second") else {
            panic!("a message");
        };
        assert_eq!(text, "first second");
    }
}

//! Standard output for machines, standard error for people.

use std::io::{self, BufWriter, Write};

use serde::Serialize;

use super::Failure;

/// Buffered standard output. Call [`Stdout::finish`] at the end: dropping it hides write errors.
pub struct Stdout(BufWriter<io::StdoutLock<'static>>);

impl Default for Stdout {
    fn default() -> Self {
        Self(BufWriter::with_capacity(64 << 10, io::stdout().lock()))
    }
}

impl Stdout {
    /// One JSON value on a line of its own.
    pub fn json_line(&mut self, value: &impl Serialize) -> Result<(), Failure> {
        serde_json::to_writer(&mut self.0, value)?;
        Ok(self.0.write_all(b"\n")?)
    }

    /// One JSON value over several lines.
    pub fn json(&mut self, value: &impl Serialize) -> Result<(), Failure> {
        serde_json::to_writer_pretty(&mut self.0, value)?;
        Ok(self.0.write_all(b"\n")?)
    }

    /// One line of text.
    pub fn line(&mut self, text: &str) -> Result<(), Failure> {
        Ok(writeln!(self.0, "{text}")?)
    }

    /// Writes out what is buffered.
    pub fn finish(mut self) -> Result<(), Failure> {
        Ok(self.0.flush()?)
    }
}

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// One line on standard error. A closed standard error is no reason to stop.
pub fn say(line: &str) {
    let _unseen = writeln!(io::stderr().lock(), "{line}");
}

//! Texts of identities, made on the stack or borrowed from the message.
//!
//! Limits: `N` octets of a text; what does not fit is left out.

use std::fmt;

/// A short text that is put together.
#[derive(Clone, Copy, Debug)]
pub(in crate::dissect) struct Text<const N: usize> {
    octets: [u8; N],
    used: usize,
}

impl<const N: usize> Default for Text<N> {
    fn default() -> Self {
        Self {
            octets: [0; N],
            used: 0,
        }
    }
}

impl<const N: usize> Text<N> {
    /// The formatted text.
    pub(in crate::dissect) fn of(arguments: fmt::Arguments<'_>) -> Self {
        let mut text = Self::default();
        // Fails when the text is full: what fits stays.
        let _ = fmt::Write::write_fmt(&mut text, arguments);
        text
    }

    /// Text of ISO 8859-1 up to its first NUL.
    pub(in crate::dissect) fn latin1(octets: &[u8]) -> Self {
        let mut text = Self::default();
        let shown = octets.iter().take_while(|octet| **octet != 0);
        for c in shown.map(|octet| char::from(*octet)) {
            if c.is_control() || fmt::Write::write_char(&mut text, c).is_err() {
                break;
            }
        }
        text
    }

    /// The text without margins; `None` when nothing is left.
    pub(in crate::dissect) fn as_str(&self) -> Option<&str> {
        let octets = self.octets.get(..self.used)?;
        let text = std::str::from_utf8(octets).ok()?.trim();
        (!text.is_empty()).then_some(text)
    }
}

impl<const N: usize> fmt::Write for Text<N> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = N.saturating_sub(self.used);
        let fits = (0..=room.min(text.len()))
            .rev()
            .find(|end| text.is_char_boundary(*end));
        let (text, rest) = text.split_at_checked(fits.unwrap_or(0)).ok_or(fmt::Error)?;
        let end = self.used.saturating_add(text.len());
        let place = self.octets.get_mut(self.used..end).ok_or(fmt::Error)?;
        place.copy_from_slice(text.as_bytes());
        self.used = end;
        if rest.is_empty() {
            Ok(())
        } else {
            Err(fmt::Error)
        }
    }
}

/// The printable text at the front, up to its first NUL; `None` when there is none.
pub(in crate::dissect) fn printable(octets: &[u8]) -> Option<&str> {
    let end = octets.iter().position(|octet| *octet == 0);
    let octets = octets.get(..end.unwrap_or(octets.len()))?;
    let text = std::str::from_utf8(octets).ok()?.trim();
    let clean = !text.is_empty() && !text.contains(char::is_control);
    clean.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_end_where_they_end() {
        assert_eq!(printable(b" CJ2M \0xx"), Some("CJ2M"));
        for none in [&b""[..], b"\0A", b"  ", b"\xff\xfe", b"a\x01"] {
            assert_eq!(printable(none), None, "{none:x?}");
        }
        assert_eq!(Text::<8>::latin1(b"T\xfcr\0x").as_str(), Some("Tür"));
        assert_eq!(
            Text::<4>::of(format_args!("{}.{}", 12, 345)).as_str(),
            Some("12.3")
        );
        assert_eq!(Text::<4>::default().as_str(), None);
    }
}

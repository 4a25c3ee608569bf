//! The text format itself: families with help and type, samples with escaped labels.

use std::fmt::{Display, Write as _};

/// What a family measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Only rises; its name ends with `_total`.
    Counter,
    Gauge,
    Histogram,
}

/// Text in the making.
#[derive(Debug, Default)]
pub(super) struct Page {
    text: String,
}

impl Page {
    /// Starts a family. Every sample up to the next call belongs to it.
    pub(super) fn family(&mut self, name: &str, kind: Kind, help: &str) {
        let kind = match kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        let help = help.replace('\\', "\\\\").replace('\n', "\\n");
        // Writing to a String cannot fail.
        let _ = write!(self.text, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
    }

    /// One sample.
    pub(super) fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        self.text.push_str(name);
        for (index, (label, text)) in labels.iter().enumerate() {
            let open = if index == 0 { '{' } else { ',' };
            let _ = write!(self.text, "{open}{label}=\"{}\"", escape(text));
        }
        let close = if labels.is_empty() { "" } else { "}" };
        let _ = writeln!(self.text, "{close} {value}");
    }

    /// A family with one sample.
    pub(super) fn single(&mut self, name: &str, kind: Kind, help: &str, value: impl Display) {
        self.family(name, kind, help);
        self.sample(name, &[], value);
    }

    pub(super) fn finish(self) -> String {
        self.text
    }
}

fn escape(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_escaped_and_families_have_help_and_type() {
        let mut page = Page::default();
        page.family("a_total", Kind::Counter, "All of a.");
        page.sample("a_total", &[("x", "1"), ("path", "C:\\ \"q\"\n")], 7);
        page.single("b_bytes", Kind::Gauge, "Of b.", 0.5);
        assert_eq!(
            page.finish(),
            "# HELP a_total All of a.\n# TYPE a_total counter\n\
             a_total{x=\"1\",path=\"C:\\\\ \\\"q\\\"\\n\"} 7\n\
             # HELP b_bytes Of b.\n# TYPE b_bytes gauge\nb_bytes 0.5\n"
        );
    }
}

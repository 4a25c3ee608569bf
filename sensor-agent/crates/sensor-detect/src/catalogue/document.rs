//! The alert reference, `docs/alerts.md`.

use std::fmt::Write;

use super::techniques::technique;
use super::{AlertType, Engine, catalogue};

/// Text of the alert reference in Markdown, generated from the catalogue.
pub fn document() -> String {
    let mut text = String::from(HEAD);
    let types = catalogue();
    let implemented = types.iter().filter(|t| t.not_implemented.is_none()).count();
    let _ = writeln!(
        text,
        "{} types, {implemented} of them implemented. The others are listed so that they are not \
         missed silently.\n",
        types.len(),
    );
    for engine in Engine::ALL {
        let _ = writeln!(text, "## {}\n", engine.title());
        for alert_type in types.iter().filter(|t| t.engine == engine) {
            entry(&mut text, alert_type);
        }
    }
    text
}

const HEAD: &str = "\
<!-- Generated from the alert catalogue by `cargo xtask docs`; do not edit. -->

# Alerts

What Telltale can report, by engine. *Learnable* alerts enter the baseline when they are learned
and are not raised again; the others can be muted. *Aggregated* alerts collect the violations of
one pair of devices. Thresholds, modes and switches can be set per type.

";

fn entry(text: &mut String, alert_type: &AlertType) {
    let _ = writeln!(text, "### {}\n", alert_type.title);
    let yes = |is: bool| if is { "yes" } else { "no" };
    let _ = writeln!(
        text,
        "`{}` · {} · {} · learnable: {} · aggregated: {} · mutable: {} · default: {} · protocol: {}\n",
        alert_type.id,
        alert_type.severity.id(),
        alert_type.category,
        yes(alert_type.learnable),
        yes(alert_type.aggregated),
        yes(alert_type.mutable),
        if alert_type.enabled_by_default {
            "on"
        } else {
            "off"
        },
        alert_type.protocol,
    );
    if let Some(reason) = &alert_type.not_implemented {
        let _ = writeln!(text, "**Not implemented:** {reason}.\n");
    }
    let _ = writeln!(text, "{}\n", alert_type.description);
    if let Some(threshold) = alert_type.threshold {
        let window = threshold.window.as_secs();
        if window == 0 {
            let _ = writeln!(text, "Threshold: {}.\n", threshold.count);
        } else {
            let _ = writeln!(text, "Threshold: {} in {window} s.\n", threshold.count);
        }
    }
    let names: Vec<String> = alert_type
        .techniques
        .iter()
        .map(|id| technique(id).map_or_else(|| id.clone(), |t| format!("{id} {}", t.name)))
        .collect();
    let _ = writeln!(text, "ATT&CK for ICS: {}.\n", names.join(", "));
    let _ = writeln!(text, "What to do:\n");
    for step in &alert_type.remediation_steps {
        let _ = writeln!(text, "- {step}");
    }
    if !alert_type.false_positives.is_empty() {
        let _ = writeln!(text, "\nFalse positives: {}", alert_type.false_positives);
    }
    text.push('\n');
}

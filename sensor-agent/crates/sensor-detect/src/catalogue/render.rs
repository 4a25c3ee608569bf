//! Text of a finding: its message and what else is known.

use crate::finding::{Finding, PartyKey};

/// The message of an alert: the type's template with the finding's parties and values. A name in
/// braces that the finding does not have is shown as `unknown`.
pub fn render(finding: &Finding) -> String {
    let mut text = String::with_capacity(finding.alert_type.message.len() + 64);
    let mut rest = finding.alert_type.message.as_str();
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let Some((name, after)) = after.split_once('}') else {
            text.push('{');
            rest = after;
            continue;
        };
        text.push_str(&lookup(finding, name));
        rest = after;
    }
    text.push_str(rest);
    text
}

/// Names that every finding knows.
pub const COMMON: &[&str] = &[
    "source",
    "destination",
    "destination_port",
    "protocol",
    "count",
];

fn lookup(finding: &Finding, name: &str) -> String {
    let party = |end: &Option<sensor_protocols::addr::Endpoint>| {
        end.as_ref().map(|end| PartyKey::from(end).to_string())
    };
    let known = match name {
        "source" => party(&finding.source),
        "destination" => party(&finding.destination),
        "destination_port" => finding.destination.map(|end| end.port.to_string()),
        "protocol" => Some(finding.protocol.title().to_owned()),
        "count" => Some(finding.count.to_string()),
        _ => None,
    };
    known
        .or_else(|| finding.get(name).map(ToString::to_string))
        .unwrap_or_else(|| "unknown".to_owned())
}

/// What else the finding knows: its values, one `name: value` a line.
pub fn additional_information(finding: &Finding) -> String {
    finding
        .values
        .iter()
        .map(|(name, value)| format!("{}: {value}", name.replace('_', " ")))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The names in braces of a template, in order.
#[cfg(test)]
pub(super) fn placeholders(template: &str) -> Vec<&str> {
    template
        .split('{')
        .skip(1)
        .filter_map(|part| part.split_once('}').map(|(name, _)| name))
        .collect()
}

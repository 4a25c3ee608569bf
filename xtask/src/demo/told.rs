//! What the demo prints once the sensor has seen the captures: where it is, and what to try.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde_json::Value;

use super::rig::{self, Rig};

pub(super) fn print(rig: &Rig) -> Result<()> {
    let alerts = alerts(rig)?;
    let url = rig.address();
    println!("\nTelltale has seen {}:", summary(rig)?);
    for (engine, count) in by_engine(&alerts) {
        println!("  {engine:<20} {count:>4}");
    }
    println!("\n  Swagger UI  {url}/docs/");
    println!("  API         {url}/api/v1");
    println!("  token       {}", rig.token());
    println!("\nworth trying:");
    for line in lines(rig)? {
        println!("  {line}");
    }
    println!();
    Ok(())
}

/// How many frames were seen on which way, and how many alerts they raised.
pub(super) fn summary(rig: &Rig) -> Result<String> {
    let way = if rig.is_live() {
        "live, through the XDP program"
    } else {
        "from capture files"
    };
    let frames = rig::received(&rig.api())?;
    let alerts = alerts(rig)?.len();
    Ok(format!(
        "{frames} frames ({way}) and raised {alerts} alerts"
    ))
}

/// The calls worth trying; an error when there is no alert to try them on.
pub(super) fn lines(rig: &Rig) -> Result<[String; 3]> {
    curl_lines(rig.address(), rig.token(), &alerts(rig)?)
}

fn alerts(rig: &Rig) -> Result<Vec<Value>> {
    rig.api().list("/api/v1/alerts?limit=1000")
}

fn by_engine(alerts: &[Value]) -> BTreeMap<&str, usize> {
    let mut engines = BTreeMap::new();
    for alert in alerts {
        *engines
            .entry(alert["engine"].as_str().unwrap_or("unknown"))
            .or_default() += 1;
    }
    engines
}

/// Three calls that work on the alerts that are there.
fn curl_lines(url: &str, token: &str, alerts: &[Value]) -> Result<[String; 3]> {
    let critical = alerts
        .iter()
        .find(|alert| alert["severity"] == "critical")
        .or_else(|| alerts.first())
        .context("no alerts: the captures were not seen")?;
    // An operation that a plant may well want is the one worth learning.
    let is_learnable = |alert: &&Value| alert["learnable"] == true;
    let learnable = alerts
        .iter()
        .find(|alert| is_learnable(alert) && alert["protocol"] == "modbus")
        .or_else(|| alerts.iter().find(is_learnable));
    let (action, target) = learnable.map_or(("close", critical), |alert| ("learn", alert));
    let curl = format!("curl -s -H 'Authorization: Bearer {token}'");
    Ok([
        format!("{curl} '{url}/api/v1/alerts?severity=critical&status=new'"),
        format!("{curl} {url}/api/v1/alerts/{}/remediation", critical["id"]),
        format!(
            "{curl} -X POST {url}/api/v1/alerts/{}/actions/{action}",
            target["id"]
        ),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_lines_name_alerts_that_exist() {
        let alerts = [
            json!({"id": 3, "severity": "major", "learnable": true, "protocol": "tcp"}),
            json!({"id": 4, "severity": "major", "learnable": true, "protocol": "modbus"}),
            json!({"id": 9, "severity": "critical", "learnable": false}),
        ];
        let [list, remediation, learn] = curl_lines("http://a", "t", &alerts).unwrap();
        assert!(list.ends_with("'http://a/api/v1/alerts?severity=critical&status=new'"));
        assert!(remediation.ends_with("/alerts/9/remediation"));
        assert!(learn.ends_with("/alerts/4/actions/learn"));
    }

    #[test]
    fn no_alerts_is_a_failure() {
        assert!(curl_lines("http://a", "t", &[]).is_err());
    }
}

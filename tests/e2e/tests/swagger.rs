//! Swagger UI in a real browser: it loads from the agent alone, takes the token, and executes a
//! call from the page.

use std::process::Command;

use anyhow::{Result, ensure};
use sensor_e2e::{
    PATIENCE,
    agent::{Options, Source},
    capture, skip, wait_for,
    webdriver::Browser,
};
use tempfile::TempDir;

const OPERATION: &str = "[id$='-listAlerts']";

fn installed(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok()
}

#[test]
fn the_page_authorises_and_lists_alerts() -> Result<()> {
    if !installed("chromedriver") || !installed("chromium") {
        skip("no chromium and chromedriver (Debian packages chromium, chromium-driver)");
        return Ok(());
    }
    let folder = TempDir::new()?;
    let source = Source::Pcap(capture("modbus/suricata_modbus.pcap"));
    let agent = Options::new(source, folder.path())?.start()?;
    agent.wait_until_finished()?;
    let browser = Browser::start()?;

    browser.open(&format!("{}/docs/", agent.address()))?;
    browser.click(".auth-wrapper .authorize")?;
    browser.type_into(".auth-container input", agent.token())?;
    browser.click(".auth-btn-wrapper .authorize")?;
    browser.click(".auth-btn-wrapper .btn-done")?;

    browser.click(&format!("{OPERATION} .opblock-summary-control"))?;
    if browser.run(&format!(
        "return !document.querySelector(\"{OPERATION} .execute\")"
    ))? == true
    {
        browser.click(&format!("{OPERATION} .try-out__btn"))?;
    }
    browser.click(&format!("{OPERATION} .execute"))?;
    let live = format!("{OPERATION} .live-responses-table .response");
    let status = browser.text(&format!("{live} .response-col_status"))?;
    ensure!(status.starts_with("200"), "the page shows status {status}");
    let body = wait_for("the body of the answer", PATIENCE, || {
        let text = browser.text(&format!("{live} .response-col_description"))?;
        Ok(text.contains("type_id").then_some(text))
    })?;
    ensure!(body.contains("modbus_unpermitted_function_code"), "{body}");

    let urls = browser.requested_urls()?;
    let calls = urls
        .iter()
        .filter(|url| url.contains("/api/v1/alerts"))
        .count();
    ensure!(calls == 1, "the page made {calls} calls: {urls:#?}");
    let foreign: Vec<_> = urls
        .iter()
        .filter(|url| !url.starts_with(agent.address()) && !is_inside_the_browser(url))
        .collect();
    ensure!(foreign.is_empty(), "requests left the origin: {foreign:#?}");
    drop(browser);
    agent.stop()
}

/// URLs that never reach a network.
fn is_inside_the_browser(url: &str) -> bool {
    ["data:", "blob:", "about:", "chrome:"]
        .iter()
        .any(|scheme| url.starts_with(scheme))
}

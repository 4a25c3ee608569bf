//! Drives headless Chromium through the W3C `WebDriver` protocol (<https://www.w3.org/TR/webdriver2/>).
//!
//! Data in: pages and scripts. Data out: what scripts return, and every URL the browser asked for
//! (chromedriver's performance log). The browser has its own profile and ends with the session.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{PATIENCE, api::Api, wait_for};

/// Flags that keep the browser headless, without a sandbox (root) and off the network.
const FLAGS: &[&str] = &[
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1280,1600",
];

/// A running browser with one window.
pub struct Browser {
    driver: Child,
    api: Api,
    session: String,
    profile: TempDir,
}

impl Browser {
    /// Starts chromedriver on a free port and the browser through it.
    pub fn start() -> Result<Self> {
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot start chromedriver")?;
        let port = match port_of(&mut driver) {
            Ok(port) => port,
            Err(error) => {
                let _ = driver.kill();
                return Err(error);
            }
        };
        let mut browser = Self {
            driver,
            api: Api::new(&format!("http://127.0.0.1:{port}"), None),
            session: String::new(),
            profile: TempDir::new()?,
        };
        browser.session = browser.open_session()?;
        Ok(browser)
    }

    fn open_session(&self) -> Result<String> {
        let profile = format!("--user-data-dir={}", self.profile.path().display());
        let flags: Vec<&str> = FLAGS.iter().copied().chain([profile.as_str()]).collect();
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "goog:chromeOptions": {"args": flags},
            "goog:loggingPrefs": {"performance": "ALL", "browser": "ALL"},
        }}});
        let answer = value(&self.api.post("/session", &wanted)?.json()?)?;
        let session = answer["sessionId"].as_str().context("no session")?;
        Ok(session.to_owned())
    }

    fn call(&self, command: &str, body: &Value) -> Result<Value> {
        let path = format!("/session/{}/{command}", self.session);
        value(&self.api.post(&path, body)?.json()?).with_context(|| command.to_owned())
    }

    pub fn open(&self, url: &str) -> Result<()> {
        self.call("url", &json!({ "url": url })).map(|_| ())
    }

    /// Runs `script` in the page; its `return` value.
    pub fn run(&self, script: &str) -> Result<Value> {
        self.call("execute/sync", &json!({"script": script, "args": []}))
    }

    /// Waits for an element; its reference.
    pub fn find(&self, css: &str) -> Result<String> {
        wait_for(css, PATIENCE, || self.look(css))
    }

    /// The element, when it is there.
    fn look(&self, css: &str) -> Result<Option<String>> {
        let found = self.call("elements", &json!({"using": "css selector", "value": css}))?;
        let element = found[0]
            .as_object()
            .and_then(|object| object.values().next());
        Ok(element.and_then(Value::as_str).map(ToOwned::to_owned))
    }

    /// Waits for an element and does something to it. A page that draws itself anew meanwhile
    /// refuses, and is asked again.
    fn with<T>(&self, css: &str, act: impl Fn(&str) -> Result<T>) -> Result<T> {
        wait_for(css, PATIENCE, || {
            let Some(element) = self.look(css)? else {
                return Ok(None);
            };
            match act(&element) {
                Err(error) if is_not_ready(&error) => Ok(None),
                done => done.map(Some),
            }
        })
    }

    /// Waits for an element and clicks it as a person would.
    pub fn click(&self, css: &str) -> Result<()> {
        self.with(css, |element| {
            self.call(&format!("element/{element}/click"), &json!({}))
                .map(|_| ())
        })
    }

    /// Waits for an input and types into it.
    pub fn type_into(&self, css: &str, text: &str) -> Result<()> {
        self.with(css, |element| {
            let keys = json!({ "text": text });
            self.call(&format!("element/{element}/value"), &keys)
                .map(|_| ())
        })
    }

    /// Waits for an element and reads its visible text.
    pub fn text(&self, css: &str) -> Result<String> {
        self.with(css, |element| {
            let path = format!("/session/{}/element/{element}/text", self.session);
            let text = value(&self.api.get(&path)?.json()?)?;
            Ok(text.as_str().unwrap_or_default().to_owned())
        })
    }

    /// Every URL that the page asked for since the last call.
    pub fn requested_urls(&self) -> Result<Vec<String>> {
        let entries = self.call("se/log", &json!({"type": "performance"}))?;
        Ok(entries
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|entry| serde_json::from_str(entry["message"].as_str()?).ok())
            .filter_map(|entry: Value| requested_url(&entry["message"]))
            .collect())
    }
}

fn requested_url(event: &Value) -> Option<String> {
    let is_request = event["method"] == "Network.requestWillBeSent";
    let url = event["params"]["request"]["url"].as_str()?;
    is_request.then(|| url.to_owned())
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Closing the last window ends the browser; then the driver is of no use.
        if !self.session.is_empty() {
            let _ = self.api.delete(&format!("/session/{}", self.session));
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// Whether a command was refused because the page was drawn anew or still moves: the errors of
/// <https://www.w3.org/TR/webdriver2/#errors> after which nothing has been done.
fn is_not_ready(error: &anyhow::Error) -> bool {
    let code = error.root_cause().to_string();
    [
        "stale element reference",
        "element click intercepted",
        "element not interactable",
    ]
    .iter()
    .any(|name| code.starts_with(name))
}

/// chromedriver's first lines end with "on port N."
fn port_of(driver: &mut Child) -> Result<u16> {
    let stdout = driver
        .stdout
        .take()
        .context("chromedriver has no standard output")?;
    for line in BufReader::new(stdout).lines() {
        let line = line?;
        let port = line
            .rsplit_once("on port ")
            .and_then(|(_, rest)| rest.trim_end_matches('.').parse().ok());
        match port {
            Some(0) | None => {}
            Some(port) => return Ok(port),
        }
    }
    bail!("chromedriver told no port")
}

/// The `value` of an answer, or its error.
fn value(answer: &Value) -> Result<Value> {
    let value = answer["value"].clone();
    if let Some(error) = value["error"].as_str() {
        bail!("{error}: {}", value["message"].as_str().unwrap_or_default());
    }
    Ok(value)
}

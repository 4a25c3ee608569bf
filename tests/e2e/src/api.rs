//! A small client of the agent's REST API: JSON in, JSON out, and the status as a value.

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use ureq::http::Response;

use crate::PATIENCE;

/// A base address with a bearer token.
#[derive(Clone, Debug)]
pub struct Api {
    base: String,
    token: Option<String>,
    client: ureq::Agent,
}

/// An answer, whatever its status.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    /// The entity tag, for `If-Match`.
    pub etag: Option<String>,
    pub text: String,
}

impl Reply {
    /// The body as JSON.
    pub fn json(&self) -> Result<Value> {
        serde_json::from_str(&self.text)
            .with_context(|| format!("status {}, no JSON: {}", self.status, self.text))
    }

    /// The body as JSON when the status is a success; the problem otherwise.
    pub fn ok(&self) -> Result<Value> {
        ensure!(
            (200..300).contains(&self.status),
            "status {}: {}",
            self.status,
            self.text
        );
        self.json()
    }
}

impl Api {
    /// A client of `base` (`http://host:port`), with or without a token.
    pub fn new(base: &str, token: Option<&str>) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(PATIENCE))
            .build();
        Self {
            base: base.to_owned(),
            token: token.map(ToOwned::to_owned),
            client: config.into(),
        }
    }

    pub fn get(&self, path: &str) -> Result<Reply> {
        let mut request = self.client.get(format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        reply(request.call()?)
    }

    /// `POST` with a JSON body.
    pub fn post(&self, path: &str, body: &Value) -> Result<Reply> {
        let mut request = self.client.post(format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        reply(request.send_json(body)?)
    }

    /// `PUT` with a JSON body.
    pub fn put(&self, path: &str, body: &Value) -> Result<Reply> {
        let mut request = self.client.put(format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        reply(request.send_json(body)?)
    }

    /// `PATCH` with a JSON body.
    pub fn patch(&self, path: &str, body: &Value) -> Result<Reply> {
        let mut request = self.client.patch(format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        reply(request.send_json(body)?)
    }

    pub fn delete(&self, path: &str) -> Result<Reply> {
        let mut request = self.client.delete(format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        reply(request.call()?)
    }

    /// Items of a list, all pages of it.
    pub fn list(&self, path: &str) -> Result<Vec<Value>> {
        let mut items = Vec::new();
        let mut next = path.to_owned();
        loop {
            let page = self.get(&next)?.ok()?;
            let found = page["items"].as_array().context("a list without items")?;
            items.extend(found.iter().cloned());
            let Some(cursor) = page["next_cursor"].as_str() else {
                return Ok(items);
            };
            let joint = if path.contains('?') { '&' } else { '?' };
            next = format!("{path}{joint}cursor={cursor}");
        }
    }

    /// Alerts of one type, newest first.
    pub fn alerts_of(&self, type_id: &str) -> Result<Vec<Value>> {
        self.list(&format!("/api/v1/alerts?type_id={type_id}"))
    }

    /// One action on one alert; the alert afterwards.
    pub fn act(&self, id: &Value, action: &str) -> Result<Value> {
        let path = format!("/api/v1/alerts/{}/actions/{action}", plain(id));
        self.post(&path, &serde_json::json!({}))?
            .ok()
            .with_context(|| format!("{action} of alert {id}"))
    }

    /// One alert.
    pub fn alert(&self, id: &Value) -> Result<Value> {
        self.get(&format!("/api/v1/alerts/{}", plain(id)))?.ok()
    }
}

/// An identifier as it stands in a path, be it a number or a text.
pub fn plain(id: &Value) -> String {
    id.as_str()
        .map_or_else(|| id.to_string(), ToOwned::to_owned)
}

fn reply(mut response: Response<ureq::Body>) -> Result<Reply> {
    let etag = response
        .headers()
        .get("etag")
        .and_then(|value| value.to_str().ok())
        .map(ToOwned::to_owned);
    Ok(Reply {
        status: response.status().as_u16(),
        etag,
        text: response.body_mut().read_to_string()?,
    })
}

//! One indicator, checked and in one form.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;
use sensor_protocols::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::{LONGEST_NAME, LONGEST_VALUE};

/// What an indicator is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IndicatorKind {
    /// An address of either party.
    Ip,
    /// A network of either party, `192.0.2.0/24`.
    Network,
    /// A name asked for or connected to; `*.example.net` stands for all names below it.
    Domain,
    /// An HTTP request: `host/path`, or `/path` on any host, without query.
    Url,
    /// User agent of an HTTP request.
    UserAgent,
    /// Fingerprint of a TLS client.
    Ja4,
    /// SHA-256, SHA-1 or MD5 of a file, in hexadecimal.
    FileHash,
}

impl IndicatorKind {
    pub const ALL: [Self; 7] = [
        Self::Ip,
        Self::Network,
        Self::Domain,
        Self::Url,
        Self::UserAgent,
        Self::Ja4,
        Self::FileHash,
    ];

    pub const fn id(self) -> &'static str {
        match self {
            Self::Ip => "ip",
            Self::Network => "network",
            Self::Domain => "domain",
            Self::Url => "url",
            Self::UserAgent => "user_agent",
            Self::Ja4 => "ja4",
            Self::FileHash => "file_hash",
        }
    }
}

impl FromStr for IndicatorKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|kind| kind.id() == text);
        found.ok_or_else(|| {
            let ids: Vec<&str> = Self::ALL.into_iter().map(Self::id).collect();
            format!(
                "`{text}` is no kind of indicator; there are {}",
                ids.join(", ")
            )
        })
    }
}

/// How sure the source is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    #[default]
    Malicious,
    Suspicious,
}

impl FromStr for Verdict {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "malicious" | "" => Ok(Self::Malicious),
            "suspicious" => Ok(Self::Suspicious),
            other => Err(format!(
                "`{other}` is no verdict; there are malicious and suspicious"
            )),
        }
    }
}

/// One indicator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Indicator {
    pub kind: IndicatorKind,
    /// In the form in which it is compared: lower case where case says nothing.
    pub value: Box<str>,
    pub verdict: Verdict,
    /// Malicious software that it belongs to, as the source calls it.
    pub family: Option<Box<str>>,
    /// Until when it is good, in capture time.
    pub expires: Option<Timestamp>,
}

impl Indicator {
    /// Checks a value and brings it into its form.
    ///
    /// # Errors
    /// One line that says what is wrong with it.
    pub fn new(kind: IndicatorKind, value: &str) -> Result<Self, String> {
        let value = value.trim();
        if value.is_empty() {
            return Err("the value is empty".to_owned());
        }
        if value.len() > LONGEST_VALUE {
            return Err(format!("a value has at most {LONGEST_VALUE} octets"));
        }
        let form = match kind {
            IndicatorKind::Ip => address(value)?,
            IndicatorKind::Network => network(value)?,
            IndicatorKind::Domain => domain(value)?,
            IndicatorKind::Url => url(value)?,
            IndicatorKind::FileHash => hash(value)?,
            IndicatorKind::UserAgent => value.to_owned(),
            IndicatorKind::Ja4 => value.to_ascii_lowercase(),
        };
        Ok(Self {
            kind,
            value: form.into(),
            verdict: Verdict::Malicious,
            family: None,
            expires: None,
        })
    }

    /// The same of a family; an empty name is none.
    ///
    /// # Errors
    /// When the name is too long.
    pub fn of_family(mut self, family: &str) -> Result<Self, String> {
        let family = family.trim();
        if family.len() > LONGEST_NAME {
            return Err(format!(
                "the name of a family has at most {LONGEST_NAME} octets"
            ));
        }
        self.family = (!family.is_empty()).then(|| family.into());
        Ok(self)
    }
}

impl fmt::Display for Indicator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind.id(), self.value)
    }
}

fn address(value: &str) -> Result<String, String> {
    let parsed: Result<IpAddr, _> = value.parse();
    parsed
        .map(|address| address.to_canonical().to_string())
        .map_err(|_| format!("`{value}` is no IP address"))
}

/// A network whose prefix is too short would list half the world by a slip of the pen.
fn network(value: &str) -> Result<String, String> {
    let parsed: IpNet = value
        .parse()
        .map_err(|_| format!("`{value}` is no network as in 192.0.2.0/24"))?;
    if parsed.prefix_len() < 8 {
        return Err(format!("`{value}` has a prefix shorter than 8"));
    }
    Ok(parsed.trunc().to_string())
}

fn domain(value: &str) -> Result<String, String> {
    let lower = value.trim_end_matches('.').to_ascii_lowercase();
    let name = lower.strip_prefix("*.").unwrap_or(&lower);
    let fits = name.contains('.')
        && name.len() <= 253
        && name.split('.').all(|label| {
            !label.is_empty() && label.len() <= 63 && !label.contains(['*', ' ', '/'])
        });
    if fits {
        Ok(lower)
    } else {
        Err(format!(
            "`{value}` is no name as in example.net or *.example.net"
        ))
    }
}

/// Scheme and query say nothing about who is meant; the host is compared in lower case.
fn url(value: &str) -> Result<String, String> {
    let rest = value.split_once("://").map_or(value, |(_, rest)| rest);
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    let host = host.rsplit_once(':').map_or(host, |(name, port)| {
        if port.bytes().all(|octet| octet.is_ascii_digit()) {
            name
        } else {
            host
        }
    });
    if host.is_empty() && path.len() < 2 {
        return Err(format!("`{value}` would match every request"));
    }
    Ok(format!("{}/{path}", host.to_ascii_lowercase()))
}

fn hash(value: &str) -> Result<String, String> {
    let hex = value.bytes().all(|octet| octet.is_ascii_hexdigit());
    if hex && [32, 40, 64].contains(&value.len()) {
        Ok(value.to_ascii_lowercase())
    } else {
        Err(format!(
            "`{value}` is no MD5, SHA-1 or SHA-256 in hexadecimal"
        ))
    }
}

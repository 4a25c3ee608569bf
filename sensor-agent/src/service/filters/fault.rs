//! Filter rules as people write them, and what can be wrong with them.

use std::str::FromStr;

use ipnet::IpNet;
use sensor_protocols::addr::MacAddr;

use crate::capture::filter::{Action, pairs::TooManyPairs};
use crate::capture::filter::{BadRules, FilterRule, Match, SubnetPair};

/// What a rule looks at, as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MatchText {
    Subnet(String),
    SubnetPair([String; 2]),
    Port(u64),
    Vlan(u64),
    Mac(String),
}

/// A rule as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewFilter {
    pub what: MatchText,
    pub action: Action,
    pub comment: Option<String>,
}

/// Whether a fault lies in the request alone or in how it meets what is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// HTTP 422.
    Invalid,
    /// HTTP 409.
    Conflict,
}

macro_rules! faults {
    ($($variant:ident $code:literal $kind:ident;)+) => {
        /// What is wrong with a rule or a set of rules.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum FaultCode {
            $($variant,)+
        }

        impl FaultCode {
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Stable machine-readable code.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            pub const fn kind(self) -> FaultKind {
                match self { $(Self::$variant => FaultKind::$kind,)+ }
            }
        }
    };
}

faults! {
    MalformedSubnet "filter_subnet_malformed" Invalid;
    HostBits "filter_host_bits" Invalid;
    MixedFamilies "filter_pair_families" Invalid;
    PortRange "filter_port_range" Invalid;
    VlanRange "filter_vlan_range" Invalid;
    MalformedMac "filter_mac_malformed" Invalid;
    Duplicate "filter_duplicate" Conflict;
    TooMany "filter_limit" Conflict;
    ReadOnly "filter_read_only" Conflict;
}

/// One fault and where it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FilterFault {
    pub code: FaultCode,
    /// JSON pointer within the rule, such as `/what/subnet`; empty for the rule itself.
    pub field: &'static str,
    /// Position in the list of a bulk call.
    pub position: Option<usize>,
    /// What is wrong and what to do.
    pub message: String,
}

impl FilterFault {
    pub(super) fn new(code: FaultCode, field: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            field,
            position: None,
            message: message.into(),
        }
    }

    pub(super) fn at(mut self, position: usize) -> Self {
        self.position = Some(position);
        self
    }
}

impl From<BadRules> for FilterFault {
    fn from(bad: BadRules) -> Self {
        let message = bad.to_string();
        let code = match bad {
            BadRules::Twice { .. } => FaultCode::Duplicate,
            BadRules::Vlan { .. } => FaultCode::VlanRange,
            BadRules::TooMany { .. }
            | BadRules::Pairs(TooManyPairs::Prefixes { .. } | TooManyPairs::Combinations) => {
                FaultCode::TooMany
            }
        };
        Self::new(code, "", message)
    }
}

/// Faults of a call; at least one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", text(.first, *.more))]
pub struct FilterFaults {
    pub first: FilterFault,
    /// The first ones, [`Self::first`] included.
    pub listed: Vec<FilterFault>,
    /// How many there are besides the first.
    pub more: usize,
}

/// Faults that are listed; a long list of wrong rules has more than anybody reads.
const LISTED: usize = 100;

fn text(first: &FilterFault, more: usize) -> String {
    match more {
        0 => first.to_string(),
        more => format!("{first} (and {more} more)"),
    }
}

impl FilterFaults {
    pub(super) fn of(mut faults: Vec<FilterFault>) -> Option<Self> {
        let first = faults.first()?.clone();
        let more = faults.len() - 1;
        faults.truncate(LISTED);
        Some(Self {
            first,
            listed: faults,
            more,
        })
    }
}

impl From<FilterFault> for FilterFaults {
    fn from(fault: FilterFault) -> Self {
        Self {
            listed: vec![fault.clone()],
            first: fault,
            more: 0,
        }
    }
}

/// Highest VLAN identifier that a frame may carry (IEEE 802.1Q, 9.6); 4095 is reserved.
const MAX_VLAN: u64 = 4094;

/// Reads what a rule looks at.
pub(super) fn read(what: &MatchText) -> Result<Match, FilterFault> {
    match what {
        MatchText::Subnet(text) => subnet(text, "/what/subnet").map(Match::Subnet),
        MatchText::SubnetPair([one, other]) => {
            let one = subnet(one, "/what/subnets/0")?;
            let other = subnet(other, "/what/subnets/1")?;
            pair(one, other).map(Match::SubnetPair)
        }
        MatchText::Port(port) => match u16::try_from(*port) {
            Ok(port @ 1..) => Ok(Match::Port(port)),
            _ => Err(FilterFault::new(
                FaultCode::PortRange,
                "/what/port",
                format!("port {port} is outside 1 to 65535"),
            )),
        },
        MatchText::Vlan(vlan) => match u16::try_from(*vlan) {
            Ok(id) if *vlan <= MAX_VLAN => Ok(Match::Vlan(id)),
            _ => Err(FilterFault::new(
                FaultCode::VlanRange,
                "/what/vlan",
                format!("VLAN {vlan} is outside 0 to {MAX_VLAN}; 0 stands for untagged frames"),
            )),
        },
        MatchText::Mac(text) => MacAddr::from_str(text).map(Match::Mac).map_err(|error| {
            let message = format!("`{text}` is no MAC address: {error}");
            FilterFault::new(FaultCode::MalformedMac, "/what/mac", message)
        }),
    }
}

/// Reads the rule.
pub(super) fn rule(new: &NewFilter) -> Result<FilterRule, FilterFault> {
    Ok(FilterRule {
        what: read(&new.what)?,
        action: new.action,
    })
}

fn subnet(text: &str, field: &'static str) -> Result<IpNet, FilterFault> {
    let Ok(net) = text.parse::<IpNet>() else {
        let message = match text.parse::<std::net::IpAddr>() {
            Ok(address) => format!(
                "`{text}` has no prefix length; write {}",
                IpNet::from(address)
            ),
            Err(_) => format!(
                "`{text}` is no subnet; write address and prefix length such as 10.1.0.0/16"
            ),
        };
        return Err(FilterFault::new(FaultCode::MalformedSubnet, field, message));
    };
    if net != net.trunc() {
        let message = format!(
            "{net} has bits set behind its prefix; write {}",
            net.trunc()
        );
        return Err(FilterFault::new(FaultCode::HostBits, field, message));
    }
    if let IpNet::V6(v6) = net
        && v6.prefix_len() >= 96
        && v6.network().to_ipv4_mapped().is_some()
    {
        let message =
            format!("{net} maps IPv4 addresses, which no frame carries; write it as IPv4");
        return Err(FilterFault::new(FaultCode::MalformedSubnet, field, message));
    }
    Ok(net)
}

fn pair(one: IpNet, other: IpNet) -> Result<SubnetPair, FilterFault> {
    let pair = SubnetPair::new(one, other);
    if pair.one_family() {
        return Ok(pair);
    }
    let message =
        format!("{one} and {other} are an IPv4 and an IPv6 subnet; no frame is between them");
    let code = FaultCode::MixedFamilies;
    Err(FilterFault::new(code, "/what/subnets", message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(what: &MatchText) -> (&'static str, String) {
        let fault = read(what).expect_err("a fault");
        (fault.code.as_str(), fault.message)
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_its_remedy() {
        let net = |text: &str| MatchText::Subnet(text.to_owned());
        let pair =
            |one: &str, other: &str| MatchText::SubnetPair([one.to_owned(), other.to_owned()]);
        let cases = [
            (net("10.0.0.9/8"), "filter_host_bits", "write 10.0.0.0/8"),
            (
                net("10.0.0.9"),
                "filter_subnet_malformed",
                "write 10.0.0.9/32",
            ),
            (net("10.0.0.0/33"), "filter_subnet_malformed", "such as"),
            (
                net("::ffff:10.0.0.0/104"),
                "filter_subnet_malformed",
                "IPv4",
            ),
            (net(""), "filter_subnet_malformed", "such as"),
            (
                pair("10.0.0.0/8", "fd00::/8"),
                "filter_pair_families",
                "no frame",
            ),
            (
                pair("10.0.0.0/8", "10.1.0.1/16"),
                "filter_host_bits",
                "10.1.0.0/16",
            ),
            (MatchText::Port(0), "filter_port_range", "1 to 65535"),
            (MatchText::Port(65_536), "filter_port_range", "1 to 65535"),
            (MatchText::Vlan(4095), "filter_vlan_range", "0 to 4094"),
            (MatchText::Vlan(70_000), "filter_vlan_range", "0 to 4094"),
            (
                MatchText::Mac("00:11".to_owned()),
                "filter_mac_malformed",
                "00:11",
            ),
        ];
        for (what, expected, remedy) in cases {
            let (code, message) = code(&what);
            assert_eq!(code, expected, "{what:?}");
            assert!(message.contains(remedy), "{message}");
        }
    }

    #[test]
    fn what_can_be_meant_is_read() {
        for what in [
            MatchText::Subnet("0.0.0.0/0".to_owned()),
            MatchText::Subnet("::/0".to_owned()),
            MatchText::SubnetPair(["10.0.0.0/8".to_owned(), "10.0.0.0/8".to_owned()]),
            MatchText::Port(65_535),
            MatchText::Vlan(0),
            MatchText::Vlan(4094),
            MatchText::Mac("00-1B-1b-0a-0b-0c".to_owned()),
        ] {
            assert!(read(&what).is_ok(), "{what:?}");
        }
    }
}

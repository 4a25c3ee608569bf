//! Filter values that are neither numbers nor fixed words.

use std::borrow::Cow;
use std::net::IpAddr;

use sensor_detect::catalogue::catalogue;
use sensor_detect::finding::PartyKey;
use sensor_protocols::addr::MacAddr;
use serde::Deserialize;
use serde::de::{Deserializer, Error};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{
    AnyOfBuilder, KnownFormat, Object, ObjectBuilder, Schema, SchemaFormat, SchemaType, Type,
};
use utoipa::{PartialSchema, ToSchema};

/// An address that parties are found by: IPv4, IPv6 or MAC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartyAddress(pub PartyKey);

impl<'de> Deserialize<'de> for PartyAddress {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'_, str>::deserialize(deserializer)?;
        let ip = text.parse::<IpAddr>().map(PartyKey::Ip);
        let party = ip.or_else(|_| text.parse::<MacAddr>().map(PartyKey::Mac));
        party.map(Self).map_err(|_| {
            D::Error::custom("must be an IP address such as 10.1.0.7 or a MAC address")
        })
    }
}

impl PartialSchema for PartyAddress {
    fn schema() -> RefOr<Schema> {
        let text = || ObjectBuilder::new().schema_type(SchemaType::new(Type::String));
        let format = |format| -> Object {
            let format = Some(SchemaFormat::KnownFormat(format));
            text().format(format).max_length(Some(45)).build()
        };
        let mac = text()
            .pattern(Some("^([0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}$"))
            .max_length(Some(17));
        AnyOfBuilder::new()
            .item(format(KnownFormat::Ipv4))
            .item(format(KnownFormat::Ipv6))
            .item(mac)
            .description(Some("IPv4, IPv6 or MAC address of a party"))
            .examples(["10.1.0.7"])
            .into()
    }
}

impl ToSchema for PartyAddress {
    fn name() -> Cow<'static, str> {
        "PartyAddress".into()
    }
}

/// Identifier of a type in the alert catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeId(pub String);

impl<'de> Deserialize<'de> for TypeId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if catalogue().get(&text).is_some() {
            Ok(Self(text))
        } else {
            Err(D::Error::custom(
                "is no alert type of this sensor; /api/v1/alert-types lists them",
            ))
        }
    }
}

impl PartialSchema for TypeId {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::new(Type::String))
            .description(Some("Identifier of an alert type"))
            .enum_values(Some(catalogue().iter().map(|kind| kind.id.to_string())))
            .into()
    }
}

impl ToSchema for TypeId {
    fn name() -> Cow<'static, str> {
        "AlertTypeId".into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn party(text: &str) -> Option<PartyKey> {
        serde_json::from_value::<PartyAddress>(text.into())
            .ok()
            .map(|address| address.0)
    }

    #[test]
    fn parties_are_named_by_ip_or_mac() {
        assert_eq!(party("10.1.0.7"), Some(PartyKey::Ip([10, 1, 0, 7].into())));
        assert!(matches!(party("fe80::1"), Some(PartyKey::Ip(_))));
        let mac = MacAddr([0, 0x1b, 0x1b, 0xa, 0xb, 0xc]);
        assert_eq!(party("00:1B:1B:0A:0B:0C"), Some(PartyKey::Mac(mac)));
        for text in ["", "10.1.0", "10.1.0.0/16", "plc-1"] {
            assert_eq!(party(text), None, "{text}");
        }
    }

    #[test]
    fn only_types_of_the_catalogue_are_types() {
        let known = catalogue().iter().next().expect("the catalogue has types");
        let read = |id: &str| serde_json::from_value::<TypeId>(id.into());
        assert_eq!(read(&known.id).expect("known").0, *known.id);
        assert!(read("no_such_type").is_err());
    }
}

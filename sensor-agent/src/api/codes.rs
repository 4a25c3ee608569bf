//! The stable error codes, with status, title and explanation: one table for the responses, the
//! specification and `/api/v1/problems/{code}`. Codes are never renamed; new ones may come.

use std::borrow::Cow;

use actix_web::http::StatusCode;
use serde::Serialize;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};

/// Declares [`Code`] from rows of `variant, code, status, title, explanation`.
macro_rules! codes {
    ($($variant:ident $code:literal $status:literal $title:literal $about:literal;)+) => {
        /// Stable machine-readable code of a problem.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
        pub enum Code {
            $(#[doc = $title] #[serde(rename = $code)] $variant,)+
        }

        impl Code {
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The code as it stands in the body.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title),+ }
            }

            /// When it comes and what to do.
            pub const fn about(self) -> &'static str {
                match self { $(Self::$variant => $about),+ }
            }

            const fn number(self) -> u16 {
                match self { $(Self::$variant => $status),+ }
            }
        }
    };
}

codes! {
    InvalidQuery "invalid_query" 400 "Query string not understood"
        "A parameter is unknown, repeated, malformed or out of range. `errors` names it; nothing is ignored silently.";
    InvalidPath "invalid_path" 400 "Path parameter not understood"
        "An identifier in the path has the wrong form.";
    InvalidBody "invalid_body" 400 "Request body not understood"
        "The body is not the JSON this operation takes. `errors` holds a JSON pointer to the fault.";
    InvalidHeader "invalid_header" 400 "Request header not understood"
        "A header such as If-Match has a form that this operation cannot use.";
    InvalidCursor "invalid_cursor" 400 "Cursor does not fit"
        "A cursor only continues the list it came from: same resource, same filter, same sort. Start again without it.";
    Unauthenticated "unauthenticated" 401 "Token missing or not valid"
        "Send `Authorization: Bearer <token>` with a token that exists and has not expired.";
    Forbidden "forbidden" 403 "Role not sufficient"
        "The token's role may not do this. The specification names the role of every operation.";
    NotFound "not_found" 404 "No such resource"
        "Nothing exists at this path. Identifiers are never reused.";
    MethodNotAllowed "method_not_allowed" 405 "Method not allowed"
        "The `Allow` header lists the methods of this path.";
    NotAcceptable "not_acceptable" 406 "No acceptable media type"
        "The `Accept` header excludes every media type that this operation can answer with.";
    RequestTimeout "request_timeout" 408 "Request took too long"
        "The body did not arrive in time.";
    PayloadTooLarge "payload_too_large" 413 "Request body too large"
        "The body is larger than 1 MiB, or than 16 MiB where all capture filters are replaced.";
    UnsupportedMediaType "unsupported_media_type" 415 "Media type not supported"
        "Send the body as `application/json`, in UTF-8 and without content coding.";
    PreconditionFailed "precondition_failed" 412 "Resource has changed"
        "`If-Match` names another revision. `current_revision` and `ETag` hold the present one; read, then decide again.";
    NotLearnable "not_learnable" 409 "Alert type cannot be learned"
        "Alerts of this type cannot enter the baseline. Mute them, close them, or remove the cause.";
    NothingToLearn "nothing_to_learn" 409 "Nothing to learn"
        "This alert carries no combination that the baseline could take.";
    UnknownViolation "unknown_violation" 422 "No such violation"
        "The alert has no violation with this number.";
    AlreadyLearned "already_learned" 409 "Alert is learned already"
        "The traffic of this alert is part of the baseline. Unlearn it first.";
    NotLearned "not_learned" 409 "Alert is not learned"
        "There is nothing to take out of the baseline.";
    LearnableNotMutable "learnable_not_mutable" 409 "Learnable alerts are not muted"
        "Alerts of this type can be learned, and so they are never muted. Learn it.";
    NotMutable "not_mutable" 409 "Alert type cannot be muted"
        "Alerts about the sensor itself are never muted. Close it.";
    InternetParty "internet_party" 409 "Alert involves an Internet address"
        "Alerts with a public address as source or destination are never muted. Close it.";
    AlreadyMuted "already_muted" 409 "Traffic is muted already"
        "A mute for these parties and this kind of traffic exists.";
    NotMuted "not_muted" 409 "Alert is not muted"
        "There is no mute to take away.";
    ExpiryInThePast "expiry_in_the_past" 422 "End is not in the future"
        "Name an `expires_at` later than the sensor's clock, or leave it out.";
    CommentLength "comment_length" 422 "Comment length out of range"
        "A comment has 1 to 4096 characters.";
    TooManyComments "too_many_comments" 409 "Too many comments"
        "The alert has as many comments as one alert can have.";
    IdempotencyKeyReused "idempotency_key_reused" 422 "Idempotency key used for another call"
        "This Idempotency-Key belongs to a call with another path, body or If-Match. Choose a new key.";
    IdempotencyInProgress "idempotency_in_progress" 409 "Same call is running"
        "A call with this Idempotency-Key has not ended yet. Repeat it in a moment.";
    FilterSubnetMalformed "filter_subnet_malformed" 422 "Not a subnet"
        "A subnet is address and prefix length, such as 10.1.0.0/16 or fd00::/8; one host is /32 or /128.";
    FilterHostBits "filter_host_bits" 422 "Subnet with host bits"
        "Bits behind the prefix are set, so that it is not clear what is meant. The message names the subnet without them.";
    FilterPairFamilies "filter_pair_families" 422 "Pair of two address families"
        "No frame goes between an IPv4 and an IPv6 subnet. Name two subnets of one family.";
    FilterPortRange "filter_port_range" 422 "Port out of range"
        "Ports go from 1 to 65535.";
    FilterVlanRange "filter_vlan_range" 422 "VLAN identifier out of range"
        "VLAN identifiers go from 1 to 4094 (IEEE 802.1Q); 0 stands for untagged frames.";
    FilterMacMalformed "filter_mac_malformed" 422 "Not a MAC address"
        "A MAC address is six hexadecimal octets such as 00:1b:1b:0a:0b:0c.";
    FilterDuplicate "filter_duplicate" 409 "Filter for the same thing"
        "Another rule looks at the same thing; the message names it. Change that one, or leave one of them out.";
    FilterLimit "filter_limit" 409 "Too many filters"
        "The rules are more than fit. Subnet pairs whose subnets lie inside each other multiply. Nothing was changed.";
    FilterReadOnly "filter_read_only" 409 "Filter of the configuration"
        "The configuration file sets this rule. Change it there and start the sensor again.";
    TextLength "text_length" 422 "Text too long"
        "A reason or name is longer than its field takes.";
    Internal "internal" 500 "Sensor fault"
        "The sensor failed to answer. The log names the cause under `request_id`.";
    Unavailable "unavailable" 503 "Temporarily unavailable"
        "The store, or a source of frames, cannot take the change at present. Nothing was changed; try again after `Retry-After` seconds.";
}

/// From the table; the derive does not see words that come out of a macro.
impl PartialSchema for Code {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::new(Type::String))
            .description(Some("Stable machine-readable code of a problem"))
            .enum_values(Some(Self::ALL.iter().map(|code| code.as_str())))
            .examples(["not_found"])
            .into()
    }
}

impl ToSchema for Code {
    fn name() -> Cow<'static, str> {
        "ProblemCode".into()
    }
}

impl Code {
    pub fn status(self) -> StatusCode {
        StatusCode::from_u16(self.number()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// Relative URI of the explanation.
    pub fn uri(self) -> String {
        format!("/api/v1/problems/{}", self.as_str())
    }

    /// The code for errors that the HTTP library raises by itself.
    pub fn for_status(status: StatusCode) -> Self {
        match status.as_u16() {
            404 => Self::NotFound,
            405 => Self::MethodNotAllowed,
            408 => Self::RequestTimeout,
            413 => Self::PayloadTooLarge,
            415 => Self::UnsupportedMediaType,
            400..=499 => Self::InvalidHeader,
            _ => Self::Internal,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn codes_are_unique_snake_case_and_have_an_error_status() {
        let mut seen = BTreeSet::new();
        for code in Code::ALL {
            assert!(seen.insert(code.as_str()), "{} twice", code.as_str());
            assert!(
                code.as_str()
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b == b'_')
            );
            assert_eq!(code.status().as_u16(), code.number());
            assert!(code.status().is_client_error() || code.status().is_server_error());
            let json = serde_json::to_value(code).expect("codes serialise");
            assert_eq!(json, code.as_str());
        }
    }
}

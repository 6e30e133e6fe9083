//! Reading bodies and headers.

use axum::body::{Body, to_bytes};
use axum::http::HeaderMap;
use axum::http::header::IF_MATCH;
use http_body_util::LengthLimitError;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::refusal::Refusal;

/// Largest body taken, in bytes.
pub const BODY_LIMIT: usize = 16 * 1024;

/// Reads a JSON object of bounded size.
///
/// # Errors
/// When it is too large, or no JSON object.
pub async fn object(body: Body) -> Result<Map<String, Value>, Refusal> {
    let bytes = to_bytes(body, BODY_LIMIT).await.map_err(|error| {
        let limit = std::error::Error::source(&error).is_some_and(|source| source.is::<LengthLimitError>());
        if limit { Refusal::TooLarge } else { Refusal::InvalidBody }
    })?;
    serde_json::from_slice(&bytes).map_err(|_| Refusal::InvalidBody)
}

/// Reads a body of a declared form, with no member besides.
///
/// # Errors
/// As [`object`], and when a member is of another type or unknown.
pub async fn form<T: DeserializeOwned>(body: Body) -> Result<T, Refusal> {
    serde_json::from_value(Value::Object(object(body).await?)).map_err(|_| Refusal::InvalidBody)
}

/// Reads a whole number as JSON Schema means it: `60.0` is one.
///
/// # Errors
/// When it is no number, negative, or has a fraction.
pub fn whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let number = serde_json::Number::deserialize(deserializer)?;
    let text = number.to_string();
    let digits = text.strip_suffix(".0").unwrap_or(&text);
    digits.parse().map_err(|_| serde::de::Error::custom("no whole number"))
}

/// The version in `If-Match`: `"7"`. None when the header is not there.
///
/// # Errors
/// When it is anything else than one strong entity tag that holds a number.
pub fn version(headers: &HeaderMap) -> Result<Option<u64>, Refusal> {
    let mut tags = headers.get_all(IF_MATCH).iter();
    let Some(tag) = tags.next() else { return Ok(None) };
    let digits = tag.to_str().ok().and_then(|tag| tag.strip_prefix('"')?.strip_suffix('"'));
    let digits = digits.filter(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()));
    let version = digits.and_then(|digits| digits.parse().ok()).filter(|_| tags.next().is_none());
    version.map(Some).ok_or(Refusal::InvalidVersion)
}

#[cfg(test)]
mod tests {
    use axum::http::header::IF_MATCH;
    use axum::http::{HeaderMap, HeaderValue};

    use super::version;

    #[test]
    fn a_version_is_one_quoted_number() {
        let read = |text: &'static str| version(&HeaderMap::from_iter([(IF_MATCH, HeaderValue::from_static(text))]));
        assert_eq!(read("\"7\"").ok(), Some(Some(7)));
        assert_eq!(version(&HeaderMap::new()).ok(), Some(None));
        for wrong in ["7", "\"\"", "W/\"7\"", "*", "\"7\", \"8\"", "\"+7\"", "\"99999999999999999999\""] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}

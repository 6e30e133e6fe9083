use std::collections::HashMap;
use std::sync::LazyLock;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::{Map, Number, Value};
use stanch_secrets::{Detector, names};

use crate::value::Unreadable;

/// A map of free form, such as a profile.
///
/// A projection reaches the top level of an item only, so a key inside a map leaves with it. A `Document` has none: on
/// reading and on writing, members whose name means a key and texts that hold a key of a known format are left out, at
/// every depth. Sets become lists and binary values base64 text, so that every item can be answered as JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Document(Map<String, Value>);

/// DynamoDB's own limit of nesting (Developer Guide, "Service, account, and table quotas").
const DEPTH: usize = 32;

static DETECTOR: LazyLock<Detector> = LazyLock::new(Detector::builtin);

impl Document {
    /// Takes a JSON object, without the keys in it. None when it is nested deeper than DynamoDB stores.
    #[must_use]
    pub fn from_json(object: Map<String, Value>) -> Option<Self> {
        let Value::Object(object) = cleaned(Value::Object(object), DEPTH)? else { return None };
        Some(Self(object))
    }

    /// The members.
    #[must_use]
    pub const fn as_map(&self) -> &Map<String, Value> {
        &self.0
    }

    pub(crate) fn to_attribute(&self) -> AttributeValue {
        AttributeValue::M(self.0.iter().map(|(name, value)| (name.clone(), to_attribute(value))).collect())
    }

    pub(crate) fn from_attribute(map: &HashMap<String, AttributeValue>) -> Result<Self, Unreadable> {
        members(map, DEPTH).map(Self).ok_or(Unreadable)
    }
}

/// The value without keys; none where it is nested too deep.
fn cleaned(value: Value, depth: usize) -> Option<Value> {
    let depth = depth.checked_sub(1)?;
    Some(match value {
        Value::Object(members) => {
            let kept = members.into_iter().filter(|(name, value)| !is_key(name, value));
            Value::Object(kept.map(|(name, value)| Some((name, cleaned(value, depth)?))).collect::<Option<_>>()?)
        }
        Value::Array(elements) => {
            let kept = elements.into_iter().filter(|element| !is_key("", element));
            Value::Array(kept.map(|element| cleaned(element, depth)).collect::<Option<_>>()?)
        }
        other => other,
    })
}

fn is_key(name: &str, value: &Value) -> bool {
    names::key_kind(name).is_some()
        || DETECTOR.find(name.as_bytes()).next().is_some()
        || matches!(value, Value::String(text) if DETECTOR.find(text.as_bytes()).next().is_some())
}

/// The members of a stored map, in order of their names, without keys.
fn members(map: &HashMap<String, AttributeValue>, depth: usize) -> Option<Map<String, Value>> {
    let depth = depth.checked_sub(1)?;
    let mut names: Vec<_> = map.keys().collect();
    names.sort();
    let mut members = Map::new();
    for name in names {
        if names::key_kind(name).is_none() {
            let value = to_json(&map[name], depth)?;
            if !is_key(name, &value) {
                members.insert(name.clone(), value);
            }
        }
    }
    Some(members)
}

fn to_json(stored: &AttributeValue, depth: usize) -> Option<Value> {
    let depth = depth.checked_sub(1)?;
    Some(match stored {
        AttributeValue::S(text) => Value::String(text.clone()),
        AttributeValue::N(number) => number_to_json(number),
        AttributeValue::Bool(value) => Value::Bool(*value),
        AttributeValue::Null(_) => Value::Null,
        AttributeValue::M(map) => Value::Object(members(map, depth)?),
        AttributeValue::L(elements) => {
            let all = elements.iter().map(|element| to_json(element, depth)).collect::<Option<Vec<_>>>()?;
            Value::Array(all.into_iter().filter(|element| !is_key("", element)).collect())
        }
        AttributeValue::Ss(texts) => {
            let all = sorted(texts).into_iter().map(Value::String);
            Value::Array(all.filter(|element| !is_key("", element)).collect())
        }
        AttributeValue::Ns(numbers) => Value::Array(sorted(numbers).iter().map(|n| number_to_json(n)).collect()),
        AttributeValue::B(bytes) => binary_to_json(bytes),
        AttributeValue::Bs(sets) => Value::Array(sets.iter().map(binary_to_json).collect()),
        _ => return None,
    })
}

/// A stored binary as base64 text. What is inside is text for the detector too: a key hidden in it is still a key.
fn binary_to_json(bytes: &Blob) -> Value {
    match DETECTOR.find(bytes.as_ref()).next() {
        None => Value::String(STANDARD.encode(bytes)),
        Some(_) => Value::Null,
    }
}

/// DynamoDB keeps 38 digits, JSON readers commonly 17: a number that would change is given as text.
fn number_to_json(number: &str) -> Value {
    if let Ok(integer) = number.parse::<i64>() {
        return integer.into();
    }
    let digits = number.bytes().filter(u8::is_ascii_digit).count();
    let exact = number.parse::<f64>().ok().filter(|_| digits <= 15).and_then(Number::from_f64);
    exact.map_or_else(|| Value::String(number.to_owned()), Value::Number)
}

fn to_attribute(value: &Value) -> AttributeValue {
    match value {
        Value::Null => AttributeValue::Null(true),
        Value::Bool(value) => AttributeValue::Bool(*value),
        Value::Number(number) => AttributeValue::N(number.to_string()),
        Value::String(text) => AttributeValue::S(text.clone()),
        Value::Array(elements) => AttributeValue::L(elements.iter().map(to_attribute).collect()),
        Value::Object(members) => {
            AttributeValue::M(members.iter().map(|(name, value)| (name.clone(), to_attribute(value))).collect())
        }
    }
}

fn sorted(texts: &[String]) -> Vec<String> {
    let mut texts = texts.to_vec();
    texts.sort();
    texts
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for Document {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Type};
        ObjectBuilder::new()
            .schema_type(Type::Object)
            .additional_properties(Some(AdditionalProperties::FreeForm(true)))
            .into()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for Document {}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use std::collections::HashMap;

    use aws_sdk_dynamodb::primitives::Blob;
    use aws_sdk_dynamodb::types::AttributeValue as A;
    use serde_json::json;

    use super::Document;

    #[test]
    fn keys_inside_maps_stay_inside() {
        let token = format!("gh{}_{}", "p", "a1B2".repeat(9));
        let inner = A::M(HashMap::from([
            ("api_key".into(), A::S("k-123456".into())),
            ("note".into(), A::S(format!("use {token}"))),
            ("colour".into(), A::S("green".into())),
        ]));
        let stored = HashMap::from([
            ("deep".into(), A::L(vec![inner, A::S(token.clone())])),
            ("blob".into(), A::B(Blob::new(token.as_bytes()))),
            ("Password".into(), A::M(HashMap::new())),
        ]);
        let document = Document::from_attribute(&stored).unwrap();
        assert_eq!(serde_json::to_value(&document).unwrap(), json!({"blob": null, "deep": [{"colour": "green"}]}));
        let json = json!({"apiKey": "x", "list": [token, {"token": 1, "ok": 2}]});
        let written = Document::from_json(json.as_object().unwrap().clone()).unwrap();
        assert_eq!(serde_json::to_value(&written).unwrap(), json!({"list": [{"ok": 2}]}));
    }

    #[test]
    fn every_stored_type_becomes_json() {
        let stored = HashMap::from([
            ("b".into(), A::B(Blob::new([0, 255]))),
            ("ns".into(), A::Ns(vec!["2".into(), "1".into()])),
            ("ss".into(), A::Ss(vec!["y".into(), "x".into()])),
            ("wide".into(), A::N("12345678901234567890123".into())),
            ("real".into(), A::N("1.5".into())),
        ]);
        let document = Document::from_attribute(&stored).unwrap();
        let expected =
            json!({"b": "AP8=", "ns": [1, 2], "real": 1.5, "ss": ["x", "y"], "wide": "12345678901234567890123"});
        assert_eq!(serde_json::to_value(&document).unwrap(), expected);
    }

    #[test]
    fn too_deep_is_refused() {
        let deep = (0..40).fold(json!(1), |inner, _| json!({ "a": inner }));
        assert_eq!(Document::from_json(deep.as_object().unwrap().clone()), None);
    }
}

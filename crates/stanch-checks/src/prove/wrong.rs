//! Honest values made wrong.

use serde_json::{Value, json};
use stanch_api::{Converter, ParameterLocation};

use super::operation::{Operation, Values};

/// The honest values made wrong in the ways that make apps answer with what they should not: another type, a nested
/// object, a value with the syntax of expressions, far too much, nothing at all.
pub(super) fn wrong_values(operation: &Operation, honest: &Values) -> Vec<Values> {
    let mut wrong = Vec::new();
    let has = |wanted: ParameterLocation| operation.parameters().any(|(location, _, _)| location == wanted);
    for location in [ParameterLocation::Json, ParameterLocation::Form, ParameterLocation::Query] {
        if has(location) {
            wrong.push(honest.map(location, |_, _| json!(17)));
            wrong.push(honest.map(location, |_, _| json!("")));
        }
    }
    if has(ParameterLocation::Json) {
        wrong.push(honest.map(ParameterLocation::Json, |_, value| json!({"S": value})));
        wrong.push(honest.map(ParameterLocation::Json, |_, _| Value::Null));
    }
    if operation.path.iter().any(|(_, converter)| matches!(converter, Converter::Text | Converter::Path)) {
        wrong.push(honest.map(ParameterLocation::Path, |_, _| json!("'\" OR :v = #n")));
        // A partition key has at most 2048 bytes: what is longer is refused with an error of the SDK.
        wrong.push(honest.map(ParameterLocation::Path, |_, _| json!("k".repeat(2_100))));
    }
    if !operation.asked.is_empty() {
        wrong.push(honest.only(ParameterLocation::Path));
    }
    wrong
}

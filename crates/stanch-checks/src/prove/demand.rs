//! What a call would have needed to find: the item that a lookup missed, read off the request.
//!
//! `prove` sends a request, sees which items the app looked for in vain, plants them and sends the request again. So
//! it needs no guess which parameter is which key: the app says it by asking.

use std::collections::BTreeMap;

use serde_json::Value;
use stanch_dynamodb::{Call, Outcome};

/// An item that was looked for: the table, and the typed values (`{"S": "…"}`) that it must have.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Demand {
    pub(super) table: String,
    pub(super) values: BTreeMap<String, TypedValue>,
    /// Whose item: 0 for the first identity, 1 for the second.
    pub(super) person: u32,
}

/// A typed DynamoDB value as canonical JSON text, so that demands can be ordered and compared.
pub(super) type TypedValue = String;

/// The items that a call looked for and did not find; none where it found something or was no look-up.
pub(super) fn of_call(call: &Call) -> Vec<Demand> {
    let failed_condition = matches!(&call.outcome, Outcome::Failed(kind) if kind.contains("ConditionalCheckFailed")
        || kind.contains("TransactionCanceled"));
    let written = call.operation == "UpdateItem" || call.operation == "DeleteItem" && call.items == 0;
    if written && call.outcome == Outcome::Done && call.request.get("ConditionExpression").is_none() {
        // A write makes the item that it does not find; what an existing one would have given shows with one only.
        let values = typed_map(call.request.get("Key"));
        let table = call.tables.first();
        return table.map(|table| Demand { table: table.clone(), values, person: 0 }).into_iter().collect();
    }
    if call.items > 0 || !(call.outcome == Outcome::Done || failed_condition) {
        return Vec::new();
    }
    let request = &call.request;
    let table = || request.get("TableName").and_then(Value::as_str).or(call.tables.first().map(String::as_str));
    let one = |values: BTreeMap<String, TypedValue>| {
        table().map(|table| Demand { table: table.to_owned(), values, person: 0 }).into_iter().collect()
    };
    match call.operation.as_str() {
        "GetItem" => one(typed_map(request.get("Key"))),
        "Query" | "Scan" => one(conditions(request)),
        "UpdateItem" | "DeleteItem" if failed_condition => {
            let mut values = conditions(request);
            values.extend(typed_map(request.get("Key")));
            one(values)
        }
        "BatchGetItem" => batch_get(request),
        "TransactGetItems" => transact_get(request),
        _ => Vec::new(),
    }
}

fn batch_get(request: &Value) -> Vec<Demand> {
    let tables = request.get("RequestItems").and_then(Value::as_object);
    tables
        .into_iter()
        .flatten()
        .flat_map(|(table, wanted)| {
            let keys = wanted.get("Keys").and_then(Value::as_array).into_iter().flatten();
            keys.map(|key| Demand { table: table.clone(), values: typed_map(Some(key)), person: 0 })
        })
        .collect()
}

fn transact_get(request: &Value) -> Vec<Demand> {
    let items = request.get("TransactItems").and_then(Value::as_array);
    items
        .into_iter()
        .flatten()
        .filter_map(|item| item.get("Get"))
        .filter_map(|get| {
            let table = get.get("TableName")?.as_str()?.to_owned();
            Some(Demand { table, values: typed_map(get.get("Key")), person: 0 })
        })
        .collect()
}

/// The values of a key by name.
pub(super) fn typed_map(value: Option<&Value>) -> BTreeMap<String, TypedValue> {
    let entries = value.and_then(Value::as_object).into_iter().flatten();
    entries.map(|(name, value)| (name.clone(), value.to_string())).collect()
}

/// Equalities of the conditions of a request: `name = :value`, `begins_with(name, :value)`, `contains(name, :value)`,
/// the modern expressions and the legacy `KeyConditions`, `ScanFilter` and `QueryFilter`.
pub(super) fn conditions(request: &Value) -> BTreeMap<String, TypedValue> {
    let mut values = BTreeMap::new();
    for parameter in ["KeyConditionExpression", "FilterExpression", "ConditionExpression"] {
        if let Some(expression) = request.get(parameter).and_then(Value::as_str) {
            values.extend(equalities(expression, request));
        }
    }
    for parameter in ["KeyConditions", "ScanFilter", "QueryFilter"] {
        for (name, condition) in request.get(parameter).and_then(Value::as_object).into_iter().flatten() {
            if let Some(value) = condition.pointer("/AttributeValueList/0") {
                values.insert(name.clone(), value.to_string());
            }
        }
    }
    values
}

fn equalities(expression: &str, request: &Value) -> Vec<(String, TypedValue)> {
    let tokens = tokens(expression);
    let name = |token: &str| -> Option<String> {
        if token.starts_with('#') {
            return request.get("ExpressionAttributeNames")?.get(token)?.as_str().map(str::to_owned);
        }
        let first = token.chars().next()?;
        // A path into a map (`a.b`) asks for a nested value, which a flat plant cannot satisfy.
        (first.is_alphabetic() || first == '_').then(|| token.to_owned()).filter(|token| !token.contains('.'))
    };
    let value = |token: &str| request.get("ExpressionAttributeValues")?.get(token).map(Value::to_string);
    let mut found = Vec::new();
    for window in tokens.windows(3) {
        let pair = match window {
            [left, "=" | "<=" | ">=", right] if right.starts_with(':') => name(left).zip(value(right)),
            [left, "=", right] if left.starts_with(':') => name(right).zip(value(left)),
            [left, ",", right] if right.starts_with(':') => name(left).zip(value(right)),
            [left, word, right] if word.eq_ignore_ascii_case("between") => name(left).zip(value(right)),
            _ => None,
        };
        found.extend(pair);
    }
    found
}

/// Words, placeholders and operators of an expression, parentheses left out.
fn tokens(expression: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = expression;
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '#' | ':' | '.' | '-' | '[' | ']');
        let length = if is_word(first) {
            rest.find(|c: char| !is_word(c)).unwrap_or(rest.len())
        } else if rest.starts_with("<=") || rest.starts_with(">=") || rest.starts_with("<>") {
            2
        } else {
            first.len_utf8()
        };
        if is_word(first) || matches!(first, '=' | '<' | '>' | ',') {
            tokens.push(&rest[..length]);
        }
        rest = &rest[length..];
    }
    tokens
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::{Call, Outcome, of_call};

    fn missed(operation: &str, request: serde_json::Value) -> Vec<(String, Vec<(String, String)>)> {
        let call = Call {
            sequence: 0,
            probe: None,
            index: None,
            asked: None,
            written: BTreeSet::new(),
            guessed: Vec::new(),
            operation: operation.to_owned(),
            tables: vec!["users".to_owned()],
            request,
            returned: BTreeSet::new(),
            items: 0,
            outcome: Outcome::Done,
        };
        of_call(&call).into_iter().map(|demand| (demand.table, demand.values.into_iter().collect())).collect()
    }

    fn wanted_by_key() -> Vec<(String, Vec<(String, String)>)> {
        vec![("users".to_owned(), vec![("id".to_owned(), r#"{"S":"t1"}"#.to_owned())])]
    }

    #[test]
    fn a_look_up_tells_the_item_it_wanted() {
        let get = json!({"TableName": "users", "Key": {"id": {"S": "t1"}}});
        assert_eq!(missed("GetItem", get), wanted_by_key());
        let query = json!({
            "TableName": "users",
            "KeyConditionExpression": "#n0 = :v0 AND begins_with(sort, :v1)",
            "FilterExpression": "(state <> :v2)",
            "ExpressionAttributeNames": {"#n0": "id"},
            "ExpressionAttributeValues": {":v0": {"S": "t1"}, ":v1": {"S": "x#"}, ":v2": {"S": "off"}},
        });
        let values =
            vec![("id".to_owned(), r#"{"S":"t1"}"#.to_owned()), ("sort".to_owned(), r#"{"S":"x#"}"#.to_owned())];
        assert_eq!(missed("Query", query), vec![("users".to_owned(), values)]);
        assert!(missed("PutItem", json!({"TableName": "users"})).is_empty());
        let update = json!({"TableName": "users", "Key": {"id": {"S": "t1"}}, "UpdateExpression": "SET a = :a"});
        assert_eq!(missed("UpdateItem", update), wanted_by_key());
        let guarded = json!({"TableName": "users", "Key": {}, "ConditionExpression": "attribute_not_exists(id)"});
        assert!(missed("UpdateItem", guarded).is_empty());
    }
}

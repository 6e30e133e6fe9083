//! What an answer lets out: names of attributes and the number of items.

use std::collections::BTreeSet;

use serde_json::Value;

/// Names and number of what went out.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) returned: BTreeSet<String>,
    pub(crate) items: u32,
}

/// Reads an answer, success or error, of any operation.
pub(crate) fn seen(answer: &Value) -> Seen {
    let mut seen = Seen::default();
    for member in ["Item", "Attributes"] {
        seen.item(&answer[member]);
    }
    for item in answer["Items"].as_array().into_iter().flatten() {
        seen.item(item);
    }
    match &answer["Responses"] {
        Value::Object(tables) => {
            tables.values().filter_map(Value::as_array).flatten().for_each(|item| seen.item(item));
        }
        Value::Array(responses) => responses.iter().for_each(|response| {
            seen.item(&response["Item"]);
            seen.item(&response["Error"]["Item"]);
        }),
        _ => {}
    }
    for reason in answer["CancellationReasons"].as_array().into_iter().flatten() {
        seen.item(&reason["Item"]);
    }
    for record in answer["Records"].as_array().into_iter().flatten() {
        for image in ["NewImage", "OldImage"] {
            seen.item(&record["dynamodb"][image]);
        }
        seen.names(&record["dynamodb"]["Keys"]);
    }
    seen.names(&answer["LastEvaluatedKey"]);
    seen
}

/// The short name of the exception that an error answer carries: `ValidationException`.
pub(crate) fn error_kind(answer: &Value) -> Option<&str> {
    let kind = answer["__type"].as_str()?;
    Some(kind.rsplit('#').next().unwrap_or(kind))
}

impl Seen {
    fn item(&mut self, item: &Value) {
        if item.is_object() {
            self.items += 1;
            self.names(item);
        }
    }

    fn names(&mut self, item: &Value) {
        self.returned.extend(item.as_object().into_iter().flat_map(|members| members.keys().cloned()));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{error_kind, seen};

    #[test]
    fn names_go_out_of_every_kind_of_answer() {
        let item = json!({"id": {"S": "1"}, "pin": {"S": "2"}});
        for answer in [
            json!({"Item": item}),
            json!({"Items": [item]}),
            json!({"Attributes": item}),
            json!({"Responses": {"users": [item]}}),
            json!({"Responses": [{"Item": item}, {}]}),
            json!({"__type": "x#TransactionCanceledException", "CancellationReasons": [{"Code": "None"}, {"Item": item}]}),
            json!({"Records": [{"dynamodb": {"NewImage": item, "Keys": {"id": {"S": "1"}}}}]}),
        ] {
            let seen = seen(&answer);
            assert_eq!((seen.returned, seen.items), (["id", "pin"].map(str::to_owned).into(), 1), "{answer}");
        }
        assert_eq!(seen(&json!({"LastEvaluatedKey": {"id": {"S": "1"}}})).items, 0);
        assert_eq!(
            error_kind(&json!({"__type": "com.amazonaws.dynamodb.v20120810#LimitExceededException"})),
            Some("LimitExceededException")
        );
    }
}

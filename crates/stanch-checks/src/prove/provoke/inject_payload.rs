//! Texts that mean something else than a value once they are part of an expression or a statement.

use serde_json::Value;
use stanch_dynamodb::Call;

/// Parameters of a call that are read as expressions.
const EXPRESSIONS: [&str; 5] =
    ["FilterExpression", "KeyConditionExpression", "ConditionExpression", "UpdateExpression", "ProjectionExpression"];

/// Where a text of the request stands in a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Spliced {
    /// `FilterExpression`, or `Statement` of PartiQL.
    pub(super) parameter: &'static str,
    /// The expression as the honest request made it.
    pub(super) expression: String,
}

/// The expression of a call that holds this text as it was sent.
pub(super) fn spliced(call: &Call, text: &str) -> Option<Spliced> {
    let holds = |parameter: &'static str| {
        let expression = call.request.get(parameter).and_then(Value::as_str)?;
        expression.contains(text).then(|| Spliced { parameter, expression: expression.to_owned() })
    };
    EXPRESSIONS.into_iter().chain(["Statement"]).find_map(holds)
}

impl Spliced {
    /// Whether it is a PartiQL statement.
    pub(super) fn is_statement(&self) -> bool {
        self.parameter == "Statement"
    }

    /// Texts to send instead of `text`, so that the expression holds for items that the honest one does not reach, or
    /// gives what the honest one does not ask for. `key` is an attribute that every item has, `foreign` one that the
    /// app knows nothing of.
    pub(super) fn payloads(&self, text: &str, key: &str, foreign: &str) -> Vec<String> {
        match self.parameter {
            "Statement" => {
                let quote = if self.expression.contains(&format!("'{text}'")) { "'" } else { "" };
                vec![
                    format!("{text}{quote} OR \"{key}\" <> {}", if quote.is_empty() { "''" } else { "'" }),
                    format!("{text}{quote} OR {key} > {}", if quote.is_empty() { "''" } else { "'" }),
                    format!("{text}{quote} OR attribute_type(\"{key}\", 'S') OR '{text}' = {}", closing(quote, text)),
                ]
            }
            "ProjectionExpression" => vec![format!("{text}, {foreign}"), foreign.to_owned()],
            "UpdateExpression" => vec![foreign.to_owned()],
            _ => vec![
                format!("attribute_exists({key}) OR {text}"),
                format!("{text} OR attribute_exists({key})"),
                format!("attribute_exists({key}) OR attribute_exists({key}) OR {text}"),
                // Where the honest text is no name that an expression takes.
                format!("attribute_exists({key}) OR {key}"),
            ],
        }
    }
}

fn closing(quote: &str, text: &str) -> String {
    if quote.is_empty() { format!("'{text}'") } else { format!("'{text}") }
}

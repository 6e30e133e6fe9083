use serde_json::{Map, Value};
use stanch_findings::{Evidence, Severity};

use super::CHECK;
use crate::Defect;
use crate::scan::view::{OperationView, Trial};

/// An answer holds items in the form in which DynamoDB keeps them (`{"name": {"S": "…"}}`), or with the key attributes
/// of a single-table design: nobody chose what leaves.
pub(crate) fn judge(view: &OperationView<'_>) -> Vec<Defect> {
    let answered = view.own_trials().filter(|trial| trial.succeeded());
    answered.filter_map(|trial| in_trial(view, trial)).take(1).collect()
}

fn in_trial(view: &OperationView<'_>, trial: &Trial) -> Option<Defect> {
    // A key in it is `key-in-response`: one defect, one finding.
    if !trial.sightings.is_empty() {
        return None;
    }
    let (how, names) = trial.documents().iter().find_map(|document| item(document, 0))?;
    let mut defect = view.defect(&CHECK.rule);
    defect.severity = Severity::Low;
    defect.message = format!(
        "{} answers with an item as DynamoDB keeps it: {how}. Whatever a writer adds to the item later leaves with it.",
        view.label()
    );
    defect.remediation = "Build the answer from the fields the client needs, and ask DynamoDB for no more of the item \
                          with a ProjectionExpression."
        .to_owned();
    defect.evidence =
        vec![Evidence { what: "response body".to_owned(), text: format!("attributes {}", names.join(", ")) }];
    defect.reproduce = Some(view.reproduce(trial));
    Some(defect)
}

/// The first item in a document: how it is known, and names of its attributes.
fn item(value: &Value, depth: usize) -> Option<(&'static str, Vec<String>)> {
    match value {
        Value::Object(fields) => sign(fields)
            .map(|how| (how, names(fields)))
            .or_else(|| fields.values().filter(|_| depth < 6).find_map(|value| item(value, depth + 1))),
        Value::Array(list) => list.iter().take(20).filter(|_| depth < 6).find_map(|value| item(value, depth + 1)),
        _ => None,
    }
}

fn sign(fields: &Map<String, Value>) -> Option<&'static str> {
    if fields.len() > 1 && fields.values().all(is_typed) {
        return Some("each value stands under its type");
    }
    let has = |name: &str| fields.get(name).is_some_and(Value::is_string);
    let keys = has("pk") && has("sk") || has("PK") && has("SK");
    keys.then_some("partition and sort key of the table are in it")
}

/// `{"S": "…"}`, by the data types of DynamoDB's API.
fn is_typed(value: &Value) -> bool {
    let Some(fields) = value.as_object().filter(|fields| fields.len() == 1) else { return false };
    fields.iter().all(|(kind, value)| match kind.as_str() {
        "S" | "N" | "B" => value.is_string(),
        "SS" | "NS" | "BS" | "L" => value.is_array(),
        "M" => value.is_object(),
        "BOOL" | "NULL" => value.is_boolean(),
        _ => false,
    })
}

/// Plain names only: an odd one may be a value.
fn names(fields: &Map<String, Value>) -> Vec<String> {
    let plain = |name: &&String| name.len() <= 40 && name.chars().all(|c| c.is_ascii_alphabetic() || c == '_');
    fields.keys().filter(plain).take(6).map(|name| format!("`{name}`")).collect()
}

use serde_json::Value;
use stanch_findings::{Confidence, Evidence};

use super::CHECK;
use crate::Defect;
use crate::scan::entrance::elevating_names;
use crate::scan::records::EXTRA;
use crate::scan::view::{OperationView, Purpose};

/// A registration took over rights that nobody offered, or a record a property that nobody knows.
pub(crate) fn judge(view: &OperationView<'_>) -> Vec<Defect> {
    extra(view).into_iter().chain(elevated(view)).collect()
}

/// A property that no record has was written into one of the scan's own, and is shown afterwards.
fn extra(view: &OperationView<'_>) -> Option<Defect> {
    let at = view.trials.iter().position(|trial| trial.purpose == Purpose::Extra && trial.succeeded())?;
    let after = view.trials.get(at + 1).filter(|trial| trial.purpose == Purpose::Verify && trial.succeeded())?;
    if !names(&after.json()?, EXTRA, 0) {
        return None;
    }
    let mut defect = view.defect(&CHECK.rule);
    defect.confidence = Confidence::Proven;
    defect.message = format!(
        "{} wrote a property that nobody offers into the record, and the record has it: a client sets any attribute, such \
         as a role, an owner or a key.",
        view.label()
    );
    defect.remediation =
        "Take the fields that a client may set by name, and set owner, role and keys on the server.".to_owned();
    defect.evidence = vec![Evidence { what: "the record afterwards".to_owned(), text: format!("{EXTRA} is in it") }];
    defect.reproduce = Some(view.reproduce(&view.trials[at]));
    Some(defect)
}

/// Whether an object in the document has the property.
fn names(value: &Value, name: &str, depth: usize) -> bool {
    value.as_object().is_some_and(|fields| {
        fields.contains_key(name) || depth < 4 && fields.values().any(|value| names(value, name, depth + 1))
    })
}

fn elevated(view: &OperationView<'_>) -> Vec<Defect> {
    let Some(asked) = view.of(&Purpose::Elevated).filter(|trial| trial.succeeded()).last() else { return Vec::new() };
    let shown = view.of(&Purpose::Verify).filter(|trial| trial.succeeded()).find_map(|trial| {
        let account = trial.json()?;
        elevating_names().find(|name| holds(&account, name, 0))
    });
    let Some(name) = shown else { return Vec::new() };
    let mut defect = view.defect(&CHECK.rule);
    defect.confidence = Confidence::Proven;
    defect.message = format!(
        "{} took `{name}` from the body of a registration, and the account has it: whoever registers chooses his own rights.",
        view.label()
    );
    defect.remediation =
        "Build the record from the fields a client may set, by name, and set rights on the server alone: \
                          `Item={\"username\": body[\"username\"], \"admin\": False}`."
            .to_owned();
    defect.evidence = vec![Evidence { what: "the account afterwards".to_owned(), text: format!("{name} = true") }];
    defect.reproduce = Some(view.reproduce(asked));
    vec![defect]
}

/// Whether the account has that property, and it is true.
fn holds(value: &Value, name: &str, depth: usize) -> bool {
    match value {
        Value::Object(fields) => {
            fields.get(name) == Some(&Value::Bool(true))
                || depth < 4 && fields.values().any(|value| holds(value, name, depth + 1))
        }
        _ => false,
    }
}

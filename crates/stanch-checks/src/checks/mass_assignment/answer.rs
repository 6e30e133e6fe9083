use serde_json::Value;
use stanch_findings::{Confidence, Evidence};

use super::CHECK;
use crate::Defect;
use crate::scan::entrance::elevating_names;
use crate::scan::view::{OperationView, Purpose};

/// A registration took over rights that nobody offered.
pub(crate) fn judge(view: &OperationView<'_>) -> Vec<Defect> {
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

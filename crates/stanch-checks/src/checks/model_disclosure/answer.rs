use serde_json::Value;

use super::CHECK;
use crate::Defect;
use crate::scan::view::OperationView;

/// An answer names its model and counts its tokens.
pub(crate) fn judge(view: &OperationView<'_>) -> Vec<Defect> {
    let Some(trial) = view.trials.iter().find(|trial| trial.documents().iter().any(discloses)) else {
        return Vec::new();
    };
    let mut defect = view.defect(&CHECK.rule);
    defect.message = format!("{} tells which model writes its answers and how many tokens that takes.", view.label());
    defect.remediation = "Hand on the text alone, and keep name and counts for the log.".to_owned();
    defect.reproduce = Some(view.reproduce(trial));
    vec![defect]
}

fn discloses(document: &Value) -> bool {
    let named = document.get("model").is_some_and(Value::is_string);
    let usage = document.get("usage").and_then(Value::as_object);
    let counted = usage.is_some_and(|usage| usage.keys().any(|name| name.to_ascii_lowercase().contains("token")));
    named && (counted || document.get("eval_count").is_some())
}

use serde_json::Value;

use super::CHECK;
use crate::Defect;
use crate::scan::sight::describes_an_api;
use crate::scan::view::{OperationView, Purpose, Trial, is_versioned};

/// A path that was only tried answers with data, and the description does not name it.
pub(crate) fn judge(view: &OperationView<'_>) -> Vec<Defect> {
    if view.operation.documented || !view.api.described || is_versioned(&view.operation.path) {
        return Vec::new();
    }
    let Some(trial) = view.of(&Purpose::Honest).find(|trial| trial.succeeded() && holds_data(trial)) else {
        return Vec::new();
    };
    let mut defect = view.defect(&CHECK.rule);
    defect.message = format!("{} answers with data, and the description does not name it.", view.label());
    defect.remediation = "Take it out of the deployed app, or describe it and ask for credentials.".to_owned();
    defect.reproduce = Some(view.reproduce(trial));
    vec![defect]
}

fn holds_data(trial: &Trial) -> bool {
    match trial.json() {
        Some(document @ Value::Object(_)) => !describes_an_api(&document),
        Some(Value::Array(list)) => !list.is_empty(),
        _ => false,
    }
}

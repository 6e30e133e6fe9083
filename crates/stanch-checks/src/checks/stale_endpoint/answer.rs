use super::CHECK;
use crate::Defect;
use crate::scan::view::{OperationView, Purpose, is_versioned};

/// A deprecated operation, or an older version, answers with success.
pub(crate) fn judge(view: &OperationView<'_>) -> Vec<Defect> {
    let older = !view.operation.documented && view.api.described && is_versioned(&view.operation.path);
    if !older && !view.operation.deprecated {
        return Vec::new();
    }
    let data = |trial: &&crate::scan::view::Trial| trial.succeeded() && (!older || trial.json().is_some());
    let Some(trial) = view.of(&Purpose::Honest).find(data) else { return Vec::new() };
    let why = if older { "is an older version that the description does not name" } else { "is called deprecated" };
    let mut defect = view.defect(&CHECK.rule);
    defect.message = format!("{} {why}, and answers with success.", view.label());
    defect.remediation = "Take it out, or answer 410; until then give it the same fixes as the new one.".to_owned();
    defect.reproduce = Some(view.reproduce(trial));
    vec![defect]
}

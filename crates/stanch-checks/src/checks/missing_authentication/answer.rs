use serde_json::Value;
use stanch_findings::{Confidence, Severity};
use stanch_live::Response;

use super::CHECK;
use crate::Defect;
use crate::scan::view::{OperationView, Purpose, Trial};

/// An operation that is said to ask for credentials answers without, or its guard is walked around.
pub(crate) fn judge(view: &OperationView<'_>) -> Vec<Defect> {
    open(view).or_else(|| around(view)).into_iter().collect()
}

/// The description asks for credentials, the operation does not.
fn open(view: &OperationView<'_>) -> Option<Defect> {
    if !view.operation.secured {
        return None;
    }
    let trial = view.trials.iter().find(|trial| view.is_open(trial) && holds_data(trial))?;
    let same = |other: &Trial| {
        other.purpose == Purpose::Honest && other.json() == trial.json() && !view.api.identities[0].headers.is_empty()
    };
    let mut defect = view.defect(&CHECK.rule);
    let mut more = "";
    if view.trials.iter().any(same) {
        defect.confidence = Confidence::Proven;
        more = ", with the same data as with them";
    }
    defect.message =
        format!("The description says that {} asks for credentials; it answers without{more}.", view.label());
    Some(told(view, trial, defect))
}

/// Closed to callers without credentials, unless they use another method or another spelling of the path.
fn around(view: &OperationView<'_>) -> Option<Defect> {
    let honest = view.of(&Purpose::Honest).find(|trial| trial.succeeded())?;
    let refused = |answer: &Response| matches!(answer.status, 401 | 403);
    view.of(&Purpose::Anonymous).find(|trial| trial.answer().is_some_and(refused))?;
    let gets_in = |trial: &&Trial| {
        trial.succeeded() && (trial.request.method != honest.request.method || trial.json() == honest.json())
    };
    let trial = view.of(&Purpose::OtherWay).find(gets_in)?;
    let mut defect = view.defect(&CHECK.rule);
    let by_method = trial.request.method != honest.request.method;
    let way = if by_method { "by the method HEAD" } else { "when a slash is added to its path" };
    if by_method {
        // The view runs, its body stays behind.
        defect.severity = Severity::Low;
    } else {
        defect.confidence = Confidence::Proven;
    }
    defect.message = format!("{} refuses callers without credentials, and lets them in {way}.", view.label());
    Some(told(view, trial, defect))
}

fn told(view: &OperationView<'_>, trial: &Trial, mut defect: Defect) -> Defect {
    defect.remediation =
        "Check credentials before routing ends, for the whole blueprint (`before_request`), by the view \
                          and never by a list of paths or methods."
            .to_owned();
    defect.reproduce = Some(view.reproduce(trial));
    defect
}

fn holds_data(trial: &Trial) -> bool {
    trial.succeeded()
        && match trial.json() {
            Some(Value::Object(fields)) => fields.keys().any(|name| !["error", "message", "detail"].contains(&&**name)),
            Some(Value::Array(list)) => !list.is_empty(),
            _ => false,
        }
}

use serde_json::Value;

use super::{CHECK, is_privileged};
use crate::Defect;
use crate::scan::view::{OperationView, Purpose, Trial};

/// A path for administrators answers with data to somebody who is none.
pub(crate) fn judge(view: &OperationView<'_>) -> Vec<Defect> {
    let named = is_privileged(&view.operation.path);
    let stranger = |trial: &&Trial| {
        let less = matches!(trial.purpose, Purpose::AsOther(_)) && refused_the_caller(view);
        let fresh = trial.purpose == Purpose::Honest && view.api.registered;
        view.is_open(trial) || less || fresh
    };
    let Some(trial) = view.trials.iter().filter(stranger).find(|trial| named && holds_data(trial)) else {
        return Vec::new();
    };
    let who = match &trial.purpose {
        Purpose::AsOther(index) => format!("`{}`, though it refuses the caller", view.api.identities[*index].name),
        _ if view.is_open(trial) => "a caller without credentials".to_owned(),
        _ => "an account that the scan had just registered".to_owned(),
    };
    let mut defect = view.defect(&CHECK.rule);
    defect.message =
        format!("{} answers with data to {who}. Its path says that it is for administrators.", view.label());
    defect.remediation = "Check the caller's role on the server before the view runs, for the whole blueprint at once \
                          (`before_request`), and refuse by default."
        .to_owned();
    defect.reproduce = Some(view.reproduce(trial));
    vec![defect]
}

fn refused_the_caller(view: &OperationView<'_>) -> bool {
    view.of(&Purpose::Honest).any(|trial| matches!(trial.answer().map(|answer| answer.status), Some(401 | 403)))
}

/// Success with something in it that is not only a message.
fn holds_data(trial: &Trial) -> bool {
    const TALK: [&str; 6] = ["error", "message", "msg", "detail", "status", "success"];
    trial.succeeded()
        && match trial.json() {
            Some(Value::Object(fields)) => fields.keys().any(|name| !TALK.contains(&&*name.to_ascii_lowercase())),
            Some(Value::Array(list)) => !list.is_empty(),
            _ => false,
        }
}

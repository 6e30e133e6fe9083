use super::CHECK;
use crate::Defect;
use crate::scan::sight::{lists_models, model_text};
use crate::scan::view::OperationView;

/// A model, or the list of models, answers a request without credentials.
pub(crate) fn judge(view: &OperationView<'_>) -> Vec<Defect> {
    let open = || view.trials.iter().filter(|trial| view.is_open(trial) && trial.succeeded());
    let answers = open().find(|trial| trial.documents().iter().any(|document| !model_text(document).is_empty()));
    let Some(trial) = answers.or_else(|| open().find(|trial| trial.documents().iter().any(lists_models))) else {
        return Vec::new();
    };
    let what = if answers.is_some() { "what a language model writes" } else { "the list of its language models" };
    let mut defect = view.defect(&CHECK.rule);
    defect.message =
        format!("{} gives {what} to a caller without credentials: each answer costs computing time.", view.label());
    defect.remediation =
        "Ask for credentials, limit requests and tokens for each caller, and keep the model's own port \
                          off the network."
            .to_owned();
    defect.reproduce = Some(view.reproduce(trial));
    vec![defect]
}

use super::CHECK;
use crate::Defect;
use crate::scan::view::{OperationView, Purpose};

/// Wrong passwords in a row that have to be sent before their answers say something.
const ENOUGH: usize = 8;

/// Wrong password after wrong password is answered as if it were the first.
pub(crate) fn judge(view: &OperationView<'_>) -> Vec<Defect> {
    let trials: Vec<_> = view.of(&Purpose::Repeated).collect();
    let answers: Vec<_> = trials.iter().filter_map(|trial| trial.answer()).collect();
    let Some(first) = answers.first() else { return Vec::new() };
    let counted = |name: &str| {
        let name = name.to_ascii_lowercase();
        name == "retry-after"
            || name.starts_with("ratelimit")
            || name.starts_with("x-ratelimit")
            || name.starts_with("x-rate-limit")
    };
    let limited = answers.iter().any(|answer| {
        answer.status != first.status
            || answer.status == 429
            || answer.status >= 500
            || answer.headers.iter().any(|(name, _)| counted(name))
    });
    let let_in = trials.iter().any(|trial| !trial.sightings.is_empty());
    if limited || let_in || answers.len() < ENOUGH || answers.len() < trials.len() {
        return Vec::new();
    }
    // The last answers must still be the first: a lock is often told in the text alone.
    if answers.last().map(|answer| &answer.body) != Some(&first.body) {
        return Vec::new();
    }
    let mut defect = view.defect(&CHECK.rule);
    defect.message = format!(
        "{} answered {} wrong passwords in a row with {} and never asked to wait: passwords can be tried at the speed of the \
         server.",
        view.label(),
        answers.len(),
        first.status,
    );
    defect.remediation =
        "Limit tries by account and by address, for example with Flask-Limiter on a shared store, a rate rule of \
                          AWS WAF or a usage plan of API Gateway, and answer 429 with Retry-After."
            .to_owned();
    defect.reproduce = trials.first().map(|trial| view.reproduce(trial));
    vec![defect]
}

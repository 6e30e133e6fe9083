use stanch_findings::Severity;

use super::CHECK;
use crate::Defect;
use crate::scan::view::{OperationView, Purpose, Trial};

/// Wrong passwords in a row that have to be sent before their answers say something.
const ENOUGH: usize = 8;
/// Characters below which a key can be found by trying: 12 of letters and digits are 71 bits, and few are drawn well.
const SHORT: usize = 12;

/// Wrong password after wrong password, or wrong key after wrong key, is answered as if it were the first.
pub(crate) fn judge(view: &OperationView<'_>) -> Vec<Defect> {
    passwords(view).into_iter().chain(keys(view)).collect()
}

/// The trials and their status, if nobody counted them.
fn uncounted<'v>(view: &OperationView<'v>, purpose: &Purpose) -> Option<(Vec<&'v Trial>, u16)> {
    let trials: Vec<&Trial> = view.trials.iter().filter(|trial| trial.purpose == *purpose).collect();
    let answers: Vec<_> = trials.iter().filter_map(|trial| trial.answer()).collect();
    let first = *answers.first()?;
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
    if limited || answers.len() < ENOUGH || answers.len() < trials.len() {
        return None;
    }
    // The last answers must still be the first: a lock is often told in the text alone.
    let same = answers.last().map(|answer| &answer.body) == Some(&first.body);
    let status = first.status;
    same.then_some((trials, status))
}

/// A key drawn at random cannot be guessed however fast one tries; a short one can.
fn keys(view: &OperationView<'_>) -> Option<Defect> {
    let (trials, status) = uncounted(view, &Purpose::WrongKey)?;
    let shortest = view.api.identities[0].credentials.iter().map(|key| key.expose().len()).min()?;
    let mut defect = view.defect(&CHECK.rule);
    defect.severity = if shortest < SHORT { Severity::Medium } else { Severity::Info };
    let why = if shortest < SHORT {
        format!("the caller's key has {shortest} characters and can be found by trying")
    } else {
        "keys of this length are not found by trying, but a stolen list of them can be tried, and the checks cost the \
         server its time"
            .to_owned()
    };
    defect.message = format!(
        "{} answered {} wrong keys in a row with {status} and never asked to wait: {why}.",
        view.label(),
        trials.len(),
    );
    defect.remediation = "Count refused keys by address and answer 429 with Retry-After when there are too many, for \
                          example with a rate rule of AWS WAF, a usage plan of API Gateway or Flask-Limiter."
        .to_owned();
    defect.reproduce = trials.first().map(|trial| view.reproduce(trial));
    Some(defect)
}

fn passwords(view: &OperationView<'_>) -> Option<Defect> {
    let (trials, status) = uncounted(view, &Purpose::Repeated)?;
    if trials.iter().any(|trial| !trial.sightings.is_empty()) {
        return None;
    }
    let mut defect = view.defect(&CHECK.rule);
    defect.message = format!(
        "{} answered {} wrong passwords in a row with {} and never asked to wait: passwords can be tried at the speed of the \
         server.",
        view.label(),
        trials.len(),
        status,
    );
    defect.remediation =
        "Limit tries by account and by address, for example with Flask-Limiter on a shared store, a rate rule of \
                          AWS WAF or a usage plan of API Gateway, and answer 429 with Retry-After."
            .to_owned();
    defect.reproduce = trials.first().map(|trial| view.reproduce(trial));
    Some(defect)
}

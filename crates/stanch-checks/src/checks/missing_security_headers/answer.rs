use stanch_findings::{Confidence, Evidence};
use stanch_live::Response;

use super::CHECK;
use crate::Defect;
use crate::scan::view::{OperationView, Purpose, Trial};

/// A successful answer lacks headers that fit it.
pub(crate) fn judge(view: &OperationView<'_>) -> Vec<Defect> {
    let Some(trial) = view.of(&Purpose::Honest).find(|trial| trial.succeeded()) else { return Vec::new() };
    let missing = trial.answer().map(|answer| missing(view, answer)).unwrap_or_default();
    if missing.is_empty() { Vec::new() } else { vec![defect(view, trial, &missing)] }
}

fn missing(view: &OperationView<'_>, answer: &Response) -> Vec<&'static str> {
    let page = answer.header("content-type").is_some_and(|kind| kind.starts_with("text/html"));
    let wanted = [
        ("X-Content-Type-Options", !answer.body.is_empty()),
        ("Content-Security-Policy", page),
        ("Strict-Transport-Security", view.api.base.scheme() == "https"),
    ];
    wanted.into_iter().filter(|(name, fits)| *fits && answer.header(name).is_none()).map(|(name, _)| name).collect()
}

fn defect(view: &OperationView<'_>, trial: &Trial, missing: &[&str]) -> Defect {
    let mut defect = view.defect(&CHECK.rule);
    defect.confidence = Confidence::Proven;
    defect.message = format!("{} answers without {}.", view.label(), missing.join(", "));
    defect.remediation = "Set them once for all answers, in Flask in an `after_request` function, or in the server in \
                          front of the app."
        .to_owned();
    defect.evidence =
        vec![Evidence { what: "response headers".to_owned(), text: format!("no {}", missing.join(", no ")) }];
    defect.reproduce = Some(view.reproduce(trial));
    defect
}

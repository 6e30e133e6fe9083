//! The text of a traceback came out in an answer.

use stanch_findings::Severity;
use stanch_live::canary::CanaryClass;

use super::CHECK;
use crate::Defect;
use crate::prove::Sight;
use crate::prove::sign::Kind;

pub(super) fn at_run_time(sight: &Sight<'_>) -> Option<Defect> {
    if !sight.answers(Kind::Traceback) {
        return None;
    }
    let mut defect = sight.defect(&CHECK.rule);
    let secrets: Vec<String> = sight
        .together
        .iter()
        .filter(|sign| sign.kind == Kind::Planted && sign.way == sight.sign.way && sign.has(CanaryClass::Secret))
        .map(|sign| sign.named(CanaryClass::Secret))
        .collect();
    let what = match secrets.first() {
        Some(secret) => {
            defect.severity = Severity::Critical;
            format!("; the value planted in {secret} stands in it")
        }
        None => String::new(),
    };
    defect.message = format!(
        "{} answers a failure with its traceback: file paths, source lines and the message of the exception, which often \
         quotes the request{what}.",
        sight.label(),
    );
    defect.remediation =
        "Log the traceback (`logger.exception(...)`) and answer with a fixed message and an id.".to_owned();
    Some(defect)
}

//! What was planted in a table came out in an error.

use stanch_findings::Severity;
use stanch_live::canary::CanaryClass;

use super::CHECK;
use crate::Defect;
use crate::prove::Sight;

pub(super) fn at_run_time(sight: &Sight<'_>) -> Option<Defect> {
    if !sight.is_answer() || !sight.is_error() {
        return None;
    }
    let secret = sight.escape.named(CanaryClass::Secret);
    let foreign = sight.escape.named(CanaryClass::Foreign);
    let (severity, what) = match (secret.is_empty(), foreign.is_empty()) {
        (false, _) => (Severity::Critical, format!("the value planted in {secret}")),
        (true, false) => (CHECK.rule.severity, "an item that is in the table".to_owned()),
        (true, true) => return None,
    };
    let mut defect = sight.defect(&CHECK.rule);
    defect.severity = severity;
    defect.message = format!(
        "The answer to {} hands on an error with {what} in it. DynamoDB puts items into its errors \
         (`ReturnValuesOnConditionCheckFailure`, the `Item` of a cancelled transaction); whoever provokes the error can \
         take what is in them.",
        sight.label(),
    );
    defect.remediation = "Answer with a fixed message and an id of your own, and keep the exception for the log: \
                          `logger.exception('request %s failed', request_id)`."
        .to_owned();
    Some(defect)
}

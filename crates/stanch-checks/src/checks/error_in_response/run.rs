//! An error was handed on: with an item of a table in it, or with what the SDK says of it.

use stanch_findings::Severity;
use stanch_live::canary::CanaryClass;

use super::CHECK;
use crate::Defect;
use crate::prove::Sight;
use crate::prove::sign::{Kind, Way};

const REMEDY: &str = "Answer with a fixed message and an id of your own, and keep the exception for the log: \
                      `logger.exception('request %s failed', request_id)`.";

pub(super) fn at_run_time(sight: &Sight<'_>) -> Option<Defect> {
    if sight.answers(Kind::SdkError) {
        return Some(text(sight));
    }
    if !sight.answers(Kind::Planted) || !sight.is_error() || sight.sign.way == Way::PageToken {
        return None;
    }
    let secret = sight.sign.named(CanaryClass::Secret);
    let (severity, what) = match (secret.is_empty(), sight.sign.has(CanaryClass::Foreign)) {
        (false, _) => (Severity::Critical, format!("the value planted in {secret}")),
        (true, true) => (CHECK.rule.severity, "an item that is in the table".to_owned()),
        (true, false) => return None,
    };
    let mut defect = sight.defect(&CHECK.rule);
    defect.severity = severity;
    defect.message = format!(
        "The answer to {} hands on an error with {what} in it. DynamoDB puts items into its errors \
         (`ReturnValuesOnConditionCheckFailure`, the `Item` of a cancelled transaction); whoever provokes the error can \
         take what is in them.",
        sight.label(),
    );
    defect.remediation = REMEDY.to_owned();
    Some(defect)
}

/// What the SDK says, no value of a table in it.
fn text(sight: &Sight<'_>) -> Defect {
    let mut defect = sight.defect(&CHECK.rule);
    defect.message = format!(
        "{} hands on what the AWS SDK says when a call fails. Such texts name tables, attributes, account and role, and \
         quote parts of the request: whoever provokes them learns the schema.",
        sight.label(),
    );
    defect.remediation = REMEDY.to_owned();
    defect
}

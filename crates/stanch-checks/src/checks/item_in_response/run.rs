//! A foreign canary came out in an answer and no secret did.

use stanch_live::canary::CanaryClass;

use super::CHECK;
use crate::Defect;
use crate::prove::Sight;
use crate::prove::sign::{Kind, Way};

pub(super) fn at_run_time(sight: &Sight<'_>) -> Option<Defect> {
    let sign = sight.sign;
    if !sight.answers(Kind::Planted) || sign.way == Way::PageToken || sight.is_error() || sight.is_write() {
        return None;
    }
    if sign.has(CanaryClass::Secret) {
        return None;
    }
    let (table, _) = sign.of_class(CanaryClass::Foreign).next()?;
    let mut defect = sight.defect(&CHECK.rule);
    defect.message = format!(
        "An attribute of table `{table}` that the app knows nothing of came out in the answer to {}: whatever is in the \
         item goes out, also what is added later.",
        sight.label(),
    );
    defect.remediation = "Ask DynamoDB only for what the route needs (ProjectionExpression), or build the answer from \
                          the fields the client needs."
        .to_owned();
    Some(defect)
}

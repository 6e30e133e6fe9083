//! The SDK's own log lines held planted values.

use stanch_live::canary::CanaryClass;

use super::CHECK;
use crate::Defect;
use crate::prove::Sight;
use crate::prove::sign::Kind;

pub(super) fn at_run_time(sight: &Sight<'_>) -> Option<Defect> {
    let sign = sight.sign;
    let tells = sign.has(CanaryClass::Secret) || sign.has(CanaryClass::Foreign) || !sign.variables.is_empty();
    if !sight.logs(Kind::Planted) || !sight.is_of_sdk() || !tells {
        return None;
    }
    let mut defect = sight.defect(&CHECK.rule);
    // The line that switched it on, not one inside the SDK.
    defect.source = Some(super::judge(sight.facts).into_iter().next()?.source?);
    defect.message = format!(
        "The SDK's own log lines (logger `{}`) held planted values: requests and answers stand in the log as they go over the \
         wire, items with all their attributes and headers with session tokens. Seen at {}.",
        sight.logger().unwrap_or("botocore"),
        sight.during(),
    );
    defect.remediation =
        "Keep the SDK's loggers at INFO or above (`logging.getLogger(\"botocore\").setLevel(logging.INFO)`), \
                          also where the root logger is at DEBUG."
            .to_owned();
    Some(defect)
}

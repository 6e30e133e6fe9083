//! An attribute that the app knows nothing of came out in a log line.

use stanch_findings::Severity;
use stanch_live::canary::CanaryClass;

use super::CHECK;
use crate::Defect;
use crate::prove::Sight;
use crate::prove::sign::Kind;

pub(super) fn at_run_time(sight: &Sight<'_>) -> Option<Defect> {
    if !sight.logs(Kind::Planted) || sight.is_of_sdk() {
        return None;
    }
    let (table, _) = sight.sign.of_class(CanaryClass::Foreign).next()?;
    let mut defect = sight.defect(&CHECK.rule);
    let secrets = sight.sign.named(CanaryClass::Secret);
    let what = if secrets.is_empty() {
        defect.severity = Severity::Low;
        String::new()
    } else {
        defect.severity = Severity::High;
        format!(" The value planted in {secrets} stands there in the clear.")
    };
    defect.message = format!(
        "A log line holds whole items of table `{table}` (seen at {}): an attribute that the app knows nothing of came out in \
         it.{what}",
        sight.during(),
    );
    defect.remediation = "Log the few fields that are needed by name, such as the item's id.".to_owned();
    Some(defect)
}

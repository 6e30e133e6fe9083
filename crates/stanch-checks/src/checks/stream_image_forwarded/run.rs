//! An attribute that the app knows nothing of came out in what the app handed on: the whole item did.

use stanch_findings::Severity;
use stanch_live::canary::CanaryClass;

use super::CHECK;
use crate::Defect;
use crate::prove::Sight;
use crate::prove::sign::{Kind, Way};

/// Where a prompt goes: another rule's.
const MODELS: &str = "bedrock";

pub(super) fn at_run_time(sight: &Sight<'_>) -> Option<Defect> {
    let Way::Handed(whom) = &sight.sign.way else { return None };
    if sight.sign.kind != Kind::Planted || whom == MODELS {
        return None;
    }
    let (table, _) = sight.sign.of_class(CanaryClass::Foreign).next()?;
    let secrets = sight.sign.named(CanaryClass::Secret);
    let mut defect = sight.defect(&CHECK.rule);
    let what = if secrets.is_empty() {
        defect.severity = Severity::Medium;
        String::new()
    } else {
        defect.severity = Severity::High;
        format!(", the value planted in {secrets} among the rest")
    };
    defect.message = format!(
        "Whole items of table `{table}` were handed on to `{whom}` (seen at {}): an attribute that the app knows nothing of \
         came out{what}. Behind a queue, a file or another host they are no longer guarded by the table's permissions.",
        sight.during(),
    );
    defect.remediation =
        "Build the message from the fields that its readers need; let the stream carry `KEYS_ONLY` where ids are enough."
            .to_owned();
    Some(defect)
}

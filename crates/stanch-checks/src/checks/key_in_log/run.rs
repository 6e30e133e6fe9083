//! A key came out in a log line: one that was planted, one that the request sent, or one that the app has just made.

use stanch_live::canary::CanaryClass;

use super::CHECK;
use crate::Defect;
use crate::prove::Sight;
use crate::prove::sign::Kind;

pub(super) fn at_run_time(sight: &Sight<'_>) -> Option<Defect> {
    let sign = sight.sign;
    if !sign.way.is_log() || sight.is_dump() || sight.is_of_sdk() {
        return None;
    }
    let what = match sign.kind {
        // With the item around it, it is another rule's.
        Kind::Planted if sign.has(CanaryClass::Foreign) => return None,
        Kind::Planted if sign.has(CanaryClass::Secret) => {
            format!("the value planted in {}", sign.named(CanaryClass::Secret))
        }
        Kind::Planted if !sign.variables.is_empty() && !sight.shows_environment() => return None,
        Kind::Sent => format!("what the client sent as {}", sign.key_names()),
        Kind::Fresh => format!("the value of {} that the app had just made", sign.key_names()),
        _ => return None,
    };
    let mut defect = sight.defect(&CHECK.rule);
    defect.message = format!(
        "A log line holds {what} in the clear (seen at {}). Whoever reads the log, its copies or its backups can act with it.",
        sight.during(),
    );
    defect.remediation =
        "Log an id that stands for the key, or nothing of it; turn keys that are in logs already.".to_owned();
    Some(defect)
}

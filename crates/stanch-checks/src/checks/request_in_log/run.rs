//! A field of the request that the app knows nothing of came out in a log line: all of the request did.

use super::CHECK;
use crate::Defect;
use crate::prove::Sight;
use crate::prove::sign::Kind;

pub(super) fn at_run_time(sight: &Sight<'_>) -> Option<Defect> {
    if !sight.logs(Kind::Dumped) || sight.is_of_sdk() {
        return None;
    }
    let mut defect = sight.defect(&CHECK.rule);
    let keys: std::collections::BTreeSet<&str> = sight
        .together
        .iter()
        .filter(|sign| sign.kind == Kind::Sent && sign.way.is_log() && sign.source == sight.sign.source)
        .flat_map(|sign| sign.keys.iter().map(String::as_str))
        .collect();
    let keys: Vec<&str> = keys.into_iter().collect();
    let what = if keys.is_empty() { String::new() } else { format!(", {} among it", crate::exposure::quoted(&keys)) };
    defect.message = format!(
        "The log line holds the request as it came (seen at {}): a field that the app knows nothing of stands in it, and so \
         does whatever else a client sends{what}.",
        sight.during(),
    );
    defect.remediation = "Log the few fields that are needed by name, none of them a credential.".to_owned();
    Some(defect)
}

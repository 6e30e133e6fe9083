//! The app called a host that the client named.

use stanch_findings::Severity;

use super::CHECK;
use crate::Defect;
use crate::prove::Sight;
use crate::prove::sign::Kind;

pub(super) fn at_run_time(sight: &Sight<'_>) -> Option<Defect> {
    if sight.sign.kind != Kind::Reached {
        return None;
    }
    let mut defect = sight.defect(&CHECK.rule);
    let given = sight.together.iter().find(|sign| sign.way.is_answer() && sign.is_metadata());
    let what = given.map_or("", |_| " The role's credentials that it got there came out in the answer.");
    if let Some(given) = given {
        defect.severity = Severity::Critical;
        defect.evidence.push(given.evidence.clone());
    }
    defect.message = format!(
        "What {} is sent as {} becomes the address that the app calls: {}. A client can make the app ask internal hosts, and \
         the metadata service for the role's credentials.{what}",
        sight.label(),
        sight.sign.key_names(),
        sight.sign.evidence.text,
    );
    defect.remediation =
        "Choose the host from a fixed list; where that cannot be, allow https only, resolve the name, refuse \
                          private and link-local addresses and do not follow redirects."
            .to_owned();
    Some(defect)
}

//! A foreign origin was let in with the visitor's cookies.

use stanch_findings::Severity;

use super::CHECK;
use crate::Defect;
use crate::prove::Sight;
use crate::prove::sign::Kind;

pub(super) fn at_run_time(sight: &Sight<'_>) -> Option<Defect> {
    if sight.sign.kind != Kind::ForeignOrigin {
        return None;
    }
    let mut defect = sight.defect(&CHECK.rule);
    defect.source = super::judge(sight.facts).into_iter().next()?.source;
    defect.severity = Severity::High;
    defect.message = format!(
        "Asked by a page of a foreign origin, {} named that origin in `Access-Control-Allow-Origin` and let cookies come \
         along: any page that a visitor opens can call the API as that visitor and read the answer.",
        sight.label(),
    );
    defect.remediation =
        "Name the origins of your own pages, and leave credentials out where no page needs them.".to_owned();
    Some(defect)
}

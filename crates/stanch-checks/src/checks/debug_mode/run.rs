//! The page of the debugger came out.

use super::CHECK;
use crate::Defect;
use crate::prove::Sight;
use crate::prove::sign::Kind;

pub(super) fn at_run_time(sight: &Sight<'_>) -> Option<Defect> {
    if !sight.answers(Kind::Debugger) {
        return None;
    }
    let mut defect = sight.defect(&CHECK.rule);
    // The line that switched it on, where the source shows it.
    if let Some(known) = super::judge(sight.facts).into_iter().next() {
        defect.source = known.source;
    }
    defect.message = format!(
        "{} answered a failure with the page of Werkzeug's debugger: source lines and local variables of every frame, keys \
         among them, and outside of `stanch` a console that runs Python behind a PIN.",
        sight.label(),
    );
    defect.remediation = super::REMEDY.to_owned();
    Some(defect)
}

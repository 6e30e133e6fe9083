use stanch_findings::{Confidence, Evidence};

use super::CHECK;
use crate::Defect;
use crate::scan::collector::TEXT;
use crate::scan::view::{OperationView, Purpose};

/// The API called an address out of a parameter.
pub(crate) fn judge(view: &OperationView<'_>) -> Vec<Defect> {
    let hit = view.of(&Purpose::Outward).find_map(|trial| Some((trial, trial.called.as_deref()?)));
    let Some((trial, called)) = hit else { return Vec::new() };
    let shown = trial.answer().is_some_and(|answer| String::from_utf8_lossy(&answer.body).contains(TEXT));
    let mut defect = view.defect(&CHECK.rule);
    defect.confidence = Confidence::Proven;
    let more = if shown { " and answers with what it got there" } else { "" };
    defect.message = format!(
        "{} calls the address in a parameter{more}. A client can make it ask internal hosts, and the instance metadata \
         service for the role's credentials.",
        view.label()
    );
    defect.remediation =
        "Choose the host from a fixed list; where that cannot be, allow https only, resolve the name, \
                          refuse private and link-local addresses and do not follow redirects."
            .to_owned();
    defect.evidence = vec![Evidence { what: "call to the collector".to_owned(), text: called.to_owned() }];
    defect.reproduce = Some(view.reproduce(trial));
    vec![defect]
}

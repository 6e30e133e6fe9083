use stanch_findings::Confidence;

use super::CHECK;
use crate::Defect;
use crate::scan::sight::{By, Sighting};
use crate::scan::view::{OperationView, Trial};

/// A page token holds a key, the caller's own included: it goes into an address.
pub(crate) fn judge(view: &OperationView<'_>) -> Vec<Defect> {
    view.own_trials().filter_map(|trial| in_trial(view, trial)).collect()
}

fn in_trial(view: &OperationView<'_>, trial: &Trial) -> Option<Defect> {
    let found: Vec<&Sighting> = trial.sightings.iter().filter(|sighting| sighting.in_page_token()).collect();
    let first = found.first()?;
    let mut defect = view.defect(&CHECK.rule);
    if found.iter().any(|sighting| matches!(sighting.by, By::Own | By::Known(_))) {
        defect.confidence = Confidence::Proven;
    }
    defect.message = format!(
        "{} gives a page token that holds a key (`{}`). Tokens go into addresses, which logs, histories and referrers keep.",
        view.label(),
        first.path,
    );
    defect.remediation =
        "Give out an id of the last row, signed, and build DynamoDB's ExclusiveStartKey on the server from it and \
                          the caller's identity."
            .to_owned();
    defect.evidence = view.evidence(&found);
    defect.reproduce = Some(view.reproduce(trial));
    Some(defect)
}

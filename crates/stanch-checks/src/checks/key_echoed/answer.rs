use stanch_findings::{Confidence, Severity};

use super::CHECK;
use crate::Defect;
use crate::scan::sight::{By, Part, Sighting};
use crate::scan::view::{OperationView, Trial};

/// An answer repeats the credential that the request was sent with.
pub(crate) fn judge(view: &OperationView<'_>) -> Vec<Defect> {
    view.trials.iter().filter_map(|trial| in_trial(view, trial)).collect()
}

fn in_trial(view: &OperationView<'_>, trial: &Trial) -> Option<Defect> {
    let answer = trial.answer()?;
    let echoes: Vec<&Sighting> = trial.sightings.iter().filter(|sighting| sighting.by == By::Own).collect();
    if echoes.is_empty() {
        return None;
    }
    let mut defect = view.defect(&CHECK.rule);
    defect.confidence = Confidence::Proven;
    let redirected = echoes.iter().any(|echo| echo.part == Part::Header("location".to_owned()));
    if redirected {
        defect.severity = Severity::Medium;
    }
    let way = if redirected {
        "It stands in the address of a redirect, so that the browser's history, access logs and the next page's referrer \
         keep it."
    } else {
        "Caches, logs of bodies and scripts in the page can read it there, where the header it came in was out of their \
         reach."
    };
    defect.message =
        format!("{} answers {} with the very key that the request was sent with. {way}", view.label(), answer.status);
    defect.remediation =
        "Leave the key out of bodies, messages, headers and redirects; name it by an id or its last characters \
                          where a reader has to tell keys apart."
            .to_owned();
    defect.evidence = view.evidence(&echoes);
    defect.reproduce = Some(view.reproduce(trial));
    Some(defect)
}

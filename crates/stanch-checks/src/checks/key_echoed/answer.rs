use stanch_findings::{Confidence, Severity};
use stanch_live::Response;
use stanch_secrets::KnownValues;

use super::CHECK;
use crate::Defect;
use crate::scan::harvest::PLANTED_KEY;
use crate::scan::sight::{By, Part, Sighting};
use crate::scan::view::{OperationView, Purpose, Trial};

/// An answer repeats the credential that the request was sent with.
pub(crate) fn judge(view: &OperationView<'_>) -> Vec<Defect> {
    view.own_trials().filter_map(|trial| in_trial(view, trial)).collect()
}

fn in_trial(view: &OperationView<'_>, trial: &Trial) -> Option<Defect> {
    let answer = trial.answer()?;
    let echoes: Vec<&Sighting> = trial.sightings.iter().filter(|s| s.by == By::Own && !s.in_page_token()).collect();
    if echoes.is_empty() {
        return planted(view, trial, answer);
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

/// The path asks for a key, and what was sent there comes back in the text.
fn planted(view: &OperationView<'_>, trial: &Trial, answer: &Response) -> Option<Defect> {
    let known = KnownValues::new([PLANTED_KEY]);
    let in_path = trial.request.target.contains(PLANTED_KEY);
    let sent = in_path || trial.purpose == Purpose::WrongKey;
    if !sent || known.find(&answer.body).is_empty() {
        return None;
    }
    let mut defect = view.defect(&CHECK.rule);
    defect.confidence = Confidence::Proven;
    let way = if in_path { "takes a key in its path and answers" } else { "refuses a wrong key by answering" };
    defect.message = format!(
        "{} {way} {} with that key in its text, where caches, logs of bodies and scripts in the page can read it.",
        view.label(),
        answer.status
    );
    let header = if in_path { "Take the key in a header, and leave" } else { "Leave" };
    defect.remediation = format!("{header} it out of messages: a mistyped key is nearly a key.");
    defect.evidence = view.quote(&String::from_utf8_lossy(&answer.body).replace(PLANTED_KEY, "[planted key]"), "");
    defect.reproduce = Some(view.reproduce(trial));
    Some(defect)
}

use stanch_findings::{Confidence, Evidence, Severity};

use super::CHECK;
use crate::Defect;
use crate::scan::view::{OperationView, Trial};

/// The page of Werkzeug's interactive console, which stands at `/console` wherever its debugger runs.
pub(crate) fn judge(view: &OperationView<'_>) -> Vec<Defect> {
    let Some(trial) = view.trials.iter().find(|trial| trial.succeeded() && is_console(trial)) else {
        return Vec::new();
    };
    let mut defect = view.defect(&CHECK.rule);
    defect.severity = Severity::High;
    defect.confidence = Confidence::Proven;
    defect.message = format!(
        "{} answers with the console of Werkzeug's debugger: whoever learns or guesses its PIN runs Python on the server, \
         and every error shows source and local variables.",
        view.label()
    );
    defect.remediation = super::REMEDY.to_owned();
    defect.evidence =
        vec![Evidence { what: "response body".to_owned(), text: "Interactive Console, EVALEX = true".to_owned() }];
    defect.reproduce = Some(view.reproduce(trial));
    vec![defect]
}

/// By what its page says and the script in it sets, whatever the version.
fn is_console(trial: &Trial) -> bool {
    let Some(answer) = trial.answer() else { return false };
    let text = String::from_utf8_lossy(&answer.body);
    text.contains("EVALEX = true") && text.contains("Werkzeug") && text.contains("Interactive Console")
}

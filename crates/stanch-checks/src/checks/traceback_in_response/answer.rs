use super::CHECK;
use crate::Defect;
use crate::scan::view::{OperationView, Trial};

/// A traceback, or the page of an interactive debugger, stands in an answer.
pub(crate) fn judge(view: &OperationView<'_>) -> Vec<Defect> {
    view.own_trials().find_map(|trial| in_trial(view, trial)).into_iter().collect()
}

fn in_trial(view: &OperationView<'_>, trial: &Trial) -> Option<Defect> {
    let answer = trial.answer()?;
    let text = String::from_utf8_lossy(&answer.body);
    let sign = "Traceback (most recent call last)";
    let frame = text.contains("File \"") || text.contains("File &#34;") || text.contains("File \\\"");
    let frame = frame || text.contains("File &quot;");
    if !text.contains(sign) || !frame {
        return None;
    }
    let console = text.contains("EVALEX = true");
    let mut defect = view.defect(&CHECK.rule);
    let debugger = if console {
        defect.severity = stanch_findings::Severity::High;
        " It is the page of Werkzeug's debugger with its console switched on: whoever learns or guesses its PIN runs code \
         on the server."
    } else {
        ""
    };
    defect.message = format!(
        "{} answers {} with a Python traceback: file paths, source lines, and in some formats the values of local \
         variables, keys among them.{debugger}",
        view.label(),
        answer.status,
    );
    defect.remediation =
        "Log the traceback (`logger.exception(...)`), answer with a fixed message, and never run Flask with \
                          `debug=True` or `FLASK_DEBUG=1` where others reach it."
            .to_owned();
    defect.evidence = view.quote(&text, sign);
    defect.reproduce = Some(view.reproduce(trial));
    Some(defect)
}

use stanch_findings::{Confidence, Evidence, Severity};

use super::CHECK;
use crate::Defect;
use crate::scan::view::{FOREIGN_ORIGIN, OperationView, Purpose};

/// The answer to a request from a foreign website allows that website to read it.
pub(crate) fn judge(view: &OperationView<'_>) -> Vec<Defect> {
    view.of(&Purpose::Origin)
        .find_map(|trial| {
            let answer = trial.answer()?;
            let allowed = answer.header("access-control-allow-origin")?.trim();
            let credentials =
                answer.header("access-control-allow-credentials").is_some_and(|value| value.trim() == "true");
            let reflected = allowed == FOREIGN_ORIGIN;
            if !reflected && allowed != "*" {
                return None;
            }
            let mut defect = view.defect(&CHECK.rule);
            defect.confidence = Confidence::Proven;
            defect.message = match (reflected, credentials) {
                (true, true) => {
                    "The API gives any origin back and allows credentials: every website that a user visits reads \
                     answers in that user's name."
                        .to_owned()
                }
                (true, false) => {
                    defect.severity = Severity::Low;
                    "The API gives any origin back, without credentials: any website may read what needs none."
                        .to_owned()
                }
                (false, credentials) => {
                    // Browsers refuse `*` together with credentials.
                    defect.severity = if credentials { Severity::Low } else { Severity::Info };
                    "The API allows every origin (`*`): any website may read what needs no cookie.".to_owned()
                }
            };
            defect.remediation = "Name the origins of your own front ends: `CORS(app, origins=[...])`; leave \
                                  `supports_credentials` off unless cookies are really used."
                .to_owned();
            let text = format!("{allowed}{}", if credentials { ", with credentials" } else { "" });
            defect.evidence = vec![Evidence { what: "response header Access-Control-Allow-Origin".to_owned(), text }];
            defect.reproduce = Some(view.reproduce(trial));
            Some(defect)
        })
        .into_iter()
        .collect()
}

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
    defect.reproduce = Some(on_a_port_to_listen_at(&view.reproduce(trial)));
    vec![defect]
}

/// The port of our own collector is gone when the report is read, and another one in each scan: a fixed one takes its
/// place, with a listener before the request. A collector that the user named stays as it is.
fn on_a_port_to_listen_at(command: &str) -> String {
    for (before, after) in [("127.0.0.1%3A", "%2Fstanch-"), ("127.0.0.1:", "/stanch-")] {
        let named = command.rsplit_once(after).and_then(|(head, _)| head.rsplit_once(before));
        let Some((_, rest)) = named else { continue };
        if !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()) {
            let own = format!("{before}{rest}{after}");
            let fixed = format!("{before}9999{after}");
            return format!("nc -l 127.0.0.1 9999 & {}", command.replace(&own, &fixed));
        }
    }
    command.to_owned()
}

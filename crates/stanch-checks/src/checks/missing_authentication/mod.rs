//! Anybody can read, change or delete somebody's item: the route asks nobody who they are.

pub(crate) mod answer;
#[cfg(feature = "live")]
mod run;

use stanch_findings::{Category, Confidence, FlowStep, Oracle, Rule, Severity, Standards};
use stanch_source::{SharedIdentity, SourceFacts};

use super::missing_owner_check::selection::Selection;
use crate::exposure::quoted;
use crate::{Check, Defect, SourceOracle};

pub(crate) static CHECK: Check = Check {
    rule: Rule {
        id: "missing-authentication",
        title: "A route gives or changes items without asking who is calling",
        severity: Severity::High,
        category: Category::Authentication,
        standards: Standards {
            owasp_api: &["API1:2023", "API2:2023"],
            owasp_llm: &[],
            cwe: &["CWE-306", "CWE-639"],
            pci_dss: &["7.2.1", "8.3.1"],
            soc2: &["CC6.1"],
        },
        oracles: &[Oracle::Source, Oracle::Run, Oracle::BlackBox],
        page: include_str!("README.md"),
    },
    supersedes: &[],
    source: SourceOracle::Facts(judge),
    #[cfg(feature = "live")]
    run: Some(run::at_run_time),
};

fn judge(facts: &SourceFacts) -> Vec<Defect> {
    let mut found: Vec<(Selection<'_>, Defect)> = Vec::new();
    for selection in Selection::all(facts).filter(|selection| !selection.open.is_empty()) {
        let Some(defect) = defect(&selection) else { continue };
        // Two calls of one function that do the same for the same routes are one door left open.
        let known = found.iter_mut().find(|(known, _)| known.does_the_same(&selection));
        match known {
            Some((_, known)) => known.flow.push(FlowStep {
                place: selection.view.call.place.clone(),
                note: format!("and by `{}` here", selection.view.call.operation),
            }),
            None => found.push((selection, defect)),
        }
    }
    found
        .into_iter()
        .map(|(_, defect)| defect)
        .chain(facts.shared_identities.iter().map(|kept| shared(facts, kept)))
        .collect()
}

/// Who signed in last is who everybody is.
fn shared(facts: &SourceFacts, kept: &SharedIdentity) -> Defect {
    let mut defect = Defect::bare(&CHECK.rule, Some(kept.place.clone()));
    defect.confidence = Confidence::Likely;
    let routes = kept.routes.iter().filter_map(|index| facts.routes.get(*index));
    defect.endpoints =
        routes.flat_map(|route| route.methods.iter().map(|method| (route.rule.clone(), *method))).collect();
    let asked = kept.asked.iter().map(|place| (place.clone(), format!("`{}` decides here", kept.name)));
    let steps = [(kept.place.clone(), format!("kept in `{}`", kept.name))].into_iter().chain(asked);
    defect.flow = steps.map(|(place, note)| FlowStep { place, note }).collect();
    defect.message = format!(
        "Who signed in is kept in `{}`, a global of the process: after one client has signed in, every request of every \
         client is taken for that one's.",
        kept.name
    );
    defect.remediation =
        "Give the client a session or a signed token, and read who is calling from each request.".to_owned();
    defect
}

fn defect(selection: &Selection<'_>) -> Option<Defect> {
    let view = &selection.view;
    let private = selection.private();
    // Anybody may look a book up.
    if !selection.writes() && private.is_empty() && !selection.is_about_people() {
        return None;
    }
    let mut defect = selection.defect(&CHECK.rule, &selection.open);
    defect.severity = match (selection.writes(), private.is_empty() && !selection.is_about_people()) {
        (true, false) => Severity::High,
        (false, false) if selection.holds_secrets() => Severity::High,
        _ => Severity::Medium,
    };
    // What a gateway in front of the app does is not in the source.
    let sure = selection.holds_secrets() || !private.is_empty();
    defect.confidence = if sure { Confidence::Likely } else { Confidence::Suspected };
    let what = if private.is_empty() { "an item".to_owned() } else { format!("an item with {}", quoted(&private)) };
    let deed = match view.call.operation.as_str() {
        "update_item" => "change",
        "delete_item" => "delete",
        _ => "read",
    };
    defect.message = format!(
        "Nothing on the way to `{}` asks who is calling, and the client alone says which item of {} is meant: whoever knows or guesses an id can {deed} {what}.",
        view.call.operation,
        view.table_name()
    );
    defect.remediation = "Ask for a credential before the view runs (a `before_request` hook, a decorator, a dependency, an authoriser of the gateway), and put who \
         it belongs to into the key or the condition of the call. If a gateway in front of the app does that, say so in an ignore comment."
        .to_owned();
    Some(defect)
}

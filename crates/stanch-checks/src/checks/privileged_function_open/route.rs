use std::collections::BTreeSet;

use stanch_api::SourcePlace;
use stanch_findings::{Confidence, Severity};
use stanch_source::{ResponsePart, SinkKind, SourceFacts, SourceKind};

use super::{CHECK, is_privileged};
use crate::Defect;

/// Views of paths for administrators that ask nobody who they are, or never what they may do.
pub(super) fn judge(facts: &SourceFacts) -> Vec<Defect> {
    let mut seen: BTreeSet<&SourcePlace> = BTreeSet::new();
    let privileged = facts.routes.iter().enumerate().filter(|(_, route)| is_privileged(&route.rule));
    let mut defects = Vec::new();
    for (index, route) in privileged {
        let kinds: BTreeSet<&str> = facts.guards_of(index).map(|guard| guard.kind.as_str()).collect();
        // A credential that stands for nobody may be the administrators' own.
        let open = kinds.is_empty();
        let anybody = kinds.iter().any(|kind| matches!(*kind, "identity" | "identity-unused"));
        if kinds.contains("role") || !(open || anybody) || !does_something(facts, index) || !seen.insert(&route.view) {
            continue;
        }
        let mut defect = Defect::bare(&CHECK.rule, Some(route.view.clone()));
        defect.endpoints = route.methods.iter().map(|method| (route.rule.clone(), *method)).collect();
        // What a gateway in front of the app does is not in the source.
        defect.confidence = Confidence::Suspected;
        defect.message = if open {
            format!(
                "The path of {} says that it is for administrators, and nothing on the way asks who is calling.",
                route.label()
            )
        } else {
            defect.severity = Severity::Medium;
            format!(
                "The path of {} says that it is for administrators. The route asks who is calling and never what they may do: any account will do.",
                route.label()
            )
        };
        defect.remediation =
            "Check the caller's role on the server before the view runs, for the whole blueprint at once \
                              (`before_request`), and refuse by default."
                .to_owned();
        defects.push(defect);
    }
    defects
}

/// Whether a route reads or changes items, or tells what the app runs on.
fn does_something(facts: &SourceFacts, route: usize) -> bool {
    facts.table_calls.iter().any(|call| call.routes.contains(&route))
        || facts.flows.iter().any(|flow| {
            flow.routes.contains(&route)
                && flow.sink.kind == SinkKind::Response(ResponsePart::Body)
                && matches!(
                    flow.source.kind,
                    SourceKind::Environment { .. } | SourceKind::Config { .. } | SourceKind::SdkCredentials
                )
        })
}

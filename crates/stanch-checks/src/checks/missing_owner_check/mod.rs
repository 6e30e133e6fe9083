//! An object is given or changed for somebody who does not own it.

#[cfg(feature = "live")]
pub(crate) mod answer;
#[cfg(feature = "live")]
mod run;
pub(crate) mod selection;

use stanch_findings::{Category, Confidence, Oracle, Rule, Severity, Standards};
use stanch_source::SourceFacts;

use selection::Selection;

use crate::exposure::quoted;
use crate::{Check, Defect, SourceOracle};

pub(crate) static CHECK: Check = Check {
    rule: Rule {
        id: "missing-owner-check",
        title: "One account reaches what belongs to another",
        severity: Severity::High,
        category: Category::ObjectAuthorisation,
        standards: Standards {
            owasp_api: &["API1:2023"],
            owasp_llm: &[],
            cwe: &["CWE-639"],
            pci_dss: &["7.2.1"],
            soc2: &["CC6.1"],
        },
        oracles: &[Oracle::Source, Oracle::Run, Oracle::BlackBox],
        page: include_str!("README.md"),
    },
    supersedes: &[],
    source: SourceOracle::Facts(source),
    #[cfg(feature = "live")]
    run: Some(run::at_run_time),
};

/// Somebody is asked for a credential, and then any item is theirs.
fn source(facts: &SourceFacts) -> Vec<Defect> {
    Selection::all(facts).filter(|selection| !selection.ownerless.is_empty()).filter_map(|s| defect(&s)).collect()
}

fn defect(selection: &Selection<'_>) -> Option<Defect> {
    let view = &selection.view;
    let private = selection.private();
    if private.is_empty() && !selection.is_about_people() {
        return None;
    }
    let mut defect = selection.defect(&CHECK.rule, &selection.ownerless);
    defect.severity = Severity::Medium;
    // The check may stand where the source does not show it, and callers may all be trusted alike.
    defect.confidence = Confidence::Suspected;
    let what = if private.is_empty() { "an item".to_owned() } else { format!("an item with {}", quoted(&private)) };
    defect.message = format!(
        "The route asks for a credential and then lets the client say which item of {} is meant; nothing compares its owner with the caller, so one account \
         can reach {what} of another.",
        view.table_name()
    );
    defect.remediation = "Put the verified caller's id into the key, or into the condition of the call (`ConditionExpression='#owner = :caller'`), and answer \
         404 to everybody else."
        .to_owned();
    Some(defect)
}

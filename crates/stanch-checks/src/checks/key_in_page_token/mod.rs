//! The key of the last row goes out as the mark where the next page starts.

#[cfg(feature = "live")]
pub(crate) mod answer;
#[cfg(feature = "live")]
mod run;

use stanch_api::{AttributeClass, Table};
use stanch_findings::{Category, Oracle, Place, Rule, Severity, Standards};
use stanch_source::{SinkKind, SourceKind};

use crate::exposure::quoted;
use crate::{Check, Defect, FlowView, SourceOracle};

pub(crate) static CHECK: Check = Check {
    rule: Rule {
        id: "key-in-page-token",
        title: "A key stands in a page token",
        severity: Severity::High,
        category: Category::DataExposure,
        standards: Standards {
            owasp_api: &["API3:2023"],
            owasp_llm: &[],
            cwe: &["CWE-200"],
            pci_dss: &["8.3.2"],
            soc2: &["CC6.1"],
        },
        oracles: &[Oracle::Source, Oracle::Run, Oracle::BlackBox],
        page: include_str!("README.md"),
    },
    supersedes: &[],
    source: SourceOracle::Flow(in_source),
    #[cfg(feature = "live")]
    run: Some(run::at_run_time),
};

fn in_source(view: &FlowView<'_>) -> Option<Defect> {
    let flow = view.flow;
    if flow.source.kind != SourceKind::PageToken || !matches!(flow.sink.kind, SinkKind::Response(_)) {
        return None;
    }
    let table = view.table()?;
    let secret = keys(table, AttributeClass::Secret);
    let private = keys(table, AttributeClass::Private);
    let (names, severity) = match (secret.is_empty(), private.is_empty()) {
        (false, _) => (secret, Severity::High),
        (true, false) => (private, Severity::Low),
        // A mark made of ids tells nothing that the rows do not.
        (true, true) => return None,
    };
    let mut defect = Defect::of_flow(&CHECK.rule, view);
    defect.severity = severity;
    defect
        .others
        .extend(names.iter().map(|name| Place::Attribute { table: table.name.clone(), name: (*name).to_owned() }));
    let names = quoted(&names);
    defect.message = format!(
        "`{}` sends `LastEvaluatedKey` of table `{}` as the mark of the next page: it is the key of the last row, {names} with it, and encoding hides nothing. Addresses and logs keep it.",
        flow.sink.label, table.name,
    );
    defect.remediation = format!(
        "Seal the mark (`itsdangerous.URLSafeSerializer`) with the row's id in it and no {names}, and build `ExclusiveStartKey` again from the verified caller and that id."
    );
    Some(defect)
}

/// Attributes of that class that are part of the table's key or of an index's.
fn keys(table: &Table, class: AttributeClass) -> Vec<&str> {
    let schemas = table.key.iter().chain(table.indexes.values());
    let mut names: Vec<&str> = schemas
        .flat_map(|key| [Some(key.partition.as_str()), key.sort.as_deref()])
        .flatten()
        .filter(|name| table.attributes.get(*name).is_some_and(|attribute| attribute.class == class))
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

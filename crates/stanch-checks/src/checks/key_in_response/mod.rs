//! A key, password or token leaves in a response.

#[cfg(feature = "live")]
pub(crate) mod answer;
#[cfg(feature = "live")]
mod run;

use stanch_api::AttributeClass;
use stanch_findings::{Category, Confidence, Oracle, Rule, Severity, Standards};
use stanch_secrets::names::{KeyKind, key_kind};
use stanch_source::{SinkKind, SourceKind};

use crate::exposure::{Exposure, projection, quoted};
use crate::{Check, Defect, FlowView, SourceOracle};

pub(crate) static CHECK: Check = Check {
    rule: Rule {
        id: "key-in-response",
        title: "A key leaves in a response",
        severity: Severity::Critical,
        category: Category::DataExposure,
        standards: Standards {
            owasp_api: &["API3:2023"],
            owasp_llm: &[],
            cwe: &["CWE-200", "CWE-522"],
            pci_dss: &["8.3.2"],
            soc2: &["CC6.1"],
        },
        oracles: &[Oracle::Source, Oracle::Run, Oracle::BlackBox],
        page: include_str!("README.md"),
    },
    supersedes: &["item-in-response", "key-echoed", "write-returns-item"],
    source: SourceOracle::Flow(in_source),
    #[cfg(feature = "live")]
    run: Some(run::at_run_time),
};

fn in_source(view: &FlowView<'_>) -> Option<Defect> {
    let flow = view.flow;
    if !matches!(flow.source.kind, SourceKind::Item | SourceKind::WrittenItem)
        || !matches!(flow.sink.kind, SinkKind::Response(_))
    {
        return None;
    }
    let exposure = Exposure::of(view);
    // What a write returns of its own accord is the item that the caller has just sent, or a fresh key for its owner.
    let own = matches!(flow.source.kind, SourceKind::WrittenItem) && !exposure.open;
    if own {
        return own_hash(view, &exposure);
    }
    if exposure.secret.is_empty() {
        return None;
    }
    let mut defect = Defect::of_flow(&CHECK.rule, view);
    defect.severity = Severity::Critical;
    // Items of many kinds lie in a table whose key says nothing: which of them has the attribute is not known.
    let many = exposure.table.and_then(|table| table.key.as_ref()).is_some_and(|key| is_generic(&key.partition));
    if many && exposure.open {
        defect.confidence = Confidence::Suspected;
    }
    let scope = if exposure.open { "whole items" } else { "attributes" };
    defect.message = format!(
        "`{}` sends {scope} of {} with {} in {}: {}. Whoever may call the route can take {} and act with {}.",
        flow.sink.label,
        exposure.table_name(),
        quoted(&exposure.secret),
        if exposure.secret.len() == 1 { "it" } else { "them" },
        reasons(&exposure),
        if exposure.secret.len() == 1 { "it" } else { "them" },
        if exposure.secret.len() == 1 { "it" } else { "them" },
    );
    let needed: Vec<&str> = exposure.ordinary.iter().chain(&exposure.private).copied().collect();
    defect.remediation = if flow.source.kind == SourceKind::WrittenItem && exposure.open {
        let pick: Vec<String> = needed.iter().map(|name| format!("'{name}'")).collect();
        format!(
            "Ask `{}` for `ReturnValues='UPDATED_NEW'` or `'NONE'`, and answer with picked fields only ({}).",
            flow.source.label,
            pick.join(", ")
        )
    } else if exposure.open && !needed.is_empty() {
        format!("Ask `{}` only for what the route needs: {}.", flow.source.label, projection(&needed))
    } else {
        format!("Leave {} out of the answer: build it from the fields the client needs.", quoted(&exposure.secret))
    };
    Some(defect)
}

/// Names of partition keys of tables that hold items of many kinds (AWS's guide to single-table design).
fn is_generic(partition: &str) -> bool {
    matches!(partition.to_ascii_lowercase().as_str(), "pk" | "_pk" | "partition_key" | "partitionkey" | "hash_key")
}

/// What a client has just sent comes back with the stored form of its password: nobody has use for that but who guesses.
fn own_hash(view: &FlowView<'_>, exposure: &Exposure<'_>) -> Option<Defect> {
    let table = exposure.table?;
    let is_hash = |name: &&str| {
        key_kind(name) == Some(KeyKind::PasswordHash)
            || table.attributes.get(*name).is_some_and(|attribute| {
                attribute.reasons.iter().any(|reason| reason.text.contains("hash of a password"))
            })
    };
    let hashes: Vec<&str> = exposure.secret.iter().copied().filter(is_hash).collect();
    if hashes.is_empty() {
        return None;
    }
    let mut defect = Defect::of_flow(&CHECK.rule, view);
    defect.severity = Severity::Medium;
    defect.message = format!(
        "`{}` sends back what it has just written into {}, {} in it: the stored form of a password, from which whoever sees the answer, or a copy of \
         it, finds the password by trying.",
        view.flow.sink.label,
        exposure.table_name(),
        quoted(&hashes),
    );
    defect.remediation =
        format!("Leave {} out of the answer: build it from the fields the client needs.", quoted(&hashes));
    Some(defect)
}

/// Why each secret attribute is believed to be one: `` `token`: its name says token``.
fn reasons(exposure: &Exposure<'_>) -> String {
    let attributes = exposure.table.into_iter().flat_map(|table| &table.attributes);
    let reasons: Vec<String> = attributes
        .filter(|(name, attribute)| {
            attribute.class == AttributeClass::Secret && exposure.secret.contains(&name.as_str())
        })
        .filter_map(|(name, attribute)| Some(format!("`{name}` because {}", attribute.reasons.first()?.text)))
        .collect();
    if reasons.is_empty() { "the code treats it as a secret".to_owned() } else { reasons.join("; ") }
}

//! A key is issued for ever.

use stanch_findings::{Category, Confidence, Oracle, Place, Rule, Severity, Standards};
use stanch_secrets::names::{KeyKind, key_kind, words};
use stanch_source::{SinkKind, SourceFacts, SourceKind};

use crate::call::CallView;
use crate::exposure::quoted;
use crate::{Check, Defect, SourceOracle};

pub(crate) static CHECK: Check = Check {
    rule: Rule {
        id: "no-key-expiry",
        title: "An issued key never ends",
        severity: Severity::Low,
        category: Category::Authentication,
        standards: Standards {
            owasp_api: &["API2:2023"],
            owasp_llm: &[],
            cwe: &["CWE-613"],
            pci_dss: &["8.6.3"],
            soc2: &["CC6.1"],
        },
        oracles: &[Oracle::Source],
        page: include_str!("README.md"),
    },
    supersedes: &[],
    source: SourceOracle::Facts(judge),
    #[cfg(feature = "live")]
    run: None,
};

fn judge(facts: &SourceFacts) -> Vec<Defect> {
    CallView::all(facts).filter(|view| view.call.operation == "put_item").filter_map(|view| issued(&view)).collect()
}

/// A fresh key is stored and nothing in the item says when it ends.
fn issued(view: &CallView<'_>) -> Option<Defect> {
    let attributes = &view.call.attributes;
    let (name, flow) = view.flows().find_map(|flow| match &flow.sink.kind {
        SinkKind::Attribute(name) if flow.source.kind == SourceKind::GeneratedKey && is_issued(name) => {
            Some((name, flow))
        }
        _ => None,
    })?;
    // What else is in an item that is only known in part may be its end.
    let whole = view.flows().any(|flow| {
        flow.sink.kind == SinkKind::Write
            && !matches!(flow.source.kind, SourceKind::GeneratedKey)
            && flow.attributes.is_open()
    });
    if whole || !attributes.contains(name) || attributes.iter().any(|name| ends(name)) {
        return None;
    }
    let mut defect = view.defect(&CHECK.rule, Some(flow));
    // A token may stand for a thing instead of a caller, and rows may be swept by something else.
    defect.confidence = Confidence::Suspected;
    if let Some(table) = view.table() {
        defect.others.insert(Place::Attribute { table: table.name.clone(), name: name.clone() });
    }
    let rest: Vec<&str> = attributes.iter().map(String::as_str).filter(|other| other != name).collect();
    let with = if rest.is_empty() { "nothing else".to_owned() } else { quoted(&rest) };
    defect.message = format!(
        "The key that the app makes is stored as `{name}` in {} with {with}: nothing says when it ends, so a key that has leaked works until somebody notices.",
        view.table_name()
    );
    defect.remediation = "Store `expires_at` (epoch seconds) with it, refuse a key past it, and make it the table's TTL attribute, so that old rows go away.".to_owned();
    Some(defect)
}

fn is_issued(name: &str) -> bool {
    matches!(key_kind(name), Some(KeyKind::ApiKey | KeyKind::Token | KeyKind::KeyHash | KeyKind::Session))
}

/// Whether an attribute can say until when something is good.
fn ends(name: &str) -> bool {
    words(name).iter().any(|word| {
        word.starts_with("expir")
            || matches!(
                word.as_str(),
                "exp" | "ttl" | "until" | "valid" | "lifetime" | "revoked" | "active" | "enabled" | "end" | "ends"
            )
    })
}

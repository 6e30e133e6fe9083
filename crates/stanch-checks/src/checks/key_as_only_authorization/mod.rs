//! The key that a client sends is the key of the item, and nothing else is asked.

use stanch_api::{AttributeClass, AttributeSet};
use stanch_findings::{Category, Confidence, Oracle, Rule, Severity, Standards};
use stanch_secrets::names::{KeyKind, key_kind};
use stanch_source::{Flow, SinkKind, SourceFacts, SourceKind};

use crate::call::CallView;
use crate::{Check, Defect, SourceOracle};

pub(crate) static CHECK: Check = Check {
    rule: Rule {
        id: "key-as-only-authorization",
        title: "The key that a client sends selects the item as it is",
        severity: Severity::Medium,
        category: Category::Authentication,
        standards: Standards {
            owasp_api: &["API1:2023", "API2:2023"],
            owasp_llm: &[],
            cwe: &["CWE-522", "CWE-639"],
            pci_dss: &["8.3.2", "8.6.3"],
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
    CallView::all(facts).filter_map(|view| selected(&view)).collect()
}

/// A credential of the request selects the item as it is.
fn selected(view: &CallView<'_>) -> Option<Defect> {
    let operation = view.call.operation.as_str();
    if !matches!(operation, "get_item" | "query" | "update_item" | "delete_item" | "put_item") {
        return None;
    }
    let flow = view.flows().find(|flow| flow.sink.kind == SinkKind::Key && sends_key(flow))?;
    let names: Vec<&str> = match &flow.attributes {
        AttributeSet::Only(names) => names.iter().map(String::as_str).collect(),
        AttributeSet::AllBut(_) => view.key(),
    };
    let [attribute] = names[..] else { return None };
    // The public half of a key, or its digest, may select an item.
    let known = view.table().and_then(|table| table.attributes.get(attribute));
    let whole = known.is_none_or(|known| known.class == AttributeClass::Secret);
    if !whole || matches!(key_kind(attribute), Some(KeyKind::KeyHash | KeyKind::PasswordHash)) {
        return None;
    }
    let SourceKind::Request { name: Some(sent), .. } = &flow.source.kind else { return None };
    let mut defect = view.defect(&CHECK.rule, Some(flow));
    defect.confidence = Confidence::Likely;
    let table = view.table_name();
    let deed = match operation {
        "update_item" | "put_item" => "and that is all that allows the change",
        "delete_item" => "and that is all that allows it to be deleted",
        _ => "and that is all that says who is calling",
    };
    defect.message = format!(
        "`{operation}` finds the item by `{attribute}`, which is the credential `{sent}` as the client sent it, {deed}. The table has to hold every key in clear for that: one row that \
         leaks, from a response, a log, an index, a page token or a backup, is a key that works."
    );
    defect.remediation = format!(
        "Split the key: find the row of {table} by a public id (`key_id`), keep a keyed digest of the secret half in it, compare with `hmac.compare_digest`, and put the row's owner into the \
         key or the condition of what follows."
    );
    Some(defect)
}

fn sends_key(flow: &Flow) -> bool {
    let SourceKind::Request { name: Some(name), .. } = &flow.source.kind else { return false };
    matches!(key_kind(name), Some(KeyKind::ApiKey | KeyKind::Token | KeyKind::Secret | KeyKind::Session))
}

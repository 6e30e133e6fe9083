//! A password or key that a client sent is stored as it came.

use std::collections::{BTreeMap, BTreeSet};

use stanch_api::AttributeSet;
use stanch_findings::{Category, Confidence, FlowStep, Oracle, Rule, Severity, Standards};
use stanch_secrets::names::{KeyKind, key_kind};
use stanch_source::{Flow, SinkKind, SourceFacts, SourceKind};

use crate::call::{CallView, is_request};
use crate::{Check, Defect, FlowView, SourceOracle};

pub(crate) static CHECK: Check = Check {
    rule: Rule {
        id: "plaintext-key-stored",
        title: "A password or key is stored as it was received",
        severity: Severity::High,
        category: Category::DataExposure,
        standards: Standards {
            owasp_api: &["API2:2023"],
            owasp_llm: &[],
            cwe: &["CWE-256", "CWE-916"],
            pci_dss: &["8.3.2"],
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

/// Table and attribute, by which a write and a comparison are known to be about the same secret.
type Secret<'f> = (Option<usize>, &'f str);

fn judge(facts: &SourceFacts) -> Vec<Defect> {
    let mut written: Vec<(Secret<'_>, Defect)> = Vec::new();
    for view in CallView::all(facts) {
        if !matches!(view.call.operation.as_str(), "put_item" | "update_item") {
            continue;
        }
        for flow in view.flows().filter(|flow| is_request(flow)) {
            match &flow.sink.kind {
                SinkKind::Attribute(name) if is_kept(name) => {
                    written.push(((view.call.table, name), write(&view, flow, name)));
                }
                SinkKind::Write if view.call.operation == "put_item" => {
                    if let Some(name) = whole_body(&view, flow) {
                        written.push(((view.call.table, name), write(&view, flow, name)));
                    }
                }
                _ => {}
            }
        }
    }
    let mut defects = Vec::new();
    for (secret, place, flow) in comparisons(facts) {
        let mut known = written.iter_mut().filter(|(other, _)| *other == secret).peekable();
        if known.peek().is_none() {
            defects.push(comparison(facts, secret.1, flow));
            continue;
        }
        // The write is the defect; where the stored value is compared is part of its story.
        for (_, defect) in known {
            let step = FlowStep { place: place.clone(), note: "compared as it is stored".to_owned() };
            if !defect.flow.contains(&step) {
                defect.flow.push(step);
            }
        }
    }
    defects.extend(written.into_iter().map(|(_, defect)| defect));
    defects
}

/// Kinds of secrets that need not be read again in clear. Tokens are left out: many are kept to be handed on.
fn is_kept(name: &str) -> bool {
    matches!(key_kind(name), Some(KeyKind::Password | KeyKind::Pin | KeyKind::ApiKey))
}

/// The secret attribute that comes along when the body of a request is written as it is.
fn whole_body<'f>(view: &CallView<'f>, flow: &Flow) -> Option<&'f str> {
    if !matches!(flow.source.kind, SourceKind::Request { name: None, .. }) {
        return None;
    }
    let attributes = view.table()?.attributes.keys();
    attributes
        .map(String::as_str)
        .find(|name| is_kept(name) && flow.attributes.contains(name) && !view.call.attributes.contains(*name))
}

fn write(view: &CallView<'_>, flow: &Flow, name: &str) -> Defect {
    let mut defect = view.defect(&CHECK.rule, Some(flow));
    defect.message = format!(
        "`{name}` goes into {} as the client sent it. Whoever reads the table, a backup, an export or one response too wide has the {} of every account{}.",
        view.table_name(),
        words_of(name),
        if words_of(name) == "key" { " and can act as each of them" } else { ", and often the one for other sites" }
    );
    defect.remediation = remedy(name);
    defect
}

/// Comparisons of a stored secret with request input: the secret, the place and the flow of the stored side.
fn comparisons(facts: &SourceFacts) -> Vec<(Secret<'_>, &stanch_api::SourcePlace, &Flow)> {
    let compared = || facts.flows.iter().filter(|flow| flow.sink.kind == SinkKind::Comparison);
    let sent: BTreeSet<_> = compared().filter(|flow| is_request(flow)).map(|flow| &flow.sink.place).collect();
    let mut found = BTreeMap::new();
    for flow in compared().filter(|flow| matches!(flow.source.kind, SourceKind::Item | SourceKind::WrittenItem)) {
        let AttributeSet::Only(names) = &flow.attributes else { continue };
        let [name] = &names.iter().collect::<Vec<_>>()[..] else { continue };
        let kept = matches!(key_kind(name), Some(KeyKind::Password | KeyKind::Pin));
        if kept && sent.contains(&flow.sink.place) {
            found.insert((&flow.sink.place, (flow.source.table, name.as_str())), flow);
        }
    }
    found.into_iter().map(|((place, secret), flow)| (secret, place, flow)).collect()
}

fn comparison(facts: &SourceFacts, name: &str, flow: &Flow) -> Defect {
    let view = FlowView { facts, flow };
    let mut defect = Defect::of_flow(&CHECK.rule, &view);
    let table = view.table().map_or_else(|| "the table".to_owned(), |table| format!("table `{}`", table.name));
    defect.confidence = Confidence::Likely;
    defect.message = format!(
        "What the client sent is compared with `{name}` as {table} holds it, so it is stored in clear: whoever reads the table, a backup or one response \
         too wide has the {} of every account.",
        words_of(name)
    );
    defect.remediation = remedy(name);
    defect
}

fn words_of(name: &str) -> &'static str {
    match key_kind(name) {
        Some(KeyKind::Password) => "password",
        Some(KeyKind::Pin) => "PIN",
        _ => "key",
    }
}

fn remedy(name: &str) -> String {
    match key_kind(name) {
        Some(KeyKind::Password | KeyKind::Pin) => format!(
            "Store `werkzeug.security.generate_password_hash(…)` under a name such as `{name}_hash`, check with `check_password_hash`, and replace what the \
             table holds at the next login."
        ),
        _ => format!(
            "Store a keyed digest of `{name}` (`hmac.new(pepper, key, \"sha256\")`), look keys up by it or by a public key id, and compare with \
             `hmac.compare_digest`."
        ),
    }
}

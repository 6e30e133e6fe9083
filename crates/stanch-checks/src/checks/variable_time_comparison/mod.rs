//! A secret is compared in a time that depends on it.

use stanch_api::AttributeSet;
use stanch_findings::{Category, Confidence, Oracle, Rule, Severity, Standards};
use stanch_secrets::names::{KeyKind, key_kind};
use stanch_source::{Flow, SinkKind, SourceFacts, SourceKind};

use crate::call::is_request;
use crate::{Check, Defect, FlowView, SourceOracle};

pub(crate) static CHECK: Check = Check {
    rule: Rule {
        id: "variable-time-comparison",
        title: "A secret is compared in a time that depends on it",
        severity: Severity::Low,
        category: Category::Authentication,
        standards: Standards {
            owasp_api: &["API2:2023"],
            owasp_llm: &[],
            cwe: &["CWE-208"],
            pci_dss: &["6.2.4"],
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

/// `==` between a credential of a request and a key that the app keeps. Passwords are left to `plaintext-key-stored`,
/// since what is wrong with them is that they can be compared at all.
fn judge(facts: &SourceFacts) -> Vec<Defect> {
    let compared = || facts.flows.iter().filter(|flow| flow.sink.kind == SinkKind::Comparison);
    compared()
        .filter(|flow| is_request(flow) && sends_key(flow))
        .filter_map(|sent| {
            let kept = compared().find(|flow| flow.sink.place == sent.sink.place && keeps_key(flow))?;
            let mut defect = Defect::of_flow(&CHECK.rule, &FlowView { facts, flow: sent });
            defect.confidence = Confidence::Likely;
            defect.message = format!(
                "{} is compared with {} by `==`, which stops at the first character that differs: who measures many answers learns the key piece by piece.",
                quoted(&sent.source.label),
                quoted(&kept.source.label)
            );
            defect.remediation =
                "Compare with `hmac.compare_digest(a.encode(), b.encode())`; better, store and compare keyed digests of keys.".to_owned();
            Some(defect)
        })
        .collect()
}

fn sends_key(flow: &Flow) -> bool {
    match &flow.source.kind {
        SourceKind::Request { name: Some(name), .. } => is_key(name) || name.eq_ignore_ascii_case("authorization"),
        _ => false,
    }
}

fn keeps_key(flow: &Flow) -> bool {
    match (&flow.source.kind, &flow.attributes) {
        (SourceKind::Item, AttributeSet::Only(names)) => names.len() == 1 && names.iter().all(|name| is_key(name)),
        (SourceKind::Environment { name: Some(name) } | SourceKind::Config { name: Some(name) }, _) => is_key(name),
        _ => false,
    }
}

fn is_key(name: &str) -> bool {
    matches!(key_kind(name), Some(kind) if !matches!(kind, KeyKind::Password | KeyKind::PasswordHash | KeyKind::Card))
}

fn quoted(label: &str) -> String {
    format!("`{label}`")
}

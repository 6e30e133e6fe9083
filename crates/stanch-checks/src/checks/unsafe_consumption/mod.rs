//! Services of others are trusted too much: the caller's key goes on to them, or they are reached over connections that
//! anybody on the way can change.

#[cfg(feature = "live")]
pub(crate) mod answer;

use stanch_api::ParameterLocation;
use stanch_findings::{Category, Confidence, Oracle, Rule, Severity, Standards};
use stanch_secrets::names::{KeyKind, key_kind};
use stanch_source::{SinkKind, SourceKind};

use crate::{Check, Defect, FlowView, SourceOracle};

pub(crate) static CHECK: Check = Check {
    rule: Rule {
        id: "unsafe-consumption",
        title: "A service of others is trusted with too much",
        severity: Severity::Low,
        category: Category::UnsafeConsumption,
        standards: Standards {
            owasp_api: &["API10:2023"],
            owasp_llm: &[],
            cwe: &["CWE-319", "CWE-522", "CWE-201"],
            pci_dss: &["4.2.1", "8.3.2"],
            soc2: &["CC6.1", "CC6.7", "CC9.2"],
        },
        oracles: &[Oracle::Source, Oracle::BlackBox],
        page: include_str!("README.md"),
    },
    supersedes: &[],
    source: SourceOracle::Flow(in_source),
    #[cfg(feature = "live")]
    run: None,
};

fn in_source(view: &FlowView<'_>) -> Option<Defect> {
    let flow = view.flow;
    let SourceKind::Request { location, name } = &flow.source.kind else { return None };
    if flow.sink.kind != SinkKind::OutgoingBody || !is_http(&flow.sink.label) {
        return None;
    }
    let sent = match (location, name) {
        (_, Some(name)) if key_kind(name).is_some_and(|kind| kind != KeyKind::Card) => format!("the caller's `{name}`"),
        (Some(ParameterLocation::Header), None) => {
            "all headers of the request, the caller's credential among them,".to_owned()
        }
        _ => return None,
    };
    let mut defect = Defect::of_flow(&CHECK.rule, view);
    // The other side may be the app's own, and the credential made for both.
    defect.confidence = Confidence::Suspected;
    defect.message = format!(
        "`{}` hands {sent} to another service: whoever runs it, or reads its logs, can act as the caller here.",
        flow.sink.label
    );
    defect.remediation = "Call the other service with a credential of the app's own, made for that service, and send only the fields that it needs.".to_owned();
    Some(defect)
}

/// Calls of other hosts; other services of AWS take passwords where they are made for it.
fn is_http(label: &str) -> bool {
    ["requests.", "httpx.", "session.", "urllib", "http", "client.post", "aiohttp"]
        .iter()
        .any(|front| label.starts_with(front))
}

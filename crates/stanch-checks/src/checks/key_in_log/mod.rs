//! A key ends up in a log.

#[cfg(feature = "live")]
pub(crate) mod answer;
#[cfg(feature = "live")]
mod run;

use stanch_api::{AttributeClass, AttributeSet};
use stanch_findings::{Category, Oracle, Rule, Severity, Standards};
use stanch_secrets::names::{KeyKind, key_kind};
use stanch_source::{SinkKind, SourceKind};

use crate::exposure::{Exposure, quoted};
use crate::{Check, Defect, FlowView, SourceOracle};

pub(crate) static CHECK: Check = Check {
    rule: Rule {
        id: "key-in-log",
        title: "A key is written to a log",
        severity: Severity::High,
        category: Category::DataExposure,
        standards: Standards {
            owasp_api: &["API8:2023"],
            owasp_llm: &[],
            cwe: &["CWE-532"],
            pci_dss: &["10.3.1"],
            soc2: &["CC6.1"],
        },
        oracles: &[Oracle::Source, Oracle::Run, Oracle::BlackBox],
        page: include_str!("README.md"),
    },
    supersedes: &["log-injection"],
    source: SourceOracle::Flow(in_source),
    #[cfg(feature = "live")]
    run: Some(run::at_run_time),
};

fn in_source(view: &FlowView<'_>) -> Option<Defect> {
    let flow = view.flow;
    if flow.sink.kind != SinkKind::Log || is_cut(&flow.sink.label) {
        return None;
    }
    let (what, deed) = match &flow.source.kind {
        SourceKind::Request { name: Some(name), .. } if opens(name) => {
            (format!("`{name}` of the request"), "act as the caller")
        }
        SourceKind::Environment { name: Some(name) } | SourceKind::Config { name: Some(name) } if opens(name) => {
            (format!("`{name}` of the app's configuration"), "act as the app")
        }
        SourceKind::GeneratedKey if is_called_key(view) => {
            ("the key that the app has just made".to_owned(), "act as its owner")
        }
        SourceKind::Item | SourceKind::WrittenItem => (picked(view)?, "act as the one it belongs to"),
        _ => return None,
    };
    let mut defect = Defect::of_flow(&CHECK.rule, view);
    defect.message = format!(
        "`{}` writes {what} into the log in clear: whoever reads the log, or one of its copies, can {deed}.",
        flow.sink.label
    );
    defect.remediation =
        "Log which key it was and not the key: a public key id, or a few characters of its digest.".to_owned();
    Some(defect)
}

/// Whether the app calls a random value a key: by the variable that holds it, or by the attribute that it is stored as.
/// Ids of requests and of rows are random too.
fn is_called_key(view: &FlowView<'_>) -> bool {
    let held = view.flow.steps.iter().any(|(_, note)| {
        note.strip_prefix("held in `")
            .and_then(|rest| rest.strip_suffix('`'))
            .is_some_and(|name| key_kind(name).is_some())
    });
    let held = held || view.flow.source.variable.as_deref().is_some_and(|name| key_kind(name).is_some());
    let stored = || {
        view.facts
            .flows
            .iter()
            .filter(|flow| flow.source.place == view.flow.source.place)
            .any(|flow| matches!(&flow.sink.kind, SinkKind::Attribute(name) if key_kind(name).is_some()))
    };
    held || stored()
}

/// Secret attributes that were picked out of an item by name. A whole item is `item-in-log`.
fn picked(view: &FlowView<'_>) -> Option<String> {
    let AttributeSet::Only(names) = &view.flow.attributes else { return None };
    let exposure = Exposure::of(view);
    let secret: Vec<&str> = names
        .iter()
        .map(String::as_str)
        .filter(|name| {
            let known = exposure.table.and_then(|table| table.attributes.get(*name));
            known.map_or_else(|| key_kind(name).is_some(), |attribute| attribute.class == AttributeClass::Secret)
        })
        .collect();
    (!secret.is_empty()).then(|| format!("{} of {}", quoted(&secret), exposure.table_name()))
}

/// Whether the name is that of something that opens a door by itself.
fn opens(name: &str) -> bool {
    matches!(key_kind(name), Some(kind) if !matches!(kind, KeyKind::KeyHash | KeyKind::PasswordHash))
}

/// A few characters at the front or the end are how a key is told apart without giving it away.
fn is_cut(label: &str) -> bool {
    label.contains("[:") || label.contains("[-")
}

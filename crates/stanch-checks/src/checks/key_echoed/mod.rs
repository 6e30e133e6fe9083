//! An answer repeats the key that the request was sent with.

#[cfg(feature = "live")]
pub(crate) mod answer;
#[cfg(feature = "live")]
mod run;

use stanch_api::ParameterLocation;
use stanch_findings::{Category, Oracle, Rule, Severity, Standards};
use stanch_secrets::names::{KeyKind, key_kind};
use stanch_source::{ResponsePart, SinkKind, SourceKind};

use crate::{Check, Defect, FlowView, SourceOracle};

pub(crate) static CHECK: Check = Check {
    rule: Rule {
        id: "key-echoed",
        title: "An answer repeats the caller's key or request",
        severity: Severity::Low,
        category: Category::DataExposure,
        standards: Standards {
            owasp_api: &["API3:2023"],
            owasp_llm: &[],
            cwe: &["CWE-201"],
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
    let SourceKind::Request { location, name } = &flow.source.kind else { return None };
    // A redirect puts it into an address, which is `key-in-url`; a cookie is set for its owner.
    if !matches!(flow.sink.kind, SinkKind::Response(ResponsePart::Body | ResponsePart::Header)) {
        return None;
    }
    let mut defect = Defect::of_flow(&CHECK.rule, view);
    match (location, name) {
        // A form's password field comes back empty (WTForms, `PasswordField.hide_value`).
        (Some(ParameterLocation::Form), _) if flow.sink.label.contains("render_template(") => return None,
        (_, Some(name)) if matches!(key_kind(name), Some(kind) if kind != KeyKind::Card) => {
            defect.message = format!(
                "`{}` sends `{name}` of the request back: bodies are cached, shown and logged where a header is not, and every script in a page that shows it can take it.",
                flow.sink.label
            );
            defect.remediation = format!("Leave `{name}` out: the caller has it. `no such key` says as much.");
        }
        (Some(ParameterLocation::Header), None) => {
            defect.message = format!(
                "`{}` sends all headers of the request back, the caller's `Authorization` and cookies among them, to whatever script or page reads the answer.",
                flow.sink.label
            );
            defect.remediation = "Pick the headers that the answer is about by name.".to_owned();
        }
        // What a trigger of AWS gives back goes to AWS.
        (None, None) if flow.routes.is_empty() || is_handed_in(&flow.sink.label) => return None,
        (Some(ParameterLocation::Json | ParameterLocation::Form) | None, None) => {
            defect.severity = Severity::Info;
            defect.message = format!(
                "`{}` sends back what the client sent as `{}`, whatever that is: a key or a password in it comes back too, and stands in caches and pages.",
                flow.sink.label, flow.source.label
            );
            defect.remediation = "Answer with the fields that were stored, by name.".to_owned();
        }
        _ => return None,
    }
    Some(defect)
}

/// Whether the event only goes into an app, whose answer is not the event: `awsgi.response(app, event, context)`.
fn is_handed_in(label: &str) -> bool {
    label.contains("wsgi") || label.contains("(app") || label.contains("handle_request")
}

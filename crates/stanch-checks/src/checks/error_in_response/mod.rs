//! The text of an exception reaches the client.

#[cfg(feature = "live")]
pub(crate) mod answer;
#[cfg(feature = "live")]
mod run;

use stanch_findings::{Category, Oracle, Rule, Severity, Standards};
use stanch_source::{SinkKind, SourceKind};

use crate::{Check, Defect, FlowRule, FlowView, Guarding, SourceOracle};

pub(crate) static CHECK: Check = Check {
    rule: Rule {
        id: "error-in-response",
        title: "The text of an exception reaches the client",
        severity: Severity::Medium,
        category: Category::DataExposure,
        standards: Standards {
            owasp_api: &["API8:2023"],
            owasp_llm: &[],
            cwe: &["CWE-209"],
            pci_dss: &["6.2.4"],
            soc2: &["CC6.1", "CC7.2"],
        },
        oracles: &[Oracle::Source, Oracle::Run, Oracle::BlackBox],
        page: include_str!("README.md"),
    },
    supersedes: &[],
    source: SourceOracle::Flow(in_source),
    #[cfg(feature = "live")]
    run: Some(run::at_run_time),
};

/// An exception's text in an answer.
static FLOW: FlowRule = FlowRule {
    from: |kind| matches!(kind, SourceKind::Exception),
    to: |kind| matches!(kind, SinkKind::Response(_)),
    guards: Guarding::Ignored,
    message: "{sink} hands the client what {source} says. Errors of the AWS SDK name tables, keys, account and region, and quote the request; an attacker provokes them on purpose to learn the schema.",
    remediation: "Answer with a fixed message and an id of your own, and keep the exception for the log: `logger.exception('request %s failed', request_id)`.",
};

/// Errors that Python and the app's own code raise about one value. No SDK and no database raises them, so that their
/// text says what was wrong with it, and hardly more.
const ABOUT_A_VALUE: [&str; 3] = ["KeyError", "LookupError", "ValueError"];

fn in_source(view: &FlowView<'_>) -> Option<Defect> {
    let mut defect = FLOW.judge(&CHECK.rule, view)?;
    let caught = view.flow.source.label.trim_matches(['(', ')']);
    if !caught.is_empty() && caught.split(',').all(|one| ABOUT_A_VALUE.contains(&one.trim())) {
        defect.severity = Severity::Info;
        defect.message = format!(
            "`{}` hands the client what `{caught}` says. Where the app's own code raises it, that is a sentence of its own; where Python does, it \
             quotes the value or the name that was wrong.",
            view.flow.sink.label
        );
        defect.remediation =
            "Raise an exception class of your own for what the client may read, and answer any other with a fixed message.".to_owned();
    }
    Some(defect)
}

//! A whole item leaves in a response and no key is known in it.

#[cfg(feature = "live")]
pub(crate) mod answer;
#[cfg(feature = "live")]
mod run;

use stanch_findings::{Category, Oracle, Rule, Severity, Standards};
use stanch_source::{SinkKind, SourceKind};

use crate::exposure::{Exposure, projection, quoted};
use crate::{Check, Defect, FlowView, SourceOracle};

pub(crate) static CHECK: Check = Check {
    rule: Rule {
        id: "item-in-response",
        title: "A whole DynamoDB item leaves in a response",
        severity: Severity::Low,
        category: Category::DataExposure,
        standards: Standards {
            owasp_api: &["API3:2023"],
            owasp_llm: &[],
            cwe: &["CWE-213"],
            pci_dss: &["7.2.1"],
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
    if !matches!(flow.sink.kind, SinkKind::Response(_)) {
        return None;
    }
    match flow.source.kind {
        SourceKind::Item => {}
        SourceKind::SdkResponse => return Some(raw_answer(view)),
        _ => return None,
    }
    let exposure = Exposure::of(view);
    // With a key in it, it is `key-in-response`: one defect, one finding.
    if !exposure.open || !exposure.secret.is_empty() {
        return None;
    }
    let table = exposure.table_name();
    let known = [&exposure.private[..], &exposure.ordinary[..]].concat();
    let (severity, what) = match (exposure.private.is_empty(), known.is_empty()) {
        (false, _) => (Severity::Medium, format!("Among its attributes are {}.", quoted(&exposure.private))),
        (true, false) => (Severity::Info, format!("Nothing private is known in it ({}).", quoted(&exposure.ordinary))),
        (true, true) => (Severity::Low, "What it holds is not known from the source.".to_owned()),
    };
    let mut defect = Defect::of_flow(&CHECK.rule, view);
    defect.severity = severity;
    defect.message = format!(
        "`{}` sends whatever `{}` finds in {table}: attributes added later go out too, without anybody deciding it. {what}",
        flow.sink.label, flow.source.label,
    );
    defect.remediation = if known.is_empty() {
        format!(
            "Ask `{}` only for what the route needs: add a ProjectionExpression with the names it uses.",
            flow.source.label
        )
    } else {
        format!("Ask only for what the route needs, for example {}.", projection(&exposure.ordinary))
    };
    Some(defect)
}

/// The answer of the SDK as it came, without an item in it: a note, since it tells of the service and not of its data.
fn raw_answer(view: &FlowView<'_>) -> Defect {
    let mut defect = Defect::of_flow(&CHECK.rule, view);
    defect.severity = Severity::Info;
    defect.message = format!(
        "`{}` sends the answer of `{}` as the SDK gave it: names of resources, request ids and headers of AWS, and \
         whatever a later version of the service adds.",
        view.flow.sink.label, view.flow.source.label,
    );
    defect.remediation = "Answer with a shape of your own.".to_owned();
    defect
}

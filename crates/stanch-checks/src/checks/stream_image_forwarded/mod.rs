//! A copy of an item is handed on as it is.

#[cfg(feature = "live")]
mod run;

use stanch_findings::{Category, Oracle, Rule, Severity, Standards};
use stanch_source::{SinkKind, SourceKind};

use crate::exposure::{Exposure, quoted};
use crate::{Check, Defect, FlowView, SourceOracle};

pub(crate) static CHECK: Check = Check {
    rule: Rule {
        id: "stream-image-forwarded",
        title: "A copy of an item is handed on with all its attributes",
        severity: Severity::Medium,
        category: Category::DataExposure,
        standards: Standards {
            owasp_api: &["API3:2023"],
            owasp_llm: &[],
            cwe: &["CWE-201", "CWE-213"],
            pci_dss: &["3.4.1", "7.2.1"],
            soc2: &["CC6.1"],
        },
        oracles: &[Oracle::Source, Oracle::Run],
        page: include_str!("README.md"),
    },
    supersedes: &[],
    source: SourceOracle::Flow(in_source),
    #[cfg(feature = "live")]
    run: Some(run::at_run_time),
};

fn in_source(view: &FlowView<'_>) -> Option<Defect> {
    let flow = view.flow;
    let forwarded = matches!(flow.sink.kind, SinkKind::OutgoingBody | SinkKind::Response(_));
    let copy = match flow.source.kind {
        SourceKind::StreamImage => "the image of a stream record",
        // A whole item that is handed on as a message or a file is a copy like any other.
        SourceKind::Item if flow.sink.kind == SinkKind::OutgoingBody => "whole items",
        _ => return None,
    };
    let exposure = Exposure::of(view);
    if !forwarded || !exposure.open {
        return None;
    }
    let mut defect = Defect::of_flow(&CHECK.rule, view);
    let table = if exposure.table.is_some() { format!(" of {}", exposure.table_name()) } else { String::new() };
    let what = match (exposure.secret.as_slice(), exposure.private.as_slice()) {
        ([], []) => {
            defect.severity = if exposure.ordinary.is_empty() { Severity::Medium } else { Severity::Low };
            "whatever the table holds or will hold".to_owned()
        }
        ([], private) => quoted(private),
        (secret, _) => {
            defect.severity = Severity::High;
            quoted(secret)
        }
    };
    defect.message = format!(
        "`{}` hands on {copy}{table} as `{}` gave it: {what} leaves the table's own permissions behind, and whoever may read the other side has it.",
        flow.sink.label, flow.source.label,
    );
    defect.remediation = "Build the message from the fields that its readers need; let the stream carry `KEYS_ONLY` where ids are enough.".to_owned();
    Some(defect)
}

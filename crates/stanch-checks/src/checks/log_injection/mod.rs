//! Request text goes into a log line by line.

#[cfg(feature = "live")]
mod run;

use stanch_api::ParameterLocation;
use stanch_findings::{Category, Oracle, Rule, Severity, Standards};
use stanch_source::{SinkKind, SourceKind};

use crate::{Check, Defect, FlowView, SourceOracle};

pub(crate) static CHECK: Check = Check {
    rule: Rule {
        id: "log-injection",
        title: "A client can forge lines of the log",
        severity: Severity::Low,
        category: Category::InputValidation,
        standards: Standards {
            owasp_api: &["API8:2023"],
            owasp_llm: &[],
            cwe: &["CWE-117"],
            pci_dss: &["10.3.2"],
            soc2: &["CC7.2"],
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
    let SourceKind::Request { location, name: Some(name) } = &flow.source.kind else { return None };
    if flow.sink.kind != SinkKind::Log
        || !flow.nested
        || flow.guards.iter().any(|guard| stops_breaks(&guard.kind))
        || is_escaped(&flow.sink.label)
    {
        return None;
    }
    let breaks = match location {
        // A server refuses a header with a line break in it.
        Some(ParameterLocation::Header | ParameterLocation::Cookie) => false,
        Some(
            ParameterLocation::Path | ParameterLocation::Query | ParameterLocation::Form | ParameterLocation::Json,
        ) => true,
        // Werkzeug decodes the path; addresses that it gives stay encoded.
        None => matches!(name.as_str(), "path" | "full_path"),
    };
    if !breaks {
        return None;
    }
    let mut defect = Defect::of_flow(&CHECK.rule, view);
    defect.message = format!(
        "`{}` writes `{}` into the log as it came: a line break in it (`%0a`) ends the line, and what follows reads like a line that the app wrote, or like one with a key in it.",
        flow.sink.label, flow.source.label,
    );
    defect.remediation = format!(
        "Write it with its escapes, `log.info(\"… %r\", {name})`, or let one formatter write every record as JSON.",
        name = if name.chars().all(|c| c.is_alphanumeric() || c == '_') { name } else { "value" },
    );
    Some(defect)
}

/// Whether what passes a guard holds no line break: that it is a text, or a short one, says nothing of that.
fn stops_breaks(guard: &str) -> bool {
    !matches!(guard, "text" | "isinstance" | "length")
}

/// `repr` and JSON escape line breaks.
fn is_escaped(label: &str) -> bool {
    ["!r}", "%r", "repr(", "json.dumps(", "quote(", "ascii("].iter().any(|escape| label.contains(escape))
}

//! Item attributes go into a prompt.

use stanch_findings::{Category, Oracle, Rule, Severity, Standards};
use stanch_source::{SinkKind, SourceKind};

use crate::exposure::Exposure;
use crate::{Check, Defect, FlowView, SourceOracle};

pub(crate) static CHECK: Check = Check {
    rule: Rule {
        id: "item-in-prompt",
        title: "Item attributes go into a prompt",
        severity: Severity::Medium,
        category: Category::Llm,
        standards: Standards {
            owasp_api: &["API3:2023"],
            owasp_llm: &["LLM02:2025"],
            cwe: &["CWE-200"],
            pci_dss: &["3.4.1"],
            soc2: &["CC6.1"],
        },
        oracles: &[Oracle::Source],
        page: include_str!("README.md"),
    },
    supersedes: &[],
    source: SourceOracle::Flow(in_source),
    #[cfg(feature = "live")]
    run: None,
};

fn in_source(view: &FlowView<'_>) -> Option<Defect> {
    let flow = view.flow;
    if flow.source.kind != SourceKind::Item || flow.sink.kind != SinkKind::Prompt {
        return None;
    }
    let exposure = Exposure::of(view);
    // Fields that were asked for by name, and are no key, are what the prompt is made for.
    if !exposure.open && exposure.secret.is_empty() {
        return None;
    }
    let mut defect = Defect::of_flow(&CHECK.rule, view);
    defect.message = format!(
        "`{}` puts whole items of {} into the prompt of `{}`: they leave for the model's operator, and whoever talks to \
         the model can ask for them.",
        flow.source.label,
        exposure.table_name(),
        flow.sink.label,
    );
    defect.remediation = "Project the attributes that the prompt needs before it is built.".to_owned();
    Some(defect)
}

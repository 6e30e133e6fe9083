//! Item attributes go into a prompt.

use stanch_findings::{Category, Oracle, Rule, Severity, Standards};
use stanch_source::{SinkKind, SourceKind};

use crate::{Check, FlowRule, Guarding, SourceOracle};

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
    source: SourceOracle::Flows(FlowRule {
        from: |kind| matches!(kind, SourceKind::Item),
        to: |kind| matches!(kind, SinkKind::Prompt),
        guards: Guarding::Ignored,
        message: "{source} puts whole items of {table} into the prompt of {sink}: they leave for the model's operator, and whoever talks to the model can ask for them.",
        remediation: "Project the attributes that the prompt needs before it is built.",
    }),
    #[cfg(feature = "live")]
    run: None,
};

//! Anybody may ask the language model.

#[cfg(feature = "live")]
pub(crate) mod answer;

use stanch_findings::{Category, Oracle, Rule, Severity, Standards};

use crate::{Check, SourceOracle};

pub(crate) static CHECK: Check = Check {
    rule: Rule {
        id: "open-model-endpoint",
        title: "Anybody may ask the language model",
        severity: Severity::Medium,
        category: Category::Llm,
        standards: Standards {
            owasp_api: &["API2:2023", "API4:2023"],
            owasp_llm: &["LLM10:2025"],
            cwe: &["CWE-306", "CWE-770"],
            pci_dss: &["8.3.1"],
            soc2: &["CC6.1"],
        },
        oracles: &[Oracle::BlackBox],
        page: include_str!("README.md"),
    },
    supersedes: &[],
    source: SourceOracle::None,
    #[cfg(feature = "live")]
    run: None,
};

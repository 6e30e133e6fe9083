//! The instructions of a language model reach the client.

#[cfg(feature = "live")]
pub(crate) mod answer;

use stanch_findings::{Category, Oracle, Rule, Severity, Standards};

use crate::{Check, SourceOracle};

pub(crate) static CHECK: Check = Check {
    rule: Rule {
        id: "system-prompt-leak",
        title: "The instructions of a model reach the client",
        severity: Severity::Medium,
        category: Category::Llm,
        standards: Standards {
            owasp_api: &["API3:2023"],
            owasp_llm: &["LLM07:2025"],
            cwe: &["CWE-200"],
            pci_dss: &[],
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

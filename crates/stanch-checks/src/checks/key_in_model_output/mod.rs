//! A language model writes a key.

#[cfg(feature = "live")]
pub(crate) mod answer;

use stanch_findings::{Category, Oracle, Rule, Severity, Standards};

use crate::{Check, SourceOracle};

pub(crate) static CHECK: Check = Check {
    rule: Rule {
        id: "key-in-model-output",
        title: "A language model writes a key",
        severity: Severity::Critical,
        category: Category::Llm,
        standards: Standards {
            owasp_api: &["API3:2023"],
            owasp_llm: &["LLM02:2025"],
            cwe: &["CWE-200", "CWE-522"],
            pci_dss: &["8.3.2"],
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

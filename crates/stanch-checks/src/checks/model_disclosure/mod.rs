//! Answers tell which model is used, and how much.

#[cfg(feature = "live")]
pub(crate) mod answer;

use stanch_findings::{Category, Oracle, Rule, Severity, Standards};

use crate::{Check, SourceOracle};

pub(crate) static CHECK: Check = Check {
    rule: Rule {
        id: "model-disclosure",
        title: "Answers tell which model is used, and how much",
        severity: Severity::Info,
        category: Category::Llm,
        standards: Standards {
            owasp_api: &["API8:2023"],
            owasp_llm: &["LLM02:2025"],
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

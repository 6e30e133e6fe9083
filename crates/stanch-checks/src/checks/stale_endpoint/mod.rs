//! An old version of an operation still answers.

#[cfg(feature = "live")]
pub(crate) mod answer;

use stanch_findings::{Category, Oracle, Rule, Severity, Standards};

use crate::{Check, SourceOracle};

pub(crate) static CHECK: Check = Check {
    rule: Rule {
        id: "stale-endpoint",
        title: "An old version still answers",
        severity: Severity::Low,
        category: Category::Inventory,
        standards: Standards {
            owasp_api: &["API9:2023"],
            owasp_llm: &[],
            cwe: &["CWE-1059", "CWE-477"],
            pci_dss: &["6.3.2"],
            soc2: &["CC7.1"],
        },
        oracles: &[Oracle::BlackBox],
        page: include_str!("README.md"),
    },
    supersedes: &[],
    source: SourceOracle::None,
    #[cfg(feature = "live")]
    run: None,
};

//! An operation that should ask who is calling does not.

#[cfg(feature = "live")]
pub(crate) mod answer;

use stanch_findings::{Category, Oracle, Rule, Severity, Standards};

use crate::{Check, SourceOracle};

pub(crate) static CHECK: Check = Check {
    rule: Rule {
        id: "missing-authentication",
        title: "An operation answers without asking who is calling",
        severity: Severity::High,
        category: Category::Authentication,
        standards: Standards {
            owasp_api: &["API1:2023", "API2:2023"],
            owasp_llm: &[],
            cwe: &["CWE-306", "CWE-639"],
            pci_dss: &["7.2.1", "8.3.1"],
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

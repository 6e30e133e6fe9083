//! A session cookie lacks the flags that keep it.

#[cfg(feature = "live")]
pub(crate) mod answer;

use stanch_findings::{Category, Oracle, Rule, Severity, Standards};

use crate::{Check, SourceOracle};

pub(crate) static CHECK: Check = Check {
    rule: Rule {
        id: "weak-cookie",
        title: "A session cookie lacks the flags that keep it",
        severity: Severity::Low,
        category: Category::Encryption,
        standards: Standards {
            owasp_api: &["API2:2023"],
            owasp_llm: &[],
            cwe: &["CWE-1004", "CWE-614", "CWE-1275"],
            pci_dss: &["6.2.4"],
            soc2: &["CC6.1", "CC6.7"],
        },
        oracles: &[Oracle::BlackBox],
        page: include_str!("README.md"),
    },
    supersedes: &[],
    source: SourceOracle::None,
    #[cfg(feature = "live")]
    run: None,
};

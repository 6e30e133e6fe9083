//! A function for administrators answers everybody.

#[cfg(feature = "live")]
pub(crate) mod answer;

use stanch_findings::{Category, Oracle, Rule, Severity, Standards};

use crate::{Check, SourceOracle};

pub(crate) static CHECK: Check = Check {
    rule: Rule {
        id: "privileged-function-open",
        title: "A function for administrators is open",
        severity: Severity::High,
        category: Category::FunctionAuthorisation,
        standards: Standards {
            owasp_api: &["API5:2023"],
            owasp_llm: &[],
            cwe: &["CWE-285", "CWE-862"],
            pci_dss: &["7.2.1"],
            soc2: &["CC6.1", "CC6.3"],
        },
        oracles: &[Oracle::BlackBox],
        page: include_str!("README.md"),
    },
    supersedes: &[],
    source: SourceOracle::None,
    #[cfg(feature = "live")]
    run: None,
};

//! An object is given or changed for somebody who does not own it.

#[cfg(feature = "live")]
pub(crate) mod answer;

use stanch_findings::{Category, Oracle, Rule, Severity, Standards};

use crate::{Check, SourceOracle};

pub(crate) static CHECK: Check = Check {
    rule: Rule {
        id: "missing-owner-check",
        title: "One account reaches what belongs to another",
        severity: Severity::High,
        category: Category::ObjectAuthorisation,
        standards: Standards {
            owasp_api: &["API1:2023"],
            owasp_llm: &[],
            cwe: &["CWE-639"],
            pci_dss: &["7.2.1"],
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

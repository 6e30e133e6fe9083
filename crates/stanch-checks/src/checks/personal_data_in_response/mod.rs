//! Personal data of people is given to everybody.

#[cfg(feature = "live")]
pub(crate) mod answer;

use stanch_findings::{Category, Oracle, Rule, Severity, Standards};

use crate::{Check, SourceOracle};

pub(crate) static CHECK: Check = Check {
    rule: Rule {
        id: "personal-data-in-response",
        title: "Personal data is given to everybody",
        severity: Severity::Medium,
        category: Category::DataExposure,
        standards: Standards {
            owasp_api: &["API3:2023"],
            owasp_llm: &[],
            cwe: &["CWE-359", "CWE-200"],
            pci_dss: &["3.4.1", "6.2.4"],
            soc2: &["CC6.1", "P4.1"],
        },
        oracles: &[Oracle::BlackBox],
        page: include_str!("README.md"),
    },
    supersedes: &[],
    source: SourceOracle::None,
    #[cfg(feature = "live")]
    run: None,
};

//! Headers that tell browsers to be careful are missing.

#[cfg(feature = "live")]
pub(crate) mod answer;

use stanch_findings::{Category, Oracle, Rule, Severity, Standards};

use crate::{Check, SourceOracle};

pub(crate) static CHECK: Check = Check {
    rule: Rule {
        id: "missing-security-headers",
        title: "Headers that tell browsers to be careful are missing",
        severity: Severity::Info,
        category: Category::Inventory,
        standards: Standards {
            owasp_api: &["API8:2023"],
            owasp_llm: &[],
            cwe: &["CWE-693"],
            pci_dss: &["6.2.4"],
            soc2: &["CC6.6"],
        },
        oracles: &[Oracle::BlackBox],
        page: include_str!("README.md"),
    },
    supersedes: &[],
    source: SourceOracle::None,
    #[cfg(feature = "live")]
    run: None,
};

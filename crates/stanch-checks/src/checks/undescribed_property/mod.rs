//! An answer holds properties that its description does not name.

#[cfg(feature = "live")]
pub(crate) mod answer;

use stanch_findings::{Category, Oracle, Rule, Severity, Standards};

use crate::{Check, SourceOracle};

pub(crate) static CHECK: Check = Check {
    rule: Rule {
        id: "undescribed-property",
        title: "An answer holds more than its description says",
        severity: Severity::Info,
        category: Category::PropertyAuthorisation,
        standards: Standards {
            owasp_api: &["API3:2023"],
            owasp_llm: &[],
            cwe: &["CWE-213"],
            pci_dss: &["6.2.4"],
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

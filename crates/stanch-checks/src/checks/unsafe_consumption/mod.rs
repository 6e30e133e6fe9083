//! The API works with services of others, over connections that anybody on the way can change.

#[cfg(feature = "live")]
pub(crate) mod answer;

use stanch_findings::{Category, Oracle, Rule, Severity, Standards};

use crate::{Check, SourceOracle};

pub(crate) static CHECK: Check = Check {
    rule: Rule {
        id: "unsafe-consumption",
        title: "Services of others are used without protection",
        severity: Severity::Info,
        category: Category::UnsafeConsumption,
        standards: Standards {
            owasp_api: &["API10:2023"],
            owasp_llm: &[],
            cwe: &["CWE-319"],
            pci_dss: &["4.2.1"],
            soc2: &["CC6.7"],
        },
        oracles: &[Oracle::BlackBox],
        page: include_str!("README.md"),
    },
    supersedes: &[],
    source: SourceOracle::None,
    #[cfg(feature = "live")]
    run: None,
};

//! A login lets wrong passwords be tried without end.

#[cfg(feature = "live")]
pub(crate) mod answer;

use stanch_findings::{Category, Oracle, Rule, Severity, Standards};

use crate::{Check, SourceOracle};

pub(crate) static CHECK: Check = Check {
    rule: Rule {
        id: "no-rate-limit",
        title: "Passwords or keys can be tried without end",
        severity: Severity::Medium,
        category: Category::RateLimiting,
        standards: Standards {
            owasp_api: &["API4:2023"],
            owasp_llm: &[],
            cwe: &["CWE-307"],
            pci_dss: &["8.3.4"],
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

//! A key travels in a URL.

#[cfg(feature = "live")]
pub(crate) mod answer;
#[cfg(feature = "live")]
mod run;

use stanch_findings::{Category, Oracle, Rule, Severity, Standards};

use crate::{Check, SourceOracle};

pub(crate) static CHECK: Check = Check {
    rule: Rule {
        id: "key-in-url",
        title: "A key travels in a URL",
        severity: Severity::Medium,
        category: Category::DataExposure,
        standards: Standards {
            owasp_api: &["API2:2023"],
            owasp_llm: &[],
            cwe: &["CWE-598"],
            pci_dss: &["8.3.2"],
            soc2: &["CC6.1", "CC6.7"],
        },
        oracles: &[Oracle::Run, Oracle::BlackBox],
        page: include_str!("README.md"),
    },
    supersedes: &[],
    source: SourceOracle::None,
    #[cfg(feature = "live")]
    run: Some(run::at_run_time),
};

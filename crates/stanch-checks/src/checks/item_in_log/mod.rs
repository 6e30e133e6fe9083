//! A whole DynamoDB item is written to a log.

#[cfg(feature = "live")]
mod run;

use stanch_findings::{Category, Oracle, Rule, Severity, Standards};

use crate::{Check, SourceOracle};

pub(crate) static CHECK: Check = Check {
    rule: Rule {
        id: "item-in-log",
        title: "A whole DynamoDB item is written to a log",
        severity: Severity::Medium,
        category: Category::DataExposure,
        standards: Standards {
            owasp_api: &["API8:2023"],
            owasp_llm: &[],
            cwe: &["CWE-532"],
            pci_dss: &["10.3.1"],
            soc2: &["CC6.1", "CC7.2"],
        },
        oracles: &[Oracle::Run],
        page: include_str!("README.md"),
    },
    supersedes: &["key-in-log"],
    source: SourceOracle::None,
    #[cfg(feature = "live")]
    run: Some(run::at_run_time),
};

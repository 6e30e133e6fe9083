//! The process environment or its credentials are logged.

#[cfg(feature = "live")]
mod run;

use stanch_findings::{Category, Oracle, Rule, Severity, Standards};
use stanch_source::{SinkKind, SourceKind};

use crate::{Check, FlowRule, Guarding, SourceOracle};

pub(crate) static CHECK: Check = Check {
    rule: Rule {
        id: "environment-in-log",
        title: "The process environment or its credentials are logged",
        severity: Severity::High,
        category: Category::DataExposure,
        standards: Standards {
            owasp_api: &["API8:2023"],
            owasp_llm: &[],
            cwe: &["CWE-532"],
            pci_dss: &["8.3.2", "10.3.1"],
            soc2: &["CC6.1", "CC7.2"],
        },
        oracles: &[Oracle::Source, Oracle::Run],
        page: include_str!("README.md"),
    },
    supersedes: &[],
    source: SourceOracle::Flows(FlowRule {
        from: |kind| {
            matches!(
                kind,
                SourceKind::Environment { name: None } | SourceKind::SdkCredentials | SourceKind::Config { name: None }
            )
        },
        to: |kind| matches!(kind, SinkKind::Log),
        guards: Guarding::Ignored,
        message: "{sink} writes {source} into the log, where keys outlive their rotation and everybody who reads logs can take them.",
        remediation: "Log the names of what is set, never the values.",
    }),
    #[cfg(feature = "live")]
    run: Some(run::at_run_time),
};

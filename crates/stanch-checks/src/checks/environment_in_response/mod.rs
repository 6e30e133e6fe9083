//! The process environment or its credentials reach the client.

#[cfg(feature = "live")]
pub(crate) mod answer;
#[cfg(feature = "live")]
mod run;

use stanch_findings::{Category, Oracle, Rule, Severity, Standards};
use stanch_source::{SinkKind, SourceKind};

use crate::{Check, FlowRule, Guarding, SourceOracle};

pub(crate) static CHECK: Check = Check {
    rule: Rule {
        id: "environment-in-response",
        title: "The process environment or its credentials reach the client",
        severity: Severity::Critical,
        category: Category::DataExposure,
        standards: Standards {
            owasp_api: &["API8:2023"],
            owasp_llm: &[],
            cwe: &["CWE-526", "CWE-497"],
            pci_dss: &["8.3.2"],
            soc2: &["CC6.1"],
        },
        oracles: &[Oracle::Source, Oracle::Run, Oracle::BlackBox],
        page: include_str!("README.md"),
    },
    supersedes: &["undocumented-endpoint"],
    source: SourceOracle::Flows(FlowRule {
        from: |kind| {
            matches!(
                kind,
                SourceKind::Environment { name: None } | SourceKind::SdkCredentials | SourceKind::Config { name: None }
            )
        },
        to: |kind| matches!(kind, SinkKind::Response(_)),
        guards: Guarding::Ignored,
        message: "{sink} sends {source} to the client. In a container or a Lambda function that is where the role's keys, database passwords and signing secrets stand.",
        remediation: "Send the few values that the client needs by name, and none that is a secret.",
    }),
    #[cfg(feature = "live")]
    run: Some(run::at_run_time),
};

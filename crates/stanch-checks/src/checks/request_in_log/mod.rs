//! Raw request input is logged.

#[cfg(feature = "live")]
mod run;

use stanch_findings::{Category, Oracle, Rule, Severity, Standards};
use stanch_source::{SinkKind, SourceKind};

use crate::{Check, FlowRule, Guarding, SourceOracle};

pub(crate) static CHECK: Check = Check {
    rule: Rule {
        id: "request-in-log",
        title: "Raw request input is logged",
        severity: Severity::Low,
        category: Category::DataExposure,
        standards: Standards {
            owasp_api: &["API8:2023"],
            owasp_llm: &[],
            cwe: &["CWE-532"],
            pci_dss: &["10.3.1"],
            soc2: &["CC7.2"],
        },
        oracles: &[Oracle::Source, Oracle::Run],
        page: include_str!("README.md"),
    },
    supersedes: &[],
    source: SourceOracle::Flows(FlowRule {
        from: |kind| matches!(kind, SourceKind::Request { name: None, .. }),
        to: |kind| matches!(kind, SinkKind::Log),
        guards: Guarding::Ignored,
        message: "{sink} writes {source} into the log as it came: passwords and keys that clients send stand there in the clear, and line breaks in it forge log lines.",
        remediation: "Log the few fields that are needed by name, none of them a credential.",
    }),
    #[cfg(feature = "live")]
    run: Some(run::at_run_time),
};

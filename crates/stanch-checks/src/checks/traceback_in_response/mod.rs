//! A traceback reaches the client.

#[cfg(feature = "live")]
pub(crate) mod answer;
#[cfg(feature = "live")]
mod run;

use stanch_findings::{Category, Oracle, Rule, Severity, Standards};
use stanch_source::{SinkKind, SourceKind};

use crate::{Check, FlowRule, Guarding, SourceOracle};

pub(crate) static CHECK: Check = Check {
    rule: Rule {
        id: "traceback-in-response",
        title: "A traceback reaches the client",
        severity: Severity::Medium,
        category: Category::DataExposure,
        standards: Standards {
            owasp_api: &["API8:2023"],
            owasp_llm: &[],
            cwe: &["CWE-209"],
            pci_dss: &["6.2.4"],
            soc2: &["CC6.1", "CC7.2"],
        },
        oracles: &[Oracle::Source, Oracle::Run, Oracle::BlackBox],
        page: include_str!("README.md"),
    },
    supersedes: &["error-in-response"],
    source: SourceOracle::Flows(FlowRule {
        from: |kind| matches!(kind, SourceKind::Traceback),
        to: |kind| matches!(kind, SinkKind::Response(_)),
        guards: Guarding::Ignored,
        message: "{sink} sends the traceback that {source} makes: file paths, source lines, and in some formats the values of local variables, keys among them.",
        remediation: "Log the traceback (`logger.exception(...)`) and answer with a fixed message.",
    }),
    #[cfg(feature = "live")]
    run: Some(run::at_run_time),
};

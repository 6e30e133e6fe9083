//! The text of an exception reaches the client.

#[cfg(feature = "live")]
pub(crate) mod answer;
#[cfg(feature = "live")]
mod run;

use stanch_findings::{Category, Oracle, Rule, Severity, Standards};
use stanch_source::{SinkKind, SourceKind};

use crate::{Check, FlowRule, Guarding, SourceOracle};

pub(crate) static CHECK: Check = Check {
    rule: Rule {
        id: "error-in-response",
        title: "The text of an exception reaches the client",
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
    supersedes: &[],
    source: SourceOracle::Flows(FlowRule {
        from: |kind| matches!(kind, SourceKind::Exception),
        to: |kind| matches!(kind, SinkKind::Response(_)),
        guards: Guarding::Ignored,
        message: "{sink} hands the client what {source} says. Errors of the AWS SDK name tables, keys, account and region, and quote the request; an attacker provokes them on purpose to learn the schema.",
        remediation: "Answer with a fixed message and an id of your own, and keep the exception for the log: `logger.exception('request %s failed', request_id)`.",
    }),
    #[cfg(feature = "live")]
    run: Some(run::at_run_time),
};

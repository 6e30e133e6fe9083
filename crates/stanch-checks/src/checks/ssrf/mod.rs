//! Request input decides which host the app calls.

#[cfg(feature = "live")]
pub(crate) mod answer;
#[cfg(feature = "live")]
mod run;

use stanch_findings::{Category, Oracle, Rule, Severity, Standards};
use stanch_source::{SinkKind, SourceKind};

use crate::{Check, FlowRule, Guarding, SourceOracle};

pub(crate) static CHECK: Check = Check {
    rule: Rule {
        id: "ssrf",
        title: "Request input decides which host the app calls",
        severity: Severity::High,
        category: Category::Ssrf,
        standards: Standards {
            owasp_api: &["API7:2023"],
            owasp_llm: &[],
            cwe: &["CWE-918"],
            pci_dss: &["6.2.4"],
            soc2: &["CC6.1", "CC6.6"],
        },
        oracles: &[Oracle::Source, Oracle::Run, Oracle::BlackBox],
        page: include_str!("README.md"),
    },
    supersedes: &[],
    source: SourceOracle::Flows(FlowRule {
        from: |kind| matches!(kind, SourceKind::Request { .. }),
        to: |kind| matches!(kind, SinkKind::OutgoingUrl),
        guards: Guarding::Lowers,
        message: "{source} becomes the address that {sink} calls. A client can make the app ask internal hosts, and the instance metadata service for the role's credentials.",
        remediation: "Choose the host from a fixed list; where that cannot be, allow https only, resolve the name, refuse private and link-local addresses and do not follow redirects.",
    }),
    #[cfg(feature = "live")]
    run: Some(run::at_run_time),
};

//! The client decides which attributes are written.

#[cfg(feature = "live")]
pub(crate) mod answer;
#[cfg(feature = "live")]
mod run;

use stanch_findings::{Category, Oracle, Rule, Severity, Standards};
use stanch_source::{SinkKind, SourceKind};

use crate::{Check, FlowRule, Guarding, SourceOracle};

pub(crate) static CHECK: Check = Check {
    rule: Rule {
        id: "mass-assignment",
        title: "The client decides which attributes are written",
        severity: Severity::Medium,
        category: Category::PropertyAuthorisation,
        standards: Standards {
            owasp_api: &["API3:2023"],
            owasp_llm: &[],
            cwe: &["CWE-915"],
            pci_dss: &["6.2.4"],
            soc2: &["CC6.1"],
        },
        oracles: &[Oracle::Source, Oracle::Run, Oracle::BlackBox],
        page: include_str!("README.md"),
    },
    supersedes: &[],
    source: SourceOracle::Flows(FlowRule {
        from: |kind| matches!(kind, SourceKind::Request { name: None, .. }),
        to: |kind| matches!(kind, SinkKind::Write),
        guards: Guarding::Lowers,
        message: "{sink} stores {source} as it came into {table}: a client can set any attribute, such as a role, an owner or a key, also of an item that is there.",
        remediation: "Take the fields that a client may set by name, and set owner, role and keys on the server.",
    }),
    #[cfg(feature = "live")]
    run: Some(run::at_run_time),
};
